//! Latencies of single operations, one HDR histogram an arm.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2Serializer};

/// One minute: an operation that takes longer is recorded as this long.
const LONGEST_NS: u64 = 60_000_000_000;
/// 0.1% resolution.
const SIGNIFICANT_DIGITS: u8 = 3;

/// The histograms of all arms, made when an arm records for the first time.
#[derive(Default)]
pub(crate) struct Latencies {
    arms: Vec<Option<Histogram<u64>>>,
}

impl Latencies {
    /// Records one operation of `arm`.
    pub(crate) fn record(&mut self, arm: usize, latency_ns: u64) {
        if arm >= self.arms.len() {
            self.arms.resize_with(arm + 1, || None);
        }
        self.arms[arm].get_or_insert_with(empty).saturating_record(latency_ns.max(1));
    }

    /// The histogram of `arm` in base64 (V2, not compressed); the arm starts anew.
    pub(crate) fn take(&mut self, arm: usize) -> String {
        let histogram = self.arms.get_mut(arm).and_then(Option::take).unwrap_or_else(empty);
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&histogram, &mut bytes).expect("a Vec takes every byte");
        STANDARD.encode(bytes)
    }
}

fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, SIGNIFICANT_DIGITS).expect("constant bounds are valid")
}
