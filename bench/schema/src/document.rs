use serde::{Deserialize, Serialize};

use crate::{
    Copied, Counter, DEFAULT_MARGIN, Distance, Investigation, Kind, Level, Machine, Metric, NODE_API, Unit,
};

/// What `compare --json` and `gate --json` print and what reports draw: verdicts, not samples.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Document {
    /// [`crate::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The store's id of the run.
    pub run: i64,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The machine.
    pub machine: Machine,
    /// Commit of the checkout, if it is one.
    pub commit: Option<String>,
    /// `complete`, `interrupted` or `failed`.
    pub status: crate::RunStatus,
    /// Candidate / baseline.
    pub rows: Vec<Row>,
    /// Twin / baseline: the same thing twice, so each interval should contain 1.
    pub twins: Vec<Row>,
    /// Stock / baseline: what re-instantiation costs. Above 3% either way it is flagged.
    pub stock: Vec<Row>,
    /// What a crossing costs, and how much of each row's time crossings explain.
    pub boundary: Vec<Boundary>,
    /// What the extensions of Node-API close of the distance between port and baseline.
    #[serde(default)]
    pub distances: Vec<Distance>,
    /// One line a port, host and variant.
    pub summaries: Vec<Summary>,
    /// What a gate found out about rows that were slower by more than their margin.
    #[serde(default)]
    pub investigations: Vec<Investigation>,
    /// The perf-event counters of the machine, supported or not.
    pub counters: Vec<Counter>,
    /// Why margins are the definitions' alone, in a sentence with what to do; null where the machine is calibrated.
    #[serde(default)]
    pub uncalibrated: Option<String>,
}

/// One comparison: the shape that `--json` promises.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Row {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id, such as `node26`.
    pub host: String,
    /// The variant in the denominator.
    pub baseline: String,
    /// The variant in the numerator.
    pub candidate: String,
    /// What is compared.
    pub metric: Metric,
    /// The unit of the medians.
    pub unit: Unit,
    /// Hodges-Lehmann estimate of candidate / baseline.
    pub ratio: Option<f64>,
    /// Lower end of the 95% interval; null where fewer than six processes give none.
    pub low: Option<f64>,
    /// Upper end of the 95% interval; null where fewer than six processes give none.
    pub high: Option<f64>,
    /// How much slower it may be, as a fraction: the definition's or the noise floor, whichever is wider.
    pub margin: f64,
    /// The noise floor of this row on this machine, a fraction; null where it is not calibrated.
    #[serde(default)]
    pub floor: Option<f64>,
    /// Processes that the estimate rests on.
    pub processes: u32,
    /// Whether there is something to judge.
    pub status: Status,
    /// The judgement; null where the metric does not decide or the row failed.
    pub verdict: Option<Verdict>,
    /// Median of one operation in the baseline arm, in `unit`.
    pub baseline_median: Option<f64>,
    /// Median of one operation in the candidate arm, in `unit`.
    pub candidate_median: Option<f64>,
    /// Two-sided Wilcoxon signed-rank p-value that the ratio is 1.
    pub p_value: Option<f64>,
    /// Candidate − baseline, for percentiles of latency: what a user waits longer, which a ratio does not say.
    #[serde(default)]
    pub difference: Option<Difference>,
    /// Why the row failed, is partial or is flagged.
    pub note: Option<String>,
    /// Lower end of the 95% bootstrap interval, for display beside the one that judges; only deciding metrics.
    #[serde(default)]
    pub bootstrap_low: Option<f64>,
    /// Upper end of the same.
    #[serde(default)]
    pub bootstrap_high: Option<f64>,
}

impl Row {
    /// A row without numbers, at the default margin; `sides` are baseline and candidate.
    pub fn unmeasured(benchmark: &str, level: Level, host: &str, sides: [&str; 2], metric: Metric) -> Row {
        let [baseline, candidate] = sides.map(str::to_owned);
        Row {
            benchmark: benchmark.to_owned(),
            level,
            host: host.to_owned(),
            baseline,
            candidate,
            metric,
            unit: metric.unit(),
            ratio: None,
            low: None,
            high: None,
            margin: DEFAULT_MARGIN,
            floor: None,
            processes: 0,
            status: Status::Ok,
            verdict: None,
            baseline_median: None,
            candidate_median: None,
            p_value: None,
            difference: None,
            note: None,
            bootstrap_low: None,
            bootstrap_high: None,
        }
    }
}

/// How far two arms are apart, in the row's unit.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Difference {
    /// Hodges-Lehmann estimate of candidate − baseline over processes.
    pub estimate: f64,
    /// Lower end of the 95% interval; null where fewer than six processes give none.
    pub low: Option<f64>,
    /// Upper end of the same.
    pub high: Option<f64>,
}

/// Whether a row has numbers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Measured.
    Ok,
    /// Measured in part: processes were lost, the run was interrupted, or the budget gave fewer processes than
    /// an interval needs.
    Partial,
    /// No numbers: the benchmark failed.
    Failed,
    /// No numbers: the base that the rows are compared with does not have it.
    New,
}

/// A judgement of one row against its margin.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not slower by more than the margin.
    Ok,
    /// Slower by more than the margin.
    Regressed,
    /// Faster by more than the margin.
    Improved,
    /// The interval straddles the margin: more processes would be needed.
    Inconclusive,
    /// Slower by more than the margin, but not because it does more: its instructions and system calls are the
    /// baseline's, or the difference is gone once the sections of its code stand in another order. A gate says so and
    /// does not fail by it unless it is asked to.
    Suspect,
}

impl Verdict {
    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Regressed => "regressed",
            Verdict::Improved => "improved",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Suspect => "suspect",
        }
    }
}

/// How much of a row's time the crossings of the boundary explain.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Boundary {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// The variant that was counted.
    #[serde(default = "node_api")]
    pub candidate: String,
    /// Node-API calls an operation, from a counting build.
    pub crossings: f64,
    /// Nanoseconds of a Node-API noop on this host in this run.
    pub crossing_ns: f64,
    /// Nanoseconds of V8's own noop.
    pub v8_noop_ns: Option<f64>,
    /// `crossings × crossing_ns / candidate median`, as a fraction.
    pub explained: Option<f64>,
    /// What these calls copied.
    #[serde(default)]
    pub copied: Option<Copied>,
    /// Nanoseconds of process CPU an operation would take if the port differed from its baseline by the boundary alone:
    /// the baseline's median without the one call that V8 makes for it, and `crossings × crossing_ns`.
    #[serde(default)]
    pub predicted_ns: Option<f64>,
    /// Nanoseconds of process CPU an operation took in the baseline.
    #[serde(default)]
    pub baseline_ns: Option<f64>,
    /// Nanoseconds of process CPU an operation took in the candidate.
    #[serde(default)]
    pub candidate_ns: Option<f64>,
}

/// A variant of a port on a host, in one line.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Summary {
    /// The module.
    pub module: String,
    /// The host's id.
    pub host: String,
    /// The candidate of the rows.
    #[serde(default = "node_api")]
    pub variant: String,
    /// Geometric mean of the deciding rows' ratios.
    pub geometric_mean: Option<f64>,
    /// Geometric mean of the upper ends of the deciding rows' intervals; null where one of them has none.
    #[serde(default)]
    pub geometric_mean_high: Option<f64>,
    /// The same by kind of benchmark and metric, since both metrics of asynchronous rows decide.
    #[serde(default)]
    pub means: Vec<Mean>,
    /// The row with the largest ratio of peak memory; null where no arm ran alone.
    #[serde(default)]
    pub worst_memory: Option<Memory>,
    /// Deciding rows by verdict.
    pub ok: u32,
    /// Deciding rows that regressed.
    pub regressed: u32,
    /// Deciding rows that improved.
    pub improved: u32,
    /// Deciding rows that the budget did not settle.
    pub inconclusive: u32,
    /// Deciding rows that are slower for a reason outside of their code.
    #[serde(default)]
    pub suspect: u32,
    /// Deciding rows without numbers.
    pub failed: u32,
}

/// Geometric means over the deciding rows of one kind and metric.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Mean {
    /// Synchronous or asynchronous benchmarks.
    pub kind: Kind,
    /// The metric.
    pub metric: Metric,
    /// How many rows have a ratio.
    pub rows: u32,
    /// Geometric mean of their ratios.
    pub ratio: f64,
    /// Geometric mean of the upper ends of their intervals; null where one of them has none.
    pub high: Option<f64>,
}

/// The peak memory of one benchmark, each arm alone in its processes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Memory {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// Candidate / baseline.
    pub ratio: f64,
    /// Upper end of its 95% interval.
    pub high: Option<f64>,
    /// How many rows of the port were compared.
    pub rows: u32,
}

/// What documents without variants compared.
pub(crate) fn node_api() -> String {
    NODE_API.to_owned()
}
