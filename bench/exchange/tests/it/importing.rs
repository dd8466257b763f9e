//! Reading other tools' results.

use std::fs;
use std::path::{Path, PathBuf};

use bench_exchange::{Format, import};

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name)
}

/// Names and rounded nanoseconds.
#[track_caller]
fn read(name: &str, format: Format) -> Vec<(String, Vec<u64>)> {
    let imported = import(&recorded(name), format).expect("the tool wrote it");
    imported
        .into_iter()
        .map(|one| (one.name, one.samples_ns.into_iter().map(|ns| ns.round() as u64).collect()))
        .collect()
}

#[test]
fn hyperfine_gives_seconds() {
    let read = read("hyperfine-1.15.json", Format::Hyperfine);
    assert_eq!(
        read.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["hyperfine/ls", "hyperfine/true"]
    );
    assert!(read.iter().all(|(_, samples)| samples.len() == 5));
    assert!(
        read.iter().flat_map(|(_, samples)| samples).all(|ns| (100_000..1_000_000_000).contains(ns)),
        "{read:?}"
    );
}

#[test]
fn node_bench_gives_durations_of_many_operations() {
    let read = read("node-26.10.ndjson", Format::NodeBench);
    let [(name, samples)] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!(name, "node-bench/sum/hundred n=100");
    assert_eq!(samples.len(), 3);
    assert!(samples.iter().all(|ns| (10..1000).contains(ns)), "a sum of 100 numbers: {samples:?}");
}

#[test]
fn criterion_gives_iterations_and_times() {
    let read = read("criterion-0.8", Format::Criterion);
    assert_eq!(
        read.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["criterion/hostname", "criterion/load average"]
    );
    assert!(read.iter().all(|(_, samples)| samples.len() == 10));
    assert!(read.iter().flat_map(|(_, samples)| samples).all(|ns| (50..1_000_000).contains(ns)), "{read:?}");
}

#[test]
fn go_gives_a_line_a_run() {
    assert_eq!(
        read("go.txt", Format::Go),
        [("go/Decode/1KiB-2".to_owned(), vec![1466, 1482]), ("go/Open-2".to_owned(), vec![10_023_411]),]
    );
}

#[test]
fn bencher_gives_latencies_only() {
    assert_eq!(read("bencher.json", Format::Bencher), [("bencher/decode".to_owned(), vec![88])]);
}

const ALL: [Format; 5] =
    [Format::Criterion, Format::Hyperfine, Format::NodeBench, Format::Go, Format::Bencher];

#[track_caller]
fn refused(path: &Path, format: Format) -> String {
    let error = import(path, format).expect_err("it is no result");
    let text = error.to_string();
    assert!(text.contains(path.file_name().unwrap().to_str().unwrap()), "which file? {text}");
    text
}

#[test]
fn what_is_not_there_is_named() {
    for format in ALL {
        refused(Path::new("/nowhere/result.json"), format);
    }
}

#[test]
fn what_is_no_result_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (Format::Hyperfine, "{\"results\": [{\"command\": \"ls\"}]}", "times"),
        (Format::Hyperfine, "{\"results\": [{\"command\": \"ls\", \"times\": [0.1", "EOF"),
        (Format::Hyperfine, "{\"results\": [{\"command\": \"ls\", \"times\": [-1]}]}", "above zero"),
        (Format::Hyperfine, "{\"results\": []}", "no benchmark"),
        (Format::NodeBench, "{\"type\":\"bench:sample\",\"data\":{\"name\":\"a\"}}", "line 1"),
        (Format::NodeBench, "\n{\"type\":", "line 2"),
        (Format::NodeBench, "", "no benchmark"),
        (Format::Go, "BenchmarkA-2 10 fast ns/op", "line 1"),
        (Format::Go, "ok example.org/decode 4.012s", "no benchmark"),
        (Format::Bencher, "{\"a\": {\"latency\": 3}}", "struct"),
        (Format::Bencher, "{\"a\": {\"file-size\": {\"value\": 3}}}", "latency"),
    ];
    for (number, (format, text, reason)) in cases.into_iter().enumerate() {
        let path = folder.path().join(format!("case-{number}"));
        fs::write(&path, text).unwrap();
        let error = refused(&path, format);
        assert!(error.contains(reason), "case {number}: {error}");
    }
}

#[test]
fn a_binary_file_and_an_empty_folder_are_no_results() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result");
    fs::write(&path, [0xff, 0xfe, 0, 0]).unwrap();
    for format in &ALL[1..] {
        refused(&path, *format);
    }
    refused(folder.path(), Format::Criterion);
}

#[test]
fn a_criterion_of_another_shape_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("decode/new");
    fs::create_dir_all(&new).unwrap();
    fs::write(new.join("benchmark.json"), "{\"full_id\":\"decode\"}").unwrap();
    fs::write(new.join("sample.json"), "{\"version\":9}").unwrap();
    let error = import(folder.path(), Format::Criterion).expect_err("it has no samples").to_string();
    assert!(error.contains("sample.json") && error.contains("iters"), "{error}");
}
