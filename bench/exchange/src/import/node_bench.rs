//! The records of `lib/internal/bench_runner` (Node 26.9 and newer, experimental): `bench:sample` is all that is
//! needed. Durations are bigints, which the reporter writes as strings.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Samples;

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    name_path: Vec<String>,
    bench_id: String,
    operations: f64,
    #[serde(rename = "duration_ns")]
    duration_ns: String,
}

pub(super) fn read(text: &str) -> Result<Samples, String> {
    let mut samples = Samples::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |error: serde_json::Error| format!("line {number}: {error}");
        let record: Record = serde_json::from_str(line).map_err(wrong)?;
        if record.kind != "bench:sample" {
            continue;
        }
        let sample: Sample = serde_json::from_value(record.data).map_err(wrong)?;
        let duration: f64 = sample
            .duration_ns
            .parse()
            .map_err(|_| format!("line {number}: duration_ns is {:?}, no number", sample.duration_ns))?;
        samples.entry(name(&sample)).or_default().push(duration / sample.operations);
    }
    Ok(samples)
}

/// `suite/bench`, and the parameters behind it: the id's third element.
fn name(sample: &Sample) -> String {
    let path = sample.name_path.join("/");
    let parameters = serde_json::from_str::<(Value, Value, Map<String, Value>)>(&sample.bench_id)
        .map(|(_, _, parameters)| parameters)
        .unwrap_or_default();
    let parameters: Vec<String> = parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if parameters.is_empty() { path } else { format!("{path} {}", parameters.join(" ")) }
}
