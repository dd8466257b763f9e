use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Canary, Copied, Counter, Kind, Level, Sample};

/// What one host process is asked to do: one benchmark at one level, all arms interleaved.
/// The runner writes it as JSON to the driver's standard input.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Job {
    /// [`crate::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The benchmark's id.
    pub benchmark: String,
    /// The level to measure.
    pub level: Level,
    /// Whether the body is awaited.
    pub kind: Kind,
    /// Absolute path of the workload.
    pub workload: PathBuf,
    /// The definition's parameters.
    pub params: BTreeMap<String, serde_json::Value>,
    /// The value that every operation must yield.
    pub expect: serde_json::Value,
    /// Operations in flight at once.
    pub concurrency: u32,
    /// Record latencies.
    pub latency: bool,
    /// What is loaded, in the order in which it is loaded (the runner has shuffled it).
    pub arms: Vec<Arm>,
    /// How many rounds to measure; every round runs each arm once, in an order drawn from `seed`.
    pub rounds: u32,
    /// The least time one slice should take, in nanoseconds of the deciding clock.
    pub slice_ns: u64,
    /// Seed of the order of arms within rounds.
    pub seed: u64,
    /// Absolute paths of the programs that the definition names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, PathBuf>,
    /// Absolute path of the probe addon.
    pub probe: PathBuf,
    /// An empty folder for the process's files, removed by the runner afterwards.
    pub scratch: PathBuf,
    /// The module's world; absent when every arm is an addon.
    pub world: Option<WorldSpec>,
    /// What slows the candidate's arm; only calibrations have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// Operations whose instructions are counted, instead of measuring; the host then runs under callgrind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<u64>,
    /// Operations of every slice, whatever time they take. Absent: as many as [`Self::slice_ns`] asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<u64>,
}

/// How a fresh instance of the module is made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WorldSpec {
    /// The builtin that users require.
    pub builtin: String,
    /// The names given to `internalBinding`.
    pub bindings: Vec<String>,
    /// The builtins that are instantiated anew.
    pub fresh: Vec<String>,
}

/// One arm of a pair.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Arm {
    /// What the arm is for.
    pub role: Role,
    /// What it runs, as reports call it: `native`, `node-api`, …
    pub variant: String,
    /// Where it comes from.
    pub source: ArmSource,
}

/// What an arm is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The denominator of ratios: a fresh world on the baseline variant.
    Baseline,
    /// The numerator: a fresh world on the candidate variant.
    Candidate,
    /// A second fresh world on the baseline variant; its ratio shows the noise (A/A).
    Twin,
    /// The host's own instance, never re-instantiated; its ratio shows what a fresh world costs.
    Stock,
}

impl Role {
    /// The name in documents and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Baseline => "baseline",
            Role::Candidate => "candidate",
            Role::Twin => "twin",
            Role::Stock => "stock",
        }
    }
}

/// Where an arm comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ArmSource {
    /// The host's own instance of the module.
    Stock,
    /// A fresh instance of the module's JavaScript, on a port or (without one) on the native binding.
    World {
        /// The port under it.
        port: Option<PortArm>,
    },
    /// A whole addon, without a world.
    Addon {
        /// Absolute path.
        path: PathBuf,
        /// `ext`: measured is what its `withExtensions(table)` returns. None: its exports.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        features: Vec<String>,
    },
}

/// A port as a host loads it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PortArm {
    /// Absolute path of the `.node` file.
    pub addon: PathBuf,
    /// Absolute path of the JavaScript half, if the port has one.
    pub js: Option<PathBuf>,
    /// The Node majors that port.toml names; another major is refused.
    pub node_majors: Vec<u32>,
    /// The features of the port that are switched on; none for the plain variant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

/// One line that the driver writes (NDJSON on file descriptor 3).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Arms are loaded and warm; measuring begins.
    Ready {
        /// `process.version` or the like.
        host_version: String,
        /// Operations a slice, by role.
        operations: BTreeMap<Role, u64>,
        /// The counters that samples carry, and those that the machine lacks.
        counters: Vec<Counter>,
    },
    /// One slice was measured.
    Sample(Sample),
    /// A slice yielded a wrong value; it is no sample, and the row fails.
    Rejected {
        /// The arm.
        role: Role,
        /// The round, from 0.
        round: u32,
        /// What the definition expects.
        expected: serde_json::Value,
        /// What the body yielded.
        actual: serde_json::Value,
    },
    /// All latencies of one arm in this process: an HDR histogram in base64 (V2 + DEFLATE-less).
    Latency {
        /// The arm.
        role: Role,
        /// Serialized by the hdrhistogram crate's `V2Serializer`, base64.
        histogram: String,
    },
    /// The process is done.
    Done {
        /// `ru_maxrss` in bytes.
        max_rss_bytes: u64,
        /// Calls that reached the port, by role: proof that the swap was reached.
        port_calls: BTreeMap<Role, u64>,
        /// Node-API calls an operation of a counting build, by role; empty for timed builds.
        crossings: BTreeMap<Role, f64>,
        /// What these crossings copied, an operation, by role.
        #[serde(default)]
        copied: BTreeMap<Role, Copied>,
    },
    /// The process cannot go on.
    Failed {
        /// What happened and what to do next.
        error: String,
    },
}
