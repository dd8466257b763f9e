//! Reading a regular file at once, and leaving everything else to steps.

use std::ffi::CStr;
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};

use node_error::SyscallError;

use crate::file::{close, open, read};
use crate::stat::fstat;
use crate::whole_file::{SmallFile, owned, read_bytes};

/// Opens, reads and closes a regular file of at most `most` bytes in one go. What is larger, or no regular file, is
/// left open: a pipe cannot be opened twice, and what never ends must be readable in parts.
///
/// # Errors
/// With syscall `open` and the path, or `fstat`, `read` or `close`, as the steps of Node 24 fail; nothing is left
/// open then.
pub fn read_regular_file(path: &CStr, flags: i32, most: u64) -> Result<SmallFile, SyscallError> {
    read_opened_regular_file(owned(open(path, flags, 0o666)?), most)
}

/// The part of [`read_regular_file`] that follows opening.
///
/// # Errors
/// As there, without `open`.
pub fn read_opened_regular_file(file: OwnedFd, most: u64) -> Result<SmallFile, SyscallError> {
    let fd = file.into_raw_fd();
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

/// What [`read_regular_file_into`] makes of a file.
#[derive(Debug, Eq, PartialEq)]
pub enum Placed {
    /// So many bytes stand at the beginning of the room.
    Filled(usize),
    /// It is larger than the room, or no regular file with a size; open at its beginning.
    Open(RawFd),
}

/// As [`read_regular_file`], into memory that is there; reads as many bytes as the file has by its size.
///
/// # Errors
/// As for [`read_regular_file`].
pub fn read_regular_file_into(path: &CStr, flags: i32, room: &mut [u8]) -> Result<Placed, SyscallError> {
    let fd = open(path, flags, 0o666)?;
    let read = match fstat(fd) {
        Ok(stat) if !stat.is_regular() || stat.size() == 0 || stat.size() > room.len() as u64 => {
            return Ok(Placed::Open(fd));
        }
        Ok(stat) => fill(fd, &mut room[..stat.size() as usize]),
        Err(error) => Err(error),
    };
    let closed = close(fd);
    let length = read?;
    closed?;
    Ok(Placed::Filled(length))
}

fn fill(fd: RawFd, room: &mut [u8]) -> Result<usize, SyscallError> {
    let mut done = 0;
    while done < room.len() {
        match read(fd, &mut room[done..], -1)? {
            0 => break,
            n => done += n,
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_fills_the_room_that_it_needs() {
        let content = std::fs::read("/etc/passwd").unwrap();
        let mut room = vec![0; content.len()];
        let read = |path, room: &mut [u8]| read_regular_file_into(path, libc::O_RDONLY, room).unwrap();
        assert_eq!(read(c"/etc/passwd", &mut room), Placed::Filled(content.len()));
        assert_eq!(room, content);
        for (path, room) in [(c"/etc/passwd", 1), (c"/proc/self/maps", 1000), (c"/etc", 1000)] {
            let Placed::Open(fd) = read(path, &mut vec![0; room]) else { panic!("{path:?} is left open") };
            close(fd).unwrap();
        }
    }

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
