//! UTF-8 as JavaScript strings hold it: Latin-1 where every character fits in a byte, else UTF-16.
//!
//! Handing UTF-8 to the engine costs several times as much as handing it what it will store anyway,
//! so the conversion happens here, 12 bytes at a time.

use std::borrow::Cow;

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
        if bytes.is_ascii() {
            return Text::Latin1(Cow::Borrowed(bytes));
        }
        match self.decode_non_ascii(bytes) {
            Form::Latin1 => Text::Latin1(Cow::Borrowed(&self.latin1)),
            Form::Utf16 => Text::Utf16(Cow::Borrowed(&self.utf16)),
        }
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
        match simdutf8::basic::from_utf8(bytes) {
            Ok(valid) => self.decode_valid(valid),
            Err(_) => self.decode_valid(&String::from_utf8_lossy(bytes)),
        }
    }

    fn decode_valid(&mut self, text: &str) -> Form {
        let fits = text.as_bytes().chunks(4096).all(|chunk| {
            // Without an early exit inside the chunk the compiler keeps this in vector registers.
            chunk.iter().fold(0, |max, byte| max.max(*byte)) <= LAST_LATIN1_LEAD
        });
        if fits {
            self.latin1.clear();
            self.latin1.reserve(text.len() + SLACK);
            let rest = vector_part(text, &mut self.latin1);
            self.latin1.extend(rest.chars().map(|c| c as u8));
            Form::Latin1
        } else {
            self.utf16.clear();
            self.utf16.reserve(text.len() + SLACK);
            let rest = vector_part(text, &mut self.utf16);
            self.utf16.extend(rest.encode_utf16());
            Form::Utf16
        }
    }
}

/// The highest byte of UTF-8 whose character is still at most U+00FF.
const LAST_LATIN1_LEAD: u8 = 0xC3;

/// Units that the vector loop may write beyond those that count.
const SLACK: usize = 32;

#[cfg(not(target_arch = "x86_64"))]
fn vector_part<'a, U>(text: &'a str, _out: &mut Vec<U>) -> &'a str {
    text
}

/// Converts as much of `text` as the vector loop can and returns what is left.
#[cfg(target_arch = "x86_64")]
fn vector_part<'a, U: x86::Unit>(text: &'a str, out: &mut Vec<U>) -> &'a str {
    if !is_x86_feature_detected!("sse4.1") {
        return text;
    }
    // SAFETY: the processor has SSE4.1, and `out` was made with room for a unit a byte and SLACK.
    let consumed = unsafe { x86::convert(text.as_bytes(), out) };
    &text[consumed..]
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! The table-driven transcoder of Lemire and Muła, "Transcoding Billions of Unicode Characters per
    //! Second with SIMD Instructions" (Software: Practice and Experience, 2022), for valid input: the
    //! ends of characters in 12 bytes index a shuffle that brings each character into a lane of its own.

    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmplt_epi8, _mm_cvtepu8_epi16, _mm_cvtsi128_si32, _mm_loadu_si128,
        _mm_movemask_epi8, _mm_or_si128, _mm_packus_epi16, _mm_packus_epi32, _mm_set1_epi8, _mm_set1_epi16,
        _mm_set1_epi32, _mm_setzero_si128, _mm_shuffle_epi8, _mm_srli_epi16, _mm_srli_epi32,
        _mm_storeu_si128, _mm_unpackhi_epi8,
    };

    /// A code unit of the output.
    pub(super) trait Unit: Copy {
        /// Writes 16 ASCII bytes as 16 units.
        ///
        /// # Safety
        /// `to` has room for 16 units and the processor has SSE4.1.
        unsafe fn store_ascii(to: *mut Self, bytes: __m128i);

        /// Writes eight 16-bit lanes as eight units.
        ///
        /// # Safety
        /// `to` has room for 16 units and the processor has SSE4.1.
        unsafe fn store_lanes(to: *mut Self, lanes: __m128i);

        /// Writes one character outside the tables and returns how many units it took.
        ///
        /// # Safety
        /// `to` has room for two units.
        unsafe fn store_char(to: *mut Self, c: u32) -> usize;
    }

    impl Unit for u16 {
        #[inline]
        #[target_feature(enable = "sse4.1")]
        unsafe fn store_ascii(to: *mut Self, bytes: __m128i) {
            let high = _mm_unpackhi_epi8(bytes, _mm_setzero_si128());
            // SAFETY: the caller has room for 16 units.
            unsafe {
                _mm_storeu_si128(to.cast(), _mm_cvtepu8_epi16(bytes));
                _mm_storeu_si128(to.add(8).cast(), high);
            }
        }

        #[inline]
        #[target_feature(enable = "sse4.1")]
        unsafe fn store_lanes(to: *mut Self, lanes: __m128i) {
            // SAFETY: the caller has room for 16 units.
            unsafe { _mm_storeu_si128(to.cast(), lanes) }
        }

        #[inline]
        unsafe fn store_char(to: *mut Self, c: u32) -> usize {
            let offset = c - 0x1_0000;
            // SAFETY: the caller has room for two units.
            unsafe {
                to.write(0xD800 | (offset >> 10) as u16);
                to.add(1).write(0xDC00 | (offset & 0x3FF) as u16);
            }
            2
        }
    }

    impl Unit for u8 {
        #[inline]
        #[target_feature(enable = "sse4.1")]
        unsafe fn store_ascii(to: *mut Self, bytes: __m128i) {
            // SAFETY: the caller has room for 16 units.
            unsafe { _mm_storeu_si128(to.cast(), bytes) }
        }

        #[inline]
        #[target_feature(enable = "sse4.1")]
        unsafe fn store_lanes(to: *mut Self, lanes: __m128i) {
            // SAFETY: the caller has room for 16 units.
            unsafe { _mm_storeu_si128(to.cast(), _mm_packus_epi16(lanes, lanes)) }
        }

        #[inline]
        unsafe fn store_char(to: *mut Self, c: u32) -> usize {
            debug_assert!(false, "U+{c:X} does not fit in Latin-1");
            // SAFETY: the caller has room for two units.
            unsafe { to.write(b'?') }
            1
        }
    }

    /// What to do with the characters that end in the next 12 bytes.
    #[derive(Clone, Copy)]
    struct Step {
        /// Brings the bytes of each character, last byte first, into its lane.
        shuffle: [u8; 16],
        /// Bytes of input that the step takes.
        consumed: u8,
        /// Characters that it makes; 0: the first one has four bytes.
        characters: u8,
        /// Lanes of 32 bits, for characters of three bytes; else of 16.
        wide: bool,
    }

    /// Steps by the positions, in 12 bytes, on which a character ends; apart, because the loop waits for
    /// `consumed` and for nothing else.
    struct Steps {
        shuffle: [[u8; 16]; 4096],
        consumed: [u8; 4096],
        /// Characters, and 8 for wide lanes.
        layout: [u8; 4096],
    }

    static STEPS: Steps = {
        let mut steps = Steps { shuffle: [[0x80; 16]; 4096], consumed: [0; 4096], layout: [0; 4096] };
        let mut ends = 0;
        while ends < 4096 {
            let step = step(ends);
            steps.shuffle[ends] = step.shuffle;
            steps.consumed[ends] = if step.characters == 0 { 4 } else { step.consumed };
            steps.layout[ends] = step.characters | if step.wide { WIDE } else { 0 };
            ends += 1;
        }
        steps
    };

    const WIDE: u8 = 8;

    const fn step(ends: usize) -> Step {
        let narrow = lanes(ends, 6, 2);
        let wide = lanes(ends, 4, 3);
        // Towards the end of the 12 bytes fewer characters may be whole: take the layout with more.
        if wide.characters > narrow.characters { wide } else { narrow }
    }

    const fn lanes(ends: usize, count: u8, longest: usize) -> Step {
        let mut step = Step { shuffle: [0x80; 16], consumed: 0, characters: 0, wide: longest == 3 };
        let mut at = 0;
        while step.characters < count {
            let mut length = 1;
            while at + length <= 12 && ends & (1 << (at + length - 1)) == 0 {
                length += 1;
            }
            if at + length > 12 || length > longest {
                break;
            }
            let lane = step.characters as usize * if longest == 3 { 4 } else { 2 };
            let mut byte = 0;
            while byte < length {
                step.shuffle[lane + byte] = (at + length - 1 - byte) as u8;
                byte += 1;
            }
            at += length;
            step.characters += 1;
        }
        step.consumed = at as u8;
        step
    }

    /// Bytes whose character borders are found together.
    const BLOCK: usize = 64;
    /// Bytes that one step looks at; loads are of 16.
    const WINDOW: usize = 12;

    /// Appends the conversion of a prefix of `bytes` to `out`; returns the prefix's length, which is on
    /// a character's border.
    ///
    /// # Safety
    /// The processor has SSE4.1; `bytes` is valid UTF-8, Latin-1 only if `U` is a byte; `out` is empty
    /// and has room for a unit a byte and 32 more.
    #[target_feature(enable = "sse4.1")]
    pub(super) unsafe fn convert<U: Unit>(bytes: &[u8], out: &mut Vec<U>) -> usize {
        let (from, to) = (bytes.as_ptr(), out.as_mut_ptr());
        let (mut at, mut made) = (0, 0);
        // Every step makes at most as many units as it takes bytes, so `made` never passes `at`: with the
        // slack, all stores below are in bounds. Loads end 16 bytes behind the block at most.
        while at + BLOCK + 16 <= bytes.len() {
            // SAFETY: see above.
            let parts =
                unsafe { [load(from, at), load(from, at + 16), load(from, at + 32), load(from, at + 48)] };
            let any = _mm_or_si128(_mm_or_si128(parts[0], parts[1]), _mm_or_si128(parts[2], parts[3]));
            if _mm_movemask_epi8(any) == 0 {
                for (i, part) in parts.into_iter().enumerate() {
                    // SAFETY: see above.
                    unsafe { U::store_ascii(to.add(made + 16 * i), part) };
                }
                at += BLOCK;
                made += BLOCK;
                continue;
            }
            let mut continuation = 0;
            for (i, part) in parts.into_iter().enumerate() {
                // Continuation bytes are those below -64 as signed numbers.
                let mask = _mm_movemask_epi8(_mm_cmplt_epi8(part, _mm_set1_epi8(-64)));
                continuation |= (mask as u64) << (16 * i);
            }
            // A character ends before a byte that does not continue it; what is behind the block is unknown.
            let mut ends = !continuation >> 1;
            let last = at + BLOCK - WINDOW;
            while at < last {
                // SAFETY: see above.
                let input = unsafe { load(from, at) };
                if ends & 0xFFFF == 0xFFFF {
                    // SAFETY: see above.
                    unsafe { U::store_ascii(to.add(made), input) };
                    at += 16;
                    made += 16;
                    ends >>= 16;
                    continue;
                }
                let index = (ends & 0xFFF) as usize;
                // SAFETY: see above.
                made += unsafe { take(input, index, to.add(made)) };
                let consumed = usize::from(STEPS.consumed[index]);
                at += consumed;
                ends >>= consumed;
            }
        }
        // SAFETY: `made` units have been written and fit in the capacity.
        unsafe { out.set_len(made) };
        at
    }

    /// # Safety
    /// 16 bytes can be read at `at`.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    unsafe fn load(from: *const u8, at: usize) -> __m128i {
        // SAFETY: the caller promises it.
        unsafe { _mm_loadu_si128(from.add(at).cast()) }
    }

    /// Makes one step's units and returns how many.
    ///
    /// # Safety
    /// `to` has room for 16 units; `ends` is below 4096 and says where characters end in `input`.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    unsafe fn take<U: Unit>(input: __m128i, ends: usize, to: *mut U) -> usize {
        let layout = STEPS.layout[ends];
        // SAFETY: a table entry has 16 bytes.
        let shuffle = unsafe { load(STEPS.shuffle[ends].as_ptr(), 0) };
        let lanes = _mm_shuffle_epi8(input, shuffle);
        if layout & WIDE != 0 {
            let low = _mm_and_si128(lanes, _mm_set1_epi32(0x7F));
            let middle = _mm_and_si128(lanes, _mm_set1_epi32(0x3F00));
            let high = _mm_and_si128(lanes, _mm_set1_epi32(0x0F_0000));
            let composed =
                _mm_or_si128(_mm_or_si128(low, _mm_srli_epi32::<2>(middle)), _mm_srli_epi32::<4>(high));
            // SAFETY: the caller has room for 16 units.
            unsafe { U::store_lanes(to, _mm_packus_epi32(composed, composed)) };
        } else if layout > 0 {
            let low = _mm_and_si128(lanes, _mm_set1_epi16(0x7F));
            let high = _mm_and_si128(lanes, _mm_set1_epi16(0x1F00));
            // SAFETY: the caller has room for 16 units.
            unsafe { U::store_lanes(to, _mm_or_si128(low, _mm_srli_epi16::<2>(high))) };
        } else {
            let four = (_mm_cvtsi128_si32(input) as u32).to_le_bytes();
            let c = four[1..].iter().fold(u32::from(four[0] & 7), |c, byte| c << 6 | u32::from(byte & 0x3F));
            // SAFETY: the caller has room for 16 units.
            return unsafe { U::store_char(to, c) };
        }
        usize::from(layout & !WIDE)
    }
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

    proptest! {
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
