//! UTF-8 to UTF-16, 64 bytes at a time, on processors with AVX-512 (VBMI2) and GFNI.
//!
//! simdutf, which does this for all of Unicode, takes twice the time for text that mixes characters of one to
//! three bytes. What is not such text stays with simdutf: characters of four bytes, what is invalid, the end of
//! a text; and so does everything on other processors.

/// Writes the UTF-16 of a beginning of `bytes` to `out`: of how many bytes, up to the border of a character,
/// and how many code units that were. What lies behind may be anything, also invalid.
///
/// # Safety
/// `out` has room for `bytes.len()` code units.
#[inline]
pub(crate) unsafe fn widen(bytes: &[u8], out: *mut u16) -> (usize, usize) {
    #[cfg(target_arch = "x86_64")]
    if bytes.len() >= x86::BLOCK && x86::is_supported() {
        // SAFETY: the processor has the features; the caller promises the room.
        return unsafe { x86::widen(bytes, out) };
    }
    let _ = (bytes, out);
    (0, 0)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports, reason = "two dozen names that say where they are from")]
    use std::arch::x86_64::*;

    pub(super) const BLOCK: usize = 64;

    #[inline]
    pub(super) fn is_supported() -> bool {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("gfni")
            && is_x86_feature_detected!("popcnt")
    }

    /// The matrix of an affine transformation that shifts a byte left by `by`, or right if that is negative,
    /// and takes only the lowest `bits` of it. A row is a byte, that of the highest bit first.
    const fn shift(by: i32, bits: i32) -> i64 {
        let (mut matrix, mut bit) = (0, 0);
        while bit < 8 {
            let from = bit - by;
            if 0 <= from && from < bits {
                matrix |= 1_u64 << (from + 8 * (7 - bit));
            }
            bit += 1;
        }
        matrix as i64
    }

    /// Every byte that ends a character becomes a code unit: its own bits, under those of the one or two bytes
    /// before it where it is a continuation. The low and the high bytes of the units are computed in place,
    /// packed together and interleaved. A block with a stray byte, or with a character of four bytes, ends it.
    ///
    /// # Safety
    /// As for [`super::widen`]; and the processor is supported.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,gfni,popcnt")]
    pub(super) unsafe fn widen(bytes: &[u8], out: *mut u16) -> (usize, usize) {
        let continuation_end = _mm512_set1_epi8(0xC0_u8 as i8);
        let lead_of_two = _mm512_set1_epi8(0xC2_u8 as i8);
        let lead_of_three = _mm512_set1_epi8(0xE0_u8 as i8);
        // How many there are of two or three bytes.
        let leads = _mm512_set1_epi8((0xF0_u8 - 0xC2) as i8);
        let middle_low = _mm512_set1_epi64(shift(6, 2));
        let middle_high = _mm512_set1_epi64(shift(-2, 6));
        let top_high = _mm512_set1_epi64(shift(4, 4));
        let surrogates = _mm512_set1_epi8(0xD8_u8 as i8);
        let halves = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);

        // Of the high bytes of characters of three bytes: the lowest ones, and those nearest to the surrogates'.
        let mut lowest = _mm512_set1_epi8(-1);
        let mut nearest = lowest;
        let (mut at, mut made) = (0, 0);
        // Which of the next two bytes have to be continuations; whether the byte before was one.
        let (mut carried, mut before) = (0, 0);
        while bytes.len() - at >= BLOCK {
            // SAFETY: a block is left from `at` on.
            let input = unsafe { bytes.as_ptr().add(at) };
            // SAFETY: as above.
            let last = unsafe { _mm512_loadu_si512(input.cast()) };
            let high = _mm512_movepi8_mask(last);
            if high == 0 {
                if carried != 0 {
                    break;
                }
                let low_half = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(last));
                let high_half = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(last));
                // SAFETY: there were never more units than bytes, so a block of units has room behind them.
                unsafe {
                    _mm512_storeu_si512(out.add(made).cast(), low_half);
                    _mm512_storeu_si512(out.add(made + BLOCK / 2).cast(), high_half);
                }
                before = 0;
                made += BLOCK;
                at += BLOCK;
                continue;
            }
            let (middle, top) = if at == 0 {
                // SAFETY: the bytes before the text are masked out, and so not read.
                unsafe {
                    (
                        _mm512_maskz_loadu_epi8(!1, input.wrapping_sub(1).cast()),
                        _mm512_maskz_loadu_epi8(!3, input.wrapping_sub(2).cast()),
                    )
                }
            } else {
                // SAFETY: a block lies before this one.
                unsafe { (_mm512_loadu_si512(input.sub(1).cast()), _mm512_loadu_si512(input.sub(2).cast())) }
            };

            let continuation = _mm512_cmplt_epi8_mask(last, continuation_end);
            let two = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(last, lead_of_two), leads);
            let three = _mm512_cmpge_epu8_mask(last, lead_of_three);
            let expected = two << 1 | three << 2 | carried;
            let third = continuation & (continuation << 1 | before);

            // Sums where there is nothing to carry: the transformation adds 0x80, which takes a continuation's mark.
            let low = _mm512_mask_add_epi8(
                last,
                continuation,
                last,
                _mm512_gf2p8affine_epi64_epi8::<0x80>(middle, middle_low),
            );
            let high_byte = _mm512_or_si512(
                _mm512_maskz_gf2p8affine_epi64_epi8::<0>(continuation, middle, middle_high),
                _mm512_maskz_gf2p8affine_epi64_epi8::<0>(third, top, top_high),
            );
            let stray = expected ^ continuation | high & !continuation & !two;
            if stray != 0 {
                break;
            }

            lowest = _mm512_mask_min_epu8(lowest, third, lowest, high_byte);
            nearest = _mm512_mask_min_epu8(nearest, third, nearest, _mm512_xor_si512(high_byte, surrogates));
            carried = two >> 63 | three >> 62;
            before = continuation >> 63;
            let ends = !(expected >> 1 | carried << 63);
            let low = _mm512_permutexvar_epi64(halves, _mm512_maskz_compress_epi8(ends, low));
            let high_byte = _mm512_permutexvar_epi64(halves, _mm512_maskz_compress_epi8(ends, high_byte));
            // SAFETY: as above.
            unsafe {
                _mm512_storeu_si512(out.add(made).cast(), _mm512_unpacklo_epi8(low, high_byte));
                _mm512_storeu_si512(out.add(made + BLOCK / 2).cast(), _mm512_unpackhi_epi8(low, high_byte));
            }
            made += ends.count_ones() as usize;
            at += BLOCK;
        }
        let group = _mm512_set1_epi8(8);
        if _mm512_cmplt_epu8_mask(lowest, group) | _mm512_cmplt_epu8_mask(nearest, group) != 0 {
            // Somewhere a character was longer than it had to be, or a surrogate; which is too rare to say where.
            return (0, 0);
        }
        // A character that has only begun is left to who comes next.
        let begun = match carried {
            0 => 0,
            1 if bytes[at - 1] < 0xC2 => 2,
            _ => 1,
        };
        (at - begun, made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever was taken is valid, ends at a border and has become the same units as std makes of it.
    fn check(bytes: &[u8]) -> usize {
        let mut out = vec![0; bytes.len()];
        // SAFETY: a unit for each byte.
        let (taken, made) = unsafe { widen(bytes, out.as_mut_ptr()) };
        let text = std::str::from_utf8(&bytes[..taken]).expect("only valid text is taken");
        assert!(text.encode_utf16().eq(out[..made].iter().copied()), "{text:?} became {:x?}", &out[..made]);
        taken
    }

    #[test]
    fn any_three_bytes_around_the_border_of_a_block() {
        let edges =
            [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xF0, 0xFF];
        let filler = "ab漢é".repeat(30).into_bytes();
        for before in [0, 1, 59, 60, 61, 62, 63, 64] {
            for (first, second) in (0..=0xFF).flat_map(|first| edges.map(|second| (first, second))) {
                for third in edges {
                    check(&[&vec![b'x'; before][..], &[first, second, third], &filler].concat());
                }
            }
        }
    }

    #[test]
    fn all_but_the_last_block_is_taken_of_each_character_of_up_to_three_bytes() {
        #[cfg(target_arch = "x86_64")]
        if !x86::is_supported() {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        for c in ('\0'..='\u{FFFF}').step_by(7).chain(['\u{7FF}', '\u{800}', '\u{D7FF}', '\u{E000}']) {
            let text = format!("{c}x").repeat(100);
            assert!(check(text.as_bytes()) + x86::BLOCK + 2 >= text.len(), "{c:?}");
        }
        assert_eq!(check(&[0xF0; 200]), 0);
    }
}
