use std::collections::BTreeMap;

use serde::Deserialize;

use super::Samples;

#[derive(Deserialize)]
struct Metric {
    value: f64,
}

pub(super) fn read(text: &str) -> Result<Samples, String> {
    let benchmarks: BTreeMap<String, BTreeMap<String, Metric>> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let latency = |(name, measures): (String, BTreeMap<String, Metric>)| {
        (name, measures.get("latency").map(|metric| metric.value).into_iter().collect())
    };
    Ok(benchmarks.into_iter().map(latency).collect())
}
