//! How much processes and rounds differ, and what that asks of a plan.

use std::ops::RangeInclusive;

use crate::median;

/// Fewer processes give no 95% interval: the extremes of five cover 93.75%.
pub const MIN_PROCESSES: u32 = 6;

/// Rounds in a process: fewer make the median jumpy, more only repeat what the process already said.
pub const ROUNDS: RangeInclusive<u32> = 8..=60;

/// z at two-sided 5% plus z at 80% power, rounded up: 1.96 + 0.84 = 2.8.
const DETECT: f64 = 2.8;

/// The variance of a median over that of a mean, for normal data and many values.
const MEDIAN_PENALTY: f64 = std::f64::consts::FRAC_PI_2;

/// Standard deviations of log-ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Of rounds within a process: 1.4826 × the median absolute deviation, its median over processes. 0 where a
    /// metric has no rounds.
    pub within: f64,
    /// Of processes' true log-ratios: what remains of `total` without the share that rounds explain.
    pub between: f64,
    /// Of the processes' `y`, as observed.
    pub total: f64,
}

impl Spread {
    /// Estimates the spreads from each process's `y` and the log-ratios of its rounds (empty where a metric has
    /// none).
    pub fn estimate(logs: &[f64], rounds: &[Vec<f64>]) -> Spread {
        let withins: Vec<f64> = rounds.iter().filter_map(|logs| robust_sd(logs)).collect();
        let within = median(&withins).unwrap_or(0.0);
        let counts: Vec<f64> = rounds.iter().filter(|r| !r.is_empty()).map(|r| r.len() as f64).collect();
        let explained = median(&counts).map_or(0.0, |n| MEDIAN_PENALTY * within * within / n);
        let total = sd(logs);
        Spread { within, between: (total * total - explained).max(0.0).sqrt(), total }
    }
}

fn sd(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

fn robust_sd(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    median(&values.iter().map(|v| (v - centre).abs()).collect::<Vec<_>>()).map(|mad| 1.4826 * mad)
}

/// Processes that tell a ratio of 1 from 1 + `margin` with 80% power at two-sided 5%, when the `y` have the
/// standard deviation `sigma`: (2.8 σ / ln(1 + margin))², at least [`MIN_PROCESSES`].
pub fn processes_needed(sigma: f64, margin: f64) -> u32 {
    processes_to_exclude(sigma, margin.ln_1p())
}

/// The same for a true log-ratio that lies `distance` from the limit that the interval must exclude.
pub fn processes_to_exclude(sigma: f64, distance: f64) -> u32 {
    let needed = (DETECT * sigma / distance.abs()).powi(2).ceil();
    // `as` saturates: an infinite need becomes u32::MAX, and 0/0 the minimum.
    (needed as u32).max(MIN_PROCESSES)
}

/// The number of rounds that gives most precision for the time: with `fixed_ns` to start a process and warm it
/// up and `round_ns` a round, σ²(y) = between² + π/2 · within² / rounds is least for a given time at
/// √(π/2 · within² / between² · fixed / round), the classic two-stage allocation (Cochran, "Sampling
/// Techniques", 10.6). Within [`ROUNDS`].
pub fn rounds_needed(within: f64, between: f64, fixed_ns: u64, round_ns: u64) -> u32 {
    let cost = fixed_ns as f64 / round_ns.max(1) as f64;
    let best = (MEDIAN_PENALTY * cost).sqrt() * within / between;
    let best = if best.is_nan() { *ROUNDS.start() } else { best.ceil() as u32 };
    best.clamp(*ROUNDS.start(), *ROUNDS.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_of_3_percent_at_the_measured_sigma() {
        // facts measured: sigma .042 needs about 16 processes for 3% at one standard power, (2.8σ/ln 1.03)².
        assert_eq!(processes_needed(0.042, 0.03), 16);
        assert_eq!(processes_needed(0.009, 0.03), MIN_PROCESSES);
        assert_eq!(processes_needed(0.042, 0.0), u32::MAX);
        assert_eq!(processes_needed(0.0, 0.0), MIN_PROCESSES);
    }

    #[test]
    fn noisy_rounds_ask_for_more_rounds_and_noisy_processes_for_fewer() {
        let rounds = |within, between| rounds_needed(within, between, 300_000_000, 40_000_000);
        assert_eq!(rounds(0.001, 0.04), 8);
        assert_eq!(rounds(0.2, 0.04), 18);
        assert_eq!(rounds(0.2, 0.0), 60);
        assert_eq!(rounds(0.0, 0.0), 8);
    }

    #[test]
    fn spread_is_split_between_rounds_and_processes() {
        // Ten rounds ±1 around each process's centre, centres 0 and 10.
        let rounds: Vec<Vec<f64>> = [0.0, 10.0]
            .iter()
            .map(|c| (0..10).map(|i| c + if i % 2 == 0 { 1.0 } else { -1.0 }).collect())
            .collect();
        let spread = Spread::estimate(&[0.0, 10.0], &rounds);
        assert!((spread.within - 1.4826).abs() < 1e-12);
        assert!((spread.total - 50.0_f64.sqrt()).abs() < 1e-12);
        let explained = MEDIAN_PENALTY * 1.4826_f64.powi(2) / 10.0;
        assert!((spread.between - (50.0 - explained).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn between_is_never_negative() {
        let rounds = vec![vec![-1.0, 1.0], vec![-1.0, 1.0]];
        assert!(Spread::estimate(&[0.0, 0.0], &rounds).between.abs() < 1e-12);
    }
}
