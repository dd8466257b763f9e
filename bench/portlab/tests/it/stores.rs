//! A store that cannot be used: exit code 3 with the reason, and not a byte of it changed.

use std::fs;
use std::path::Path;

use crate::sandbox::{Sandbox, run};

/// A store with one run.
fn filled() -> Sandbox {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    run(&mut sandbox.compare("2s")).with_code(0);
    sandbox
}

/// Every command that opens the store refuses it and leaves it and its folder as they were.
#[track_caller]
fn assert_refused(sandbox: &Sandbox, texts: &[&str]) {
    let folder = sandbox.store();
    let folder = folder.parent().expect("it is in a folder");
    let before = contents(folder);
    for arguments in [
        &["runs"][..],
        &["report"],
        &["compare", "os", "--no-build", "--budget", "2s"],
        &["gate", "os", "--no-build", "--budget", "2s", "--against", "1"],
    ] {
        let ended = sandbox.run(arguments).with_code(3).without_data();
        assert!(!ended.stderr.contains("measuring"), "it is said only after measuring: {}", ended.stderr);
        ended.saying(texts).saying(&[sandbox.store().to_str().expect("its path is text")]);
        assert!(contents(folder) == before, "{arguments:?} changed the store");
    }
}

fn contents(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder can be read").map(|entry| {
        let entry = entry.expect("a folder can be read");
        // The index of SQLite's log is made anew by every reader, and holds no data.
        let bytes = if entry.path().to_string_lossy().ends_with("-shm") {
            Vec::new()
        } else {
            fs::read(entry.path()).expect("it is a file")
        };
        (entry.file_name(), bytes)
    });
    let mut entries: Vec<_> = entries
        .filter(|(name, bytes)| !(bytes.is_empty() && name.to_string_lossy().contains("sqlite-")))
        .collect();
    entries.sort();
    entries
}

#[test]
fn a_damaged_store() {
    let sandbox = filled();
    let mut bytes = fs::read(sandbox.store()).expect("it is a file");
    let middle = 4096..bytes.len() - 4096;
    bytes[middle].fill(0xA5);
    fs::write(sandbox.store(), bytes).expect("it can be written");
    assert_refused(&sandbox, &["is damaged", "mv "]);
}

#[test]
fn a_store_that_was_cut_short() {
    let sandbox = filled();
    let bytes = fs::read(sandbox.store()).expect("it is a file");
    fs::write(sandbox.store(), &bytes[..bytes.len() / 2]).expect("it can be written");
    assert_refused(&sandbox, &["is damaged", "mv "]);
}

#[test]
fn a_store_of_a_newer_portlab() {
    let sandbox = filled();
    let connection = rusqlite::Connection::open(sandbox.store()).expect("it is a database");
    connection.pragma_update(None, "user_version", 9).expect("it can be written");
    drop(connection);
    assert_refused(&sandbox, &["has format 9", "Use the newer portlab"]);
}

#[test]
fn a_file_that_is_no_store() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    sandbox.write(
        "runs/store.sqlite",
        "Dear diary,\nthis is not a database. It is long enough to be taken for one.\n",
    );
    assert_refused(&sandbox, &["is not a portlab store", "mv "]);
}

#[test]
fn a_folder_that_cannot_be_made() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    sandbox.write("taken", "a file, no folder");
    for path in ["taken/store.sqlite", "/proc/portlab/store.sqlite"] {
        let ended = run(sandbox.compare("2s").args(["--store", path]));
        ended.with_code(3).without_data().saying(&[path, "cannot be written"]);
    }
}

#[test]
fn a_store_that_is_given_as_a_folder() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let folder = sandbox.root().join("folder");
    fs::create_dir(&folder).expect("a folder can be made");
    let path = folder.to_str().expect("its path is text");
    run(sandbox.compare("2s").args(["--store", path])).with_code(3).without_data().saying(&[path]);
    sandbox.run(&["runs", "--store", path]).with_code(3).without_data().saying(&[path]);
}
