use serde::{Deserialize, Serialize};

use crate::{Level, Metric};

/// How much of the distance between the plain port and V8 the extensions of Node-API close, for one benchmark. Costs
/// are ratios to the row's baseline: plain V8 in C++, or the host's own binding.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Distance {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// What is compared.
    pub metric: Metric,
    /// What both are compared with.
    pub baseline: String,
    /// The variant with extensions.
    pub extended: String,
    /// Cost of the plain variant, in baselines.
    pub plain_ratio: f64,
    /// Cost of the variant with extensions, in baselines.
    pub extended_ratio: f64,
    /// (plain − extended) / (plain − baseline). Null where the plain variant is not surely slower than the baseline:
    /// then no distance is left to close.
    pub closed: Option<f64>,
    /// Lower end of its 95% interval; null where too few processes give none.
    pub low: Option<f64>,
    /// Upper end of its 95% interval.
    pub high: Option<f64>,
}
