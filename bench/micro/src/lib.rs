//! Criterion benchmarks of the ports' cores: what an operation costs before any JavaScript is near. They help
//! while a core is being changed; verdicts about ports come from paired runs in a host alone.
//!
//! `cargo bench -p bench-micro` measures, `-- --quick` in a few seconds, `-- --test` runs each body once.

/// Text that is ASCII throughout, `length` bytes of UTF-8.
pub fn ascii(length: usize) -> Vec<u8> {
    repeat("The quick brown fox jumps over the lazy dog. ", length)
}

/// Text of Western Europe, which fits in Latin-1: about 1 character in 8 takes two bytes.
pub fn latin1(length: usize) -> Vec<u8> {
    repeat("Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ", length)
}

/// Text of several scripts with characters of one to four bytes.
pub fn mixed(length: usize) -> Vec<u8> {
    repeat("Ein Fuß, два шага, 三つの言葉 and one 🦊. ", length)
}

/// `pattern` again and again, filled up with spaces where a whole character no longer fits.
fn repeat(pattern: &str, length: usize) -> Vec<u8> {
    let mut text = pattern.repeat(length / pattern.len() + 1);
    text.truncate(text.floor_char_boundary(length));
    let mut text = text.into_bytes();
    text.resize(length, b' ');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_length_and_the_characters_that_they_promise() {
        for length in [0, 1, 63, 64, 1000] {
            for text in [ascii(length), latin1(length), mixed(length)] {
                assert_eq!(text.len(), length);
                assert!(String::from_utf8(text).is_ok());
            }
        }
        let highest = |text: Vec<u8>| String::from_utf8(text).expect("UTF-8").chars().max();
        for length in [64, 1000] {
            assert!(highest(ascii(length)) < Some('\u{80}'));
            assert!((Some('\u{80}')..Some('\u{100}')).contains(&highest(latin1(length))));
            assert!(highest(mixed(length)) > Some('\u{ffff}'));
        }
    }
}
