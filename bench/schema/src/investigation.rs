//! What a gate found out about a row that was slower by more than its margin.

use serde::{Deserialize, Serialize};

use crate::{Level, Metric, Row, Verdict};

/// One regression, looked into.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Investigation {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// The variant that was slower.
    pub candidate: String,
    /// What it was slower by.
    pub metric: Metric,
    /// What the row came to.
    pub verdict: Verdict,
    /// Why, as a sentence.
    pub conclusion: String,
    /// What callgrind counted; null where it could not, which `conclusion` says.
    pub counts: Option<Counts>,
    /// The same measured once more with the sections of the ports' code in another order; null where it was not, which
    /// `conclusion` says.
    pub relinked: Option<Relinked>,
}

impl Investigation {
    /// Whether it looked into that row.
    pub fn is_of(&self, row: &Row) -> bool {
        let own = (&self.benchmark, self.level, &self.host, &self.candidate, self.metric);
        own == (&row.benchmark, row.level, &row.host, &row.candidate, row.metric)
    }
}

/// Instructions and system calls an operation, of all threads, as callgrind counts them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Counts {
    /// Operations that were counted in each arm.
    pub operations: u64,
    /// Instructions an operation.
    pub baseline_instructions: f64,
    /// Instructions an operation.
    pub candidate_instructions: f64,
    /// System calls an operation.
    pub baseline_system_calls: f64,
    /// System calls an operation.
    pub candidate_system_calls: f64,
    /// The functions whose own instructions differ most.
    pub functions: Vec<FunctionCount>,
    /// The file names of both arms' flame graphs, baseline first, beside the report.
    #[serde(default)]
    pub flame_graphs: Option<[String; 2]>,
}

/// A function's own instructions an operation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FunctionCount {
    /// Its name; `[JavaScript]` for all code that V8 made.
    pub function: String,
    /// In the baseline.
    pub baseline: f64,
    /// In the candidate.
    pub candidate: f64,
}

/// A row of the relinked build.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Relinked {
    /// Its ratio.
    pub ratio: Option<f64>,
    /// Lower end of its 95% interval.
    pub low: Option<f64>,
    /// Upper end of its 95% interval.
    pub high: Option<f64>,
    /// Its verdict.
    pub verdict: Verdict,
}
