//! What noise makes of a gate: how far off estimates of unchanged code are, and what slowdown is found.

use statrs::distribution::{Beta, ContinuousCDF as _};

use crate::bootstrap::SplitMix64;
use crate::{hodges_lehmann, normal};

/// Draws of [`noise_floor`]: its p95 is then steady to about 3% of itself.
const DRAWS: u32 = 2_000;

/// The interval of a rate of which `successes` in `trials` were seen, by Clopper and Pearson (Biometrika 26, 1934). It
/// covers the rate with at least `confidence`, which for the rare false alarms here matters more than being narrow.
/// `None` without a trial.
///
/// # Panics
///
/// When `confidence` is not strictly between 0 and 1.
pub fn clopper_pearson(successes: u32, trials: u32, confidence: f64) -> Option<(f64, f64)> {
    assert!(0.0 < confidence && confidence < 1.0, "confidence must be between 0 and 1, not {confidence}");
    if trials == 0 || successes > trials {
        return None;
    }
    let (x, n, tail) = (f64::from(successes), f64::from(trials), (1.0 - confidence) / 2.0);
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).ok().map(|beta| beta.inverse_cdf(p));
    let low = if successes == 0 { 0.0 } else { quantile(x, n - x + 1.0, tail)? };
    let high = if successes == trials { 1.0 } else { quantile(x + 1.0, n - x, 1.0 - tail)? };
    Some((low, high))
}

/// How far an estimate from `processes` processes is from 1 in one of twenty cases although both arms are the same: a
/// fraction, from the A/A log-ratios `logs` of single processes. Estimates are made of processes drawn with
/// replacement from those that were measured, 2,000 times with one seed, so that what all processes share (a bias
/// between the arms) stays in it as it stays in every gate.
///
/// `None` for fewer than two processes.
pub fn noise_floor(logs: &[f64], processes: u32) -> Option<f64> {
    if logs.len() < 2 || processes == 0 {
        return None;
    }
    let mut random = SplitMix64::new(u64::from(processes));
    let mut drawn = vec![0.0; processes as usize];
    let mut off: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            drawn.fill_with(|| logs[random.below(logs.len())]);
            hodges_lehmann(&drawn).map(f64::abs)
        })
        .collect();
    off.sort_by(f64::total_cmp);
    Some(off[(off.len() * 95).div_ceil(100) - 1].exp_m1())
}

/// What a one-sided test of a row against a margin finds, for log-ratios of standard deviation `sigma` over processes.
/// The normal approximation of the signed-rank test; a gate that looks several times finds a little more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Standard deviation of a process's log-ratio.
    pub sigma: f64,
    /// Processes.
    pub processes: u32,
    /// The error rate of the test.
    pub alpha: f64,
    /// How much slower a row may be, a fraction.
    pub margin: f64,
}

impl Detection {
    /// The chance that a row which is slower by `slowdown`, a fraction, is found to be slower than the margin.
    pub fn power(&self, slowdown: f64) -> f64 {
        let distance = slowdown.ln_1p() - self.margin.ln_1p();
        let error = self.standard_error();
        if error > 0.0 {
            normal::cdf(distance / error - self.critical())
        } else {
            f64::from(u8::from(distance > 0.0))
        }
    }

    /// The smallest slowdown, a fraction, that is found with that power.
    pub fn detectable(&self, power: f64) -> f64 {
        (self.margin.ln_1p() + (self.critical() + normal::quantile(power)) * self.standard_error()).exp_m1()
    }

    /// The processes that it takes to find `slowdown`, a fraction, with that power; `None` for one within the margin.
    pub fn processes_for(&self, slowdown: f64, power: f64) -> Option<u32> {
        let distance = slowdown.ln_1p() - self.margin.ln_1p();
        let wanted = ((self.critical() + normal::quantile(power)) * self.sigma / distance).powi(2).ceil();
        // `as` saturates: an infinite need becomes u32::MAX.
        (distance > 0.0).then_some(wanted as u32)
    }

    fn critical(&self) -> f64 {
        -normal::quantile(self.alpha)
    }

    fn standard_error(&self) -> f64 {
        self.sigma / f64::from(self.processes).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(left: f64, right: f64, slack: f64) {
        assert!((left - right).abs() <= slack, "{left} is not {right}");
    }

    /// Clopper and Pearson's interval has closed forms at its ends: 1 − (α/2)^(1/n).
    #[test]
    fn no_false_alarm_in_eighty_decisions_leaves_four_and_a_half_percent() {
        let (low, high) = clopper_pearson(0, 80, 0.95).unwrap();
        near(low, 0.0, 0.0);
        near(high, 1.0 - 0.025_f64.powf(1.0 / 80.0), 1e-9);
        let (low, high) = clopper_pearson(20, 20, 0.95).unwrap();
        near(low, 0.025_f64.powf(1.0 / 20.0), 1e-9);
        near(high, 1.0, 0.0);
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
        assert_eq!(clopper_pearson(2, 1, 0.95), None);
    }

    #[test]
    fn the_floor_is_about_two_standard_errors_and_keeps_a_bias() {
        let logs: Vec<f64> =
            (0..200).map(|i| normal::quantile((f64::from(i) + 0.5) / 200.0) * 0.02).collect();
        // Hodges-Lehmann's estimate is 1.02 times as wide as the mean: 1.96 × .02 / √8 × 1.02.
        near(noise_floor(&logs, 8).unwrap(), 0.0142, 0.001);
        let biased: Vec<f64> = logs.iter().map(|log| log + 0.05).collect();
        assert!(noise_floor(&biased, 8).unwrap() > 0.05);
        assert_eq!(noise_floor(&logs, 8), noise_floor(&logs, 8));
        assert_eq!(noise_floor(&[0.0], 8), None);
    }

    #[test]
    fn power_and_what_is_detectable_are_each_others_inverse() {
        let test = Detection { sigma: 0.03, processes: 27, alpha: 0.016, margin: 0.03 };
        near(test.power(test.detectable(0.8)), 0.8, 1e-9);
        near(test.power(0.03), 0.016, 1e-9);
        let enough = test.processes_for(0.05, 0.8).unwrap();
        assert!(Detection { processes: enough, ..test }.power(0.05) >= 0.8);
        assert!(Detection { processes: enough - 1, ..test }.power(0.05) < 0.8);
        assert_eq!(test.processes_for(0.03, 0.8), None);
        let silent = Detection { sigma: 0.0, ..test };
        assert_eq!((silent.power(0.05), silent.power(0.02)), (1.0, 0.0));
    }
}
