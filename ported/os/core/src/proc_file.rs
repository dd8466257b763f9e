use std::fs::File;
use std::io::{self, ErrorKind, Read};

/// The first `N` bytes of a small file of /proc or /sys, in one read, as `uv__slurp` does.
///
/// # Errors
/// Those of open and read.
pub(crate) fn with_start_of<const N: usize, T>(path: &str, parse: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
    let mut file = File::open(path)?;
    let mut bytes = [0; N];
    loop {
        match file.read(&mut bytes) {
            Ok(length) => return Ok(parse(&bytes[..length])),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The unsigned number at the start of `text`, after white space, and what follows it. One that is too large
/// is the largest there is, as in `sscanf`.
pub(crate) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let value = text[..digits]
        .iter()
        .fold(0_u64, |value, digit| value.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    Some((value, &text[digits..]))
}

/// The decimal number at the start of `text`, after white space, and what follows it.
pub(crate) fn decimal(text: &[u8]) -> Option<(f64, &[u8])> {
    let text = text.trim_ascii_start();
    let length = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let value = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
    Some((value, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stop_where_digits_do() {
        assert_eq!(number(b"  42 kB"), Some((42, &b" kB"[..])));
        assert_eq!(number(b"99999999999999999999999"), Some((u64::MAX, &b""[..])));
        assert_eq!(number(b" kB"), None);
        assert_eq!(number(b"-1"), None);
        assert_eq!(decimal(b"0.22 0.26"), Some((0.22, &b" 0.26"[..])));
        assert_eq!(decimal(b"1.2.3"), None);
        assert_eq!(decimal(b""), None);
    }

    #[test]
    fn a_longer_file_is_cut_and_an_absent_one_is_an_error() {
        assert_eq!(with_start_of::<4, _>("/proc/self/stat", <[u8]>::len).expect("readable"), 4);
        let absent = with_start_of::<4, _>("/proc/absent", |_| ()).expect_err("absent");
        assert_eq!(absent.kind(), ErrorKind::NotFound);
    }
}
