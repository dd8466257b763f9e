//! One benchmark in one fresh host process.

mod callgrind;
mod collect;
mod spawn;

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use bench_schema::{Canary, Job, ProcessRun, Role, SCHEMA_VERSION};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::scratch::ProcessFolder;
use crate::{Bench, Prepared, ProcessError, ProcessFault};
pub use callgrind::{Counted, valgrind};
use collect::Collector;
use spawn::{HostProcess, Line};

/// How often a waiting runner looks whether it was asked to stop.
const POLL: Duration = Duration::from_millis(100);
/// How long a process may take to end after its last message.
const EXIT: Duration = Duration::from_secs(5);
/// JavaScript's numbers are exact up to here.
const SEED_BITS: u32 = 53;

/// How one process measures.
#[derive(Clone, Debug)]
pub struct ProcessPlan {
    /// Index of the process within its row, from 0.
    pub process: u32,
    /// Rounds to measure; every round runs each arm once.
    pub rounds: u32,
    /// The least time that a slice should take, in nanoseconds of the deciding clock.
    pub slice_ns: u64,
    /// Seed of the order in which arms are loaded and of the order within rounds.
    pub seed: u64,
    /// Count Node-API calls instead of measuring: counting builds are loaded, `rounds` is taken as 0.
    pub counted: bool,
    /// Run this arm alone: for peak memory, and for cross-talk between arms through the JIT and the GC.
    pub solo: Option<Role>,
    /// Arms to run; those that the bench does not have are left out. Ignored by `solo`.
    pub roles: Vec<Role>,
    /// What slows the candidate's arm down, for a calibration.
    pub canary: Option<Canary>,
    /// Operations whose instructions are counted instead ([`Prepared::count_instructions`]).
    pub instructions: Option<u64>,
    /// Operations of every slice, instead of as many as `slice_ns` asks for.
    pub operations: Option<u64>,
    /// After this long the process is killed.
    pub timeout: Duration,
}

impl ProcessPlan {
    /// A timed process of all arms, with a timeout of one minute and ten times what the rounds should take.
    pub fn new(process: u32, rounds: u32, slice_ns: u64, seed: u64) -> ProcessPlan {
        let roles = vec![Role::Baseline, Role::Candidate, Role::Twin, Role::Stock];
        let measuring = Duration::from_nanos(slice_ns) * rounds * roles.len() as u32;
        let timeout = Duration::from_mins(1) + 10 * measuring;
        ProcessPlan {
            process,
            rounds,
            slice_ns,
            seed,
            counted: false,
            solo: None,
            roles,
            canary: None,
            instructions: None,
            operations: None,
            timeout,
        }
    }

    /// A process that counts crossings.
    pub fn counting(seed: u64) -> ProcessPlan {
        ProcessPlan { counted: true, ..ProcessPlan::new(0, 0, 1_000_000, seed) }
    }
}

impl Prepared {
    /// Runs one benchmark in one fresh host process and returns when it has ended.
    ///
    /// The process runs in a group of its own, in an empty folder, with none of the caller's environment. Wrong
    /// values are no error here: they stand in [`ProcessRun::rejections`], and their samples were dropped.
    ///
    /// # Errors
    /// [`ProcessError`] with what was measured until then. Setting `cancel` ends the process within a second.
    pub fn run_process(
        &self,
        bench: &Bench,
        plan: &ProcessPlan,
        cancel: &AtomicBool,
    ) -> Result<ProcessRun, ProcessError> {
        let bare = |fault| ProcessError { fault, bench: bench.describe(), partial: None };
        let scratch = self.folder().map_err(bare)?;
        let job = self.job(bench, plan, scratch.path()).map_err(bare)?;
        let driver = [self.driver.clone().into()];
        let collector = self.follow(bench, &bench.host.binary, &driver, &job, plan, cancel)?;
        Ok(collector.into_run())
    }

    /// Runs a program that reads the job and writes messages, to its end.
    fn follow(
        &self,
        bench: &Bench,
        program: &Path,
        arguments: &[OsString],
        job: &Job,
        plan: &ProcessPlan,
        cancel: &AtomicBool,
    ) -> Result<Collector, ProcessError> {
        let bare = |fault| ProcessError { fault, bench: bench.describe(), partial: None };
        let mut process = HostProcess::spawn(program, arguments, &job.scratch, job)
            .map_err(|source| bare(ProcessFault::Spawn { binary: program.to_owned(), source }))?;
        let mut collector = Collector::new(job.clone(), plan.process);
        let ended = follow(&mut process, &mut collector, plan.timeout, cancel);
        match ended.and_then(|()| collector.verdict(&mut process)) {
            Ok(()) => Ok(collector),
            Err(fault) => {
                process.kill();
                let fault = match fault {
                    ProcessFault::Failed(error) if error.contains("ENOSPC") || error.contains("EFBIG") => {
                        self.scratch_fault(&format!("is full: {error}"))
                    }
                    other => other,
                };
                Err(ProcessError { fault, bench: bench.describe(), partial: collector.into_partial() })
            }
        }
    }

    fn folder(&self) -> Result<ProcessFolder, ProcessFault> {
        ProcessFolder::new(&self.scratch).map_err(|error| self.scratch_fault(&error.to_string()))
    }

    fn scratch_fault(&self, message: &str) -> ProcessFault {
        ProcessFault::Scratch { path: self.scratch.clone(), message: message.to_owned() }
    }

    fn job(&self, bench: &Bench, plan: &ProcessPlan, scratch: &Path) -> Result<Job, ProcessFault> {
        let definition = &bench.definition;
        let wanted = plan.solo.map_or_else(|| plan.roles.clone(), |role| vec![role]);
        let roles = bench.roles().into_iter().filter(|role| wanted.contains(role));
        let mut arms: Vec<_> = roles
            .filter(|&role| !(plan.counted && role == Role::Stock))
            .filter_map(|role| bench.arm(role, plan.counted))
            .collect();
        if arms.is_empty() {
            return Err(ProcessFault::NotCounting { module: definition.module().to_owned() });
        }
        let mut random = StdRng::seed_from_u64(plan.seed);
        arms.shuffle(&mut random);
        Ok(Job {
            schema_version: SCHEMA_VERSION,
            benchmark: definition.id.clone(),
            level: bench.level,
            kind: definition.kind,
            workload: bench.workload.clone(),
            params: definition.params.clone(),
            expect: definition.expect.clone(),
            concurrency: definition.concurrency,
            latency: definition.latency,
            arms,
            rounds: if plan.counted { 0 } else { plan.rounds },
            slice_ns: plan.slice_ns,
            seed: random.random::<u64>() >> (u64::BITS - SEED_BITS),
            tools: bench.tools.clone(),
            probe: self.probe.clone(),
            scratch: scratch.to_owned(),
            world: bench.world.clone(),
            canary: plan.canary,
            instructions: plan.instructions,
            operations: plan.operations,
        })
    }
}

/// Reads messages until the process closes its end.
fn follow(
    process: &mut HostProcess,
    collector: &mut Collector,
    timeout: Duration,
    cancel: &AtomicBool,
) -> Result<(), ProcessFault> {
    let start = Instant::now();
    let mut exited: Option<Instant> = None;
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(ProcessFault::Cancelled);
        }
        if start.elapsed() > timeout {
            process.kill();
            return Err(ProcessFault::Timeout { limit: timeout, stderr: process.output() });
        }
        match next_line(process.lines()) {
            Some(Line::Text(line)) => collector.accept(&line)?,
            Some(Line::End) => {
                process.wait(EXIT);
                return Ok(());
            }
            // Something that left the group may hold the pipe open after the host itself has ended.
            None if process.status().is_some()
                && exited.get_or_insert_with(Instant::now).elapsed() > EXIT =>
            {
                return Ok(());
            }
            None => {}
        }
    }
}

fn next_line(lines: &Receiver<String>) -> Option<Line> {
    match lines.recv_timeout(POLL) {
        Ok(line) => Some(Line::Text(line)),
        Err(RecvTimeoutError::Disconnected) => Some(Line::End),
        Err(RecvTimeoutError::Timeout) => None,
    }
}
