//! Two stored runs of one ratio: did it change?

use crate::{CONFIDENCE, Interval, mann_whitney, shift, shift_interval};

/// How a ratio changed between two runs: its value now / its value earlier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Hodges-Lehmann estimate of the ratio of the two ratios.
    pub ratio: f64,
    /// Its 95% interval; with samples too small for one the extremes, whose coverage says so.
    pub interval: Interval,
    /// Two-sided Mann-Whitney p-value that nothing changed.
    pub p_value: Option<f64>,
}

/// Compares each process's `y` of two runs. The runs' processes are independent samples, so the estimate is
/// the two-sample one: the median of all differences. A ratio cancels most of what differs between two days on
/// a machine; what it does not cancel (another kernel, another machine) is in the difference too.
///
/// `None` if a run has no process.
pub fn change(now: &[f64], earlier: &[f64]) -> Option<Change> {
    let (low, high, coverage) = shift_interval(now, earlier, CONFIDENCE)?;
    Some(Change {
        ratio: shift(now, earlier)?.exp(),
        interval: Interval::new(low.exp(), high.exp(), coverage)?,
        p_value: mann_whitney(now, earlier),
    })
}
