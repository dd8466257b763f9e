//! Any name in every encoding, read back the slow way.
#![no_main]

use fs_core::{Encoded, Encoding, Text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|name: &[u8]| {
    for number in 0..9 {
        let encoding = Encoding::from_number(number);
        let encoded = encoding.encode(name);
        let units: Vec<u16> = match &encoded {
            Encoded::Bytes(bytes) => bytes.iter().copied().map(u16::from).collect(),
            Encoded::Text(Text::Latin1(bytes)) => bytes.iter().copied().map(u16::from).collect(),
            Encoded::Text(Text::Utf16(units)) => units.to_vec(),
        };
        let expected: Vec<u16> = match encoding {
            Encoding::Utf8 => String::from_utf8_lossy(name).encode_utf16().collect(),
            Encoding::Ascii => name.iter().map(|byte| u16::from(byte % 128)).collect(),
            Encoding::Latin1 | Encoding::Buffer => name.iter().copied().map(u16::from).collect(),
            Encoding::Utf16 => name.chunks(2).filter(|pair| pair.len() == 2).map(|pair| u16::from(pair[0]) + 256 * u16::from(pair[1])).collect(),
            Encoding::Hex => name.iter().map(|byte| format!("{byte:02x}")).collect::<String>().encode_utf16().collect(),
            Encoding::Base64 => base64(name, b"+/", true),
            Encoding::Base64Url => base64(name, b"-_", false),
        };
        assert_eq!(units, expected, "{encoding:?} of {name:x?}");
    }
});

/// Six bits at a time, out of one long list of bits.
fn base64(bytes: &[u8], last: &[u8; 2], is_padded: bool) -> Vec<u16> {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let digit = |value: u8| match value {
        0..26 => b'A' + value,
        26..52 => b'a' + value - 26,
        52..62 => b'0' + value - 52,
        _ => last[usize::from(value - 62)],
    };
    let mut text: Vec<u16> = bits
        .chunks(6)
        .map(|six| u16::from(digit((0..6).fold(0, |value, at| value * 2 + six.get(at).copied().unwrap_or(0)))))
        .collect();
    while is_padded && text.len() % 4 != 0 {
        text.push(u16::from(b'='));
    }
    text
}
