//! Reading and writing a file at once, as readFileUtf8 and writeFileUtf8 do.

use std::ffi::CStr;
use std::os::fd::RawFd;

use node_error::SyscallError;

use crate::file::{close, open, write};
use crate::stat::fstat;
use crate::syscall::{failed, retry};

/// A file by name, which is closed afterwards, or a descriptor, which stays open.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Opened for this call.
    Path(&'a CStr),
    /// Read or written from where it stands.
    Descriptor(RawFd),
}

/// Room that is tried before the file's size is asked for: most files fit, and cost no fstat.
const FIRST_READ: usize = 64 * 1024;

/// No engine makes a string of more characters: a size beyond is that of a device or a sparse file, and
/// not worth believing.
const LONGEST: u64 = 1 << 30;

/// Replaces `content` by what is left of the file.
///
/// # Errors
/// With syscall `open` and the path, or `read`.
pub fn read_file(target: Target<'_>, flags: i32, content: &mut Vec<u8>) -> Result<(), SyscallError> {
    content.clear();
    match target {
        Target::Descriptor(fd) => read_to_end(fd, content),
        Target::Path(path) => {
            let fd = open(path, flags, 0o666)?;
            let outcome = read_to_end(fd, content);
            // Nothing was written: there is nothing that a failing close could still report.
            let _ = close(fd);
            outcome
        }
    }
}

fn read_to_end(fd: RawFd, content: &mut Vec<u8>) -> Result<(), SyscallError> {
    content.reserve(FIRST_READ);
    let mut sized = false;
    loop {
        if content.len() == content.capacity() {
            let growth = match fstat(fd) {
                // One byte more than the size, so that the read that reports the end needs no growth.
                Ok(stat) if !sized && (content.len() as u64..LONGEST).contains(&stat.size()) => {
                    stat.size() as usize - content.len() + 1
                }
                _ => content.len(),
            };
            sized = true;
            content.try_reserve_exact(growth).map_err(|_| failed(libc::ENOMEM, "read"))?;
        }
        let room = content.spare_capacity_mut();
        let (start, length) = (room.as_mut_ptr().cast(), room.len());
        // SAFETY: `start` and `length` describe the vector's spare capacity.
        let n = retry(|| unsafe { libc::read(fd, start, length) }).map_err(|errno| failed(errno, "read"))?;
        if n == 0 {
            return Ok(());
        }
        // SAFETY: the kernel has written `n` bytes of the spare capacity.
        unsafe { content.set_len(content.len() + n as usize) };
    }
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

    const CREATE: i32 = libc::O_CREAT | libc::O_TRUNC | libc::O_WRONLY;

    fn round_trip(content: &[u8]) {
        let dir = tempfile::tempdir().unwrap();
        let path = CString::new(dir.path().join("f").as_os_str().as_bytes()).unwrap();
        write_file(Target::Path(&path), CREATE, 0o600, content).unwrap();
        let mut found = b"left over".to_vec();
        read_file(Target::Path(&path), libc::O_RDONLY, &mut found).unwrap();
        assert!(found == content, "{} bytes came back as {}", content.len(), found.len());
    }

    #[test]
    fn sizes_around_the_first_read() {
        for size in [0, 1, FIRST_READ - 1, FIRST_READ, FIRST_READ + 1, 5 * FIRST_READ, 1 << 20] {
            round_trip(&(0..size).map(|i| (i * 7) as u8).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_file_without_a_size_is_read_to_its_end() {
        let mut content = Vec::new();
        read_file(Target::Path(c"/proc/self/maps"), libc::O_RDONLY, &mut content).unwrap();
        assert!(content.ends_with(b"\n"));
    }

    #[test]
    fn a_descriptor_is_read_from_where_it_stands_and_stays_open() {
        let fd = open(c"/etc/passwd", libc::O_RDONLY, 0).unwrap();
        let mut first = [0; 4];
        crate::file::read(fd, &mut first, -1).unwrap();
        let mut rest = Vec::new();
        read_file(Target::Descriptor(fd), 0, &mut rest).unwrap();
        assert_eq!([&first[..], &rest].concat(), std::fs::read("/etc/passwd").unwrap());
        close(fd).unwrap();
    }

    #[test]
    fn failures_name_their_step() {
        let mut out = Vec::new();
        let error = read_file(Target::Path(c"/etc"), libc::O_RDONLY, &mut out).unwrap_err();
        assert_eq!((error.errno, error.syscall, error.path), (libc::EISDIR, "read", None));
        let error = read_file(Target::Path(c"/no/such"), libc::O_RDONLY, &mut out).unwrap_err();
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
    }
}
