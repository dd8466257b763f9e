//! UTF-8 as JavaScript strings hold it: Latin-1 where every character fits in a byte, else UTF-16.
//!
//! Handing UTF-8 to the engine costs several times as much as handing it what it will store anyway, so the
//! conversion happens here, by simdutf, which is also what Node's own binding uses, and by `widen`.

use std::borrow::Cow;
use std::collections::TryReserveError;

use crate::widen::widen;

/// A decoded text in one of the two forms in which an engine stores strings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Text<'a> {
    /// One byte a character, borrowed where the input was ASCII.
    Latin1(Cow<'a, [u8]>),
    /// UTF-16 code units in native byte order.
    Utf16(Cow<'a, [u16]>),
}

impl Text<'_> {
    /// Length in UTF-16 code units, which is what JavaScript calls the length of a string.
    pub fn len(&self) -> usize {
        match self {
            Text::Latin1(bytes) => bytes.len(),
            Text::Utf16(units) => units.len(),
        }
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Decodes UTF-8, replacing each maximal invalid sequence with U+FFFD as the WHATWG decoder and V8 do.
/// A byte order mark is kept, as Node keeps it.
pub fn decode_utf8(bytes: &[u8]) -> Text<'_> {
    if bytes.is_ascii() {
        return Text::Latin1(Cow::Borrowed(bytes));
    }
    let mut decoder = Decoder::default();
    match decoder.decode_non_ascii(bytes) {
        Form::Latin1 => Text::Latin1(Cow::Owned(decoder.latin1)),
        Form::Utf16 => Text::Utf16(Cow::Owned(decoder.utf16)),
    }
}

/// [`decode_utf8`] into memory that is used again: for long texts, whose fresh pages cost more than
/// their decoding.
#[derive(Debug, Default)]
pub struct Decoder {
    latin1: Vec<u8>,
    utf16: Vec<u16>,
}

enum Form {
    Latin1,
    Utf16,
}

impl Decoder {
    /// Decodes as [`decode_utf8`] does.
    pub fn decode<'a>(&'a mut self, bytes: &'a [u8]) -> Text<'a> {
        self.decode_narrow(bytes, if bytes.is_ascii() { 0 } else { 0xFF })
    }

    /// The memory of a [`Text::Utf16`], for who can take it away.
    pub fn utf16_mut(&mut self) -> &mut Vec<u16> {
        &mut self.utf16
    }

    /// The memory of a [`Text::Latin1`] that was not ASCII, for who can take it away.
    pub fn latin1_mut(&mut self) -> &mut Vec<u8> {
        &mut self.latin1
    }

    /// Gives back memory of more than `most` bytes.
    pub fn trim(&mut self, most: usize) {
        if self.latin1.capacity() > most {
            self.latin1 = Vec::new();
        }
        if self.utf16.capacity() > most / 2 {
            self.utf16 = Vec::new();
        }
    }

    fn decode_non_ascii(&mut self, bytes: &[u8]) -> Form {
        self.latin1.clear();
        self.latin1.reserve(bytes.len());
        // SAFETY: `bytes` is readable for its length, and Latin-1 is never longer than UTF-8.
        let made =
            unsafe { simdutf::convert_utf8_to_latin1(bytes.as_ptr(), bytes.len(), self.latin1.as_mut_ptr()) };
        if made > 0 {
            // SAFETY: simdutf has written that many bytes.
            unsafe { self.latin1.set_len(made) };
            return Form::Latin1;
        }
        self.utf16.clear();
        self.utf16.reserve(bytes.len());
        self.append_utf16(bytes);
        Form::Utf16
    }

    /// [`Self::decode`] where the highest byte is known.
    pub(crate) fn decode_narrow<'a>(&'a mut self, bytes: &'a [u8], highest: u8) -> Text<'a> {
        if highest < 0x80 {
            return Text::Latin1(Cow::Borrowed(bytes));
        }
        match self.decode_non_ascii(bytes) {
            Form::Latin1 => Text::Latin1(Cow::Borrowed(&self.latin1)),
            Form::Utf16 => Text::Utf16(Cow::Borrowed(&self.utf16)),
        }
    }

    /// Begins a text that is decoded part by part, with room for `units`.
    pub(crate) fn begin_wide(&mut self, units: usize) -> Result<(), TryReserveError> {
        self.utf16.clear();
        self.utf16.try_reserve_exact(units)
    }

    /// Decodes the next part of that text, which has to end where a character may end
    /// ([`complete_characters`]).
    pub(crate) fn append_wide(&mut self, bytes: &[u8]) -> Result<(), TryReserveError> {
        self.utf16.try_reserve(bytes.len())?;
        self.append_utf16(bytes);
        Ok(())
    }

    /// What has been decoded part by part.
    pub(crate) fn wide(&self) -> Text<'_> {
        Text::Utf16(Cow::Borrowed(&self.utf16))
    }

    /// Needs room for as many units as there are bytes, which is what the longest answer takes.
    fn append_utf16(&mut self, bytes: &[u8]) {
        assert!(self.utf16.capacity() - self.utf16.len() >= bytes.len(), "the caller reserves room");
        let room = self.utf16.spare_capacity_mut().as_mut_ptr().cast();
        // SAFETY: there is room for a unit for each byte.
        let (taken, made) = unsafe { widen(bytes, room) };
        let rest = &bytes[taken..];
        // SAFETY: `made` units have been written, of `taken` bytes, so there is room for the rest's.
        let more = unsafe {
            self.utf16.set_len(self.utf16.len() + made);
            let room = self.utf16.spare_capacity_mut().as_mut_ptr().cast();
            simdutf::convert_utf8_to_utf16(rest.as_ptr(), rest.len(), room)
        };
        // SAFETY: simdutf has written that many units; 0 when the input is invalid.
        unsafe { self.utf16.set_len(self.utf16.len() + more) };
        if more == 0 {
            // What is invalid becomes U+FFFD first, which takes a copy; text is hardly ever invalid.
            self.utf16.extend(String::from_utf8_lossy(rest).encode_utf16());
        }
    }
}

/// How many of these bytes can be decoded without those that follow: all but a character that has only begun.
/// Decoding in parts that are cut there replaces exactly what decoding at once does, because a byte that begins
/// a character ends whatever came before.
pub(crate) fn complete_characters(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let start = bytes.len() - back;
        let length = match bytes[start] {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        return if length > back { start } else { bytes.len() };
    }
    bytes.len()
}

/// Encodes UTF-16 as UTF-8 into `out`, which it replaces; false, and nothing in `out`, for a lone surrogate.
pub fn encode_utf8(units: &[u16], out: &mut Vec<u8>) -> bool {
    out.clear();
    // A unit takes at most three bytes.
    out.reserve(units.len() * 3);
    // SAFETY: `units` is readable for its length, and `out` has room for the longest answer.
    let made = unsafe { simdutf::convert_utf16_to_utf8(units.as_ptr(), units.len(), out.as_mut_ptr()) };
    // SAFETY: simdutf has written that many bytes; 0 when the input is invalid.
    unsafe { out.set_len(made) };
    made > 0 || units.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(text: &Text<'_>) -> Vec<u16> {
        match text {
            Text::Latin1(bytes) => bytes.iter().copied().map(u16::from).collect(),
            Text::Utf16(units) => units.to_vec(),
        }
    }

    fn check(bytes: &[u8]) {
        let expected: Vec<u16> = String::from_utf8_lossy(bytes).encode_utf16().collect();
        let decoded = decode_utf8(bytes);
        assert_eq!(units(&decoded), expected);
        assert_eq!(decoded.len(), expected.len());
        let narrow = expected.iter().all(|unit| *unit < 0x100);
        assert_eq!(matches!(decoded, Text::Latin1(_)), narrow, "stored in the smallest form");
    }

    #[test]
    fn every_length_of_character_at_every_offset() {
        for c in ["a", "é", "ÿ", "Ā", "߿", "ࠀ", "漢", "\u{FFFF}", "😀", "\u{10FFFF}", "\u{80}"] {
            for before in 0..40 {
                for after in [0, 1, 5, 16, 33] {
                    check(format!("{}{c}{}", "x".repeat(before), "y".repeat(after)).as_bytes());
                    check(format!("{}{c}{}", "é".repeat(before), c.repeat(after)).as_bytes());
                }
            }
        }
    }

    #[test]
    fn invalid_sequences_are_replaced_as_the_standard_says() {
        check(b"\xEF\xBB\xBFmark");
        check(b"\xC0\x80 \xE2\x82 \xF0\x9F\x98 \xED\xA0\x80 \xFF\xFE");
        assert_eq!(units(&decode_utf8(b"\xE2\x82A")), [0xFFFD, 0x41]);
        assert_eq!(units(&decode_utf8(b"\xEF\xBB\xBF")), [0xFEFF]);
        assert!(decode_utf8(b"").is_empty());
    }

    #[test]
    fn a_lone_surrogate_cannot_be_encoded() {
        let mut out = vec![1];
        assert!(encode_utf8(&[], &mut out) && out.is_empty());
        assert!(!encode_utf8(&[0x61, 0xD800, 0x62], &mut out) && out.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in ".{0,200}") {
            let mut out = Vec::new();
            prop_assert!(encode_utf8(&text.encode_utf16().collect::<Vec<_>>(), &mut out));
            prop_assert_eq!(out, text.as_bytes());
        }

        #[test]
        fn any_text(text in ".{0,200}") {
            check(text.as_bytes());
        }

        #[test]
        fn any_mixture(parts in prop::collection::vec(
            prop::sample::select(vec!["a", "bcdefghijklmnopq", "é", "ñ", "漢", "字", "😀", "\u{7FF}"]), 0..120)) {
            check(parts.concat().as_bytes());
        }

        #[test]
        fn any_latin1(text in "[ -~\u{A0}-\u{FF}]{0,200}") {
            check(text.as_bytes());
        }

        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            check(&bytes);
        }
    }
}
