//! Two measurements of another tool, judged.

use bench_gate::{ImportedSide, compare_imported, decide};
use bench_schema::{Document, Imported, Row, Status, Verdict};

fn measured(name: &str, samples_ns: &[f64]) -> Imported {
    Imported { name: name.into(), samples_ns: samples_ns.to_vec() }
}

fn compare(before: &[Imported], now: &[Imported]) -> Document {
    compare_imported(
        ImportedSide { name: "base", benchmarks: before },
        ImportedSide { name: "head", benchmarks: now },
        0.03,
        "2026-11-22T15:00:00Z".into(),
    )
}

fn only(document: &Document) -> &Row {
    let [row] = document.rows.as_slice() else { panic!("{:?}", document.rows) };
    row
}

const QUIET: [f64; 8] = [100.0, 100.4, 99.7, 100.1, 99.9, 100.2, 99.8, 100.3];

fn scaled(by: f64) -> Vec<f64> {
    QUIET.iter().map(|ns| ns * by).collect()
}

#[test]
fn slower_by_more_than_the_margin_regressed() {
    let document = compare(&[measured("go/a", &QUIET)], &[measured("go/a", &scaled(1.1))]);
    let row = only(&document);
    assert_eq!(row.verdict, Some(Verdict::Regressed));
    assert!((row.ratio.unwrap() - 1.1).abs() < 1e-9, "{row:?}");
    assert!(row.note.as_ref().unwrap().contains("not paired"));
    assert_eq!(decide(&document).exit_code, 1);
}

#[test]
fn the_same_is_ok() {
    let document = compare(&[measured("go/a", &QUIET)], &[measured("go/a", &QUIET)]);
    assert_eq!(only(&document).verdict, Some(Verdict::Ok));
    assert_eq!(decide(&document).exit_code, 0);
}

#[test]
fn single_values_say_nothing() {
    let document = compare(&[measured("bencher/a", &[100.0])], &[measured("bencher/a", &[150.0])]);
    let row = only(&document);
    assert_eq!((row.verdict, row.status), (Some(Verdict::Inconclusive), Status::Partial));
    assert_eq!((row.low, row.high), (None, None));
    assert!((row.ratio.unwrap() - 1.5).abs() < 1e-9, "{row:?}");
    assert_eq!(decide(&document).exit_code, 4);
}

#[test]
fn what_one_side_lacks_is_new_or_gone() {
    let document = compare(&[measured("go/old", &QUIET)], &[measured("go/young", &QUIET)]);
    let notes: Vec<_> = document.rows.iter().map(|row| row.note.clone().unwrap()).collect();
    assert_eq!(notes, ["head does not have it: it is gone", "base does not have it: it is new"]);
}
