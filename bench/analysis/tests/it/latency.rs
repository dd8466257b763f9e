use base64::Engine as _;
use bench_analysis::{LatencyError, decode_latency, latency_difference, summarize};
use bench_schema::{Histogram, Metric, Role};
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer, V2Serializer};

use crate::runs::run;

fn histogram(values: impl Iterator<Item = u64>) -> hdrhistogram::Histogram<u64> {
    let mut histogram = hdrhistogram::Histogram::new(3).unwrap();
    values.for_each(|ns| histogram.record(ns).unwrap());
    histogram
}

fn encoded(histogram: &hdrhistogram::Histogram<u64>) -> Histogram {
    let mut bytes = Vec::new();
    V2Serializer::new().serialize(histogram, &mut bytes).unwrap();
    Histogram(base64::engine::general_purpose::STANDARD.encode(bytes))
}

#[test]
fn percentiles_become_ratios_of_processes() {
    let process = |factor: u64| {
        let mut process = run(1, &[(5, 10)]);
        // 1 … 1000 us: p50 is 500 us, p99 is 990 us.
        let baseline = histogram((1..=1000).map(|us| us * 1000));
        let candidate = histogram((1..=1000).map(|us| us * 1000 * factor));
        process.latencies =
            [(Role::Baseline, encoded(&baseline)), (Role::Candidate, encoded(&candidate))].into();
        process
    };
    let runs: Vec<_> = (0..6).map(|_| process(2)).collect();
    let estimate = summarize(&runs, Metric::P50, Role::Candidate, Role::Baseline).unwrap();
    assert!((estimate.ratio - 2.0).abs() < 0.004, "{}", estimate.ratio);
    assert!((estimate.denominator_median - 500_000.0).abs() < 500.0);
    let p99 = summarize(&runs, Metric::P99, Role::Candidate, Role::Baseline).unwrap();
    assert!((p99.denominator_median - 990_000.0).abs() < 990.0);
    let apart = latency_difference(&runs, Metric::P99, Role::Candidate, Role::Baseline).unwrap();
    assert!((apart.estimate - 990_000.0).abs() < 3000.0, "{apart:?}");
    assert!(apart.low <= Some(apart.estimate) && Some(apart.estimate) <= apart.high, "{apart:?}");
    let few = latency_difference(&runs[..5], Metric::P99, Role::Candidate, Role::Baseline).unwrap();
    assert_eq!((few.low, few.high), (None, None), "five processes have no 95% interval");
    assert_eq!(latency_difference(&runs, Metric::Wall, Role::Candidate, Role::Baseline), None);
    let p999 = summarize(&runs, Metric::P999, Role::Candidate, Role::Baseline).unwrap();
    assert!((p999.denominator_median - 999_000.0).abs() < 999.0);
    let too_few = summarize(&runs, Metric::P9999, Role::Candidate, Role::Baseline);
    assert_eq!(too_few, None, "of 1,000 operations the p99.99 is the maximum under another name");
}

#[test]
fn what_is_no_histogram_is_said() {
    assert!(matches!(decode_latency(&Histogram("!".into())), Err(LatencyError::Base64(_))));
    assert!(matches!(decode_latency(&Histogram("AAAA".into())), Err(LatencyError::Format(_))));
}

#[test]
fn a_compressed_histogram_is_read_too() {
    let original = histogram(1..=100);
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&original, &mut bytes).unwrap();
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    assert_eq!(decode_latency(&Histogram(text)).unwrap(), original);
}
