//! Process runs to the estimate of one ratio.

use bench_schema::{Metric, ProcessRun, Role};

use crate::latency::percentile_ns;
use crate::{
    CONFIDENCE, Interval, Spread, hodges_lehmann, median, process_log, rounds, walsh_interval, wilcoxon,
};

/// A ratio, how sure it is, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Hodges-Lehmann estimate of numerator / denominator.
    pub ratio: f64,
    /// Its 95% interval; with fewer than six processes the extremes, whose coverage says so.
    pub interval: Interval,
    /// Two-sided Wilcoxon p-value that the ratio is 1. `None` if every process says exactly 1.
    pub p_value: Option<f64>,
    /// Processes that it rests on.
    pub processes: u32,
    /// Standard deviations of the log-ratio within and between processes.
    pub spread: Spread,
    /// Median cost of one operation in the numerator's arm: median over rounds, then over processes.
    pub numerator_median: f64,
    /// The same of the denominator's arm.
    pub denominator_median: f64,
    /// Each process's `y`, in the order of the processes given.
    pub logs: Vec<f64>,
    /// The log-ratios of each process's rounds, for display; empty for metrics without rounds.
    pub rounds: Vec<Vec<f64>>,
}

impl Estimate {
    /// The estimate that some processes give together; `None` for none.
    pub fn new(processes: &[ProcessSummary]) -> Option<Estimate> {
        let logs: Vec<f64> = processes.iter().map(|p| p.log).collect();
        let (low, high, coverage) = walsh_interval(&logs, CONFIDENCE)?;
        let medians = |of: fn(&ProcessSummary) -> f64| median(&processes.iter().map(of).collect::<Vec<_>>());
        let (numerator_median, denominator_median) = (medians(|p| p.numerator)?, medians(|p| p.denominator)?);
        let rounds: Vec<Vec<f64>> = processes.iter().map(|p| p.rounds.clone()).collect();
        Some(Estimate {
            ratio: hodges_lehmann(&logs)?.exp(),
            interval: Interval::new(low.exp(), high.exp(), coverage)?,
            p_value: wilcoxon(&logs),
            processes: logs.len() as u32,
            spread: Spread::estimate(&logs, &rounds),
            numerator_median,
            denominator_median,
            logs,
            rounds,
        })
    }

    /// The interval at another confidence, as a plan needs it; with too few processes the extremes.
    ///
    /// # Panics
    ///
    /// When `confidence` is not strictly between 0 and 1.
    pub fn interval_at(&self, confidence: f64) -> Option<Interval> {
        let (low, high, coverage) = walsh_interval(&self.logs, confidence)?;
        Interval::new(low.exp(), high.exp(), coverage)
    }

    /// The standard deviation of `y` that the interval's width implies. Unlike [`Spread::total`] it is not
    /// blown up by one wild process, and it is what decides.
    pub fn effective_sigma(&self) -> f64 {
        let half_width = (self.interval.high() / self.interval.low()).ln() / 2.0;
        let z = crate::normal::quantile(f64::midpoint(1.0, self.interval.coverage().clamp(0.5, 0.999)));
        half_width * f64::from(self.processes).sqrt() / z
    }
}

/// Whether the run may be timed: a counting build is slower by its counters, and an arm that runs alone has no
/// partner in its process.
pub fn is_timed(run: &ProcessRun) -> bool {
    run.crossings.is_empty() && run.job.arms.len() > 1
}

/// What one process says about the ratio of two arms.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessSummary {
    /// Its `y`: the median over rounds of ln(numerator / denominator).
    pub log: f64,
    /// Median cost of one operation in the numerator's arm.
    pub numerator: f64,
    /// The same of the denominator's arm.
    pub denominator: f64,
    /// The log-ratios of its rounds; empty for metrics without rounds.
    pub rounds: Vec<f64>,
}

impl ProcessSummary {
    /// Summarizes a process that measured both arms. `None` for a run that is not [timed](is_timed), lacks an
    /// arm or was cut off before half of its rounds (its median is noisier than the others'), and for
    /// [`Metric::MaxRss`], which only [`summarize_solo`] can tell.
    pub fn new(
        run: &ProcessRun,
        metric: Metric,
        numerator: Role,
        denominator: Role,
    ) -> Option<ProcessSummary> {
        if !is_timed(run) {
            return None;
        }
        match metric {
            Metric::P50 | Metric::P99 | Metric::P999 | Metric::P9999 => {
                let numerator = percentile_ns(run, numerator, metric)?;
                Some(ProcessSummary::single(numerator, percentile_ns(run, denominator, metric)?))
            }
            Metric::CpuProcess | Metric::CpuThread | Metric::Wall | Metric::MaxRss => {
                let rounds = rounds(run, metric, numerator, denominator);
                if 2 * rounds.len() < run.job.rounds as usize {
                    return None;
                }
                Some(ProcessSummary {
                    log: process_log(&rounds)?,
                    numerator: median(&rounds.iter().map(|r| r.numerator).collect::<Vec<_>>())?,
                    denominator: median(&rounds.iter().map(|r| r.denominator).collect::<Vec<_>>())?,
                    rounds: rounds.iter().map(|r| r.log_ratio()).collect(),
                })
            }
        }
    }

    fn single(numerator: f64, denominator: f64) -> ProcessSummary {
        ProcessSummary { log: (numerator / denominator).ln(), numerator, denominator, rounds: vec![] }
    }
}

/// Estimates numerator / denominator of a metric that processes measure in pairs. Runs of which
/// [`ProcessSummary::new`] makes nothing are left out; `None` when nothing is left.
pub fn summarize(
    runs: &[ProcessRun],
    metric: Metric,
    numerator: Role,
    denominator: Role,
) -> Option<Estimate> {
    let processes = runs.iter().filter_map(|run| ProcessSummary::new(run, metric, numerator, denominator));
    Estimate::new(&processes.collect::<Vec<_>>())
}

/// Estimates the ratio of peak resident sets from processes that ran one arm alone. The n-th process of one arm
/// is paired with the n-th of the other: they ran next to each other in time.
pub fn summarize_solo(runs: &[ProcessRun], numerator: Role, denominator: Role) -> Option<Estimate> {
    let peaks = |role: Role| {
        let alone = runs.iter().filter(move |run| run.crossings.is_empty() && run.job.arms.len() == 1);
        alone
            .filter(move |run| run.job.arms[0].role == role && run.max_rss_bytes > 0)
            .map(|run| run.max_rss_bytes as f64)
    };
    let pairs = peaks(numerator).zip(peaks(denominator));
    let processes = pairs.map(|(numerator, denominator)| ProcessSummary::single(numerator, denominator));
    Estimate::new(&processes.collect::<Vec<_>>())
}
