//! <https://bencher.dev/docs/reference/bencher-metric-format>

use std::collections::BTreeMap;

use bench_schema::{Document, Metric};
use serde::Serialize;

use super::{Concern, name};

#[derive(Serialize)]
struct Measure {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// Deciding rows only: the format has no place for a metric beside the benchmark's name but the name itself.
pub(super) fn metrics(document: &Document) -> Result<String, serde_json::Error> {
    let mut benchmarks: BTreeMap<String, BTreeMap<&str, Measure>> = BTreeMap::new();
    for row in document.rows.iter().filter(|row| Concern::of(row).is_some()) {
        let Some(ratio) = row.ratio else { continue };
        let measures = benchmarks.entry(name(row)).or_default();
        measures.insert("ratio", Measure { value: ratio, lower_value: row.low, upper_value: row.high });
        if let (Some(median), false) = (row.candidate_median, row.metric == Metric::MaxRss) {
            measures.insert("latency", Measure { value: median, lower_value: None, upper_value: None });
        }
    }
    Ok(serde_json::to_string_pretty(&benchmarks)? + "\n")
}
