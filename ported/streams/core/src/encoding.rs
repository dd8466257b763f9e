/// How a chunk of a write becomes bytes. The numbers are those that the JavaScript half hands over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(i32)]
pub enum Encoding {
    /// A `Buffer` or `Uint8Array`, as it is.
    Bytes = 0,
    /// A string as UTF-8; a lone surrogate becomes U+FFFD.
    Utf8 = 1,
    /// A string by the low byte of each unit; Node's `ascii` is the same when it writes.
    Latin1 = 2,
    /// A string as UTF-16, little-endian.
    Ucs2 = 3,
}

impl Encoding {
    /// The encoding of a number; `None` for every other.
    pub fn of(number: i32) -> Option<Self> {
        [Self::Bytes, Self::Utf8, Self::Latin1, Self::Ucs2].into_iter().find(|&known| known as i32 == number)
    }

    /// The most bytes that `units` UTF-16 units can take; 0 for bytes, which are not copied.
    pub fn most_bytes(self, units: usize) -> usize {
        match self {
            Self::Bytes => 0,
            // Three for a unit of the basic plane, four for two surrogates.
            Self::Utf8 => 3 * units,
            Self::Latin1 => units,
            Self::Ucs2 => 2 * units,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_come_back() {
        for encoding in [Encoding::Bytes, Encoding::Utf8, Encoding::Latin1, Encoding::Ucs2] {
            assert_eq!(Encoding::of(encoding as i32), Some(encoding));
        }
        for stranger in [-1, 4, i32::MAX] {
            assert_eq!(Encoding::of(stranger), None);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_longer(text in ".{0,200}") {
            let units = text.encode_utf16().count();
            prop_assert!(text.len() <= Encoding::Utf8.most_bytes(units));
            prop_assert_eq!(2 * units, Encoding::Ucs2.most_bytes(units));
        }
    }
}
