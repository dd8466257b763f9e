//! Ctrl-C and a kill: nothing that was measured is lost, nothing goes on, and the next run works.

use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use bench_schema::{RunStatus, Status};
use bench_store::Store as _;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::sandbox::{Ended, Sandbox, finish, key, run, wait_until};

/// portlab while it measures. A test that fails meanwhile leaves none behind.
struct Measuring(Option<Child>);

impl Measuring {
    fn begin(sandbox: &Sandbox, command: &str) -> Measuring {
        let arguments = [command, "os", "--no-build", "--json", "--budget", "10m"];
        let mut command = sandbox.portlab(&arguments);
        // A killed portlab cannot remove its processes' folder: that must lie where the test's end removes it.
        command.env("PORTLAB_SCRATCH", sandbox.root().join("scratch"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Measuring(Some(command.spawn().expect("it can be started")))
    }

    fn pid(&self) -> Pid {
        Pid::from_child(self.0.as_ref().expect("it is taken only at the end"))
    }

    /// Sends it a signal, to it alone, and waits for its end.
    fn end(mut self, signal: Signal) -> Ended {
        kill_process(self.pid(), signal).expect("it is our child");
        finish(self.0.take().expect("it is taken only here"))
    }
}

impl Drop for Measuring {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // The test has failed already: this only clears up.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The host process that portlab runs now.
fn host_of(portlab: &Measuring) -> Option<Pid> {
    fs::read_dir("/proc").expect("Linux has /proc").flatten().find_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // `pid (name) state parent …`, and a name may hold anything.
        let parent: i32 = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
        let command = fs::read_to_string(entry.path().join("cmdline")).ok()?;
        (parent == portlab.pid().as_raw_nonzero().get() && command.contains("driver.mjs"))
            .then(|| Pid::from_raw(pid))?
    })
}

/// Waits until something is measured and a process is at work.
fn wait_for_host(sandbox: &Sandbox, portlab: &Measuring, measured: usize) -> Pid {
    let stored = || {
        let store = bench_store::SqliteStore::open_to_read(&sandbox.store()).ok()?;
        Some(store.process_runs(1, &key("os/hostname")).ok()?.len())
    };
    wait_until("the first process is measured", || measured == 0 || stored() >= Some(measured));
    let mut host = None;
    wait_until("a host process runs", || {
        host = host_of(portlab);
        host.is_some()
    });
    host.expect("it was waited for")
}

fn interrupt(sandbox: &Sandbox, command: &str, measured: usize) -> Ended {
    let portlab = Measuring::begin(sandbox, command);
    let host = wait_for_host(sandbox, &portlab, measured);
    let ended = portlab.end(Signal::INT).with_code(130).saying(&["interrupted"]);
    assert!(test_kill_process(host).is_err(), "the host process goes on");
    ended
}

#[test]
fn ctrl_c_ends_with_130_and_a_document_of_what_was_measured() {
    let sandbox = Sandbox::with(&[("hostname", 0.01, ""), ("other", 0.01, "")]);
    for (command, run) in [("compare", 1), ("gate", 2)] {
        let measured = if run == 1 { 2 } else { 0 };
        let ended = interrupt(&sandbox, command, measured);
        let document = ended.document();
        assert_eq!((document.status, document.run), (RunStatus::Interrupted, run));
        assert_eq!(document.rows.iter().filter(|row| row.metric.as_str() == "cpu_process").count(), 2);
        for row in &document.rows {
            assert!(row.status != Status::Ok, "{row:?}");
            assert!(row.note.as_deref().unwrap_or_default().contains("interrupted"), "{row:?}");
        }
        let store = sandbox.open_store();
        let stored = store.document(run).expect("the store can be read").expect("the run was finished");
        assert_eq!(stored.status, RunStatus::Interrupted);
        let runs = store.process_runs(run, &key("os/hostname")).expect("the store can be read");
        assert!(runs.len() >= measured, "what was measured is lost");
    }
    let next = run(&mut sandbox.compare("3s"));
    assert_eq!(next.with_code(0).document().run, 3);
    let runs = sandbox.run(&["runs", "--json"]).with_code(0).json();
    let statuses: Vec<&str> =
        runs["runs"].as_array().into_iter().flatten().filter_map(|run| run["status"].as_str()).collect();
    assert_eq!(statuses, ["complete", "interrupted", "interrupted"]);
}

#[test]
fn a_killed_portlab_leaves_what_it_had_measured_and_no_host() {
    let sandbox = Sandbox::with(&[("hostname", 0.01, "")]);
    let portlab = Measuring::begin(&sandbox, "compare");
    let host = wait_for_host(&sandbox, &portlab, 2);
    assert_eq!(portlab.end(Signal::KILL).status.code(), None);
    wait_until("the host process ends", || test_kill_process(host).is_err());
    let store = sandbox.open_store();
    assert!(store.process_runs(1, &key("os/hostname")).expect("the store can be read").len() >= 2);
    assert_eq!(store.document(1).expect("the store can be read").map(|document| document.status), None);
    drop(store);
    sandbox.run(&["report", "1"]).with_code(3).saying(&["run 1 was never finished", "samples stay"]);
    sandbox
        .run(&["gate", "os", "--no-build", "--against", "1"])
        .with_code(2)
        .without_data()
        .saying(&["run 1"]);
    let runs = sandbox.run(&["runs", "--json"]).with_code(0).json();
    assert_eq!(runs["runs"][0]["status"], "failed", "its program is gone, and the next one sees that");

    let scratch = sandbox.root().join("scratch");
    let left = || fs::read_dir(&scratch).expect("it was made").count();
    assert_eq!(left(), 1, "a killed portlab cannot remove its process's folder");
    let folder =
        fs::read_dir(&scratch).expect("it was made").next().expect("there is one").expect("it is read");
    let long_ago = SystemTime::now() - Duration::from_hours(1);
    File::open(folder.path()).and_then(|folder| folder.set_modified(long_ago)).expect("its time can be set");
    let mut next = sandbox.compare("3s");
    assert_eq!(run(next.env("PORTLAB_SCRATCH", &scratch)).with_code(0).document().run, 2);
    assert_eq!(left(), 0, "the next one removes it");
}
