//! The hierarchical bootstrap, for display beside the Walsh interval. Nothing is judged by it.

use crate::hodges_lehmann;
use crate::order::median_of;

/// Resamples that make the 2.5% and 97.5% points steady to about 1% of the interval's width.
pub const RESAMPLES: u32 = 10_000;

/// `SplitMix64` (Steele, Lea and Flood 2014): eight lines that give the same intervals for ever, which no
/// generator of a crate promises across its versions.
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> SplitMix64 {
        SplitMix64(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// An index below `bound`, by Lemire's multiplication; its bias is below bound / 2^64.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// The 95% percentile interval of the estimate, in logs: processes are drawn with replacement, then rounds
/// within each drawn process, and every resample is estimated as the sample was (median over rounds, then
/// Hodges-Lehmann). The same `seed` gives the same interval.
///
/// `None` when there is no process with a round, or no resample.
pub fn bootstrap(processes: &[Vec<f64>], resamples: u32, seed: u64) -> Option<(f64, f64)> {
    let processes: Vec<&[f64]> = processes.iter().map(Vec::as_slice).filter(|p| !p.is_empty()).collect();
    let mut random = SplitMix64::new(seed);
    let mut estimates = Vec::with_capacity(resamples as usize);
    let mut drawn_rounds = Vec::new();
    for _ in 0..resamples {
        let mut logs = Vec::with_capacity(processes.len());
        for _ in 0..processes.len() {
            let rounds = processes[random.below(processes.len())];
            drawn_rounds.clear();
            drawn_rounds.extend((0..rounds.len()).map(|_| rounds[random.below(rounds.len())]));
            logs.extend(median_of(&mut drawn_rounds));
        }
        estimates.extend(hodges_lehmann(&logs));
    }
    if estimates.is_empty() {
        return None;
    }
    estimates.sort_by(f64::total_cmp);
    let last = (estimates.len() - 1) as f64;
    Some((estimates[(last * 0.025).floor() as usize], estimates[(last * 0.975).ceil() as usize]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<Vec<f64>> {
        (0..12)
            .map(|p| (0..10).map(|r| f64::from(p * 7 % 12) * 0.01 + f64::from(r * 3 % 10) * 0.002).collect())
            .collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        assert_eq!(bootstrap(&sample(), 500, 1), bootstrap(&sample(), 500, 1));
        assert_ne!(bootstrap(&sample(), 500, 1), bootstrap(&sample(), 500, 2));
    }

    #[test]
    fn it_resembles_the_walsh_interval() {
        let logs: Vec<f64> = sample().iter().map(|rounds| crate::median(rounds).unwrap()).collect();
        let (low, high) = bootstrap(&sample(), 2_000, 7).unwrap();
        let (walsh_low, walsh_high, _) = crate::walsh_interval(&logs, 0.95).unwrap();
        let centre = hodges_lehmann(&logs).unwrap();
        assert!(low < centre && centre < high);
        let ratio = (high - low) / (walsh_high - walsh_low);
        assert!((0.6..1.4).contains(&ratio), "{ratio}");
    }

    #[test]
    fn nothing_to_resample() {
        assert_eq!(bootstrap(&[], 100, 1), None);
        assert_eq!(bootstrap(&[vec![]], 100, 1), None);
        assert_eq!(bootstrap(&sample(), 0, 1), None);
    }

    #[test]
    fn splitmix_matches_its_reference() {
        // First outputs for seed 1234567 of the reference implementation (prng.di.unimi.it/splitmix64.c).
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
