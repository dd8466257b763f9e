//! The whole way, on the pinned hosts: every benchmark of the checkout runs on every host, with native on both
//! sides, and yields what its definition expects. `scripts/lab build` and `scripts/lab hosts --install` come first.
#![allow(missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_runner::{Lab, Prepared, ProcessFault, ProcessPlan, Request, Silent};
use bench_schema::{ProcessRun, Role};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn native(module: &str) -> Prepared {
    let request = Request { modules: vec![module.into()], candidate: "native".into(), ..Request::default() };
    let lab = Lab::open(&root()).unwrap_or_else(|error| panic!("{error}"));
    lab.prepare_staged(&request, &Silent).unwrap_or_else(|error| panic!("{error}"))
}

/// Two rounds of very short slices, of the host's own instance and of a fresh world.
fn short() -> ProcessPlan {
    let roles = vec![Role::Stock, Role::Baseline];
    ProcessPlan { roles, timeout: Duration::from_mins(10), ..ProcessPlan::new(0, 2, 100_000, 1) }
}

fn check_complete(run: &ProcessRun, what: &str) {
    assert_eq!(run.rejections, Vec::<String>::new(), "{what}");
    assert_eq!(run.samples.len(), 2 * run.job.arms.len(), "{what}");
    assert!(run.samples.iter().all(|sample| sample.wall_ns > 0 && sample.cpu_process_ns > 0), "{what}");
    assert!(run.max_rss_bytes > 0, "{what}");
    assert_eq!(run.latencies.len(), if run.job.latency { run.job.arms.len() } else { 0 }, "{what}");
}

/// One test a module that the checkout defines would be a list; one test for all shows every failure instead.
#[test]
fn every_benchmark_yields_what_it_expects_on_every_host() {
    let lab = Lab::open(&root()).unwrap();
    let mut failures = Vec::new();
    for module in lab.modules().keys().filter(|module| lab.ports().contains_key(*module)) {
        let prepared = native(module);
        assert_eq!(prepared.hosts().len(), lab.hosts().len());
        for bench in prepared.benches() {
            match prepared.run_process(bench, &short(), &AtomicBool::new(false)) {
                Ok(run) => check_complete(&run, &bench.describe()),
                Err(error) => failures.push(error.to_string()),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_counting_build_of_each_port_says_how_often_it_crosses_the_boundary() {
    let lab = Lab::open(&root()).unwrap();
    for module in lab.ports().keys() {
        let request = Request { modules: vec![module.clone()], ..Request::default() };
        let prepared = lab.prepare_staged(&request, &Silent).unwrap_or_else(|error| panic!("{error}"));
        let bench = &prepared.benches()[0];
        let cancel = AtomicBool::new(false);
        let run = prepared.run_process(bench, &ProcessPlan::counting(1), &cancel).unwrap();
        assert_eq!(run.samples.len(), 0, "a counting build is never timed");
        // At least the call itself, and no more than a few for each of its arguments.
        let crossings = run.crossings[&Role::Candidate];
        assert!((1.0..100.0).contains(&crossings), "{}: {crossings}", bench.describe());
        assert!(run.port_calls[&Role::Candidate] > 0);
    }
}

#[test]
fn one_arm_alone_is_a_solo_process() {
    let prepared = native("fs");
    let plan = ProcessPlan { solo: Some(Role::Stock), ..short() };
    let run = prepared.run_process(&prepared.benches()[0], &plan, &AtomicBool::new(false)).unwrap();
    assert_eq!(run.job.arms.len(), 1);
    assert!(run.samples.iter().all(|sample| sample.role == Role::Stock));
}

#[test]
fn a_full_scratch_folder_ends_the_process_with_the_way_out() {
    let Some(full) = TinyFileSystem::mount() else {
        eprintln!("not run: mounting a tmpfs needs root");
        return;
    };
    let prepared = native("fs").with_scratch(full.path());
    let bench = prepared.benches().iter().find(|bench| bench.definition.id == "fs/write-file-1m").unwrap();
    let error = prepared.run_process(bench, &short(), &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error.fault, ProcessFault::Scratch { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("ENOSPC") && text.contains("PORTLAB_SCRATCH"), "{text}");
    assert!(text.contains("write-file.mjs"), "{text}");
}

/// A file system too small for the benchmarks, unmounted when dropped.
struct TinyFileSystem(tempfile::TempDir);

impl TinyFileSystem {
    fn mount() -> Option<TinyFileSystem> {
        let folder = tempfile::tempdir().unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        status.is_ok_and(|status| status.success()).then_some(TinyFileSystem(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for TinyFileSystem {
    fn drop(&mut self) {
        // A mount that stays is removed with the machine's next start.
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}
