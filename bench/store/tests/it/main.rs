//! The store from outside: what goes in comes out, and no fault loses or overwrites anything.

mod calibrations;
mod faults;
mod kept;
mod killed;

use std::collections::BTreeMap;

use bench_schema::{
    Arm, ArmSource, Artifact, Counter, Document, Histogram, Job, Kind, Level, Machine, ProcessRun, Role,
    RunRecord, RunStatus, Sample,
};
use bench_store::BenchKey;

fn record() -> RunRecord {
    RunRecord {
        id: 0,
        started_at: "2026-11-22T12:00:00Z".into(),
        command: "portlab compare fs".into(),
        commit: Some("c0ffee".into()),
        dirty: true,
        status: RunStatus::Running,
        machine: machine(),
        calibration: None,
        artifacts: vec![Artifact {
            module: "fs".into(),
            variant: "node-api".into(),
            path: "fs.node".into(),
            sha256: "abc".into(),
        }],
    }
}

fn machine() -> Machine {
    Machine {
        fingerprint: "f".into(),
        cpu: "a CPU".into(),
        cpus: 2,
        memory_bytes: 8 << 30,
        kernel: "Linux 6".into(),
        os: "Debian".into(),
        scratch_fs: "ext4".into(),
    }
}

fn key(benchmark: &str) -> BenchKey {
    BenchKey {
        benchmark: benchmark.into(),
        level: Level::Binding,
        host: "node26".into(),
        baseline: "native".into(),
        candidate: "node-api".into(),
    }
}

/// A process run with `rounds` × 2 samples, each field different from its neighbours.
fn process(index: u32, rounds: u32) -> ProcessRun {
    let arm = |role: Role| Arm { role, variant: role.as_str().into(), source: ArmSource::Stock };
    let sample = |round: u32, role: Role, position: u32| Sample {
        role,
        round,
        position,
        operations: 1000 + u64::from(round),
        wall_ns: u64::from(u32::MAX) * 3 + u64::from(round),
        cpu_process_ns: 2_000_000 + u64::from(round),
        cpu_thread_ns: 1_000_000 + u64::from(position),
        counters: if round == 0 { BTreeMap::from([("page-faults".into(), 7)]) } else { BTreeMap::new() },
    };
    let pair = |round| [sample(round, Role::Baseline, 0), sample(round, Role::Candidate, 1)];
    ProcessRun {
        job: Job {
            schema_version: bench_schema::SCHEMA_VERSION,
            benchmark: "fs/stat".into(),
            level: Level::Binding,
            kind: Kind::Sync,
            workload: "stat.mjs".into(),
            params: BTreeMap::new(),
            expect: serde_json::json!(true),
            concurrency: 1,
            latency: true,
            arms: vec![arm(Role::Baseline), arm(Role::Candidate)],
            rounds,
            slice_ns: 10_000_000,
            seed: u64::MAX,
            tools: BTreeMap::new(),
            probe: "probe.node".into(),
            scratch: "scratch".into(),
            world: None,
            canary: None,
            instructions: None,
            operations: None,
        },
        process: index,
        host_version: "v26.10.0".into(),
        samples: (0..rounds).flat_map(pair).collect(),
        latencies: BTreeMap::from([(Role::Candidate, Histogram("HISTFAAA".into()))]),
        counters: vec![Counter { name: "cycles".into(), supported: false, reason: Some("no PMU".into()) }],
        max_rss_bytes: 5 << 30,
        port_calls: BTreeMap::from([(Role::Candidate, 12)]),
        crossings: BTreeMap::from([(Role::Candidate, 3.5)]),
        copied: BTreeMap::new(),
        rejections: vec!["candidate, round 3: expected true, got false".into()],
    }
}

fn document(run: i64) -> Document {
    Document {
        schema_version: bench_schema::SCHEMA_VERSION,
        run,
        started_at: "2026-11-22T12:00:00Z".into(),
        machine: machine(),
        commit: None,
        status: RunStatus::Complete,
        rows: vec![],
        twins: vec![],
        stock: vec![],
        boundary: vec![],
        distances: vec![],
        investigations: Vec::new(),
        summaries: vec![],
        counters: vec![],
        uncalibrated: None,
    }
}

/// Equality of what serde sees: every field of every part.
#[track_caller]
fn assert_same<T: serde::Serialize>(left: &T, right: &T) {
    assert_eq!(serde_json::to_value(left).unwrap(), serde_json::to_value(right).unwrap());
}
