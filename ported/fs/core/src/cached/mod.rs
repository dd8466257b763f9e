//! What the kernel has in memory, without waiting: for operations that would otherwise go to another thread and back
//! only to find that there was nothing to wait for.
//!
//! Every function answers `None` (or [`Cached::Rest`]) when it cannot tell at once; the caller then does the
//! operation where it may block. An answer is the one that the blocking operation would give.
//!
//! # Why it does not block
//! - A path is looked up by openat2(2) with `RESOLVE_CACHED`, which fails with EAGAIN unless all of its parts are in
//!   the kernel's cache and need no revalidation, and with `O_PATH`, which reaches no file system's `open`.
//! - What it found is described by statx(2) with `AT_STATX_DONT_SYNC`, which makes no file system ask a server. On the
//!   local file systems of `FileSystem` that is all that an ordinary stat does; others are left to the caller.
//! - Bytes are read by preadv2(2) with `RWF_NOWAIT`, which fails with EAGAIN, or stops, where it would have to wait
//!   for the disk. A file system in memory knows no such thing (EOPNOTSUPP) and needs none.
//! - Only regular files are opened: a FIFO would wait for its writer, a device might do anything. So a file is looked at
//!   before it is opened, or was when the same name was opened before (`seen`). `O_NONBLOCK` stands in for what may
//!   have happened to the name since and for leases (fcntl(2)), and is taken back afterwards.
//! - Files are written only where they are nothing but memory (tmpfs), are there already, and are small.
//! - A descriptor is closed here only if nothing has to be written or freed for that.
//!
//! This is how `io_uring` decides what it does in place. What it accepts is accepted here: an access control list that
//! is read from disk when it is used first, and a program that holds opens back with fanotify(7).

mod found;
mod seen;
mod small_file;

use std::ffi::CStr;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};

use node_error::SyscallError;

use crate::file;
use crate::stat::Stat;
use crate::syscall::failed_at;
use found::{File, look_up};
pub use small_file::{Attempt, give_back, read_small_file, wait_and_block, write_small_file};

/// Of more bytes than this, copying takes long enough to be done elsewhere.
const MOST: u64 = 64 * 1024;

/// [`crate::stat`]
#[inline]
pub fn stat(path: &CStr) -> Option<Result<Stat, SyscallError>> {
    described(path, 0, "stat")
}

/// [`crate::lstat`]
#[inline]
pub fn lstat(path: &CStr) -> Option<Result<Stat, SyscallError>> {
    described(path, libc::O_NOFOLLOW, "lstat")
}

fn described(path: &CStr, flags: i32, syscall: &'static str) -> Option<Result<Stat, SyscallError>> {
    Some(match look_up(path, libc::O_PATH | flags)? {
        Ok(fd) => Ok(File::of(fd.as_raw_fd())?.stat),
        Err(errno) => Err(failed_at(errno, syscall, path)),
    })
}

/// [`crate::fstat`]
#[inline]
pub fn fstat(fd: RawFd) -> Option<Result<Stat, SyscallError>> {
    Some(Ok(File::of(fd)?.stat))
}

/// [`crate::access`]
#[inline]
pub fn access(path: &CStr, mode: i32) -> Option<Result<(), SyscallError>> {
    match look_up(path, libc::O_PATH)? {
        Ok(fd) => {
            File::of(fd.as_raw_fd())?;
            // All that it asks for has just been found. By name, for the rights to go there count too, and those of
            // the real user and not of the effective one.
            Some(crate::path::access(path, mode))
        }
        Err(errno) => Some(Err(failed_at(errno, "access", path))),
    }
}

/// [`crate::open`] of a regular file for reading.
pub fn open(path: &CStr, flags: i32) -> Option<Result<RawFd, SyscallError>> {
    if let Err(error) = look_before_opening(path, flags)? {
        return Some(Err(error));
    }
    let fd = match open_now(path, flags)? {
        Ok((fd, Some(_regular))) => fd,
        // The name stands for another file by now.
        Ok((_, None)) => return None,
        Err(error) => return Some(Err(error)),
    };
    (flags & libc::O_NONBLOCK != 0 || set_flags(&fd, flags)).then(|| Ok(fd.into_raw_fd()))
}

/// Whether opening for reading changes nothing and waits for nothing of a regular file.
fn is_harmless(flags: i32) -> bool {
    const HARMLESS: i32 = libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NOFOLLOW | libc::O_NONBLOCK;
    flags & !HARMLESS == libc::O_RDONLY
}

/// Finds a regular file, without opening it.
fn look_before_opening(path: &CStr, flags: i32) -> Option<Result<(), SyscallError>> {
    if !is_harmless(flags) {
        return None;
    }
    Some(match look_up(path, libc::O_PATH | flags & libc::O_NOFOLLOW)? {
        Ok(found) => {
            File::of(found.as_raw_fd()).filter(|file| file.stat.is_regular())?;
            Ok(())
        }
        Err(errno) => Err(failed_at(errno, "open", path)),
    })
}

/// Opens with `O_NONBLOCK`; the descriptor alone for what is no regular file on a known file system.
fn open_now(path: &CStr, flags: i32) -> Option<Result<(OwnedFd, Option<File>), SyscallError>> {
    Some(match look_up(path, flags | libc::O_NONBLOCK)? {
        Ok(fd) => {
            let file = File::of(fd.as_raw_fd()).filter(|file| file.stat.is_regular());
            Ok((fd, file))
        }
        Err(errno) => Err(failed_at(errno, "open", path)),
    })
}

/// Takes `O_NONBLOCK` back; false when that fails.
fn set_flags(fd: &OwnedFd, flags: i32) -> bool {
    // SAFETY: F_SETFL takes an integer, of which it uses the flags that it can change.
    unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags) != -1 }
}

/// [`crate::close`] of a regular file that keeps its name, and, on a disk, was open for reading only.
pub fn close(fd: RawFd) -> Option<Result<(), SyscallError>> {
    File::of(fd).filter(|file| file.closes_at_once(fd)).map(|_| file::close(fd))
}

/// What became of a read.
#[derive(Debug, Eq, PartialEq)]
pub enum Cached {
    /// It is done.
    Done(Result<usize, SyscallError>),
    /// So many bytes are read, and [`read_rest`] gets the others.
    Rest(usize),
}

/// [`crate::read`]. A regular file is read in full, as that does it.
pub fn read(fd: RawFd, buffer: &mut [u8], position: i64) -> Cached {
    match File::of(fd) {
        Some(file) if file.stat.is_regular() && (buffer.len() as u64).min(file.stat.size()) <= MOST => {
            file.read(fd, buffer, position)
        }
        _ => Cached::Rest(0),
    }
}

/// The blocking end of a [`read`] of which `done` bytes are in `buffer`.
///
/// # Errors
/// With syscall `read`, unless something was read before.
pub fn read_rest(fd: RawFd, buffer: &mut [u8], position: i64, done: usize) -> Result<usize, SyscallError> {
    let position = if position < 0 { position } else { position + done as i64 };
    match file::read(fd, &mut buffer[done..], position) {
        Ok(more) => Ok(done + more),
        Err(_) if done > 0 => Ok(done),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::found::FileSystem;
    use super::*;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    /// A folder on a disk, where that is what the working directory is on, and one in memory.
    fn folders() -> Vec<tempfile::TempDir> {
        let folders = [tempfile::tempdir_in("."), tempfile::tempdir_in("/dev/shm")];
        let known = |folder: &tempfile::TempDir| {
            let file = fs::File::open(folder.path()).unwrap();
            FileSystem::ask(file.as_raw_fd()).is_some()
        };
        folders.into_iter().flatten().filter(known).collect()
    }

    fn is_on_a_disk(path: &CStr) -> bool {
        let fd = look_up(path, libc::O_PATH).unwrap().unwrap();
        File::of(fd.as_raw_fd()).unwrap().system == FileSystem::Local
    }

    #[test]
    fn an_answer_is_that_of_the_blocking_operation() {
        for folder in folders() {
            let [file, link, missing, below] =
                ["file", "link", "missing", "file/below"].map(|name| c(&folder.path().join(name)));
            fs::write(folder.path().join("file"), "content").unwrap();
            symlink("file", folder.path().join("link")).unwrap();
            // Whoever follows a link first writes down when, which may wait.
            std::thread::sleep(std::time::Duration::from_millis(20));
            crate::stat(&link).unwrap();
            for path in [&file, &link] {
                assert_eq!(stat(path), Some(crate::stat(path)));
                assert_eq!(lstat(path), Some(crate::lstat(path)));
                for mode in [libc::F_OK, libc::R_OK, libc::X_OK] {
                    assert_eq!(access(path, mode), Some(crate::access(path, mode)), "{path:?}");
                }
            }
            for path in [&missing, &below] {
                let found = crate::stat(path);
                assert!(stat(path).is_none_or(|answer| answer == found), "not in the cache, or not there");
                let found = crate::open(path, libc::O_RDONLY, 0);
                assert!(open(path, libc::O_RDONLY).is_none_or(|answer| answer == found));
            }
            let fd = open(&link, libc::O_RDONLY).unwrap().unwrap();
            assert_eq!(fstat(fd).unwrap(), crate::fstat(fd));
            // SAFETY: asks only.
            let flags: [i32; 2] =
                unsafe { [libc::F_GETFL, libc::F_GETFD].map(|question| libc::fcntl(fd, question)) };
            assert_eq!((flags[0] & libc::O_NONBLOCK, flags[1]), (0, libc::FD_CLOEXEC));
            let mut buffer = [0; 20];
            assert_eq!(read(fd, &mut buffer[..3], -1), Cached::Done(Ok(3)));
            assert_eq!(read(fd, &mut buffer[3..], -1), Cached::Done(Ok(4)));
            assert_eq!(read(fd, &mut buffer[7..], -1), Cached::Done(Ok(0)));
            assert_eq!(read(fd, &mut buffer[7..], 5), Cached::Done(Ok(2)));
            assert_eq!(&buffer[..9], b"contentnt");
            assert_eq!(close(fd), Some(Ok(())));
        }
    }

    #[test]
    fn what_is_not_in_memory_is_left_to_the_caller() {
        let folder = tempfile::tempdir_in(".").unwrap();
        // Opens a file of which no page is in memory. One for each question: the first may fetch pages for the next.
        let forgotten = |name: &str| {
            let path = c(&folder.path().join(name));
            fs::write(folder.path().join(name), vec![b'x'; 3 * 4096]).unwrap();
            let fd = crate::open(&path, libc::O_RDONLY, 0).unwrap();
            // SAFETY: an open file; forgets its pages, which sync makes possible.
            let answers =
                unsafe { (libc::fsync(fd), libc::posix_fadvise(fd, 0, 0, libc::POSIX_FADV_DONTNEED)) };
            assert_eq!(answers, (0, 0));
            (path, fd)
        };
        let (path, fd) = forgotten("one");
        if stat(&path).is_none() || !is_on_a_disk(&path) {
            return;
        }
        let mut buffer = [0; 3 * 4096];
        assert!(read(fd, &mut buffer, 0) == Cached::Rest(0), "none of its pages is in memory");
        assert_eq!(read_rest(fd, &mut buffer, 0, 0), Ok(3 * 4096));
        assert_eq!(read(fd, &mut buffer, 0), Cached::Done(Ok(3 * 4096)), "now they are");
        let (path, other) = forgotten("another");
        let attempt = read_small_file(&path, 0, 1 << 20);
        assert!(matches!(attempt, Attempt::Opened(_)), "none of its pages is in memory");
        file::close(other).unwrap();
        file::close(fd).unwrap();
        // A directory that nobody has looked into does not know what it lacks.
        assert_eq!(stat(&c(&folder.path().join("nobody asked for this"))), None);
    }

    #[test]
    fn a_read_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = c(&folder.path().join("file"));
        fs::write(folder.path().join("file"), "0123456789").unwrap();
        let fd = crate::open(&path, libc::O_RDONLY, 0).unwrap();
        let mut buffer = *b"01______";
        assert_eq!(read_rest(fd, &mut buffer, 0, 2), Ok(8));
        assert_eq!(&buffer, b"01234567");
        assert_eq!(file::read(fd, &mut buffer[..2], -1), Ok(2));
        assert_eq!(read_rest(fd, &mut buffer, -1, 2), Ok(8));
        assert_eq!(&buffer, b"01234567");
        assert_eq!(read_rest(-1, &mut buffer, 0, 3), Ok(3), "what was read is read");
        assert_eq!(read_rest(-1, &mut buffer, 0, 0).unwrap_err().errno, libc::EBADF);
        file::close(fd).unwrap();
    }

    #[test]
    fn what_might_wait_is_not_touched() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let fifo = c(&folder.path().join("fifo"));
        // SAFETY: the path is NUL-terminated.
        assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
        assert!(stat(&fifo).unwrap().is_ok());
        assert_eq!(open(&fifo, libc::O_RDONLY), None);
        for path in [c"/dev/null", c"/proc/self/stat", c"/etc"] {
            assert_eq!(open(path, libc::O_RDONLY), None, "{path:?}");
        }
        assert_eq!(stat(c"/proc/self/stat"), None);
        let file = c(&folder.path().join("file"));
        fs::write(folder.path().join("file"), "x").unwrap();
        for flags in [libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC, libc::O_DIRECT, libc::O_DIRECTORY] {
            assert_eq!(open(&file, flags), None);
        }
        let mut ends = [0; 2];
        // SAFETY: room for two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        assert_eq!(read(ends[0], &mut [0], -1), Cached::Rest(0));
        for fd in ends {
            assert_eq!(close(fd), None);
            file::close(fd).unwrap();
        }
        assert_eq!((fstat(-1), close(-1), read(-1, &mut [0], 0)), (None, None, Cached::Rest(0)));
    }

    #[test]
    fn a_descriptor_whose_closing_is_work_stays_open() {
        for folder in folders() {
            let at = folder.path().join("file");
            let path = c(&at);
            fs::write(&at, "x").unwrap();
            let writer = crate::open(&path, libc::O_RDWR, 0).unwrap();
            assert_eq!(close(writer).is_none(), is_on_a_disk(&path));
            let reader = crate::open(&path, libc::O_RDONLY, 0).unwrap();
            fs::remove_file(&at).unwrap();
            assert_eq!(close(reader), None, "its blocks are freed");
            file::close(reader).unwrap();
        }
    }
}
