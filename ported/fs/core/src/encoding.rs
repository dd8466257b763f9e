//! Names in the encodings that Node's fs functions take.

use std::borrow::Cow;

use crate::directory::Listing;
use crate::text::{Text, decode_utf8};

/// Node's encodings, with the numbers of its `enum encoding`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Encoding {
    /// Seven bits; the eighth is dropped.
    Ascii = 0,
    /// The default.
    Utf8 = 1,
    /// With padding.
    Base64 = 2,
    /// Little-endian UTF-16.
    Utf16 = 3,
    /// A byte is a character.
    Latin1 = 4,
    /// Lower case.
    Hex = 5,
    /// No text at all, but a Buffer.
    Buffer = 6,
    /// Without padding.
    Base64Url = 7,
}

impl Encoding {
    /// By Node's number; UTF-8 for one that Node does not have.
    pub fn from_number(number: u32) -> Self {
        use Encoding::{Ascii, Base64, Base64Url, Buffer, Hex, Latin1, Utf8, Utf16};
        let all = [Ascii, Utf8, Base64, Utf16, Latin1, Hex, Buffer, Base64Url];
        all.get(number as usize).copied().unwrap_or(Utf8)
    }

    /// The name `bytes` in this encoding.
    pub fn encode(self, bytes: &[u8]) -> Encoded<'_> {
        let latin1 = |bytes| Encoded::Text(Text::Latin1(Cow::Owned(bytes)));
        match self {
            Encoding::Utf8 => Encoded::Text(decode_utf8(bytes)),
            Encoding::Latin1 => Encoded::Text(Text::Latin1(Cow::Borrowed(bytes))),
            Encoding::Ascii => latin1(bytes.iter().map(|byte| byte & 0x7F).collect()),
            Encoding::Hex => latin1(hex(bytes)),
            Encoding::Base64 => latin1(base64(bytes, STANDARD, true)),
            Encoding::Base64Url => latin1(base64(bytes, URL, false)),
            Encoding::Utf16 => Encoded::Text(Text::Utf16(
                bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
            )),
            Encoding::Buffer => Encoded::Bytes(bytes),
        }
    }
}

/// An encoded name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Encoded<'a> {
    /// A string.
    Text(Text<'a>),
    /// A Buffer.
    Bytes(&'a [u8]),
}

impl Listing {
    /// All names in one string, separated by NUL, which no name contains: one string costs a fraction of
    /// many. With `types`, one more part follows the names: a digit for each. `Buffer` is read as UTF-8;
    /// callers that want Buffers take the names one by one.
    pub fn join(&self, encoding: Encoding, types: bool) -> Text<'static> {
        let utf8 = matches!(encoding, Encoding::Utf8 | Encoding::Latin1 | Encoding::Buffer);
        if utf8 {
            let mut joined = Vec::with_capacity(self.bytes() + 2 * self.len() + 1);
            for (name, _) in self.iter() {
                joined.extend_from_slice(name);
                joined.push(0);
            }
            self.finish(&mut joined, types, |digit| digit);
            if encoding == Encoding::Latin1 || joined.is_ascii() {
                return Text::Latin1(Cow::Owned(joined));
            }
            return match decode_utf8(&joined) {
                Text::Latin1(latin1) => Text::Latin1(Cow::Owned(latin1.into_owned())),
                Text::Utf16(units) => Text::Utf16(Cow::Owned(units.into_owned())),
            };
        }
        if encoding == Encoding::Utf16 {
            let mut joined = Vec::new();
            for (name, _) in self.iter() {
                if let Encoded::Text(Text::Utf16(units)) = encoding.encode(name) {
                    joined.extend_from_slice(&units);
                }
                joined.push(0);
            }
            self.finish(&mut joined, types, u16::from);
            return Text::Utf16(Cow::Owned(joined));
        }
        let mut joined = Vec::new();
        for (name, _) in self.iter() {
            if let Encoded::Text(Text::Latin1(latin1)) = encoding.encode(name) {
                joined.extend_from_slice(&latin1);
            }
            joined.push(0);
        }
        self.finish(&mut joined, types, |digit| digit);
        Text::Latin1(Cow::Owned(joined))
    }

    /// Ends a joined listing: the types, or no separator after the last name.
    fn finish<U>(&self, joined: &mut Vec<U>, types: bool, unit: impl Fn(u8) -> U) {
        if types {
            joined.extend(self.iter().map(|(_, kind)| unit(b'0' + kind)));
        } else {
            joined.pop();
        }
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8], alphabet: &[u8; 64], padded: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..=chunk.len() {
            out.push(alphabet[(bits >> (18 - 6 * i)) as usize & 63]);
        }
        if padded {
            out.extend(std::iter::repeat_n(b'=', 3 - chunk.len()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::read_directory;

    fn text(encoding: Encoding, bytes: &[u8]) -> String {
        match encoding.encode(bytes) {
            Encoded::Text(Text::Latin1(latin1)) => latin1.iter().map(|byte| char::from(*byte)).collect(),
            Encoded::Text(Text::Utf16(units)) => String::from_utf16_lossy(&units),
            Encoded::Bytes(bytes) => format!("{bytes:?}"),
        }
    }

    #[test]
    fn names_in_every_encoding() {
        for (number, expected) in [
            (0, "naC/"),
            (1, "na\u{FFFD}/"),
            (2, "bmHDLw=="),
            (3, "慮⿃"),
            (4, "naÃ/"),
            (5, "6e61c32f"),
            (6, "[110, 97, 195, 47]"),
            (7, "bmHDLw"),
            (99, "na\u{FFFD}/"),
        ] {
            assert_eq!(text(Encoding::from_number(number), b"na\xC3/"), expected);
        }
        assert_eq!(text(Encoding::Base64, b"\xFF\xEF\xBE"), "/+++");
        assert_eq!(text(Encoding::Base64Url, b"\xFF\xEF"), "_-8");
    }

    #[test]
    fn a_joined_listing_can_be_split_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = std::ffi::CString::new(dir.path().to_str().unwrap()).unwrap();
        assert!(read_directory(&path).unwrap().join(Encoding::Utf8, false).is_empty());
        for name in ["b", "a", "漢"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        std::fs::create_dir(dir.path().join("c")).unwrap();
        let listing = read_directory(&path).unwrap();
        let expected: Vec<u16> = "a\0b\0c\0漢\x001121".encode_utf16().collect();
        assert_eq!(listing.join(Encoding::Utf8, true), Text::Utf16(Cow::Owned(expected)));
        let hex = listing.join(Encoding::Hex, false);
        assert_eq!(hex, Text::Latin1(Cow::Borrowed(b"61\x0062\x0063\0e6bca2")));
        let utf16 = listing.join(Encoding::Utf16, true);
        assert_eq!(utf16.len(), 1 + 4 + 4, "one unit for the three bytes, separators, types");
    }
}
