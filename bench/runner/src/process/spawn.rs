//! The host as a child process: its environment, its pipes and its end.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, PipeReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bench_schema::Job;
use command_fds::{CommandFdExt as _, FdMapping};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// The descriptor on which the driver writes messages.
const MESSAGE_FD: i32 = 3;
/// How much of the end of its output is kept.
const OUTPUT_BYTES: usize = 8 << 10;
/// How long the rest of its output may take to arrive once it has ended.
const DRAIN: Duration = Duration::from_millis(500);

pub(super) enum Line {
    Text(String),
    End,
}

/// A running host. Dropping it kills its whole process group.
pub(super) struct HostProcess {
    child: Child,
    lines: Receiver<String>,
    output: Arc<Mutex<Vec<u8>>>,
    readers: [JoinHandle<()>; 2],
    status: Option<ExitStatus>,
}

impl HostProcess {
    pub(super) fn spawn(
        program: &Path,
        arguments: &[OsString],
        folder: &Path,
        job: &Job,
    ) -> io::Result<HostProcess> {
        let (messages, theirs) = io::pipe()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(folder)
            // Nothing of the caller's: NODE_OPTIONS and its like change what is measured, and the mere size of
            // the environment moves the stack.
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal reaches the runner alone, which then ends the group.
            .process_group(0);
        command
            .fd_mappings(vec![FdMapping { parent_fd: theirs.into(), child_fd: MESSAGE_FD }])
            .map_err(io::Error::other)?;
        let mut child = command.spawn()?;
        // The command holds our copy of the writing end: the pipe ends only when all copies are closed.
        drop(command);
        let output = Arc::new(Mutex::new(Vec::new()));
        let readers = [
            keep_end(child.stdout.take().expect("it is piped"), &output),
            keep_end(child.stderr.take().expect("it is piped"), &output),
        ];
        let mut stdin = child.stdin.take().expect("it is piped");
        // A host that ends before it has read is noticed by its exit status.
        let _ = stdin.write_all(&serde_json::to_vec(job).expect("a job is plain data"));
        drop(stdin);
        Ok(HostProcess { child, lines: read_lines(messages), output, readers, status: None })
    }

    pub(super) fn lines(&self) -> &Receiver<String> {
        &self.lines
    }

    /// The end of what it wrote to stdout and stderr; of a process that has ended, all of that end.
    pub(super) fn output(&self) -> String {
        if self.status.is_some() {
            poll_until(DRAIN, || self.readers.iter().all(JoinHandle::is_finished));
        }
        let output = self.output.lock().expect("readers do not panic");
        String::from_utf8_lossy(&output).trim().to_owned()
    }

    /// Its exit status, once it has ended; whatever it started is killed then.
    pub(super) fn status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() && self.has_ended() {
            self.kill();
        }
        self.status
    }

    /// Waits until it has ended, at most for `limit`; what then still runs is seen by [`Self::status`].
    pub(super) fn wait(&mut self, limit: Duration) {
        poll_until(limit, || self.status().is_some());
    }

    /// Kills it and everything that it started.
    pub(super) fn kill(&mut self) {
        // Until it is reaped its number, which is also the group's, belongs to nobody else.
        if self.status.is_none() {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            self.status = self.child.wait().ok();
        }
    }

    /// Whether it has ended, without reaping it.
    fn has_ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(&self.child)), look), Ok(None))
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_lines(messages: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut messages = BufReader::new(messages);
        let mut line = Vec::new();
        while messages.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if sender.send(text).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Reads all of a stream and keeps its end, so that a talkative host neither blocks nor fills memory.
fn keep_end(mut stream: impl Read + Send + 'static, output: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            let mut kept = output.lock().expect("readers do not panic");
            kept.extend_from_slice(&chunk[..length]);
            let surplus = kept.len().saturating_sub(OUTPUT_BYTES);
            kept.drain(..surplus);
        }
    })
}

fn poll_until(limit: Duration, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() && start.elapsed() < limit {
        std::thread::sleep(Duration::from_millis(2));
    }
}
