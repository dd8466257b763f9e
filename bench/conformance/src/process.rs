//! One test file in one process of the host, as Node's own tools/test.py runs it.

use std::collections::BTreeMap;
use std::io::{self, PipeReader, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use serde::{Deserialize, Serialize};

use crate::files::{directive, is_sequential, uses_test_runner};
use crate::{Calls, ConformanceError, Request, calls};

/// How much of the end of a file's output is kept.
const OUTPUT_BYTES: usize = 20_000;
/// How often a waiting slot looks whether it was asked to stop.
const POLL: Duration = Duration::from_millis(100);
/// How long output may take to arrive once its process has ended; grandchildren may hold the pipe open.
const DRAIN: Duration = Duration::from_millis(200);

/// How a file ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Exit code 0.
    Pass,
    /// It says itself that it does not apply here.
    Skip,
    /// Another exit code.
    Fail,
    /// A signal.
    Crash,
    /// It took too long and was killed.
    Timeout,
}

/// What lies under Node's own JavaScript.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Under {
    /// The native binding, untouched.
    Native,
    /// The port.
    Port,
    /// The native functions, counted as the port's are.
    Control,
}

/// What a file's process yielded.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    /// `exit status: 1`, `signal: 6 (SIGABRT)`, ….
    pub(crate) end: String,
    pub(crate) calls: Calls,
    /// The end of what it wrote; empty when it passed.
    pub(crate) output: String,
}

/// Runs a file in a slot of its own: `slot` tells apart the temporary folders and ports of files that run at once.
pub(crate) fn run(
    request: &Request,
    file: &Path,
    under: Under,
    scratch: &Path,
    slot: usize,
    cancel: &AtomicBool,
) -> Result<Outcome, ConformanceError> {
    let bytes = std::fs::read(file).map_err(ConformanceError::file(file))?;
    let source = String::from_utf8_lossy(&bytes);
    let counts = scratch.join(format!("calls-{slot}"));
    // Of the file that ran here before.
    let _ = std::fs::remove_file(&counts);
    let mut command = Command::new(&request.binary);
    command.args(directive(&source, "Flags"));
    if uses_test_runner(&source) {
        command.args([
            "--test-reporter=./test/common/test-error-reporter.js",
            "--test-reporter-destination=stdout",
        ]);
    }
    command.arg(file).current_dir(&request.tree).env_clear();
    command.envs(environment(request, file, &source, under, scratch, slot, &counts));
    let process = Process::spawn(command).map_err(ConformanceError::file(&request.binary))?;
    let start = Instant::now();
    let mut timed_out = false;
    while !process.has_ended(POLL) {
        if cancel.load(Ordering::Relaxed) {
            return Err(ConformanceError::Interrupted);
        }
        if start.elapsed() > request.timeout {
            timed_out = true;
            process.kill();
        }
    }
    let (status, output) = process.finish().map_err(ConformanceError::file(file))?;
    let skipped = || output.lines().any(|line| line.starts_with("1..0 # Skipped"));
    let verdict = match status {
        _ if timed_out => Status::Timeout,
        status if status.success() && skipped() => Status::Skip,
        status if status.success() => Status::Pass,
        status if status.signal().is_some() => Status::Crash,
        _ => Status::Fail,
    };
    let end =
        if timed_out { format!("no end within {} s", request.timeout.as_secs()) } else { status.to_string() };
    let output = if verdict == Status::Pass { String::new() } else { output };
    Ok(Outcome { status: verdict, end, calls: calls::read(&counts), output })
}

/// The caller's environment without what changes Node or this program, with what tests look at.
fn environment(
    request: &Request,
    file: &Path,
    source: &str,
    under: Under,
    scratch: &Path,
    slot: usize,
    counts: &Path,
) -> BTreeMap<String, String> {
    let ours = |name: &str| matches!(name, "NODE_OPTIONS" | "TEST_PARALLEL") || name.starts_with("PORTLAB_");
    let mut env: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| !ours(name))
        .collect();
    let mut set = |name: &str, value: String| env.insert(name.to_owned(), value);
    for pair in directive(source, "Env") {
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        set(name, value.to_owned());
    }
    set("NODE_TEST_DIR", scratch.display().to_string());
    if !is_sequential(file) {
        // Whoever then asks for the common port gets an error instead of another's.
        set("TEST_PARALLEL", "1".to_owned());
    }
    set("TEST_SERIAL_ID", slot.to_string());
    set("TEST_THREAD_ID", slot.to_string());
    let mut options = request.host.test_flags.clone();
    if under != Under::Native {
        options.push(format!("--require={}", request.preload.display()));
        set("PORTLAB_PORT", request.port.display().to_string());
        set("PORTLAB_CALLS", counts.display().to_string());
        set("PORTLAB_NATIVE", if under == Under::Control { "1" } else { "0" }.to_owned());
        let features = bench_schema::features(&request.variant).unwrap_or_default();
        if !features.is_empty() {
            set("PORTLAB_FEATURES", features.join(","));
        }
    }
    if !options.is_empty() {
        set("NODE_OPTIONS", options.join(" "));
    }
    env
}

/// A child in a process group of its own: tests leave children behind. Dropping it kills the group.
struct Process {
    child: Child,
    ended: Receiver<()>,
    output: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    reaped: bool,
}

impl Process {
    fn spawn(mut command: Command) -> io::Result<Process> {
        let (output, theirs) = io::pipe()?;
        command.stdin(Stdio::null()).stdout(theirs.try_clone()?).stderr(theirs).process_group(0);
        let child = command.spawn()?;
        // The command holds our copies of the writing end: the pipe ends only when all copies are closed.
        drop(command);
        let (sender, ended) = channel();
        let id = Pid::from_child(&child);
        std::thread::spawn(move || {
            // Without reaping it: until then its number, which is also the group's, belongs to nobody else.
            let _ = waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            let _ = sender.send(());
        });
        let kept = Arc::new(Mutex::new(Vec::new()));
        let reader = keep_end(output, &kept);
        Ok(Process { child, ended, output: kept, reader, reaped: false })
    }

    /// Waits for at most `limit`.
    fn has_ended(&self, limit: Duration) -> bool {
        self.ended.recv_timeout(limit).is_ok()
    }

    fn kill(&self) {
        if !self.reaped {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
    }

    /// How a process that has ended did so, and the end of its output; what it left behind is killed.
    fn finish(mut self) -> io::Result<(ExitStatus, String)> {
        let drained = Instant::now();
        while !self.reader.is_finished() && drained.elapsed() < DRAIN {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.kill();
        let status = self.child.wait()?;
        self.reaped = true;
        let output = self.output.lock().expect("the reader does not panic");
        let text = String::from_utf8_lossy(&output).into_owned();
        drop(output);
        Ok((status, text))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.reaped {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

/// Reads all of a stream and keeps its end, so that a talkative test neither blocks nor fills memory.
fn keep_end(mut stream: PipeReader, output: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            let mut kept = output.lock().expect("nobody panics with it");
            kept.extend_from_slice(&chunk[..length]);
            let surplus = kept.len().saturating_sub(OUTPUT_BYTES);
            kept.drain(..surplus);
        }
    })
}

/// A file that does nothing but load Node's common test module, in `scratch`.
pub(crate) fn write_empty_test(request: &Request, scratch: &Path) -> Result<PathBuf, ConformanceError> {
    let file = scratch.join("empty.js");
    let common = request.tree.join("test/common/index.js");
    let text = format!("require({});\n", serde_json::Value::from(common.to_string_lossy()));
    std::fs::write(&file, text).map_err(ConformanceError::file(&file))?;
    Ok(file)
}
