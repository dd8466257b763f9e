use bench_schema::RunStatus;
use bench_store::{Filter, Loss, SqliteStore, Store, StoreError};

use crate::{assert_same, document, key, process, record};

fn empty() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("new/store.sqlite")).unwrap();
    (folder, store)
}

#[test]
fn what_goes_in_comes_out() {
    let (_folder, mut store) = empty();
    let run = store.begin(&record()).unwrap();
    let (first, second) = (process(0, 3), process(1, 9));
    store.add(run, &key("fs/stat"), &first).unwrap();
    store.add(run, &key("fs/access"), &second).unwrap();
    store.add(run, &key("fs/stat"), &second).unwrap();
    let loss = Loss { key: key("fs/stat"), process: 2, error: "killed by signal 9".into() };
    store.add_loss(run, &loss).unwrap();

    let reader = SqliteStore::open_to_read(store.path()).unwrap();
    assert_eq!(reader.benches(run).unwrap(), [key("fs/stat"), key("fs/access")]);
    assert_same(&reader.process_runs(run, &key("fs/stat")).unwrap(), &vec![first, second]);
    assert!(reader.process_runs(run, &key("fs/open")).unwrap().is_empty());
    assert_eq!(reader.losses(run).unwrap(), [loss]);
    assert!(reader.document(run).unwrap().is_none());
    assert_eq!(reader.runs().unwrap()[0].status, RunStatus::Running);

    store.finish(run, RunStatus::Interrupted, &document(run)).unwrap();
    assert_same(&store.document(run).unwrap(), &Some(document(run)));
    let mut expected = record();
    (expected.id, expected.status) = (run, RunStatus::Interrupted);
    assert_same(&store.runs().unwrap(), &vec![expected]);
}

#[test]
fn the_latest_run_of_a_commit_host_and_module() {
    let (_folder, mut store) = empty();
    let mut runs = Vec::new();
    for (commit, benchmark, status) in [
        ("a", "fs/stat", RunStatus::Complete),
        ("a", "os/uptime", RunStatus::Complete),
        ("b", "fs/stat", RunStatus::Failed),
    ] {
        let mut record = record();
        record.commit = Some(commit.into());
        let run = store.begin(&record).unwrap();
        store.add(run, &key(benchmark), &process(0, 1)).unwrap();
        store.finish(run, status, &document(run)).unwrap();
        runs.push(run);
    }
    let latest = |filter: Filter| store.latest(&filter).unwrap().map(|record| record.id);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(latest(Filter::default()), Some(runs[2]));
    assert_eq!(latest(Filter { commit: some("a"), ..Filter::default() }), Some(runs[1]));
    assert_eq!(latest(Filter { commit: some("a"), module: some("fs"), ..Filter::default() }), Some(runs[0]));
    assert_eq!(latest(Filter { status: Some(RunStatus::Complete), ..Filter::default() }), Some(runs[1]));
    assert_eq!(latest(Filter { before: Some(runs[0]), ..Filter::default() }), None);
    assert_eq!(latest(Filter { host: some("node24"), ..Filter::default() }), None);
    assert_eq!(latest(Filter { module: some("f"), ..Filter::default() }), None, "a module is a whole word");
}

#[test]
fn an_ended_run_takes_no_more() {
    let (_folder, mut store) = empty();
    let run = store.begin(&record()).unwrap();
    store.finish(run, RunStatus::Complete, &document(run)).unwrap();
    let error = store.add(run, &key("fs/stat"), &process(0, 1)).unwrap_err();
    assert!(matches!(error, StoreError::Ended { .. }), "{error}");
}

#[test]
fn an_unknown_run_is_named() {
    let (_folder, mut store) = empty();
    assert!(store.document(7).unwrap_err().to_string().contains("no run 7"));
    assert!(store.add(7, &key("fs/stat"), &process(0, 1)).unwrap_err().to_string().contains("no run 7"));
}

#[test]
fn two_programs_share_a_store() {
    let (_folder, mut one) = empty();
    let mut other = SqliteStore::open(one.path()).unwrap();
    let (first, second) = (one.begin(&record()).unwrap(), other.begin(&record()).unwrap());
    one.add(first, &key("fs/stat"), &process(0, 2)).unwrap();
    other.add(second, &key("fs/stat"), &process(0, 2)).unwrap();
    assert_ne!(first, second);
    assert_eq!(one.runs().unwrap().len(), 2);
    assert_eq!(one.process_runs(second, &key("fs/stat")).unwrap().len(), 1);
}
