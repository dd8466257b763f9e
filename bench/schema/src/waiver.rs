use serde::{Deserialize, Serialize};

use crate::{Level, Metric};

/// `portlab.waivers.toml`: rows that may be slower than their margin, for a time and a reason.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WaiverFile {
    /// The waivers; each names one row.
    #[serde(default)]
    pub waiver: Vec<Waiver>,
}

/// One row that may be slower than its margin. Every field is exact: a pattern would waive what nobody looked at.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// The metric.
    pub metric: Metric,
    /// The candidate of the row.
    #[serde(default = "crate::document::node_api")]
    pub variant: String,
    /// The ratio above which the row fails in spite of the waiver; above 1 + the row's margin.
    pub ceiling: f64,
    /// The last day on which it holds, in UTC: `2027-01-31`.
    pub expires: String,
    /// Where the regression is worked on: the address of an issue.
    pub issue: String,
    /// Why it is accepted until then.
    pub reason: String,
}
