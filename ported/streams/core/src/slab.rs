/// Reads begin at multiples of this, so that JavaScript may lay any typed array over what arrived.
pub const ALIGNMENT: usize = 8;

/// A read up to this long is copied out of the memory that it was read into, which is then used again at once: short
/// messages lie close together, and none keeps a large block alive.
pub const MOST_COPIED: usize = 2048;

/// Hands out parts of one block of memory, from its beginning to its end, each once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Slab {
    size: usize,
    used: usize,
}

impl Slab {
    /// A block of `size` bytes, all free.
    pub fn new(size: usize) -> Self {
        Self { size, used: 0 }
    }

    /// Where the free part begins, if it has `length` bytes.
    #[inline]
    pub fn room_for(&self, length: usize) -> Option<usize> {
        (length <= self.size - self.used).then_some(self.used)
    }

    /// Takes the next `length` bytes and says where they begin.
    ///
    /// # Panics
    /// When the block has no room for them: [`Slab::room_for`] says so before.
    #[inline]
    pub fn take(&mut self, length: usize) -> usize {
        assert!(length <= self.size - self.used, "no room for {length} bytes");
        let at = self.used;
        self.used = (at + length).next_multiple_of(ALIGNMENT).min(self.size);
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_byte_is_handed_out() {
        let mut slab = Slab::new(17);
        assert_eq!(slab.take(16), 0);
        assert_eq!(slab.room_for(1), Some(16));
        assert_eq!(slab.room_for(2), None);
        assert_eq!(slab.take(1), 16);
        assert_eq!(slab.room_for(1), None);
        assert_eq!(slab.room_for(0), Some(17));
    }

    #[test]
    fn nothing_is_in_an_empty_slab() {
        assert_eq!(Slab::default().room_for(1), None);
    }

    #[test]
    #[should_panic(expected = "no room for 2 bytes")]
    fn it_does_not_overflow() {
        Slab::new(1).take(2);
    }

    proptest! {
        #[test]
        fn parts_are_aligned_inside_and_apart(size in 0_usize..10_000, lengths in prop::collection::vec(0_usize..3000, 0..50)) {
            let mut slab = Slab::new(size);
            let mut end = 0;
            for length in lengths {
                let Some(room) = slab.room_for(length) else { continue };
                let at = slab.take(length);
                prop_assert_eq!(at, room);
                prop_assert!(at >= end && at + length <= size, "{} {} {}", at, length, end);
                prop_assert!(at.is_multiple_of(ALIGNMENT) || at == size);
                end = at + length;
            }
        }
    }
}
