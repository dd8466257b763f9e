//! Any bytes as compressed data, in pieces of any size: no panic, no byte taken or made that is not there, an end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zlib_core::{Codec as _, DecompressFormat, DecompressOptions, Decompressor, Flush};

/// Bytes that a short input may become: a bomb is stopped there.
const MOST: usize = 1 << 22;

fuzz_target!(|input: (u8, u8, u8, &[u8])| {
    let (format, piece, room, bytes) = input;
    let format = [
        DecompressFormat::Zlib,
        DecompressFormat::Gzip,
        DecompressFormat::Raw,
        DecompressFormat::Detect,
    ][usize::from(format % 4)];
    let mut codec = Decompressor::new(DecompressOptions::new(format)).expect("Node's defaults are valid");
    let mut output = vec![0; 1 + 64 * usize::from(room)];
    let (mut made, mut taken) = (0, 0);
    for mut rest in bytes.chunks(1 + usize::from(piece)) {
        loop {
            let Ok(moved) = codec.step(rest, &mut output, Flush::No) else { return };
            assert!(moved.consumed <= rest.len() && moved.produced <= output.len());
            rest = &rest[moved.consumed..];
            made += moved.produced;
            taken += moved.consumed;
            if moved.ended || made > MOST {
                return;
            }
            if moved.produced < output.len() {
                assert!(rest.is_empty(), "it stopped with input and room left");
                break;
            }
        }
    }
    assert_eq!(taken, bytes.len());
});
