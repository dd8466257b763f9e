use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bench_runner::{Bench, Prepared, ProcessError, ProcessFault, ProcessPlan};
use bench_schema::{Canary, Definition, ProcessRun, Role, Row, Status, level_and_variant};
use bench_store::BenchKey;

use crate::document::blank;

/// Where process runs come from: the lab, or a simulation with a clock of its own.
pub trait Source {
    /// The rows to measure, in the order in which reports list them.
    fn targets(&self) -> Vec<Target>;

    /// Runs one host process for the target with that index.
    ///
    /// # Errors
    ///
    /// When the process yielded no complete run.
    fn run(&mut self, target: usize, visit: &Visit, cancel: &AtomicBool) -> Result<ProcessRun, Fault>;

    /// Time since the source was made.
    fn now(&self) -> Duration;

    /// Rows that are listed without being measured: those that a base does not have.
    fn new_rows(&self) -> Vec<Row> {
        Vec::new()
    }
}

/// One row to measure.
#[derive(Clone, Debug)]
pub struct Target {
    /// What names it.
    pub key: BenchKey,
    /// The benchmark.
    pub definition: Definition,
    /// Arms of a timed process.
    pub arms: u32,
    /// Whether a counting build can say how often it crosses the boundary.
    pub counts: bool,
}

impl Target {
    /// `fs/stat (binding)`, for people.
    pub(crate) fn label(&self) -> String {
        format!("{} ({})", self.key.benchmark, level_and_variant(self.key.level, &self.key.candidate))
    }
}

/// What one process is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Visit {
    /// Index of the process within its row, from 0, counted and solo processes included.
    pub process: u32,
    /// Rounds to measure.
    pub rounds: u32,
    /// The least time of a slice.
    pub slice_ns: u64,
    /// Seed of the order of arms.
    pub seed: u64,
    /// Which arms, and which build.
    pub kind: VisitKind,
    /// Operations of every slice, for an arm alone: its peak of memory is compared with another's that does as much.
    pub operations: Option<u64>,
    /// Leave the twin and stock arms out of a timed process, because the budget is too tight for them.
    pub pair_only: bool,
}

/// Which arms a process runs, and which build.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VisitKind {
    /// All arms, interleaved.
    Timed,
    /// The counting build; its times mean nothing.
    Counted,
    /// One arm alone, for its peak memory.
    Solo(Role),
}

/// Why a process yielded no complete run.
#[derive(Debug)]
pub enum Fault {
    /// The run was cancelled.
    Cancelled {
        /// What was measured before.
        partial: Option<Box<ProcessRun>>,
    },
    /// The process was lost.
    Lost {
        /// What happened and what to do next.
        error: String,
        /// What was measured before.
        partial: Option<Box<ProcessRun>>,
    },
}

/// The lab as a source: real hosts, the machine's clock.
#[derive(Debug)]
pub struct LabSource<'a> {
    prepared: &'a Prepared,
    started: Instant,
    canary: Option<Canary>,
}

impl<'a> LabSource<'a> {
    /// Benchmarks as they were prepared.
    pub fn new(prepared: &'a Prepared) -> LabSource<'a> {
        LabSource { prepared, started: Instant::now(), canary: None }
    }

    /// The same, with the candidate of every timed process slowed down.
    #[must_use]
    pub fn with_canary(self, canary: Option<Canary>) -> LabSource<'a> {
        LabSource { canary, ..self }
    }
}

impl Source for LabSource<'_> {
    fn targets(&self) -> Vec<Target> {
        let target = |bench: &Bench| Target {
            key: BenchKey {
                benchmark: bench.definition.id.clone(),
                level: bench.level,
                host: bench.host.host.id.clone(),
                baseline: bench.baseline.name.clone(),
                candidate: bench.candidate.name.clone(),
            },
            definition: (*bench.definition).clone(),
            arms: bench.roles().len() as u32,
            counts: bench.candidate.counted.is_some(),
        };
        self.prepared.benches().iter().map(target).collect()
    }

    fn run(&mut self, target: usize, visit: &Visit, cancel: &AtomicBool) -> Result<ProcessRun, Fault> {
        let plan = ProcessPlan::new(visit.process, visit.rounds, visit.slice_ns, visit.seed);
        let plan = ProcessPlan { canary: self.canary, ..plan };
        let plan = match visit.kind {
            VisitKind::Timed if visit.pair_only => {
                ProcessPlan { roles: vec![Role::Baseline, Role::Candidate], ..plan }
            }
            VisitKind::Timed => plan,
            VisitKind::Counted => ProcessPlan { process: visit.process, ..ProcessPlan::counting(visit.seed) },
            VisitKind::Solo(role) => ProcessPlan { solo: Some(role), operations: visit.operations, ..plan },
        };
        let run = self.prepared.run_process(&self.prepared.benches()[target], &plan, cancel);
        match run {
            Ok(run) => Ok(run),
            Err(ProcessError { fault: ProcessFault::Cancelled, partial, .. }) => {
                Err(Fault::Cancelled { partial })
            }
            Err(ProcessError { fault, partial, .. }) => {
                Err(Fault::Lost { error: fault.to_string(), partial })
            }
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn new_rows(&self) -> Vec<Row> {
        let rows = self.prepared.absent().iter().flat_map(|absent| {
            let key = BenchKey {
                benchmark: absent.definition.id.clone(),
                level: absent.level,
                host: absent.host.clone(),
                baseline: absent.baseline.clone(),
                candidate: absent.candidate.clone(),
            };
            absent.definition.deciding_metrics().iter().map(move |&metric| Row {
                status: Status::New,
                note: Some(format!("{} does not have it: there is nothing to compare with", key.baseline)),
                ..blank(&key, &absent.definition, metric)
            })
        });
        rows.collect()
    }
}
