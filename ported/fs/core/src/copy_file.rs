//! Copying one file, as libuv's `uv_fs_copyfile` does on Linux.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};

use node_error::SyscallError;

use crate::file::{close, open};
use crate::path::unlink;
use crate::syscall::{failed_between, retry};

/// How [`copy_file`] goes about it: the bits of Node's `COPYFILE_*` constants.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CopyMode {
    /// `COPYFILE_EXCL`: fails when the destination exists.
    pub exclusive: bool,
    /// `COPYFILE_FICLONE` tries to share the blocks first; `COPYFILE_FICLONE_FORCE` does nothing else.
    pub reflink: Reflink,
}

/// Whether the copy shares blocks with its source.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reflink {
    /// Bytes are copied.
    #[default]
    Never,
    /// Bytes are copied where the file system cannot share them.
    Try,
    /// It fails where the file system cannot share blocks.
    Force,
}

impl CopyMode {
    /// Node's number, of which other bits mean nothing.
    pub fn from_bits(bits: i32) -> Self {
        let reflink = match bits {
            bits if bits & 4 != 0 => Reflink::Force,
            bits if bits & 2 != 0 => Reflink::Try,
            _ => Reflink::Never,
        };
        Self { exclusive: bits & 1 != 0, reflink }
    }
}

/// Copies the content of a file and its permissions; its owner too, where that is allowed, and its times, which are
/// set before bytes are written and so last on an empty file alone. A copy onto itself does nothing. When it fails after it has opened the destination, it removes the destination, even one that
/// was there before: libuv does too, and leaves nothing half written.
///
/// # Errors
/// With syscall `copyfile`, the path and the destination.
pub fn copy_file(from: &CStr, to: &CStr, mode: CopyMode) -> Result<(), SyscallError> {
    copy_opened(from, to, mode).map_err(|errno| failed_between(errno, "copyfile", from, to))
}

fn copy_opened(from: &CStr, to: &CStr, mode: CopyMode) -> Result<(), i32> {
    let errno = |error: SyscallError| error.errno;
    let source = open(from, libc::O_RDONLY, 0).map_err(errno)?;
    let copied = status(source).and_then(|info| {
        let exclusive = if mode.exclusive { libc::O_EXCL } else { 0 };
        let target = open(to, libc::O_WRONLY | libc::O_CREAT | exclusive, info.st_mode).map_err(errno)?;
        let filled = fill(source, target, &info, mode);
        let closed = close(target).map_err(errno);
        filled.and(closed).inspect_err(|_| {
            // The first failure is the one to report.
            let _ = unlink(to);
        })
    });
    let closed = close(source).map_err(errno);
    copied.and(closed)
}

/// Makes the open `target` a copy of the open `source`.
fn fill(source: RawFd, target: RawFd, info: &libc::stat, mode: CopyMode) -> Result<(), i32> {
    if !mode.exclusive {
        let old = status(target)?;
        if (old.st_dev, old.st_ino) == (info.st_dev, info.st_ino) {
            return Ok(());
        }
        // SAFETY: a descriptor and a number.
        match retry(|| unsafe { libc::ftruncate(target, 0) }) {
            // ceph-fuse says so of a file that was made without permission to write; a new one is empty anyway.
            Err(libc::EACCES) if old.st_size == 0 => {}
            other => drop(other?),
        }
    }
    let times = [
        libc::timespec { tv_sec: info.st_atime, tv_nsec: info.st_atime_nsec },
        libc::timespec { tv_sec: info.st_mtime, tv_nsec: info.st_mtime_nsec },
    ];
    // SAFETY: there are two times; both calls may be refused, as to `cp -p`, which says nothing either.
    let _ =
        unsafe { (libc::futimens(target, times.as_ptr()), libc::fchown(target, info.st_uid, info.st_gid)) };
    // SAFETY: a descriptor and a number.
    match retry(|| unsafe { libc::fchmod(target, info.st_mode) }) {
        // Shares of Windows have no permissions to set.
        Err(libc::EPERM) if is_cifs(target) => {}
        other => drop(other?),
    }
    if mode.reflink != Reflink::Never {
        // SAFETY: FICLONE takes a descriptor.
        let cloned = retry(|| unsafe { libc::ioctl(target, libc::FICLONE, source) });
        match cloned {
            Ok(_) => return Ok(()),
            Err(errno) if mode.reflink == Reflink::Force => return Err(errno),
            Err(_) => {}
        }
    }
    copy_bytes(source, target, info.st_size as u64)
}

/// Copies `size` bytes, fewer when the source turns out to be shorter (libuv tries for ever).
fn copy_bytes(source: RawFd, target: RawFd, size: u64) -> Result<(), i32> {
    let mut offset = 0;
    while (offset as u64) < size {
        let left = size - offset as u64;
        if copy_some(source, target, &mut offset, left as usize)? == 0 {
            break;
        }
    }
    Ok(())
}

/// In the kernel where it can, by reading and writing where it cannot.
fn copy_some(source: RawFd, target: RawFd, offset: &mut libc::off_t, length: usize) -> Result<usize, i32> {
    let in_kernel = match copy_file_range(source, target, offset, length) {
        // SAFETY: `offset` is writable.
        Err(libc::ENOSYS) => retry(|| unsafe { libc::sendfile(target, source, offset, length) }),
        other => other,
    };
    match in_kernel {
        Err(libc::EINVAL | libc::EIO | libc::ENOTSOCK | libc::EXDEV) => {
            read_and_write(source, target, offset, length)
        }
        other => other.map(|copied| copied as usize),
    }
}

/// Set once the kernel turned out to have no `copy_file_range`.
static NO_COPY_FILE_RANGE: AtomicBool = AtomicBool::new(false);

/// `ENOSYS` where sendfile has to do it.
fn copy_file_range(
    source: RawFd,
    target: RawFd,
    offset: &mut libc::off_t,
    length: usize,
) -> Result<isize, i32> {
    if NO_COPY_FILE_RANGE.load(Ordering::Relaxed) {
        return Err(libc::ENOSYS);
    }
    let at: *mut libc::off_t = offset;
    // SAFETY: `at` is writable, and null says "where the descriptor stands".
    let copied = retry(|| unsafe {
        libc::copy_file_range(source, at.cast(), target, std::ptr::null_mut(), length, 0)
    });
    copied.map_err(|errno| match errno {
        libc::ENOSYS => {
            NO_COPY_FILE_RANGE.store(true, Ordering::Relaxed);
            libc::ENOSYS
        }
        // Another file system, or one that cannot.
        libc::EOPNOTSUPP | libc::EXDEV => libc::ENOSYS,
        // What old kernels answer on shares of Windows and on CephFS.
        libc::EPERM if is_cifs(target) => libc::ENOSYS,
        libc::EACCES if file_system(source) == Some(CEPHFS) => libc::ENOSYS,
        other => other,
    })
}

/// The last resort: what is no regular file, or is on a file system that cannot be mapped.
fn read_and_write(
    source: RawFd,
    target: RawFd,
    offset: &mut libc::off_t,
    length: usize,
) -> Result<usize, i32> {
    let mut buffer = [0; 8192];
    let errno = |error: SyscallError| error.errno;
    let mut done = 0;
    let mut by_position = true;
    while done < length {
        let wanted = buffer.len().min(length - done);
        let position = if by_position { *offset } else { -1 };
        let part = match crate::file::read(source, &mut buffer[..wanted], position).map_err(errno) {
            Ok(0) => break,
            Ok(n) => &buffer[..n],
            // A pipe, or a file of the kernel's, which has no positions.
            Err(libc::EIO | libc::ESPIPE) if by_position && done == 0 => {
                by_position = false;
                continue;
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        };
        write_waiting(target, part)?;
        *offset += part.len() as libc::off_t;
        done += part.len();
    }
    Ok(done)
}

/// Writes all of it, also to what was opened not to block.
fn write_waiting(target: RawFd, mut part: &[u8]) -> Result<(), i32> {
    while !part.is_empty() {
        match crate::file::write(target, part, -1) {
            Ok(written) => part = &part[written..],
            Err(error) if error.errno == libc::EAGAIN => {
                let mut waiting = libc::pollfd { fd: target, events: libc::POLLOUT, revents: 0 };
                // SAFETY: `waiting` is one pollfd.
                retry(|| unsafe { libc::poll(&raw mut waiting, 1, -1) }).map_err(|_| libc::EIO)?;
                if waiting.revents & !libc::POLLOUT != 0 {
                    return Err(libc::EIO);
                }
            }
            Err(error) => return Err(error.errno),
        }
    }
    Ok(())
}

fn status(fd: RawFd) -> Result<libc::stat, i32> {
    let mut out = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `out` has room for one stat.
    retry(|| unsafe { libc::fstat(fd, out.as_mut_ptr()) })?;
    // SAFETY: the call succeeded and has filled `out`.
    Ok(unsafe { out.assume_init() })
}

const CEPHFS: u32 = 0x00C3_6400;
const SMB: u32 = 0x0000_517B;
const SMB2: u32 = 0xFE53_4D42;
const CIFS: u32 = 0xFF53_4D42;

fn is_cifs(fd: RawFd) -> bool {
    matches!(file_system(fd), Some(SMB | SMB2 | CIFS))
}

/// The kernel's number of the file system.
fn file_system(fd: RawFd) -> Option<u32> {
    let mut out = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: `out` has room for one statfs.
    retry(|| unsafe { libc::fstatfs(fd, out.as_mut_ptr()) }).ok()?;
    // SAFETY: the call succeeded and has filled `out`.
    Some(unsafe { out.assume_init_ref() }.f_type as u32)
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use super::*;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    #[test]
    fn content_permissions_and_times_are_copied() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::write(&to, "something longer that was there").unwrap();
        for size in [0, 1, 100_000] {
            fs::write(&from, vec![7; size]).unwrap();
            crate::change_mode(&c(&from), 0o640).unwrap();
            crate::change_times(&c(&from), crate::Times { access: 5.0, modification: 6.0 }).unwrap();
            copy_file(&c(&from), &c(&to), CopyMode::from_bits(2)).unwrap();
            assert_eq!(fs::read(&to).unwrap(), vec![7; size]);
            let copy = fs::metadata(&to).unwrap();
            assert_eq!(copy.mode() & 0o777, 0o640);
        }
    }

    #[test]
    fn a_copy_onto_itself_does_nothing_and_an_exclusive_one_keeps_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::write(&from, "source").unwrap();
        fs::write(&to, "kept").unwrap();
        copy_file(&c(&from), &c(&from), CopyMode::default()).unwrap();
        assert_eq!(fs::read(&from).unwrap(), b"source");
        let error = copy_file(&c(&from), &c(&to), CopyMode::from_bits(1)).unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::EEXIST, "copyfile"));
        assert_eq!((error.path, error.dest), (Some(from), Some(to.clone())));
        assert_eq!(fs::read(&to).unwrap(), b"kept");
    }

    #[test]
    fn a_copy_that_fails_leaves_no_destination() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("to");
        fs::write(&to, "old").unwrap();
        // A directory can be opened and not be copied.
        assert_eq!(copy_file(&c(dir.path()), &c(&to), CopyMode::default()).unwrap_err().errno, libc::EISDIR);
        assert!(!to.exists());
        fs::write(&to, "old").unwrap();
        // The two are never on one file system, so nothing can be shared.
        copy_file(c"/proc/self/status", &c(&to), CopyMode::from_bits(4)).unwrap_err();
        assert!(!to.exists());
    }

    #[test]
    fn bytes_are_copied_without_the_kernels_help() {
        let dir = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..20_000_u32).map(|i| i as u8).collect();
        fs::write(dir.path().join("from"), &bytes).unwrap();
        let source = open(&c(&dir.path().join("from")), libc::O_RDONLY, 0).unwrap();
        let target = open(&c(&dir.path().join("to")), libc::O_CREAT | libc::O_WRONLY, 0o600).unwrap();
        let mut offset = 10;
        assert_eq!(read_and_write(source, target, &mut offset, 30_000).unwrap(), 19_990);
        assert_eq!((offset, fs::read(dir.path().join("to")).unwrap()), (20_000, bytes[10..].to_vec()));
        let (mut ends, mut left) = ([0; 2], 0);
        // SAFETY: room for two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        crate::file::write(ends[1], b"through a pipe", -1).unwrap();
        assert_eq!(read_and_write(ends[0], target, &mut left, 14).unwrap(), 14);
        assert!(fs::read(dir.path().join("to")).unwrap().ends_with(b"through a pipe"));
        for fd in [source, target, ends[0], ends[1]] {
            close(fd).unwrap();
        }
    }
}
