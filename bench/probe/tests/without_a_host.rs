//! What the probe measures with, outside any host. The modules are included by path: the probe itself is a
//! cdylib over Node-API and links only inside one.
#![allow(missing_docs, dead_code)]

#[path = "../src/clock.rs"]
mod clock;
#[path = "../src/counters.rs"]
mod counters;
#[path = "../src/latency.rs"]
mod latency;

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

fn decode(histogram: &str) -> Histogram<u64> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(histogram).unwrap();
    Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap()
}

#[test]
fn process_cpu_contains_thread_cpu_and_work_advances_both() {
    let [_, process_before, thread_before] = clock::clocks_ns();
    let mut sum = 0_u64;
    while clock::clocks_ns()[2] - thread_before < 2_000_000 {
        sum = std::hint::black_box(sum + 1);
    }
    let [_, process_after, thread_after] = clock::clocks_ns();
    assert!(process_after - process_before >= thread_after - thread_before);
}

#[test]
fn max_rss_is_in_bytes() {
    let block = std::hint::black_box(vec![1_u8; 64 << 20]);
    assert!(clock::max_rss_bytes() > block.len() as u64);
}

#[test]
fn every_wanted_counter_runs_or_has_a_reason() {
    let set = counters::CounterSet::open();
    let running = set.report().iter().filter(|counter| counter.reason.is_none()).count();
    assert_eq!(running, set.len());
    assert_eq!(running, set.read().count());
    for counter in set.report() {
        assert!(counter.reason.as_ref().is_none_or(|reason| !reason.is_empty()), "{}", counter.name);
    }
}

#[test]
fn page_faults_count_memory_that_is_touched() {
    let set = counters::CounterSet::open();
    let position = set.report().iter().filter(|c| c.reason.is_none()).position(|c| c.name == "page-faults");
    let Some(position) = position else { return };
    let before = set.read().nth(position).unwrap();
    // A fresh mapping of many pages, touched from a thread that is started after the counters.
    std::thread::spawn(|| std::hint::black_box(vec![1_u8; 32 << 20])).join().unwrap();
    let after = set.read().nth(position).unwrap();
    assert!(after > before, "{before} -> {after}");
}

#[test]
fn latencies_survive_the_wire_by_arm() {
    let mut latencies = latency::Latencies::default();
    for _ in 0..99 {
        latencies.record(1, 1_000);
    }
    latencies.record(1, 5_000_000);
    latencies.record(0, 7);
    let histogram = decode(&latencies.take(1));
    assert_eq!(histogram.len(), 100);
    assert_eq!(histogram.value_at_quantile(0.5), 1_000);
    assert!(histogram.max() >= 5_000_000 && histogram.max() < 5_010_000);
    assert_eq!(decode(&latencies.take(1)).len(), 0, "taking starts anew");
    assert_eq!(decode(&latencies.take(0)).len(), 1);
}

#[test]
fn a_latency_beyond_the_bounds_is_kept_at_the_bound() {
    let mut latencies = latency::Latencies::default();
    latencies.record(0, u64::MAX);
    latencies.record(0, 0);
    let histogram = decode(&latencies.take(0));
    assert_eq!(histogram.len(), 2);
    assert!(histogram.max() >= 60_000_000_000);
}
