use std::fs;
use std::path::Path;

use bench_store::{FORMAT, SqliteStore, Store, StoreError};
use rusqlite::Connection;

use crate::{key, process, record};

/// A closed store with one run of forty processes, in one file.
fn filled(path: &Path) -> i64 {
    let mut store = SqliteStore::open(path).unwrap();
    let run = store.begin(&record()).unwrap();
    for index in 0..40 {
        store.add(run, &key("fs/stat"), &process(index, 20)).unwrap();
    }
    run
}

/// Opens for writing and for reading, expects the same refusal of both, and that the file was left alone.
#[track_caller]
fn refused(path: &Path, expected: impl Fn(&StoreError) -> bool) {
    let before = fs::read(path).unwrap();
    for error in [SqliteStore::open(path).unwrap_err(), SqliteStore::open_to_read(path).unwrap_err()] {
        assert!(expected(&error), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(&path.display().to_string()), "names the file: {text}");
        assert!(text.contains("mv "), "says how to move it aside: {text}");
    }
    assert_eq!(fs::read(path).unwrap(), before, "the file was written");
}

#[test]
fn a_damaged_page_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    filled(&path);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    refused(&path, |error| matches!(error, StoreError::Damaged { .. }));
}

#[test]
fn a_file_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    filled(&path);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 3]).unwrap();
    refused(&path, |error| matches!(error, StoreError::Damaged { .. }));
}

#[test]
fn something_else_altogether() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    fs::write(&path, "these are my notes\n".repeat(1000)).unwrap();
    refused(&path, |error| matches!(error, StoreError::Foreign { .. }));
}

#[test]
fn the_database_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    refused(&path, |error| matches!(error, StoreError::Foreign { .. }));
}

#[test]
fn a_newer_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    filled(&path);
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    connection.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(connection);
    refused(&path, |error| matches!(error, StoreError::Newer { found, .. } if *found == FORMAT + 1));
}

#[test]
fn a_creation_that_was_cut_short_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "WAL").unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 0);
    filled(&path);
}

/// The file's own limit stands in for the disk's: SQLite reports the same error for both.
#[test]
fn a_full_disk_keeps_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    filled(&path);
    let mut store = SqliteStore::open(&path).unwrap();
    let run = store.begin(&record()).unwrap();
    store.leave_room_for_test(4);
    let mut stored = 0;
    let error = loop {
        match store.add(run, &key("fs/stat"), &process(stored, 20)) {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "the limit was never reached");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("disk is full"), "{error}");
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let runs = store.process_runs(run, &key("fs/stat")).unwrap();
    assert_eq!(runs.len(), stored as usize);
    assert!(runs.iter().all(|run| run.samples.len() == 40));
}

/// /proc takes no new file from anybody, root included.
#[test]
fn a_folder_that_cannot_be_written() {
    for path in ["/proc/store.sqlite", "/proc/portlab/store.sqlite"] {
        let error = SqliteStore::open(Path::new(path)).unwrap_err();
        assert!(matches!(error, StoreError::NotWritable { .. }), "{error:?}");
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[test]
fn reading_what_does_not_exist_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    assert!(SqliteStore::open_to_read(&path).is_err());
    assert!(!path.exists());
}
