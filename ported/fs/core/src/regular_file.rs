//! Reading a regular file at once, and leaving everything else to steps.

use std::ffi::CStr;

use node_error::SyscallError;

use crate::file::{close, open};
use crate::stat::fstat;
use crate::whole_file::{SmallFile, read_bytes};

/// Opens, reads and closes a regular file of at most `most` bytes in one go. What is larger, or no regular file, is
/// left open: a pipe cannot be opened twice, and what never ends must be readable in parts.
///
/// # Errors
/// With syscall `open` and the path, or `fstat`, `read` or `close`, as the steps of Node 24 fail; nothing is left
/// open then.
pub fn read_regular_file(path: &CStr, flags: i32, most: u64) -> Result<SmallFile, SyscallError> {
    let fd = open(path, flags, 0o666)?;
    let mut content = Vec::new();
    let read = match fstat(fd) {
        Ok(stat) if !stat.is_regular() || stat.size() > most => {
            return Ok(SmallFile::Open { fd, size: stat.size() });
        }
        // One byte more than the size, so that the read that reports the end needs no growth.
        Ok(stat) => read_bytes(fd, stat.size() as usize + 1, &mut content),
        Err(error) => Err(error),
    };
    // The first failure is the one to report.
    let closed = close(fd);
    read.and(closed)?;
    Ok(SmallFile::Content(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_files_are_read_and_all_else_is_left_open() {
        let SmallFile::Content(content) = read_regular_file(c"/etc/passwd", libc::O_RDONLY, 1 << 20).unwrap()
        else {
            panic!("a small regular file is read");
        };
        assert_eq!(content, std::fs::read("/etc/passwd").unwrap());
        let SmallFile::Content(maps) =
            read_regular_file(c"/proc/self/maps", libc::O_RDONLY, 1 << 20).unwrap()
        else {
            panic!("a regular file without a size is read to its end");
        };
        assert!(maps.ends_with(b"\n"));
        for (path, most) in [(c"/dev/zero", 1 << 20), (c"/etc", 1 << 20), (c"/etc/passwd", 1)] {
            let SmallFile::Open { fd, .. } = read_regular_file(path, libc::O_RDONLY, most).unwrap() else {
                panic!("{path:?} is left open");
            };
            close(fd).unwrap();
        }
        let error = read_regular_file(c"/etc/passwd", libc::O_WRONLY, 1 << 20).unwrap_err();
        assert_eq!((error.errno, error.syscall, error.path), (libc::EBADF, "read", None));
    }
}
