//! Runs of calibrations, what was concluded from them, and what is published.

use bench_schema::{
    CalibrationDocument, CalibrationRun, CalibrationSample, Experiment, ExperimentKind, Fingerprints,
    GateRates, Level, PublishedCalibration, RunRecord, RunStatus, SCHEMA_VERSION, SameArms,
};
use bench_store::{
    Filter, PublishedError, SqliteStore, Store, publish, published_folders, read_concluded, read_published,
};

use crate::{document, record};

const EXPERIMENT: Experiment =
    Experiment { kind: ExperimentKind::Pairs, arms: SameArms::Native, canary: None, busy: false };

fn fingerprints() -> Fingerprints {
    Fingerprints { driver: "d".into(), definitions: [("fs/stat".into(), "s".into())].into() }
}

fn calibration_record() -> RunRecord {
    let calibration = CalibrationRun {
        module: "fs".into(),
        host: "node26".into(),
        experiment: EXPERIMENT,
        fingerprints: fingerprints(),
    };
    RunRecord { calibration: Some(calibration), ..record() }
}

fn calibration() -> PublishedCalibration {
    PublishedCalibration {
        schema_version: SCHEMA_VERSION,
        module: "fs".into(),
        host: "node26".into(),
        host_version: "26.10.0".into(),
        measured_at: "2026-11-22T12:00:00Z".into(),
        machine: record().machine,
        fingerprints: fingerprints(),
        analysis: "a".into(),
        samples: String::new(),
        document: CalibrationDocument {
            schema_version: SCHEMA_VERSION,
            gate: GateRates::default(),
            rows: vec![],
        },
    }
}

fn sample(run: i64) -> CalibrationSample {
    CalibrationSample {
        run,
        experiment: EXPERIMENT,
        benchmark: "fs/stat".into(),
        level: Level::Binding,
        planned_rounds: 8,
        operations: vec![[1000, 1000]; 2],
        wall_ns: vec![[10, 11], [12, 13]],
        cpu_process_ns: vec![[20, 21], [22, 23]],
    }
}

#[test]
fn a_calibration_is_no_run_that_compares() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("store.sqlite")).unwrap();
    let compared = store.begin(&record()).unwrap();
    store.finish(compared, RunStatus::Complete, &document(compared)).unwrap();
    let calibrated = store.begin(&calibration_record()).unwrap();
    store.finish(calibrated, RunStatus::Complete, &document(calibrated)).unwrap();
    let ids = |runs: Vec<RunRecord>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(store.runs().unwrap()), [compared]);
    assert_eq!(
        store.latest(&Filter::default()).unwrap().unwrap().id,
        compared,
        "\"last\" means a comparison"
    );
    let calibrations = store.calibration_runs().unwrap();
    assert_eq!(calibrations[0].calibration, calibration_record().calibration);
    assert_eq!(ids(calibrations), [calibrated]);
}

#[test]
fn the_newest_conclusion_of_a_machine_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let mut store = SqliteStore::open(&path).unwrap();
    store.keep_calibration(&calibration()).unwrap();
    let newer = PublishedCalibration { analysis: "b".into(), ..calibration() };
    store.keep_calibration(&newer).unwrap();
    let store = SqliteStore::open_to_read(&path).unwrap();
    assert_eq!(store.calibrations(&newer.machine.fingerprint).unwrap(), [newer]);
    assert_eq!(store.calibrations("another").unwrap(), []);
}

#[test]
fn a_store_of_format_1_is_read_as_it_is_and_brought_up_to_date_to_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let run = SqliteStore::open(&path).unwrap().begin(&record()).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "ALTER TABLE runs DROP COLUMN calibration; DROP TABLE calibrations; PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(connection);
    let old = SqliteStore::open_to_read(&path).unwrap();
    assert_eq!(old.runs().unwrap()[0].id, run);
    assert!(old.calibration_runs().unwrap().is_empty() && old.calibrations("f").unwrap().is_empty());
    drop(old);
    let mut store = SqliteStore::open(&path).unwrap();
    let calibrated = store.begin(&calibration_record()).unwrap();
    assert_eq!(store.calibration_runs().unwrap()[0].id, calibrated);
    assert_eq!(store.runs().unwrap()[0].id, run);
}

#[test]
fn what_is_published_comes_back_and_the_same_samples_are_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("a"), folder.path().join("b"));
    let samples = [sample(1), sample(2)];
    let bytes = publish(&one, calibration(), &samples).unwrap();
    assert_eq!(publish(&other, calibration(), &samples).unwrap(), bytes);
    let (concluded, read) = read_published(&one).unwrap();
    assert_eq!(read_concluded(&other).unwrap(), concluded, "the same samples are the same bytes");
    let expected = PublishedCalibration { samples: concluded.samples.clone(), ..calibration() };
    assert_eq!((concluded, read.as_slice()), (expected, samples.as_slice()));
    assert_eq!(published_folders(folder.path()).unwrap(), [one, other]);
    assert!(published_folders(&folder.path().join("absent")).unwrap().is_empty());
}

#[test]
fn whatever_is_wrong_with_a_publication_is_said_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (concluded, samples) =
        (folder.path().join("calibration.json"), folder.path().join("samples.ndjson.gz"));
    let again = || publish(folder.path(), calibration(), &[sample(1)]).unwrap();
    let error = |write: &dyn Fn()| {
        again();
        write();
        let error = read_published(folder.path()).unwrap_err();
        assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
        error
    };
    let write = |path: &std::path::Path, bytes: &[u8]| std::fs::write(path, bytes).unwrap();
    assert!(matches!(error(&|| std::fs::remove_file(&samples).unwrap()), PublishedError::File { .. }));
    assert!(matches!(error(&|| write(&concluded, b"{")), PublishedError::Unreadable { .. }));
    assert!(matches!(
        error(&|| write(&concluded, b"{\"schema_version\":9}")),
        PublishedError::Newer { found: 9, .. }
    ));
    assert!(matches!(error(&|| write(&samples, b"other")), PublishedError::OtherSamples { .. }));
    again();
    assert_eq!(read_concluded(folder.path()).unwrap().module, "fs");
}
