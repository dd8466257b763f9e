//! Any bytes as UTF-8, against std: once by themselves, once behind what fills a block of the quick decoder.
#![no_main]

use fs_core::{Decoder, Text, decode_utf8};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    for filler in ["x", "é", "漢"] {
        let mut long = filler.repeat(64).into_bytes();
        long.extend_from_slice(bytes);
        long.extend(filler.repeat(64).bytes());
        check(&long);
    }
});

fn check(bytes: &[u8]) {
    let expected: Vec<u16> = String::from_utf8_lossy(bytes).encode_utf16().collect();
    assert_eq!(units(&decode_utf8(bytes)), expected);
    let mut decoder = Decoder::default();
    // Twice: the second time in memory that has been used.
    for _ in 0..2 {
        assert_eq!(units(&decoder.decode(bytes)), expected);
    }
}

fn units(text: &Text<'_>) -> Vec<u16> {
    match text {
        Text::Latin1(bytes) => bytes.iter().copied().map(u16::from).collect(),
        Text::Utf16(units) => units.to_vec(),
    }
}
