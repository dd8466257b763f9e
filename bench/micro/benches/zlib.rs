//! The core of the zlib port: a mebibyte of words a stream, in the pieces of Node's streams.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use zlib_core::{
    Codec, CompressOptions, Compressor, DecompressFormat, DecompressOptions, Decompressor, Flush, Format,
};

const SIZE: usize = 1 << 20;
/// How much Node's lib has a codec write at once (`zlib.constants.Z_DEFAULT_CHUNK`).
const ROOM: usize = 16 * 1024;

/// Words that repeat, and numbers that do not.
fn text() -> Vec<u8> {
    let mut state = 1_u32;
    let mut text = Vec::with_capacity(SIZE + 64);
    while text.len() < SIZE {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let word = ["pipe", "socket", "handle", "request", "buffer", "stream"][(state >> 16) as usize % 6];
        text.extend_from_slice(format!("{word} {} ", (state >> 8) % 10_000).as_bytes());
    }
    text.truncate(SIZE);
    text
}

fn run(codec: &mut dyn Codec, mut input: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(SIZE);
    let mut output = [0; ROOM];
    loop {
        let moved = codec.step(input, &mut output, Flush::Finish).expect("valid data");
        input = &input[moved.consumed..];
        result.extend_from_slice(&output[..moved.produced]);
        if moved.ended {
            return result;
        }
    }
}

fn gzip(level: i32, input: &[u8]) -> Vec<u8> {
    let options = CompressOptions { level, ..CompressOptions::new(Format::Gzip) };
    run(&mut Compressor::new(&options).expect("valid options"), input)
}

fn gunzip(input: &[u8]) -> Vec<u8> {
    let options = DecompressOptions::new(DecompressFormat::Gzip);
    run(&mut Decompressor::new(options).expect("valid options"), input)
}

fn codecs(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("zlib");
    group.throughput(Throughput::Bytes(SIZE as u64)).sample_size(20);
    for level in [1, 6, 9] {
        assert_eq!(gunzip(&gzip(level, &text)), text);
        group.bench_function(format!("gzip level {level}"), |bencher| bencher.iter(|| gzip(level, &text)));
    }
    let packed = gzip(6, &text);
    group.bench_function("gunzip", |bencher| bencher.iter(|| gunzip(&packed)));
    group.finish();
}

criterion_group!(benches, codecs);
criterion_main!(benches);
