//! The core of the fs port.

use std::ffi::CString;
use std::fs;
use std::hint::black_box;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bench_micro::{ascii, latin1, mixed};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fs_core::{Decoder, Target, Text, decode_utf8, read_directory, read_text, stat};

const MIB: usize = 1 << 20;

fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("a path without a NUL byte")
}

fn stat_a_file(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "x".repeat(1024)).expect("a file");
    let path = c_path(&file);
    assert_eq!(stat(&path).expect("stat").size(), 1024);
    criterion.bench_function("stat", |bencher| bencher.iter(|| stat(black_box(&path))));

    let absent = c_path(&folder.path().join("absent"));
    assert_eq!(stat(&absent).expect_err("absent").code(), "ENOENT");
    criterion.bench_function("stat of nothing", |bencher| bencher.iter(|| stat(black_box(&absent))));
}

fn read_and_decode(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("read a file and decode it");
    for (name, text) in [("ascii", ascii(MIB)), ("latin1", latin1(MIB)), ("mixed", mixed(MIB))] {
        let file = folder.path().join(name);
        fs::write(&file, &text).expect("a file");
        let path = c_path(&file);
        let characters = String::from_utf8(text).expect("UTF-8").encode_utf16().count();
        let (mut content, mut decoder) = (Vec::new(), Decoder::default());
        let mut read = || {
            read_text(Target::Path(black_box(&path)), 0, &mut content, &mut decoder).expect("readable").len()
        };
        assert_eq!(read(), characters);
        group.throughput(Throughput::Bytes(MIB as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(&mut read);
        });
    }
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode UTF-8");
    for length in [64, 1024, MIB] {
        for (name, text) in [("ascii", ascii(length)), ("latin1", latin1(length)), ("mixed", mixed(length))] {
            let expected: Vec<u16> = String::from_utf8_lossy(&text).encode_utf16().collect();
            match decode_utf8(&text) {
                Text::Latin1(bytes) => assert!(bytes.iter().map(|&byte| u16::from(byte)).eq(expected)),
                Text::Utf16(units) => assert_eq!(units, expected),
            }
            group.throughput(Throughput::Bytes(length as u64));
            group.bench_with_input(BenchmarkId::new(name, length), &text, |bencher, text| {
                bencher.iter(|| decode_utf8(black_box(text)).len());
            });
        }
    }
    group.finish();
}

fn list_a_folder(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    for index in 0..1000 {
        fs::write(folder.path().join(format!("file-{index:04}.txt")), "").expect("a file");
    }
    let path = c_path(folder.path());
    assert_eq!(read_directory(&path).expect("readable").len(), 1000);
    criterion.bench_function("read a directory of 1000", |bencher| {
        bencher.iter(|| read_directory(black_box(&path)).map(|listing| listing.len()));
    });
}

criterion_group!(benches, stat_a_file, read_and_decode, decode, list_a_folder);
criterion_main!(benches);
