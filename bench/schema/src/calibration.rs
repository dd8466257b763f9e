//! What is measured to know how noisy a machine is, and what is known then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Level, Machine, Metric};

/// A known slowdown that is injected into the candidate's arm, to see whether a gate finds it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// What the extra time is spent on.
    pub kind: CanaryKind,
    /// Extra time as a fraction of an operation's: 0.1 makes it 10% slower.
    pub slowdown: f64,
}

/// What a canary spends its time on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryKind {
    /// Arithmetic in a loop.
    Spin,
    /// Strings on the host's JavaScript heap, which are garbage at once.
    Allocation,
    /// The cheapest system call, `getppid`.
    Syscall,
}

impl CanaryKind {
    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            CanaryKind::Spin => "spin",
            CanaryKind::Allocation => "allocation",
            CanaryKind::Syscall => "syscall",
        }
    }
}

/// `bench/definitions/<module>/calibration.toml`: what of a module is calibrated by whole gate decisions.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFile {
    /// The fixed rows over which gate decisions are made. They have the default margin.
    pub family: Vec<FamilyRow>,
    /// Rows that are also slowed by something other than spinning.
    #[serde(default)]
    pub canary: Vec<CanaryRow>,
}

/// A row of the family.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyRow {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
}

/// A row with a canary of its own kind.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryRow {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// What slows it.
    pub kind: CanaryKind,
}

/// What a run of a calibration measures: both arms are the same, but for a canary.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Single pairs, or a whole gate decision.
    pub kind: ExperimentKind,
    /// What both arms run.
    pub arms: SameArms,
    /// What slows the candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// Whether other processes kept all processors busy meanwhile.
    #[serde(default)]
    pub busy: bool,
}

/// How an experiment is measured.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExperimentKind {
    /// So many processes of every row.
    Pairs,
    /// The gate as it is, over the family, from its plan to its verdict.
    Decision,
}

/// What the two arms of an experiment run.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameArms {
    /// The native binding, in two worlds.
    Native,
    /// Two copies of the port's `.node` file at different inodes: links share one image and its statics.
    Copies,
}

/// By what a measurement is known to be of the code that is there now: SHA-256, hexadecimal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprints {
    /// The driver and the probe.
    pub driver: String,
    /// Each benchmark's definition and workload, by its id.
    pub definitions: BTreeMap<String, String>,
}

/// What makes a run one of a calibration.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRun {
    /// The module.
    pub module: String,
    /// The host's id.
    pub host: String,
    /// What it measures.
    pub experiment: Experiment,
    /// Of the code that measured.
    pub fingerprints: Fingerprints,
}

/// The raw slices of one process, of both arms: what a calibration is computed from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationSample {
    /// Processes of the same number belong to one run.
    pub run: i64,
    /// What was measured.
    pub experiment: Experiment,
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// Rounds that the process was to measure.
    pub planned_rounds: u32,
    /// Operations of the slices of baseline and candidate, a pair a complete round.
    pub operations: Vec<[u64; 2]>,
    /// Elapsed time of the same slices, in nanoseconds; empty where it does not decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wall_ns: Vec<[u64; 2]>,
    /// CPU time of the process over the same slices; empty where it does not decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cpu_process_ns: Vec<[u64; 2]>,
}

/// What is known of the gate's noise: what `portlab calibrate --json` prints.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CalibrationDocument {
    /// [`crate::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The gate as a whole.
    pub gate: GateRates,
    /// Every row that was measured.
    pub rows: Vec<CalibratedRow>,
}

/// How often whole gate decisions over unchanged code are wrong.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct GateRates {
    /// A/A decisions on a machine that had nothing else to do.
    pub decisions: u32,
    /// Those that found a regression.
    pub false_alarms: u32,
    /// Lower end of the 95% Clopper-Pearson interval of their rate; null without a decision.
    pub low: Option<f64>,
    /// Upper end of the same.
    pub high: Option<f64>,
    /// Simulated from the measured noise: the rate of runs of the whole suite with at least one false alarm.
    pub simulated_rate: Option<f64>,
}

/// What is known of one row.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CalibratedRow {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// The metric.
    pub metric: Metric,
    /// The margin that the gate uses, a fraction: the policy's or the floor, whichever is wider.
    pub margin: f64,
    /// The noise floor, a fraction: how far an estimate of unchanged code is from 1 in one case of twenty.
    pub floor: f64,
    /// The smallest slowdown that the gate finds with 80% power at that margin, a fraction.
    pub mde80: f64,
    /// The power to find a slowdown of 5% at that margin.
    pub power5: f64,
    /// The power to find a slowdown of 10% at that margin.
    pub power10: f64,
}

/// A calibration that was published with its raw samples.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedCalibration {
    /// [`crate::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The module.
    pub module: String,
    /// The host's id.
    pub host: String,
    /// The host's own version.
    pub host_version: String,
    /// When the last of it was measured: RFC 3339, UTC.
    pub measured_at: String,
    /// The machine.
    pub machine: Machine,
    /// Of the code that measured.
    pub fingerprints: Fingerprints,
    /// SHA-256 of the statistics that concluded.
    pub analysis: String,
    /// SHA-256 of the file of samples.
    pub samples: String,
    /// What was concluded.
    pub document: CalibrationDocument,
}
