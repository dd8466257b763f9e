//! Opening, closing, reading and writing.

use std::ffi::CStr;
use std::os::fd::RawFd;

use node_error::SyscallError;

pub use std::io::{IoSlice, IoSliceMut};

use crate::syscall::{done_at, failed, failed_at, last_errno, retry};

/// Opens a file that no child process inherits.
///
/// # Errors
/// With syscall `open` and the path.
#[inline]
pub fn open(path: &CStr, flags: i32, mode: u32) -> Result<RawFd, SyscallError> {
    // SAFETY: `path` is NUL-terminated.
    retry(|| unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC, mode) })
        .map_err(|errno| failed_at(errno, "open", path))
}

/// Closes a descriptor, once: on Linux it is free even when the call was interrupted.
///
/// # Errors
/// With syscall `close`.
#[inline]
pub fn close(fd: RawFd) -> Result<(), SyscallError> {
    // SAFETY: closing a descriptor that somebody else still uses is the caller's affair, as in Node.
    if unsafe { libc::close(fd) } == 0 {
        return Ok(());
    }
    match last_errno() {
        libc::EINTR | libc::EINPROGRESS => Ok(()),
        errno => Err(failed(errno, "close")),
    }
}

/// Reads at most `buffer.len()` bytes; 0 at the end of the file. A negative `position` reads from
/// where the descriptor stands.
///
/// # Errors
/// With syscall `read`.
#[inline]
pub fn read(fd: RawFd, buffer: &mut [u8], position: i64) -> Result<usize, SyscallError> {
    let (start, length) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: `start` and `length` describe `buffer`, which is exclusively ours during the call.
    retry(|| unsafe {
        if position < 0 { libc::read(fd, start, length) } else { libc::pread(fd, start, length, position) }
    })
    .map(|n| n as usize)
    .map_err(|errno| failed(errno, "read"))
}

/// Reads into several buffers with one call, at most as many as the kernel takes.
///
/// # Errors
/// With syscall `read`.
pub fn read_vectored(
    fd: RawFd,
    buffers: &mut [IoSliceMut<'_>],
    position: i64,
) -> Result<usize, SyscallError> {
    if let [buffer] = buffers {
        return read(fd, buffer, position);
    }
    if buffers.is_empty() {
        return Err(failed(libc::EINVAL, "read"));
    }
    let count = buffers.len().min(MAX_BUFFERS) as i32;
    let start = buffers.as_mut_ptr().cast::<libc::iovec>();
    // SAFETY: IoSliceMut has the layout of iovec, and `count` of them are exclusively ours.
    retry(|| unsafe {
        if position < 0 { libc::readv(fd, start, count) } else { libc::preadv(fd, start, count, position) }
    })
    .map(|n| n as usize)
    .map_err(|errno| failed(errno, "read"))
}

/// Writes all of `bytes`, however many calls that takes. A negative `position` writes where the
/// descriptor stands.
///
/// # Errors
/// With syscall `write`, unless a part was written: then how many bytes.
#[inline]
pub fn write(fd: RawFd, bytes: &[u8], position: i64) -> Result<usize, SyscallError> {
    write_all(bytes.len(), position, |done, position| {
        let rest = &bytes[done..];
        // SAFETY: the pointer and length describe `rest`.
        retry(|| unsafe {
            if position < 0 {
                libc::write(fd, rest.as_ptr().cast(), rest.len())
            } else {
                libc::pwrite(fd, rest.as_ptr().cast(), rest.len(), position)
            }
        })
    })
}

/// Writes all of several buffers, one after the other.
///
/// # Errors
/// With syscall `write`, unless a part was written: then how many bytes.
pub fn write_vectored(fd: RawFd, buffers: &mut [IoSlice<'_>], position: i64) -> Result<usize, SyscallError> {
    if let [buffer] = buffers {
        return write(fd, buffer, position);
    }
    if buffers.is_empty() {
        return Err(failed(libc::EINVAL, "write"));
    }
    let length = buffers.iter().map(|buffer| buffer.len()).sum();
    let mut rest = buffers;
    let mut advanced = 0;
    write_all(length, position, |done, position| {
        IoSlice::advance_slices(&mut rest, done - advanced);
        advanced = done;
        let count = rest.len().min(MAX_BUFFERS) as i32;
        let start = rest.as_ptr().cast::<libc::iovec>();
        // SAFETY: IoSlice has the layout of iovec, and `count` of them are there.
        retry(|| unsafe {
            if position < 0 {
                libc::writev(fd, start, count)
            } else {
                libc::pwritev(fd, start, count, position)
            }
        })
    })
}

/// Waits until the device has what was written, and what is known of the file.
///
/// # Errors
/// With syscall `fsync`.
pub fn sync(fd: RawFd) -> Result<(), SyscallError> {
    // SAFETY: a descriptor.
    done_at(retry(|| unsafe { libc::fsync(fd) }), "fsync")
}

/// As [`sync`], without what is not needed to read the data back, such as times.
///
/// # Errors
/// With syscall `fdatasync`.
pub fn sync_data(fd: RawFd) -> Result<(), SyscallError> {
    // SAFETY: a descriptor.
    done_at(retry(|| unsafe { libc::fdatasync(fd) }), "fdatasync")
}

/// Cuts a file, or lengthens it with zeros.
///
/// # Errors
/// With syscall `ftruncate`.
pub fn truncate(fd: RawFd, length: i64) -> Result<(), SyscallError> {
    // SAFETY: a descriptor and a number.
    done_at(retry(|| unsafe { libc::ftruncate(fd, length) }), "ftruncate")
}

/// What one readv or writev takes on Linux.
const MAX_BUFFERS: usize = libc::UIO_MAXIOV as usize;

/// libuv's loop: at least one call, also for no bytes, so that a bad descriptor shows; afterwards until
/// all is written or a call writes nothing. A failure after the first bytes is reported by the next
/// write.
#[inline]
fn write_all(
    length: usize,
    mut position: i64,
    mut call: impl FnMut(usize, i64) -> Result<isize, i32>,
) -> Result<usize, SyscallError> {
    let mut done = 0;
    loop {
        match call(done, position) {
            Err(errno) if done == 0 => return Err(failed(errno, "write")),
            Err(_) | Ok(0) => return Ok(done),
            Ok(n) => {
                done += n as usize;
                if position >= 0 {
                    position += n as i64;
                }
                if done >= length {
                    return Ok(done);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn scratch() -> (tempfile::TempDir, CString) {
        let dir = tempfile::tempdir().unwrap();
        let path = CString::new(dir.path().join("file").as_os_str().as_bytes()).unwrap();
        (dir, path)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (_dir, path) = scratch();
        let fd = open(&path, libc::O_RDWR | libc::O_CREAT, 0o600).unwrap();
        assert_eq!(write(fd, b"hello", -1).unwrap(), 5);
        assert_eq!(write(fd, b"J", 0).unwrap(), 1);
        assert_eq!(write(fd, b"", -1).unwrap(), 0);
        let mut buffer = [0; 16];
        assert_eq!(read(fd, &mut buffer, 0).unwrap(), 5);
        assert_eq!(&buffer[..5], b"Jello");
        assert_eq!(read(fd, &mut buffer, -1).unwrap(), 0, "the descriptor stands at the end");
        truncate(fd, 6).unwrap();
        sync(fd).unwrap();
        sync_data(fd).unwrap();
        assert_eq!(read(fd, &mut buffer, 0).unwrap(), 6);
        assert_eq!(&buffer[..6], b"Jello\0");
        close(fd).unwrap();
    }

    #[test]
    fn a_descriptor_is_not_inherited() {
        let fd = open(c"/dev/null", libc::O_RDONLY, 0).unwrap();
        // SAFETY: asks for the flags of a descriptor.
        assert_eq!(unsafe { libc::fcntl(fd, libc::F_GETFD) }, libc::FD_CLOEXEC);
        close(fd).unwrap();
    }

    #[test]
    fn several_buffers_are_one_stream() {
        let (_dir, path) = scratch();
        let fd = open(&path, libc::O_RDWR | libc::O_CREAT, 0o600).unwrap();
        let parts: Vec<Vec<u8>> = (0..3000_u32).map(|i| vec![i as u8; i as usize % 5]).collect();
        let mut slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let all = parts.concat();
        assert_eq!(write_vectored(fd, &mut slices, 0).unwrap(), all.len());
        let (mut first, mut second) = (vec![0; 1000], vec![0; 10_000]);
        let mut into = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(read_vectored(fd, &mut into, 0).unwrap(), all.len());
        first.extend_from_slice(&second);
        assert_eq!(first[..all.len()], all);
        // libuv's answer; the kernel would accept no buffers.
        assert_eq!(read_vectored(fd, &mut [], 0).unwrap_err().errno, libc::EINVAL);
        assert_eq!(write_vectored(fd, &mut [], 0).unwrap_err().errno, libc::EINVAL);
        close(fd).unwrap();
    }

    #[test]
    fn a_pipe_that_takes_only_a_part_is_written_to_the_end() {
        let mut ends = [0; 2];
        // SAFETY: room for two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        let reader = std::thread::spawn(move || {
            let (mut total, mut buffer) = (0, [0; 4096]);
            loop {
                match read(ends[0], &mut buffer, -1).unwrap() {
                    0 => return total,
                    n => total += n,
                }
            }
        });
        let bytes = vec![7; 1 << 20];
        assert_eq!(write(ends[1], &bytes, -1).unwrap(), bytes.len());
        let mut slices = [IoSlice::new(&bytes), IoSlice::new(&bytes)];
        assert_eq!(write_vectored(ends[1], &mut slices, -1).unwrap(), 2 * bytes.len());
        close(ends[1]).unwrap();
        assert_eq!(reader.join().unwrap(), 3 * bytes.len());
        close(ends[0]).unwrap();
    }

    #[test]
    fn a_bad_descriptor_shows_even_for_no_bytes() {
        for error in [
            write(-1, b"", -1).unwrap_err(),
            write_vectored(-1, &mut [IoSlice::new(b"a"), IoSlice::new(b"b")], 3).unwrap_err(),
        ] {
            assert_eq!((error.errno, error.syscall), (libc::EBADF, "write"));
        }
        assert_eq!(read(-1, &mut [0], -1).unwrap_err().syscall, "read");
        assert_eq!(close(-1).unwrap_err().errno, libc::EBADF);
        assert_eq!(truncate(-1, 0).unwrap_err().syscall, "ftruncate");
        assert_eq!(sync(-1).unwrap_err().syscall, "fsync");
        assert_eq!(sync_data(-1).unwrap_err().syscall, "fdatasync");
        let error = open(c"/no/such", 0, 0).unwrap_err();
        assert_eq!((error.errno, error.path.unwrap()), (libc::ENOENT, "/no/such".into()));
    }
}
