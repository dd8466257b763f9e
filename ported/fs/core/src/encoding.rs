//! Names in the encodings that Node's fs functions take.

use std::borrow::Cow;

use crate::directory::Listing;
use crate::text::{Text, decode_utf8};
use crate::tree_listing::TreeListing;

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
    /// All names in one string, each with a NUL behind it, which no name contains : one string
    /// costs a fraction of many. `Ascii` comes as Latin-1, since its seven bits of 0x80 are NUL. With `types`, one more part follows the names, without NUL: a digit
    /// for each. `Buffer` is read as UTF-8; callers that want Buffers take the names one by one.
    pub fn join(&self, encoding: Encoding, types: bool) -> Text<'static> {
        let mut joined = Joined::new(encoding, self.bytes() + 2 * self.len() + 1);
        self.iter().for_each(|(name, _)| joined.add(name));
        if types {
            joined.add_ascii(&self.iter().map(|(_, kind)| b'0' + kind).collect::<Vec<_>>());
        }
        joined.finish(types)
    }
}

impl TreeListing {
    /// The whole tree in one string, a NUL behind each part but the types. Without `types` they are the paths of all entries; with
    /// them all names, the paths of all directories, how many entries each of these has (decimal, with commas), and a
    /// digit for the type of each entry. `Buffer` is read as UTF-8; callers that want Buffers take them from
    /// [`TreeListing::parts`].
    pub fn join(&self, encoding: Encoding, types: bool) -> Text<'static> {
        if encoding == Encoding::Utf8
            && !types
            && self.folders().iter().all(|folder| folder.paths.is_empty() == folder.listing.is_empty())
        {
            let paths: Vec<_> = self.folders().iter().map(|folder| folder.paths.as_slice()).collect();
            return decode_owned(paths.concat());
        }
        let names = self.folders().iter().map(|folder| folder.listing.bytes() + 2 * folder.listing.len());
        let mut joined = Joined::new(encoding, names.sum());
        self.parts(types, |part| joined.add(part));
        if types {
            joined.add_ascii(&self.counts());
            joined.add_ascii(&self.kinds());
        }
        joined.finish(types)
    }

    /// Hands over the paths of all entries, or with `types` all names and then the paths of all directories.
    pub fn parts(&self, types: bool, mut add: impl FnMut(&[u8])) {
        let mut path = Vec::new();
        for folder in self.folders() {
            for (name, _) in folder.listing.iter() {
                if types {
                    add(name);
                    continue;
                }
                path.clear();
                path.extend_from_slice(&folder.path);
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
                add(&path);
            }
        }
        if types {
            self.folders().iter().for_each(|folder| add(&folder.path));
        }
    }

    /// How many entries each directory has, in decimal, with commas between.
    pub fn counts(&self) -> Vec<u8> {
        let counts: Vec<_> = self.folders().iter().map(|folder| folder.listing.len().to_string()).collect();
        counts.join(",").into_bytes()
    }

    /// A digit for the type of each entry.
    pub fn kinds(&self) -> Vec<u8> {
        self.folders().iter().flat_map(|folder| folder.listing.iter().map(|(_, kind)| b'0' + kind)).collect()
    }
}

/// Encoded texts in one string, a NUL behind each.
enum Joined {
    /// Decoded when all are there.
    Utf8(Vec<u8>),
    /// A byte is a character.
    Narrow {
        encoding: Encoding,
        text: Vec<u8>,
    },
    Wide(Vec<u16>),
}

impl Joined {
    /// With room for so many bytes.
    fn new(encoding: Encoding, room: usize) -> Self {
        match encoding {
            Encoding::Utf8 | Encoding::Buffer => Joined::Utf8(Vec::with_capacity(room)),
            Encoding::Utf16 => Joined::Wide(Vec::with_capacity(room)),
            Encoding::Ascii => Joined::Narrow { encoding: Encoding::Latin1, text: Vec::with_capacity(room) },
            encoding => Joined::Narrow { encoding, text: Vec::with_capacity(room) },
        }
    }

    #[inline]
    fn add(&mut self, bytes: &[u8]) {
        match self {
            Joined::Utf8(text) => {
                text.extend_from_slice(bytes);
                text.push(0);
            }
            Joined::Narrow { encoding, text } => {
                if let Encoded::Text(Text::Latin1(encoded)) = encoding.encode(bytes) {
                    text.extend_from_slice(&encoded);
                }
                text.push(0);
            }
            Joined::Wide(text) => {
                if let Encoded::Text(Text::Utf16(units)) = Encoding::Utf16.encode(bytes) {
                    text.extend_from_slice(&units);
                }
                text.push(0);
            }
        }
    }

    /// Adds what is no name and therefore not encoded.
    fn add_ascii(&mut self, bytes: &[u8]) {
        match self {
            Joined::Utf8(text) | Joined::Narrow { text, .. } => {
                text.extend_from_slice(bytes);
                text.push(0);
            }
            Joined::Wide(text) => text.extend(bytes.iter().copied().map(u16::from).chain([0])),
        }
    }

    /// The string. Types, if they are its last part, end without a separator; names do not, since one of them may be
    /// empty: in UTF-16 it takes two bytes to make a character.
    fn finish(mut self, types: bool) -> Text<'static> {
        if types {
            match &mut self {
                Joined::Utf8(text) | Joined::Narrow { text, .. } => drop(text.pop()),
                Joined::Wide(text) => drop(text.pop()),
            }
        }
        match self {
            Joined::Narrow { text, .. } => Text::Latin1(Cow::Owned(text)),
            Joined::Wide(text) => Text::Utf16(Cow::Owned(text)),
            Joined::Utf8(text) => decode_owned(text),
        }
    }
}

/// [`decode_utf8`] of bytes that are not needed any more.
pub fn decode_owned(bytes: Vec<u8>) -> Text<'static> {
    if bytes.is_ascii() {
        return Text::Latin1(Cow::Owned(bytes));
    }
    match decode_utf8(&bytes) {
        Text::Latin1(latin1) => Text::Latin1(Cow::Owned(latin1.into_owned())),
        Text::Utf16(units) => Text::Utf16(Cow::Owned(units.into_owned())),
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
mod properties;

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
        assert_eq!(hex, Text::Latin1(Cow::Borrowed(b"61\x0062\x0063\0e6bca2\0")));
        let utf16 = listing.join(Encoding::Utf16, true);
        assert_eq!(utf16.len(), 1 + 4 + 4, "one unit for the three bytes, separators, types");
    }
}
