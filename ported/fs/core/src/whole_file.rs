//! Reading and writing a file at once, as readFileUtf8 and writeFileUtf8 do.

use std::ffi::{CStr, OsStr};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;

use node_error::SyscallError;

use crate::file::{close, open, write};
use crate::stat::fstat;
use crate::syscall::{failed, retry};
use crate::text::{Decoder, Text, complete_characters};

/// A file by name, which is closed afterwards, or a descriptor, which stays open.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Opened for this call.
    Path(&'a CStr),
    /// Read or written from where it stands.
    Descriptor(RawFd),
}

/// Read at once. Most files fit, and cost no fstat; of a larger one, such a part is still in the processor's
/// second cache when it is looked at and decoded.
const PART: usize = 64 * 1024;

/// No engine makes a string of more characters: a size beyond is that of a device or a sparse file, and
/// not worth believing.
const LONGEST: u64 = 1 << 30;

/// What is left of the file as text, in memory that is used again: `content` for its bytes, or a part of them,
/// and `decoder` for its characters. Decodes as [`decode_utf8`](crate::decode_utf8) does.
///
/// # Errors
/// With syscall `open` and the path, or `read`; also ENOMEM from `read` when there is no memory for the text.
pub fn read_text<'a>(
    target: Target<'_>,
    flags: i32,
    content: &'a mut Vec<u8>,
    decoder: &'a mut Decoder,
) -> Result<Text<'a>, SyscallError> {
    content.clear();
    let read = match target {
        Target::Descriptor(fd) => read_to_end(fd, content, decoder),
        Target::Path(path) => {
            let fd = open(path, flags, 0o666)?;
            let outcome = read_to_end(fd, content, decoder);
            // Nothing was written: there is nothing that a failing close could still report.
            let _ = close(fd);
            outcome
        }
    };
    Ok(match read? {
        Read::Bytes { highest } => decoder.decode_narrow(content, highest),
        Read::Wide => decoder.wide(),
    })
}

/// What [`read_small_file`] makes of a file.
#[derive(Debug, Eq, PartialEq)]
pub enum SmallFile {
    /// It was read and closed.
    Content(Vec<u8>),
    /// It is larger, and open at its beginning.
    Open {
        /// The descriptor, which the caller owns.
        fd: RawFd,
        /// Its size in bytes.
        size: u64,
    },
}

/// Opens, reads and closes a file in one go, as Node 26's `ReadFileJob` (`src/node_file.cc`) does. A regular file
/// of more than `most` bytes is left open for a reader that goes step by step; what has no size, such as a pipe, is
/// read to its end.
///
/// # Errors
/// With the path, and syscall `open`, `fstat`, `read` or `close`; nothing is left open then.
pub fn read_small_file(path: &CStr, flags: i32, most: u64) -> Result<SmallFile, SyscallError> {
    read_opened_file(owned(open(path, flags, 0o666)?), path, most)
}

/// The part of [`read_small_file`] that follows opening.
///
/// # Errors
/// As there, without `open`.
pub fn read_opened_file(file: OwnedFd, path: &CStr, most: u64) -> Result<SmallFile, SyscallError> {
    let named = |error: SyscallError| error.with_path(OsStr::from_bytes(path.to_bytes()));
    let fd = file.into_raw_fd();
    let mut content = Vec::new();
    let read = match fstat(fd) {
        Ok(stat) if stat.is_regular() && stat.size() > most => {
            return Ok(SmallFile::Open { fd, size: stat.size() });
        }
        // One byte more than the size, so that the read that reports the end needs no growth.
        Ok(stat) => read_bytes(fd, stat.size().min(most) as usize + 1, &mut content),
        Err(error) => Err(error),
    };
    // The first failure is the one to report.
    let closed = close(fd);
    read.and(closed).map_err(named)?;
    Ok(SmallFile::Content(content))
}

/// Takes a descriptor that has just been opened.
pub(crate) fn owned(fd: RawFd) -> OwnedFd {
    // SAFETY: our own open has just answered with it, and nobody else has it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Appends what is left of the file to `content`, for which `room` bytes are made at first.
pub(crate) fn read_bytes(fd: RawFd, room: usize, content: &mut Vec<u8>) -> Result<(), SyscallError> {
    content.try_reserve_exact(room).map_err(|_| no_memory())?;
    loop {
        if content.len() == content.capacity() {
            content.try_reserve(PART).map_err(|_| no_memory())?;
        }
        if read_part(fd, content)? == 0 {
            return Ok(());
        }
    }
}

/// Where the text is.
enum Read {
    /// All of it in `content`, as it was read.
    Bytes { highest: u8 },
    /// In the decoder.
    Wide,
}

/// Reads into `content` as long as the text may turn out to be Latin-1, which an engine stores in a byte for
/// each character.
fn read_to_end(fd: RawFd, content: &mut Vec<u8>, decoder: &mut Decoder) -> Result<Read, SyscallError> {
    content.try_reserve_exact(PART).map_err(|_| no_memory())?;
    let (mut highest, mut sized) = (0, false);
    loop {
        if content.len() == content.capacity() {
            // One byte more than the size, so that the read that reports the end needs no growth.
            let growth = if sized { content.len() } else { bytes_after(fd, content.len()) + 1 };
            sized = true;
            content.try_reserve_exact(growth).map_err(|_| no_memory())?;
        }
        let start = content.len();
        if read_part(fd, content)? == 0 {
            return Ok(Read::Bytes { highest });
        }
        highest = content[start..].iter().fold(highest, |highest, byte| highest.max(*byte));
        if highest > LAST_LATIN1_LEAD {
            return read_wide(fd, content, decoder);
        }
    }
}

/// The highest byte of a text of which every character is below U+0100.
const LAST_LATIN1_LEAD: u8 = 0xC3;

/// Decodes what has been read, and then part by part what is left: `content` holds one part.
fn read_wide(fd: RawFd, content: &mut Vec<u8>, decoder: &mut Decoder) -> Result<Read, SyscallError> {
    let left = if content.len() < PART { 0 } else { bytes_after(fd, content.len()) };
    decoder.begin_wide(content.len() + left).map_err(|_| no_memory())?;
    loop {
        let complete = complete_characters(content);
        decoder.append_wide(&content[..complete]).map_err(|_| no_memory())?;
        content.drain(..complete);
        if read_part(fd, content)? == 0 {
            decoder.append_wide(content).map_err(|_| no_memory())?;
            return Ok(Read::Wide);
        }
    }
}

/// How much more the file has by its size, when `done` bytes have been read from its beginning; `done` again
/// for what has no size.
fn bytes_after(fd: RawFd, done: usize) -> usize {
    match fstat(fd) {
        Ok(stat) if (done as u64..LONGEST).contains(&stat.size()) => stat.size() as usize - done,
        _ => done,
    }
}

/// Reads a part into the room that `content` has; 0 at the end.
fn read_part(fd: RawFd, content: &mut Vec<u8>) -> Result<usize, SyscallError> {
    let room = content.spare_capacity_mut();
    let (start, length) = (room.as_mut_ptr().cast(), room.len().min(PART));
    // SAFETY: `start` and `length` are within the vector's spare capacity.
    let n = retry(|| unsafe { libc::read(fd, start, length) }).map_err(|errno| failed(errno, "read"))?;
    // SAFETY: the kernel has written `n` bytes of the spare capacity.
    unsafe { content.set_len(content.len() + n as usize) };
    Ok(n as usize)
}

#[cold]
fn no_memory() -> SyscallError {
    failed(libc::ENOMEM, "read")
}

/// Writes all of `content`; a file by name is closed even if that fails.
///
/// # Errors
/// With syscall `open` and the path, `write` or `close`; the first that failed.
pub fn write_file(target: Target<'_>, flags: i32, mode: u32, content: &[u8]) -> Result<(), SyscallError> {
    match target {
        Target::Descriptor(fd) => write_to_end(fd, content),
        Target::Path(path) => {
            let fd = open(path, flags, mode)?;
            let written = write_to_end(fd, content);
            let closed = close(fd);
            written.and(closed)
        }
    }
}

fn write_to_end(fd: RawFd, content: &[u8]) -> Result<(), SyscallError> {
    let mut done = 0;
    while done < content.len() {
        // A call that wrote a part and then failed says so only when it is repeated.
        match write(fd, &content[done..], -1)? {
            // Node would try for ever.
            0 => return Err(failed(libc::EIO, "write")),
            n => done += n,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    use proptest::prelude::*;

    use super::*;
    use crate::decode_utf8;

    const CREATE: i32 = libc::O_CREAT | libc::O_TRUNC | libc::O_WRONLY;

    fn round_trip(content: &[u8]) {
        let dir = tempfile::tempdir().unwrap();
        let path = CString::new(dir.path().join("f").as_os_str().as_bytes()).unwrap();
        write_file(Target::Path(&path), CREATE, 0o600, content).unwrap();
        assert_eq!(std::fs::read(dir.path().join("f")).unwrap(), content);
        let (mut left_over, mut decoder) = (b"left over".to_vec(), Decoder::default());
        let found = read_text(Target::Path(&path), libc::O_RDONLY, &mut left_over, &mut decoder).unwrap();
        assert!(found == decode_utf8(content), "{} bytes came back as {}", content.len(), found.len());
    }

    fn read(target: Target<'_>) -> Result<String, SyscallError> {
        let (mut content, mut decoder) = (Vec::new(), Decoder::default());
        Ok(match read_text(target, libc::O_RDONLY, &mut content, &mut decoder)? {
            Text::Latin1(bytes) => bytes.iter().copied().map(char::from).collect(),
            Text::Utf16(units) => String::from_utf16(&units).unwrap(),
        })
    }

    #[test]
    fn sizes_around_the_first_read() {
        for size in [0, 1, PART - 1, PART, PART + 1, 5 * PART, 1 << 20] {
            round_trip(&(0..size).map(|i| (i * 7) as u8).collect::<Vec<_>>());
            round_trip(&vec![b'a'; size]);
        }
    }

    #[test]
    fn characters_across_the_border_of_a_part() {
        for c in ["é", "漢", "😀", "\u{7FF}"] {
            for before in PART - 5..PART + 2 {
                for rest in ["", "x", "漢字"] {
                    round_trip(format!("{}{c}{rest}", "a".repeat(before)).as_bytes());
                    round_trip(format!("漢{}{c}{}", "a".repeat(before - 3), rest.repeat(9000)).as_bytes());
                }
            }
        }
    }

    #[test]
    fn what_is_invalid_across_the_border_of_a_part() {
        let broken: [&[u8]; 9] = [
            b"\xF0\x9F\x98",
            b"\xF0\x9F",
            b"\xE2\x82",
            b"\xE2",
            b"\xE0\x80",
            b"\xED\xA0\x80",
            b"\xC0\x80",
            b"\x80\x80\x80\x80",
            b"\xF5\x80\x80\x80",
        ];
        for bytes in broken {
            for before in PART - 5..PART + 2 {
                for rest in [&b""[..], b"x", "漢".as_bytes(), b"\x80\x80"] {
                    round_trip(&["漢".as_bytes(), &vec![b'a'; before - 3], bytes, rest].concat());
                }
            }
        }
    }

    #[test]
    fn latin1_that_turns_wide_late() {
        for (narrow, wide) in [("a", "漢"), ("é", "漢"), ("aé", "\u{FFFF}"), ("é", "Ā")] {
            round_trip(format!("{}{wide}", narrow.repeat(3 * PART)).as_bytes());
            round_trip(format!("{}{wide}{}", narrow.repeat(PART), narrow.repeat(2 * PART)).as_bytes());
        }
    }

    #[test]
    fn a_file_without_a_size_is_read_to_its_end() {
        assert!(read(Target::Path(c"/proc/self/maps")).unwrap().ends_with('\n'));
    }

    #[test]
    fn a_pipe_that_gives_a_byte_at_a_time_is_read_to_its_end() {
        let text = "añ漢😀b".repeat(50);
        let mut ends = [0; 2];
        // SAFETY: room for two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        let writer = std::thread::spawn({
            let text = text.clone();
            move || {
                for byte in text.bytes() {
                    write(ends[1], &[byte], -1).unwrap();
                    std::thread::yield_now();
                }
                close(ends[1]).unwrap();
            }
        });
        assert_eq!(read(Target::Descriptor(ends[0])).unwrap(), text);
        writer.join().unwrap();
        close(ends[0]).unwrap();
    }

    #[test]
    fn a_descriptor_is_read_from_where_it_stands_and_stays_open() {
        let fd = open(c"/etc/passwd", libc::O_RDONLY, 0).unwrap();
        let mut first = [0; 4];
        crate::file::read(fd, &mut first, -1).unwrap();
        let rest = read(Target::Descriptor(fd)).unwrap();
        assert_eq!(
            std::str::from_utf8(&first).unwrap().to_owned() + &rest,
            std::fs::read_to_string("/etc/passwd").unwrap()
        );
        close(fd).unwrap();
    }

    #[test]
    fn a_small_file_is_read_and_a_larger_one_left_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = CString::new(dir.path().join("f").as_os_str().as_bytes()).unwrap();
        write_file(Target::Path(&path), CREATE, 0o600, &[b'x'; 1000]).unwrap();
        for most in [1000, 1001, 1 << 20] {
            let read = read_small_file(&path, libc::O_RDONLY, most).unwrap();
            assert_eq!(read, SmallFile::Content(vec![b'x'; 1000]));
        }
        let SmallFile::Open { fd, size } = read_small_file(&path, libc::O_RDONLY, 999).unwrap() else {
            panic!("read although it is larger");
        };
        assert_eq!(size, 1000);
        assert_eq!(read_bytes_of(fd).len(), 1000, "open at its beginning");
        close(fd).unwrap();
        let SmallFile::Content(proc) = read_small_file(c"/proc/self/maps", libc::O_RDONLY, 10).unwrap()
        else {
            panic!("a file without a size is read to its end");
        };
        assert!(proc.len() > 10 && proc.ends_with(b"\n"));
    }

    fn read_bytes_of(fd: RawFd) -> Vec<u8> {
        let mut content = Vec::new();
        read_bytes(fd, 1, &mut content).unwrap();
        content
    }

    #[test]
    fn a_small_file_that_fails_says_where_and_leaves_nothing_open() {
        let failure = |path, flags| {
            let error = read_small_file(path, flags, 100).unwrap_err();
            (error.errno, error.syscall, error.path.is_some())
        };
        assert_eq!(failure(c"/no/such", libc::O_RDONLY), (libc::ENOENT, "open", true));
        assert_eq!(failure(c"/etc", libc::O_RDONLY), (libc::EISDIR, "read", true));
        assert_eq!(failure(c"/dev/null", libc::O_WRONLY), (libc::EBADF, "read", true));
    }

    #[test]
    fn failures_name_their_step() {
        let error = read(Target::Path(c"/etc")).unwrap_err();
        assert_eq!((error.errno, error.syscall, error.path), (libc::EISDIR, "read", None));
        let error = read(Target::Path(c"/no/such")).unwrap_err();
        assert_eq!(error.syscall, "open");
        let full = write_file(Target::Path(c"/dev/full"), libc::O_WRONLY, 0, b"x").unwrap_err();
        assert_eq!((full.errno, full.syscall), (libc::ENOSPC, "write"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_content(content in prop::collection::vec(any::<u8>(), 0..200_000)) {
            round_trip(&content);
        }

        #[test]
        fn any_mixture(parts in prop::collection::vec((any::<prop::sample::Index>(), 1..3000_usize), 0..60)) {
            let kinds: [&[u8]; 10] = [b"a", b"bcdefghijklmnopq", "é".as_bytes(), "漢".as_bytes(), "añ漢b".as_bytes(),
                "😀".as_bytes(), b"\xFF", b"\xE2\x82", b"\x80", b"\xED\xA0"];
            let content: Vec<u8> = parts.iter().flat_map(|(kind, n)| kind.get(&kinds).repeat(*n)).collect();
            round_trip(&content);
        }
    }
}
