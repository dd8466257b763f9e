//! Names of any bytes, against what std makes of them.

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr};
use std::fs;
use std::os::unix::ffi::OsStrExt;

use proptest::prelude::*;

use super::*;
use crate::directory::read_directory;

/// As `js/listing.js` takes a joined text apart.
fn split(joined: &Text<'_>) -> Vec<Vec<u16>> {
    units(joined).split(|unit| *unit == 0).map(<[u16]>::to_vec).collect()
}

fn units(text: &Text<'_>) -> Vec<u16> {
    match text {
        Text::Latin1(bytes) => bytes.iter().copied().map(u16::from).collect(),
        Text::Utf16(units) => units.to_vec(),
    }
}

/// What a name is in an encoding, by other means than this file's.
fn expected(encoding: Encoding, name: &[u8]) -> Vec<u16> {
    let wide = |text: &str| text.encode_utf16().collect();
    match encoding {
        Encoding::Utf8 | Encoding::Buffer => wide(&String::from_utf8_lossy(name)),
        // The seven bits are taken when the text has been split.
        Encoding::Latin1 | Encoding::Ascii => name.iter().map(|byte| u16::from(*byte)).collect(),
        Encoding::Hex => wide(&name.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()),
        Encoding::Utf16 => name.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
        Encoding::Base64 => wide(&base64_of(name, '+', '/')),
        Encoding::Base64Url => wide(base64_of(name, '-', '_').trim_end_matches('=')),
    }
}

/// RFC 4648, digit by digit from a string of bits.
fn base64_of(bytes: &[u8], plus: char, slash: char) -> String {
    let digits: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain([plus, slash]).collect();
    let mut bits = bytes.iter().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().concat();
    while !bits.len().is_multiple_of(6) {
        bits.push('0');
    }
    let mut text: String = (0..bits.len())
        .step_by(6)
        .map(|at| digits[usize::from_str_radix(&bits[at..at + 6], 2).unwrap()])
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

const ALL: [Encoding; 8] = [
    Encoding::Ascii,
    Encoding::Utf8,
    Encoding::Base64,
    Encoding::Utf16,
    Encoding::Latin1,
    Encoding::Hex,
    Encoding::Buffer,
    Encoding::Base64Url,
];

/// Names that a directory can hold: text, bytes that are no UTF-8, and the two mixed.
fn names() -> impl Strategy<Value = BTreeSet<Vec<u8>>> {
    let byte = any::<u8>().prop_filter("no name contains it", |byte| ![0, b'/'].contains(byte));
    let bytes = prop::collection::vec(byte, 1..40);
    let text = "[^\0/]{1,12}".prop_map(String::into_bytes);
    let mixed = (text.clone(), bytes.clone()).prop_map(|(text, bytes)| [text, bytes].concat());
    let name = prop_oneof![bytes, text, mixed]
        .prop_filter("these are no entries", |name| name != b"." && name != b"..");
    prop::collection::btree_set(name, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_joined_is_split_again(names in names(), folders in prop::bits::u16::ANY) {
        let dir = tempfile::tempdir().unwrap();
        for (i, name) in names.iter().enumerate() {
            let path = dir.path().join(OsStr::from_bytes(name));
            if folders >> i & 1 == 1 { fs::create_dir(path).unwrap() } else { fs::write(path, "").unwrap() }
        }
        let listing = read_directory(&CString::new(dir.path().as_os_str().as_bytes()).unwrap()).unwrap();
        let kinds: Vec<u16> = (0..names.len()).map(|i| if folders >> i & 1 == 1 { b'2' } else { b'1' }.into()).collect();
        for encoding in ALL {
            let encoded: Vec<_> = names.iter().map(|name| expected(encoding, name)).collect();
            let mut parts = split(&listing.join(encoding, true));
            prop_assert_eq!(parts.pop(), Some(kinds.clone()), "{:?}", encoding);
            prop_assert_eq!(&parts, &encoded, "{:?}", encoding);
            let mut parts = split(&listing.join(encoding, false));
            prop_assert_eq!(parts.pop(), Some(Vec::new()), "a NUL behind the last, {:?}", encoding);
            prop_assert_eq!(&parts, &encoded, "{:?}", encoding);
        }
    }

    #[test]
    fn any_name_in_any_encoding(name in prop::collection::vec(any::<u8>(), 0..100)) {
        for encoding in ALL {
            match encoding.encode(&name) {
                Encoded::Bytes(bytes) => prop_assert_eq!((encoding, bytes), (Encoding::Buffer, &name[..])),
                Encoded::Text(text) if encoding == Encoding::Ascii => {
                    let seven: Vec<_> = name.iter().map(|byte| u16::from(byte & 0x7F)).collect();
                    prop_assert_eq!(units(&text), seven);
                }
                Encoded::Text(text) => prop_assert_eq!(units(&text), expected(encoding, &name), "{:?}", encoding),
            }
        }
    }
}
