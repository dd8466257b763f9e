//! Any bytes with any options come back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zlib_core::{
    Codec, CompressOptions, Compressor, DecompressFormat, DecompressOptions, Decompressor, Flush, Format, Strategy,
};

fuzz_target!(|input: (u8, u8, u8, u8, u8, u8, &[u8])| {
    let (format, level, window_bits, mem_level, strategy, room, bytes) = input;
    let (format, counterpart) = [
        (Format::Zlib, DecompressFormat::Zlib),
        (Format::Gzip, DecompressFormat::Gzip),
        (Format::Raw, DecompressFormat::Raw),
    ][usize::from(format % 3)];
    let options = CompressOptions {
        level: i32::from(level % 11) - 1,
        window_bits: i32::from(window_bits % 8) + 8,
        mem_level: i32::from(mem_level % 9) + 1,
        strategy: [
            Strategy::Default,
            Strategy::Filtered,
            Strategy::HuffmanOnly,
            Strategy::Rle,
            Strategy::Fixed,
        ][usize::from(strategy % 5)],
        ..CompressOptions::new(format)
    };
    let room = 1 + usize::from(room);
    let packed = run(&mut Compressor::new(&options).expect("options in range"), bytes, room);
    let mut back = Decompressor::new(DecompressOptions::new(counterpart)).expect("Node's defaults are valid");
    assert_eq!(run(&mut back, &packed, room), bytes);
});

/// Runs a whole stream through, with room for so many bytes at a time.
fn run(codec: &mut dyn Codec, mut input: &[u8], room: usize) -> Vec<u8> {
    let mut result = Vec::new();
    let mut output = vec![0; room];
    loop {
        let moved = codec.step(input, &mut output, Flush::Finish).expect("data that was made here");
        input = &input[moved.consumed..];
        result.extend_from_slice(&output[..moved.produced]);
        if moved.ended {
            return result;
        }
    }
}
