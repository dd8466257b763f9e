use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{DEFAULT_MARGIN, Metric};

/// One file of `bench/definitions/<module>/*.toml`: any number of benchmarks.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionFile {
    /// The benchmarks, in the order in which reports list them.
    pub benchmark: Vec<Definition>,
}

/// `bench/definitions/<module>/module.toml`, only for a module that no port replaces (`boundary`, `extensions`):
/// which addon each arm loads.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleFile {
    /// The arms' addons.
    pub arms: ModuleArms,
}

/// The addons of a module without a port.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleArms {
    /// Variant and staged addon of the baseline, such as `v8` from `v8-gap`.
    pub baseline: AddonArm,
    /// Variant and staged addon of the candidate, such as `node-api` from `probe`.
    pub candidate: AddonArm,
    /// Further candidates, each a row of its own, such as `node-api+ext`.
    #[serde(default)]
    pub further: Vec<AddonArm>,
}

impl ModuleArms {
    /// All arms.
    pub fn all(&self) -> impl Iterator<Item = &AddonArm> {
        [&self.baseline, &self.candidate].into_iter().chain(&self.further)
    }

    /// What the baseline is compared with.
    pub fn candidates(&self) -> impl Iterator<Item = &AddonArm> {
        std::iter::once(&self.candidate).chain(&self.further)
    }
}

/// An arm that is a whole addon rather than a world.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AddonArm {
    /// What the reports call it. The feature `ext`, as in `node-api+ext`, measures what the addon's
    /// `withExtensions(table)` returns for the table of shims/v8-gap.
    pub variant: String,
    /// The name under which the runner staged it.
    pub addon: String,
}

/// One benchmark: data about a body of JavaScript that the driver times.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// `<module>/<name>`, for ever: stored runs are compared by it.
    pub id: String,
    /// File name in `bench/workloads/<module>/`.
    pub workload: String,
    /// The levels that the workload implements.
    pub levels: Vec<Level>,
    /// Further candidates beside the default one, by their full names such as `node-api+onehop`; each is a row
    /// of its own, at level public.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// Measured with `variants` alone: without their features it calls nothing that is ported, so that there is nothing
    /// to compare.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_variants: bool,
    /// Whether the body returns its result or a promise of it.
    pub kind: Kind,
    /// The value that every operation must yield; another value rejects the sample.
    pub expect: serde_json::Value,
    /// How much slower the candidate may be, as a fraction. Absent: [`DEFAULT_MARGIN`].
    #[serde(default)]
    pub margin: Option<f64>,
    /// Handed to the workload as `ctx.params`.
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
    /// Operations in flight at once (asynchronous only).
    #[serde(default = "one")]
    pub concurrency: u32,
    /// Record each operation's latency in a histogram and report p50, p99, p99.9 and p99.99.
    #[serde(default)]
    pub latency: bool,
    /// The metrics that decide, instead of those of the kind: for work whose operations are paced, or served for a
    /// client that shares the machine, elapsed time says little.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decides: Vec<Metric>,
    /// Programs that the workload starts, handed to it as `ctx.tools`: `loadgen` is the binary `portlab-loadgen` of
    /// the package `bench-loadgen`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// What bounds the result, with figures: crossings, copies, allocations, where the time goes.
    pub analysis: String,
}

fn one() -> u32 {
    1
}

impl Definition {
    /// The part of the id before the first slash.
    pub fn module(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// The margin in force, as a fraction.
    pub fn margin(&self) -> f64 {
        self.margin.unwrap_or(DEFAULT_MARGIN)
    }

    /// The metrics that decide: those that the definition names. Else synchronous work is judged by process CPU
    /// time; asynchronous work by wall time too, since thread time alone would hide what moved to a pool.
    pub fn deciding_metrics(&self) -> &[Metric] {
        if !self.decides.is_empty() {
            return &self.decides;
        }
        match self.kind {
            Kind::Sync => &[Metric::CpuProcess],
            Kind::Async => &[Metric::Wall, Metric::CpuProcess],
        }
    }
}

/// Where a row is measured.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The binding's function.
    Binding,
    /// The module's own API.
    Public,
}

impl Level {
    /// The name in documents and in workloads' exports.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Binding => "binding",
            Level::Public => "public",
        }
    }
}

/// Whether an operation is done when the body returns.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The body returns the result.
    Sync,
    /// The body returns a promise of the result.
    Async,
}
