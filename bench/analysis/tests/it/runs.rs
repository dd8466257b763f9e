//! Process runs to estimates.

use std::collections::BTreeMap;

use bench_analysis::{per_operation, rounds, summarize, summarize_solo};
use bench_schema::{Arm, ArmSource, Histogram, Job, Kind, Level, Metric, ProcessRun, Role, Sample};

/// A process of `rounds` planned rounds whose slices cost `costs[round] = (candidate, baseline)` ns an operation.
pub(crate) fn run(planned: u32, costs: &[(u64, u64)]) -> ProcessRun {
    let sample = |round: usize, role, ns: u64| Sample {
        role,
        round: round as u32,
        position: 0,
        operations: 1000,
        wall_ns: 3000 * ns,
        cpu_process_ns: 1000 * ns,
        cpu_thread_ns: 500 * ns,
        counters: BTreeMap::new(),
    };
    let pair = |(round, (candidate, baseline)): (usize, &(u64, u64))| {
        [sample(round, Role::Candidate, *candidate), sample(round, Role::Baseline, *baseline)]
    };
    empty(planned, &[Role::Baseline, Role::Candidate], costs.iter().enumerate().flat_map(pair).collect())
}

fn empty(rounds: u32, roles: &[Role], samples: Vec<Sample>) -> ProcessRun {
    let arm = |&role: &Role| Arm { role, variant: "v".into(), source: ArmSource::Stock };
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
            latency: false,
            arms: roles.iter().map(arm).collect(),
            rounds,
            slice_ns: 1,
            seed: 0,
            tools: BTreeMap::new(),
            probe: "p".into(),
            scratch: "s".into(),
            world: None,
            canary: None,
            instructions: None,
            operations: None,
        },
        process: 0,
        host_version: String::new(),
        samples,
        latencies: BTreeMap::<Role, Histogram>::new(),
        counters: vec![],
        max_rss_bytes: 0,
        port_calls: BTreeMap::new(),
        crossings: BTreeMap::new(),
        copied: BTreeMap::new(),
        rejections: vec![],
    }
}

#[track_caller]
fn near(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-12, "{left} is not {right}");
}

#[test]
fn a_process_is_the_median_of_its_rounds_and_the_estimate_that_of_processes() {
    // One wild round and one wild process: neither moves the ratio.
    let steady = run(3, &[(50, 100), (50, 100), (9000, 100)]);
    let wild = run(3, &[(500, 100), (500, 100), (500, 100)]);
    let runs =
        vec![steady.clone(), steady.clone(), steady.clone(), steady.clone(), steady.clone(), steady, wild];
    let estimate = summarize(&runs, Metric::CpuProcess, Role::Candidate, Role::Baseline).unwrap();
    near(estimate.ratio, 0.5);
    assert_eq!(estimate.processes, 7);
    near(estimate.denominator_median, 100.0);
    near(estimate.numerator_median, 50.0);
    let wall = summarize(&runs, Metric::Wall, Role::Candidate, Role::Baseline).unwrap();
    near(wall.denominator_median, 300.0);
}

#[test]
fn half_a_round_a_stopped_clock_and_a_short_process_are_left_out() {
    let mut lame = run(3, &[(50, 100), (70, 100), (50, 0)]);
    lame.samples.remove(2); // The candidate's slice of round 1.
    let kept = rounds(&lame, Metric::CpuProcess, Role::Candidate, Role::Baseline);
    assert_eq!(kept.len(), 1);
    assert_eq!(summarize(&[lame], Metric::CpuProcess, Role::Candidate, Role::Baseline), None);
    let half = run(4, &[(50, 100), (50, 100)]);
    assert!(summarize(&[half], Metric::CpuProcess, Role::Candidate, Role::Baseline).is_some());
}

#[test]
fn slices_of_different_lengths_compare_by_operation() {
    let mut uneven = run(1, &[(50, 100)]);
    uneven.samples[0].operations = 500;
    assert_eq!(per_operation(&uneven.samples[0], Metric::CpuProcess), Some(100.0));
    near(summarize(&[uneven], Metric::CpuProcess, Role::Candidate, Role::Baseline).unwrap().ratio, 1.0);
}

#[test]
fn counting_builds_are_never_timed() {
    let mut counted = run(1, &[(50, 100)]);
    counted.crossings.insert(Role::Candidate, 3.0);
    assert_eq!(summarize(&[counted], Metric::CpuProcess, Role::Candidate, Role::Baseline), None);
}

#[test]
fn an_arm_that_is_missing_gives_nothing() {
    assert_eq!(summarize(&[run(1, &[(5, 10)])], Metric::CpuProcess, Role::Twin, Role::Baseline), None);
    assert_eq!(summarize(&[], Metric::Wall, Role::Candidate, Role::Baseline), None);
}

#[test]
fn memory_compares_processes_that_ran_alone() {
    let alone = |role, megabytes: u64| {
        let mut run = empty(1, &[role], vec![]);
        run.max_rss_bytes = megabytes << 20;
        run
    };
    let mut together = run(1, &[(5, 10)]);
    together.max_rss_bytes = 1 << 40;
    let runs = vec![
        together,
        alone(Role::Baseline, 100),
        alone(Role::Candidate, 110),
        alone(Role::Candidate, 121),
        alone(Role::Baseline, 110),
    ];
    let estimate = summarize_solo(&runs, Role::Candidate, Role::Baseline).unwrap();
    near(estimate.ratio, 1.1);
    assert_eq!(estimate.processes, 2);
    near(estimate.interval.coverage(), 0.5);
    assert_eq!(summarize(&runs, Metric::MaxRss, Role::Candidate, Role::Baseline), None);
}
