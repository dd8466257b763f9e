//! A/A: the interval of a ratio that is 1 must contain 1 as often as it says, whatever the noise looks like.

use bench_analysis::{Interval, Spread, bootstrap, median, processes_needed, walsh_interval};

/// Marsaglia's xorshift64*, seeded: these tests are the same on every machine.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}

/// How noise looks within a process.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Independent normal slices.
    Normal,
    /// Lag-1 autocorrelation .45 from slice to slice, as measured on a shared machine.
    Autocorrelated,
    /// Cauchy: no mean, no variance.
    HeavyTailed,
    /// One slice in five is twice as slow, and a process in five runs at another speed.
    Bimodal,
}

/// Log-ratios of the rounds of one A/A process. Both arms run in each round in random order.
fn process(noise: Noise, rounds: u32, random: &mut Random) -> Vec<f64> {
    let luck = 0.01 * random.normal();
    let slow = if random.uniform() < 0.2 { 0.5 } else { 0.0 };
    let mut drift = 0.0;
    let mut slice = |random: &mut Random| match noise {
        Noise::Normal => 0.04 * random.normal(),
        Noise::Autocorrelated => {
            drift = 0.45 * drift + 0.04 * random.normal();
            drift
        }
        Noise::HeavyTailed => 0.02 * (std::f64::consts::PI * (random.uniform() - 0.5)).tan(),
        Noise::Bimodal => slow + 0.02 * random.normal() + if random.uniform() < 0.2 { 0.7 } else { 0.0 },
    };
    (0..rounds)
        .map(|_| {
            let (first, second) = (slice(random), slice(random));
            luck + if random.uniform() < 0.5 { first - second } else { second - first }
        })
        .collect()
}

#[test]
fn intervals_contain_the_truth_as_often_as_they_say() {
    const TRIALS: u32 = 1000;
    let mut random = Random(20_261_122);
    for noise in [Noise::Normal, Noise::Autocorrelated, Noise::HeavyTailed, Noise::Bimodal] {
        for processes in [6, 8, 12, 27] {
            let mut missed = 0;
            let mut expected = 0.0;
            for _ in 0..TRIALS {
                let logs: Vec<f64> =
                    (0..processes).filter_map(|_| median(&process(noise, 8, &mut random))).collect();
                let (low, high, coverage) = walsh_interval(&logs, 0.95).unwrap();
                missed += u32::from(low > 0.0 || high < 0.0);
                expected = f64::from(TRIALS) * (1.0 - coverage);
            }
            // Four standard deviations of the binomial, both ways: intervals that are too wide fail as well.
            let slack = 4.0 * (expected * (1.0 - expected / f64::from(TRIALS))).sqrt();
            let off = (f64::from(missed) - expected).abs();
            assert!(
                off <= slack,
                "{noise:?}, {processes} processes: {missed} missed, {expected:.0} expected"
            );
        }
    }
}

#[test]
fn the_bootstrap_is_roughly_as_wide_for_enough_processes() {
    let mut random = Random(7);
    let mut missed = 0;
    for seed in 0..100 {
        let processes: Vec<Vec<f64>> =
            (0..20).map(|_| process(Noise::Autocorrelated, 8, &mut random)).collect();
        let (low, high) = bootstrap(&processes, 200, seed).unwrap();
        missed += u32::from(low > 0.0 || high < 0.0);
    }
    // For display: resampling rounds as well as processes makes it wide rather than narrow.
    assert!(missed <= 10, "{missed} of 100 missed");
}

#[test]
fn spreads_are_found_again_and_plan_the_processes_they_promise() {
    let mut random = Random(3);
    let (between, within) = (0.03, 0.10);
    let rounds: Vec<Vec<f64>> = (0..400)
        .map(|_| {
            let luck = between * random.normal();
            (0..20).map(|_| luck + within * random.normal()).collect()
        })
        .collect();
    let logs: Vec<f64> = rounds.iter().filter_map(|rounds| median(rounds)).collect();
    let spread = Spread::estimate(&logs, &rounds);
    assert!((spread.within - within).abs() < 0.01, "{spread:?}");
    assert!((spread.between - between).abs() < 0.005, "{spread:?}");

    // With the processes that it asks for, four rows in five that are 3% slower exclude 1.
    let needed = processes_needed(spread.total, 0.03) as usize;
    let mut found = 0;
    for _ in 0..500 {
        let logs: Vec<f64> = (0..needed).map(|_| 0.03_f64.ln_1p() + spread.total * random.normal()).collect();
        let (low, high, coverage) = walsh_interval(&logs, 0.95).unwrap();
        found += u32::from(Interval::new(low.exp(), high.exp(), coverage).unwrap().low() > 1.0);
    }
    assert!((360..=450).contains(&found), "{found} of 500 at {needed} processes");
}
