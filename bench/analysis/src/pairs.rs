//! One process: slices to the log-ratio of each round.

use std::collections::BTreeMap;

use bench_schema::{Metric, ProcessRun, Role, Sample};

use crate::median;

/// One round of one process: what an operation of each arm cost in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Cost of one operation in the numerator's slice, in the metric's unit.
    pub numerator: f64,
    /// Cost of one operation in the denominator's slice, in the metric's unit.
    pub denominator: f64,
}

impl Round {
    /// ln(numerator / denominator).
    pub fn log_ratio(self) -> f64 {
        (self.numerator / self.denominator).ln()
    }
}

/// What one operation of the slice cost, for the metrics that slices carry. `None` for other metrics, for a
/// slice without operations, and for a clock that did not advance.
pub fn per_operation(sample: &Sample, metric: Metric) -> Option<f64> {
    let ns = match metric {
        Metric::CpuProcess => sample.cpu_process_ns,
        Metric::CpuThread => sample.cpu_thread_ns,
        Metric::Wall => sample.wall_ns,
        Metric::P50 | Metric::P99 | Metric::P999 | Metric::P9999 | Metric::MaxRss => return None,
    };
    (ns > 0 && sample.operations > 0).then(|| ns as f64 / sample.operations as f64)
}

/// The rounds that have a usable slice of both arms, in their order. A round that lost one (a rejected slice, a
/// run that was cut off) is left out whole: half a pair compares nothing.
pub fn rounds(run: &ProcessRun, metric: Metric, numerator: Role, denominator: Role) -> Vec<Round> {
    let cost_by_round = |role: Role| -> BTreeMap<u32, f64> {
        let of_role = run.samples.iter().filter(|sample| sample.role == role);
        of_role.filter_map(|sample| Some((sample.round, per_operation(sample, metric)?))).collect()
    };
    let denominators = cost_by_round(denominator);
    cost_by_round(numerator)
        .into_iter()
        .filter_map(|(round, numerator)| Some(Round { numerator, denominator: *denominators.get(&round)? }))
        .collect()
}

/// The process's one number: the median over its rounds of the log-ratio. `None` without a complete round.
pub fn process_log(rounds: &[Round]) -> Option<f64> {
    median(&rounds.iter().map(|round| round.log_ratio()).collect::<Vec<_>>())
}
