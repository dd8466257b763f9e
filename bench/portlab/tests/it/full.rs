//! Disks that are full or read-only. They are mounted in a namespace of the command's own, so that nothing is left
//! behind; where the kernel grants none, the tests say so.

use std::path::Path;
use std::process::{Command, Stdio};

use bench_schema::RunStatus;
use bench_store::Store as _;

use crate::sandbox::{Ended, Sandbox, finish, key, run};

/// Runs a shell script in a mount namespace of its own, with the arguments as `$1`, `$2`, …; `None` where the
/// kernel grants none.
fn in_namespace(sandbox: &Sandbox, script: &str, arguments: &[&Path]) -> Option<Ended> {
    let options = ["--mount", "--map-root-user"];
    let grants = |options: &[&str]| {
        let probe =
            Command::new("unshare").args(options).args(["mount", "-t", "tmpfs", "portlab", "/mnt"]).output();
        probe.is_ok_and(|output| output.status.success())
    };
    let Some(options) = [&options[..1], &options[..]].into_iter().find(|options| grants(options)) else {
        println!(
            "not tested: this kernel or container lets this user mount nothing (unshare --map-root-user)"
        );
        return None;
    };
    let mut command = Command::new("unshare");
    command.args(options).args(["sh", "-euc", script, "sh"]).args(arguments);
    Some(run(sandbox.settle(&mut command).env("PORTLAB", env!("CARGO_BIN_EXE_portlab"))))
}

#[test]
fn a_disk_that_fills_up_while_measuring_loses_nothing_that_was_stored() {
    let sandbox = Sandbox::with(&[("hostname", 0.01, "")]);
    let (disk, saved) = (sandbox.root().join("disk"), sandbox.root().join("runs"));
    for folder in [&disk, &saved] {
        std::fs::create_dir(folder).expect("a folder can be made");
    }
    // The disk is gone with the namespace: what is on it is copied out first.
    let script = "mount -t tmpfs -o size=400k portlab \"$1\"; code=0
        \"$PORTLAB\" compare os --no-build --json --budget 60s --store \"$1/store.sqlite\" || code=$?
        cp \"$1\"/store.sqlite* \"$2\"; exit $code";
    let Some(ended) = in_namespace(&sandbox, script, &[&disk, &saved]) else { return };
    let path = disk.join("store.sqlite");
    ended.with_code(3).without_data().saying(&["the disk is full", path.to_str().expect("its path is text")]);
    let store = sandbox.open_store();
    let runs = store.process_runs(1, &key("os/hostname")).expect("the store can be read");
    assert!(!runs.is_empty(), "what was measured before is lost");
    // There may have been no room to say that it failed; it must not pass for complete.
    let status = store.runs().expect("the store can be read")[0].status;
    assert!(status == RunStatus::Failed || status == RunStatus::Running, "{status:?}");
}

#[test]
fn a_disk_that_is_full_from_the_beginning() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let disk = sandbox.root().join("disk");
    std::fs::create_dir(&disk).expect("a folder can be made");
    let script = "mount -t tmpfs -o size=16k portlab \"$1\"
        exec \"$PORTLAB\" compare os --no-build --json --budget 60s --store \"$1/store.sqlite\"";
    let Some(ended) = in_namespace(&sandbox, script, &[&disk]) else { return };
    assert!(!ended.stderr.contains("measuring"), "{}", ended.stderr);
    ended.with_code(3).without_data().saying(&["the disk is full", disk.to_str().expect("its path is text")]);
}

#[test]
fn no_room_for_the_report_costs_no_verdict() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let disk = sandbox.root().join("disk");
    std::fs::create_dir(&disk).expect("a folder can be made");
    let script = "mount -t tmpfs -o size=8k portlab \"$1\"
        exec \"$PORTLAB\" compare os --no-build --json --budget 3s --report-dir \"$1/report\"";
    let Some(ended) = in_namespace(&sandbox, script, &[&disk]) else { return };
    let ended = ended.with_code(3).saying(&["No space left", disk.to_str().expect("its path is text")]);
    assert_eq!(ended.document().status, RunStatus::Complete);
}

#[test]
fn a_full_scratch_folder_is_named() {
    let sandbox = Sandbox::with(&[(
        "hostname",
        9.0,
        "
import { writeFileSync } from 'node:fs';
export function binding({ binding: os, dir }) {
  writeFileSync(`${dir}/large`, Buffer.alloc(1 << 20));
  return { run: () => typeof os.getHostname({}) === 'string' };
}
",
    )]);
    let disk = sandbox.root().join("disk");
    std::fs::create_dir(&disk).expect("a folder can be made");
    let script = "mount -t tmpfs -o size=256k portlab \"$1\"; export PORTLAB_SCRATCH=\"$1\"
        exec \"$PORTLAB\" compare os --no-build --json --budget 5s";
    let Some(ended) = in_namespace(&sandbox, script, &[&disk]) else { return };
    let ended = ended.with_code(3).saying(&["scratch folder", "is full", "PORTLAB_SCRATCH"]);
    let document = ended.document();
    let note = document.rows[0].note.as_deref().unwrap_or_default();
    assert!(note.contains(disk.to_str().expect("its path is text")) && note.contains("ENOSPC"), "{note}");
}

#[test]
fn a_store_on_a_read_only_disk_can_be_read_and_is_not_measured_for() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    run(&mut sandbox.compare("2s")).with_code(0);
    let store = sandbox.store();
    let folder = store.parent().expect("it is in a folder");
    let mount = "mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"; exec \"$PORTLAB\"";
    let Some(runs) = in_namespace(&sandbox, &format!("{mount} runs --json"), &[folder]) else { return };
    assert_eq!(runs.with_code(0).json()["runs"][0]["status"], "complete");
    let report =
        in_namespace(&sandbox, &format!("{mount} report"), &[folder]).expect("it was granted before");
    report.with_code(0).saying(&["index.html"]);
    let compare = in_namespace(&sandbox, &format!("{mount} compare os --no-build"), &[folder]);
    let compare = compare.expect("it was granted before").with_code(3).without_data();
    assert!(!compare.stderr.contains("measuring"), "{}", compare.stderr);
    compare.saying(&["cannot be written", store.to_str().expect("its path is text")]);
}

#[test]
fn a_document_that_cannot_be_printed_stays_in_the_store() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has /dev/full");
    let mut command = sandbox.compare("3s");
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().expect("it can be started");
    finish(child).with_code(3).saying(&["standard output", "No space left", "(run 1)", "index.html"]);
    let stored = sandbox.open_store().document(1).expect("the store can be read");
    assert_eq!(stored.map(|document| document.status), Some(RunStatus::Complete));
}
