//! One row: how noisy it is, and what the gate finds in that noise.

use bench_analysis::{
    CONFIDENCE, Detection, Spread, clopper_pearson, hodges_lehmann, noise_floor, walsh_interval,
};
use bench_schema::{
    CalibratedRow, CalibrationSample, Canary, Definition, ExperimentKind, Level, Metric, SameArms, Verdict,
};

use super::samples::{log_ratios, process_log};
use crate::looks::{LOOKS, judged, verdict_confidence};
use crate::margins::in_force;

/// The processes for which power is stated: what the default budget gives each of some thirty rows.
pub const PLANNED_PROCESSES: u32 = LOOKS[3].processes;
/// The power for which the smallest detectable slowdown is stated.
const POWER: f64 = 0.8;

/// What is known of one row and metric.
#[derive(Clone, Debug)]
pub struct RowNoise {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// The metric.
    pub metric: Metric,
    /// The margin that its definition allows.
    pub policy: f64,
    /// How far an estimate of unchanged code is off in one case of twenty, with the processes of the first look; of
    /// the two kinds of A/A pairs the noisier one's.
    pub floor: f64,
    /// Standard deviation of rounds within a process.
    pub within: f64,
    /// Standard deviation of processes' true log-ratios.
    pub between: f64,
    /// Standard deviation of a process's log-ratio, as intervals show it; what decides.
    pub sigma: f64,
    /// A/A processes that it rests on.
    pub processes: u32,
    /// A/A judgements of this row, each of processes of its own.
    pub judgements: u32,
    /// Those that said regressed.
    pub false_positives: u32,
    /// What canaries in this row looked like.
    pub canaries: Vec<CanaryEstimate>,
    /// The A/A log-ratios.
    pub logs: Vec<f64>,
}

/// How much slower a canary made a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CanaryEstimate {
    /// What was injected.
    pub canary: Canary,
    /// The ratio that was found.
    pub ratio: f64,
    /// From so many processes.
    pub processes: u32,
}

impl RowNoise {
    /// The margin in force.
    pub fn margin(&self) -> f64 {
        in_force(self.policy, Some(self.floor))
    }

    /// The test that the gate makes of this row with [`PLANNED_PROCESSES`].
    pub fn detection(&self) -> Detection {
        let alpha = (1.0 - verdict_confidence(PLANNED_PROCESSES)) / 2.0;
        Detection { sigma: self.sigma, processes: PLANNED_PROCESSES, alpha, margin: self.margin() }
    }

    /// The 95% interval of the rate of false positives.
    pub fn false_positive_interval(&self) -> Option<(f64, f64)> {
        clopper_pearson(self.false_positives, self.judgements, CONFIDENCE)
    }

    pub(super) fn calibrated(&self) -> CalibratedRow {
        let detection = self.detection();
        CalibratedRow {
            benchmark: self.benchmark.clone(),
            level: self.level,
            host: self.host.clone(),
            metric: self.metric,
            margin: self.margin(),
            floor: self.floor,
            mde80: detection.detectable(POWER),
            power5: detection.power(0.05),
            power10: detection.power(0.10),
        }
    }
}

/// The rows of which enough processes were measured for a first look, in the order of definitions.
pub(super) fn rows(host: &str, definitions: &[&Definition], samples: &[CalibrationSample]) -> Vec<RowNoise> {
    let mut rows = Vec::new();
    for definition in definitions {
        for &level in &definition.levels {
            let own: Vec<&CalibrationSample> = samples
                .iter()
                .filter(|sample| {
                    sample.benchmark == definition.id && sample.level == level && !sample.experiment.busy
                })
                .collect();
            let metrics = definition.deciding_metrics().iter();
            rows.extend(metrics.filter_map(|&metric| row(host, definition, level, metric, &own)));
        }
    }
    rows
}

fn row(
    host: &str,
    definition: &Definition,
    level: Level,
    metric: Metric,
    samples: &[&CalibrationSample],
) -> Option<RowNoise> {
    let unchanged = |arms: SameArms| -> Vec<&CalibrationSample> {
        let same = samples.iter().filter(|sample| sample.experiment.canary.is_none());
        same.filter(|sample| sample.experiment.arms == arms).copied().collect()
    };
    let logs_of = |samples: &[&CalibrationSample]| -> Vec<f64> {
        samples.iter().filter_map(|sample| process_log(sample, metric)).collect()
    };
    let kinds = [unchanged(SameArms::Native), unchanged(SameArms::Copies)];
    let least = LOOKS[0].processes;
    let enough = || kinds.iter().filter(|kind| logs_of(kind).len() >= least as usize);
    let floor = enough().filter_map(|kind| noise_floor(&logs_of(kind), least)).reduce(f64::max)?;
    let sigma = enough().filter_map(|kind| effective_sigma(&logs_of(kind))).reduce(f64::max)?;
    let all: Vec<&CalibrationSample> = kinds.concat();
    let logs = logs_of(&all);
    let rounds: Vec<Vec<f64>> = all.iter().map(|sample| log_ratios(sample, metric)).collect();
    let spread = Spread::estimate(&logs, &rounds);
    let policy = definition.margin();
    let judgements = judgements(&all, metric, in_force(policy, Some(floor)));
    Some(RowNoise {
        benchmark: definition.id.clone(),
        level,
        host: host.to_owned(),
        metric,
        policy,
        floor,
        within: spread.within,
        between: spread.between,
        sigma,
        processes: logs.len() as u32,
        judgements: judgements.len() as u32,
        false_positives: judgements.iter().filter(|verdict| **verdict == Verdict::Regressed).count() as u32,
        canaries: canaries(samples, metric),
        logs,
    })
}

/// The standard deviation that the width of the signed-rank interval implies: one wild process does not blow it up.
fn effective_sigma(logs: &[f64]) -> Option<f64> {
    let (low, high, coverage) = walsh_interval(logs, CONFIDENCE)?;
    // An interval that covers p is ±z((1 + p)/2) standard errors wide; the detection's own quantile gives z.
    let unit = Detection { sigma: 1.0, processes: 1, alpha: (1.0 - coverage) / 2.0, margin: 0.0 };
    let z = unit.detectable(0.5).ln_1p();
    Some((high - low) / 2.0 / z * (logs.len() as f64).sqrt())
}

/// Disjoint judgements of unchanged code: each gate decision's, and of single pairs one every eight processes.
fn judgements(samples: &[&CalibrationSample], metric: Metric, margin: f64) -> Vec<Verdict> {
    let (decisions, pairs): (Vec<&CalibrationSample>, Vec<&CalibrationSample>) =
        samples.iter().copied().partition(|sample| sample.experiment.kind == ExperimentKind::Decision);
    let logs_of = |samples: &[&CalibrationSample]| -> Vec<f64> {
        samples.iter().filter_map(|sample| process_log(sample, metric)).collect()
    };
    let mut verdicts = Vec::new();
    for decision in decisions.chunk_by(|a, b| a.run == b.run) {
        verdicts.push(judged(&logs_of(decision), margin).verdict);
    }
    for kind in pairs.chunk_by(|a, b| a.experiment == b.experiment) {
        let logs = logs_of(kind);
        let groups = logs.chunks_exact(LOOKS[0].processes as usize);
        verdicts.extend(groups.map(|group| judged(group, margin).verdict));
    }
    verdicts
}

fn canaries(samples: &[&CalibrationSample], metric: Metric) -> Vec<CanaryEstimate> {
    let mut found: Vec<(Canary, Vec<f64>)> = Vec::new();
    for sample in samples {
        let (Some(canary), Some(log)) = (sample.experiment.canary, process_log(sample, metric)) else {
            continue;
        };
        match found.iter_mut().find(|(own, _)| *own == canary) {
            Some((_, logs)) => logs.push(log),
            None => found.push((canary, vec![log])),
        }
    }
    let estimate = |(canary, logs): (Canary, Vec<f64>)| {
        Some(CanaryEstimate { canary, ratio: hodges_lehmann(&logs)?.exp(), processes: logs.len() as u32 })
    };
    found.into_iter().filter_map(estimate).collect()
}
