//! One arm of one benchmark under callgrind, which counts instead of measuring: what it says does not depend on how
//! busy the machine is, nor on where the linker put what.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_schema::Role;

use super::ProcessPlan;
use crate::{Bench, Prepared, ProcessError, ProcessFault};

/// With these two runs of Node execute the same instructions to 0.002%: no thread of V8's own, and no seed that
/// differs from run to run.
const PREDICTABLE: [&str; 5] =
    ["--predictable", "--single-threaded", "--hash-seed=1", "--random-seed=1", "--predictable-gc-schedule"];
/// Callers that a function is told apart by: the depth of a flame graph.
const DEPTH: u32 = 24;
/// Callgrind runs a host some fifty times slower than the processor does.
const TIMEOUT: Duration = Duration::from_mins(5);

/// What callgrind counted in one arm.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Operations that were counted.
    pub operations: u64,
    /// Callgrind's own format, strings not compressed.
    pub profile: String,
}

/// Where valgrind is, if the machine has it.
pub fn valgrind() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("valgrind"))
        .find(|file| file.is_file())
}

impl Prepared {
    /// Counts the instructions and system calls of `operations` operations of one arm, alone in its process, once
    /// V8 has optimised them.
    ///
    /// # Errors
    /// [`ProcessError`]; without valgrind [`ProcessFault::NoValgrind`].
    pub fn count_instructions(
        &self,
        bench: &Bench,
        role: Role,
        operations: u64,
        cancel: &AtomicBool,
    ) -> Result<Counted, ProcessError> {
        let bare = |fault| ProcessError { fault, bench: bench.describe(), partial: None };
        let valgrind = valgrind().ok_or_else(|| bare(ProcessFault::NoValgrind))?;
        let plan = ProcessPlan {
            solo: Some(role),
            instructions: Some(operations),
            timeout: TIMEOUT,
            ..ProcessPlan::new(0, 0, 0, 1)
        };
        let scratch = self.folder().map_err(bare)?;
        let job = self.job(bench, &plan, scratch.path()).map_err(bare)?;
        let file = scratch.path().join("callgrind.out");
        let mut arguments = vec![
            "--tool=callgrind".into(),
            format!("--callgrind-out-file={}", file.display()).into(),
            "--instr-atstart=no".into(),
            "--collect-systime=nsec".into(),
            format!("--separate-callers={DEPTH}").into(),
            "--compress-strings=no".into(),
            "--compress-pos=no".into(),
            bench.host.binary.clone().into_os_string(),
        ];
        arguments.extend(PREDICTABLE.map(Into::into));
        arguments.push(self.driver.clone().into());
        let collector = self.follow(bench, &valgrind, &arguments, &job, &plan, cancel)?;
        let profile = std::fs::read(&file).map_err(|error| {
            bare(ProcessFault::Failed(format!("callgrind left no {}: {error}", file.display())))
        })?;
        let operations = collector.operations(role).unwrap_or(operations);
        Ok(Counted { operations, profile: String::from_utf8_lossy(&profile).into_owned() })
    }
}
