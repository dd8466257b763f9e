use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{CalibrationRun, Job, Role};

/// One slice of one arm: `operations` operations, measured together.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Sample {
    /// The arm.
    pub role: Role,
    /// The round, from 0.
    pub round: u32,
    /// Position within the round, from 0: later slices inherit warm caches.
    pub position: u32,
    /// Operations in the slice.
    pub operations: u64,
    /// `CLOCK_MONOTONIC` over the slice.
    pub wall_ns: u64,
    /// `CLOCK_PROCESS_CPUTIME_ID` over the slice.
    pub cpu_process_ns: u64,
    /// `CLOCK_THREAD_CPUTIME_ID` over the slice.
    pub cpu_thread_ns: u64,
    /// perf-event counters over the slice, by name; one that the kernel does not support is absent.
    #[serde(default)]
    pub counters: BTreeMap<String, u64>,
}

/// A perf-event counter on this machine.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counter {
    /// The kernel's name: `instructions`, `page-faults`, ….
    pub name: String,
    /// Whether the kernel gave it.
    pub supported: bool,
    /// The kernel's answer when it did not.
    pub reason: Option<String>,
}

/// What one host process yielded. The process is the unit of statistics.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProcessRun {
    /// What it was asked.
    pub job: Job,
    /// Index of the process within its row, from 0.
    pub process: u32,
    /// The host's own version.
    pub host_version: String,
    /// Slices, in the order in which they ran.
    pub samples: Vec<Sample>,
    /// Latencies by arm.
    pub latencies: BTreeMap<Role, Histogram>,
    /// The counters of this machine.
    pub counters: Vec<Counter>,
    /// `ru_maxrss` in bytes.
    pub max_rss_bytes: u64,
    /// Calls that reached the port, by role.
    pub port_calls: BTreeMap<Role, u64>,
    /// Node-API calls an operation, by role (counting builds only).
    pub crossings: BTreeMap<Role, f64>,
    /// What these crossings copied, an operation, by role. Documents carry it; the store does not keep it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub copied: BTreeMap<Role, Copied>,
    /// Slices that yielded a wrong value, as sentences.
    pub rejections: Vec<String>,
}

/// What crossed the boundary in one operation, beside the calls.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Copied {
    /// Strings read from JavaScript or made for it.
    pub strings: f64,
    /// Bytes of these strings and of buffers that were copied.
    pub bytes: f64,
    /// Calls into JavaScript.
    pub callbacks: f64,
}

/// An HDR histogram of nanoseconds, serialized (V2, base64).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Histogram(pub String);

/// One invocation of portlab that measured.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RunRecord {
    /// Assigned by the store, ascending.
    pub id: i64,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The command line, for people.
    pub command: String,
    /// Commit of the checkout, if it is one.
    pub commit: Option<String>,
    /// Whether the checkout had uncommitted changes.
    pub dirty: bool,
    /// How the run ended.
    pub status: RunStatus,
    /// The machine.
    pub machine: Machine,
    /// The modules that were measured.
    pub artifacts: Vec<Artifact>,
    /// What the run calibrates; absent for one that compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationRun>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It is being measured.
    Running,
    /// It was measured as planned.
    Complete,
    /// Ctrl-C; what was measured stays.
    Interrupted,
    /// It could not go on, or its program died; what was measured stays.
    Failed,
}

/// Facts by which runs on different machines are told apart.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Machine {
    /// Hash of the other facts.
    pub fingerprint: String,
    /// `model name` of the first CPU.
    pub cpu: String,
    /// Online CPUs.
    pub cpus: u32,
    /// Physical memory in bytes.
    pub memory_bytes: u64,
    /// `uname -sr`.
    pub kernel: String,
    /// `/etc/os-release` `PRETTY_NAME`.
    pub os: String,
    /// The file system that holds the scratch folder.
    pub scratch_fs: String,
}

/// A `.node` file that was measured.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Artifact {
    /// The module, such as `fs`.
    pub module: String,
    /// The variant that it serves.
    pub variant: String,
    /// Its path when it was measured.
    pub path: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}
