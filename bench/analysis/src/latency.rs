//! Latency histograms to percentiles.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bench_schema::{Difference, Metric, ProcessRun, Role};
use hdrhistogram::serialization::Deserializer;

use crate::{CONFIDENCE, hodges_lehmann, is_timed, walsh_interval};

/// A histogram that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LatencyError {
    /// Not base64.
    #[error("the latency histogram is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// Not an HDR histogram of version 2.
    #[error("the latency histogram is not in HDR format V2: {0}")]
    Format(#[from] hdrhistogram::serialization::DeserializeError),
}

/// Reads a histogram of nanoseconds as the probe writes it: V2, compressed or not, in base64.
///
/// # Errors
///
/// When the text is not base64 or does not hold such a histogram.
pub fn decode_latency(
    histogram: &bench_schema::Histogram,
) -> Result<hdrhistogram::Histogram<u64>, LatencyError> {
    let bytes = STANDARD_NO_PAD
        .decode(histogram.0.trim_end_matches('='))
        .or_else(|_| STANDARD.decode(&histogram.0))?;
    Ok(Deserializer::new().deserialize(&mut bytes.as_slice())?)
}

/// The percentile that a latency metric names, in nanoseconds, of one arm of one process. `None` for other
/// metrics, an unreadable histogram, and one with too few operations: a percentile needs at least one operation
/// beyond it, or it is the maximum under another name.
pub(crate) fn percentile_ns(run: &ProcessRun, role: Role, metric: Metric) -> Option<f64> {
    let quantile = metric.quantile()?;
    let histogram = decode_latency(run.latencies.get(&role)?).ok()?;
    let ns = histogram.value_at_quantile(quantile);
    let beyond = histogram.len() as f64 * (1.0 - quantile);
    // Quantiles are no binary fractions: a hair below one operation is one.
    (beyond >= 1.0 - 1e-9 && ns > 0).then_some(ns as f64)
}

/// Estimates numerator − denominator of a percentile, in nanoseconds: each process that measured both arms yields one
/// difference. `None` for metrics that are no percentiles, and where no process recorded enough.
pub fn latency_difference(
    runs: &[ProcessRun],
    metric: Metric,
    numerator: Role,
    denominator: Role,
) -> Option<Difference> {
    let of_process = |run: &ProcessRun| {
        Some(percentile_ns(run, numerator, metric)? - percentile_ns(run, denominator, metric)?)
    };
    let differences: Vec<f64> = runs.iter().filter(|run| is_timed(run)).filter_map(of_process).collect();
    let (low, high, coverage) = walsh_interval(&differences, CONFIDENCE)?;
    // As an interval of a ratio says itself, one of few processes covers less than it would be taken for.
    let is_sure = coverage >= CONFIDENCE - 1e-9;
    Some(Difference {
        estimate: hodges_lehmann(&differences)?,
        low: is_sure.then_some(low),
        high: is_sure.then_some(high),
    })
}
