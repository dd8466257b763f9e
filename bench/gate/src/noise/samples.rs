//! Process runs to the samples of a calibration, and these to log-ratios.

use std::collections::BTreeMap;

use bench_analysis::{is_timed, median};
use bench_schema::{CalibrationSample, Experiment, Metric, ProcessRun, Role, Sample};
use bench_store::BenchKey;

/// What a calibration keeps of a process, by the metrics that decide its row: `None` for one that was not timed, or
/// rejected a value.
pub fn calibration_sample(
    run: i64,
    experiment: Experiment,
    key: &BenchKey,
    process: &ProcessRun,
    deciding: &[Metric],
) -> Option<CalibrationSample> {
    if !is_timed(process) || !process.rejections.is_empty() {
        return None;
    }
    let by_round = |role: Role| -> BTreeMap<u32, &Sample> {
        process
            .samples
            .iter()
            .filter(|sample| sample.role == role)
            .map(|sample| (sample.round, sample))
            .collect()
    };
    let candidates = by_round(Role::Candidate);
    let pairs: Vec<(&Sample, &Sample)> = by_round(Role::Baseline)
        .into_iter()
        .filter_map(|(round, baseline)| Some((baseline, *candidates.get(&round)?)))
        .collect();
    let both =
        |of: fn(&Sample) -> u64| pairs.iter().map(move |(baseline, candidate)| [of(baseline), of(candidate)]);
    let where_deciding = |metric: Metric, of: fn(&Sample) -> u64| -> Vec<[u64; 2]> {
        if deciding.contains(&metric) { both(of).collect() } else { Vec::new() }
    };
    Some(CalibrationSample {
        run,
        experiment,
        benchmark: key.benchmark.clone(),
        level: key.level,
        planned_rounds: process.job.rounds,
        operations: both(|sample| sample.operations).collect(),
        wall_ns: where_deciding(Metric::Wall, |sample| sample.wall_ns),
        cpu_process_ns: where_deciding(Metric::CpuProcess, |sample| sample.cpu_process_ns),
    })
}

/// The log-ratios of a process's rounds by a metric that slices carry: what an operation costs in the candidate's, over
/// that in the baseline's.
pub(super) fn log_ratios(sample: &CalibrationSample, metric: Metric) -> Vec<f64> {
    let times = match metric {
        Metric::CpuProcess => &sample.cpu_process_ns,
        Metric::Wall => &sample.wall_ns,
        _ => return Vec::new(),
    };
    let rounds = times.iter().zip(&sample.operations);
    let usable = rounds.filter(|(ns, operations)| !ns.contains(&0) && !operations.contains(&0));
    usable
        .map(|(ns, operations)| {
            let cost = |arm: usize| ns[arm] as f64 / operations[arm] as f64;
            (cost(1) / cost(0)).ln()
        })
        .collect()
}

/// The process's one number: the median over its rounds, unless it was cut off before half of them.
pub(super) fn process_log(sample: &CalibrationSample, metric: Metric) -> Option<f64> {
    let logs = log_ratios(sample, metric);
    if 2 * logs.len() < sample.planned_rounds as usize { None } else { median(&logs) }
}
