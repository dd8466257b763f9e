use serde::Deserialize;

use super::Samples;

#[derive(Deserialize)]
struct Report {
    results: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    command: String,
    /// Seconds.
    times: Vec<f64>,
}

pub(super) fn read(text: &str) -> Result<Samples, String> {
    let report: Report = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let samples = |run: Run| (run.command, run.times.into_iter().map(|seconds| seconds * 1e9).collect());
    Ok(report.results.into_iter().map(samples).collect())
}
