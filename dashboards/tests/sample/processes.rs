//! Made-up samples of one process.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bench_schema::{Arm, ArmSource, Histogram, Job, Kind, Level, ProcessRun, Role, SCHEMA_VERSION, Sample};
use hdrhistogram::serialization::{Serializer as _, V2Serializer};

use super::{ARMS, Noise};

pub(super) fn process_run(
    id: &str,
    kind: Kind,
    level: Level,
    process: u32,
    time: f64,
    ratio: f64,
    noise: &mut Noise,
) -> ProcessRun {
    let rounds = 12;
    let operations = (10_000_000.0 / time).ceil() as u64;
    // One process in six runs on a slow neighbour; both arms feel it.
    let process_factor = if noise.uniform() < 0.16 { 1.22 } else { 1.0 } * (1.0 + 0.01 * noise.normal());
    let process_ratio = ratio * (1.0 + 0.006 * noise.normal());
    let mut samples = Vec::new();
    let mut latencies = BTreeMap::new();
    for role in ARMS {
        let scale = process_factor * if role == Role::Candidate { process_ratio } else { 1.0 };
        for round in 0..rounds {
            let spike = if noise.uniform() < 0.015 { 1.6 } else { 1.0 };
            let slice = time * scale * spike * (1.0 + 0.012 * noise.normal()) * operations as f64;
            samples.push(Sample {
                role,
                round,
                position: 0,
                operations,
                wall_ns: slice as u64,
                cpu_process_ns: slice as u64,
                cpu_thread_ns: (slice * 0.9) as u64,
                counters: BTreeMap::from([("page-faults".into(), 3)]),
            });
        }
        if kind == Kind::Async {
            latencies.insert(role, histogram(time * scale * 4.0, noise));
        }
    }
    ProcessRun {
        job: Job {
            schema_version: SCHEMA_VERSION,
            benchmark: id.into(),
            level,
            kind,
            workload: PathBuf::from("stat.mjs"),
            params: BTreeMap::new(),
            expect: serde_json::Value::Bool(true),
            concurrency: 1,
            latency: kind == Kind::Async,
            arms: ARMS
                .into_iter()
                .map(|role| Arm {
                    role,
                    variant: if role == Role::Candidate { "node-api" } else { "native" }.into(),
                    source: ArmSource::Stock,
                })
                .collect(),
            rounds,
            slice_ns: 10_000_000,
            seed: u64::from(process),
            tools: BTreeMap::new(),
            probe: PathBuf::from("probe.node"),
            scratch: PathBuf::from("scratch"),
            world: None,
            canary: None,
            instructions: None,
            operations: None,
        },
        process,
        host_version: "v26.10.0".into(),
        samples,
        latencies,
        counters: Vec::new(),
        max_rss_bytes: 61_000_000,
        port_calls: BTreeMap::from([(Role::Candidate, operations * u64::from(rounds)), (Role::Baseline, 0)]),
        crossings: BTreeMap::new(),
        copied: BTreeMap::new(),
        rejections: Vec::new(),
    }
}

fn histogram(typical: f64, noise: &mut Noise) -> Histogram {
    let mut recorded = hdrhistogram::Histogram::<u64>::new(3).expect("3 digits are allowed");
    for _ in 0..600 {
        let tail = if noise.uniform() < 0.02 { 1.0 - noise.uniform().ln() * 2.0 } else { 1.0 };
        let value = typical * (0.25 * noise.normal()).exp() * tail;
        recorded.record(value.max(1.0) as u64).expect("the histogram grows");
    }
    let mut bytes = Vec::new();
    V2Serializer::new().serialize(&recorded, &mut bytes).expect("memory takes all");
    Histogram(STANDARD.encode(bytes))
}
