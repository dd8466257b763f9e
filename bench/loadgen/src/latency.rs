//! Latencies of one target.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2Serializer};

/// One minute: what takes longer is recorded as this long.
const LONGEST_NS: u64 = 60_000_000_000;
/// 0.1% resolution, as the probe's histograms.
const SIGNIFICANT_DIGITS: u8 = 3;

pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Latencies {
        let bounded = Histogram::new_with_bounds(1, LONGEST_NS, SIGNIFICANT_DIGITS);
        Latencies(bounded.expect("constant bounds are valid"))
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.saturating_record((latency.as_nanos() as u64).max(1));
    }

    /// All latencies since the last call, in base64 (V2, not compressed).
    pub(crate) fn take(&mut self) -> String {
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&self.0, &mut bytes).expect("a Vec takes every byte");
        self.0.reset();
        STANDARD.encode(bytes)
    }
}
