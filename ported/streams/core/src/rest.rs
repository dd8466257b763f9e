/// What the kernel did not take of a write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rest {
    /// The first chunk that was not written whole.
    pub chunk: usize,
    /// How many bytes of it were written.
    pub written: usize,
}

/// What is left of chunks of these lengths when `written` bytes of them were taken; `None` when nothing is left. An
/// empty chunk at the end is nothing.
pub fn rest_of(lengths: impl IntoIterator<Item = usize>, mut written: usize) -> Option<Rest> {
    for (chunk, length) in lengths.into_iter().enumerate() {
        if written < length {
            return Some(Rest { chunk, written });
        }
        written -= length;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_rows() {
        #[track_caller]
        fn check(lengths: &[usize], written: usize, expected: Option<(usize, usize)>) {
            let rest = rest_of(lengths.iter().copied(), written).map(|rest| (rest.chunk, rest.written));
            assert_eq!(rest, expected);
        }
        check(&[5], 5, None);
        check(&[5], 3, Some((0, 3)));
        check(&[], 0, None);
        check(&[0, 0], 0, None);
        check(&[2, 0, 3], 2, Some((2, 0)));
        check(&[2, 3], 4, Some((1, 2)));
        check(&[2, 3, 0], 5, None);
    }

    proptest! {
        #[test]
        fn written_and_rest_are_all(lengths in prop::collection::vec(0_usize..50, 0..20), part in 0.0..=1.0) {
            let total: usize = lengths.iter().sum();
            let written = (total as f64 * part) as usize;
            let left = rest_of(lengths.iter().copied(), written)
                .map_or(0, |rest| lengths[rest.chunk..].iter().sum::<usize>() - rest.written);
            prop_assert_eq!(left, total - written);
        }
    }
}
