//! Copying one file to where nothing is.

use std::cell::RefCell;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use crate::attributes::{Times, change_times_of};
use crate::file::{open, read, write};
use crate::stat::{Stat, fstat, stat};
use crate::std_filesystem::status;
use crate::syscall::{last_errno, retry};
use crate::whole_file::owned;

/// `COPYFILE_FICLONE`: share the blocks where the file system can.
const CLONE: i32 = 2;
/// `COPYFILE_FICLONE_FORCE`: share the blocks, or fail.
const CLONE_ONLY: i32 = 4;

/// Copies content, permissions, owner (where allowed) and time of access, as libuv's `uv_fs_copyfile` with
/// `COPYFILE_EXCL` does, and of its own accord removes what it leaves unfinished. `clone` holds Node's bits. Permissions
/// are set when the content is there, since writing takes the set-user-ID bit away.
///
/// # Errors
/// The errno.
pub(crate) fn copy_new(from: &CStr, to: &CStr, clone: i32, times: Option<Precision>) -> Result<(), i32> {
    let source = owned(open(from, libc::O_RDONLY, 0).map_err(|error| error.errno)?);
    let stat = stat_of(&source)?;
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
    let target = owned(open(to, flags, stat.permissions()).map_err(|error| error.errno)?);
    fill(&source, &target, &stat, clone, times).inspect_err(|_| {
        // The failure before is the one to report.
        // SAFETY: `to` is NUL-terminated.
        let _ = unsafe { libc::unlink(to.as_ptr()) };
    })
}

fn fill(
    source: &OwnedFd,
    target: &OwnedFd,
    stat: &Stat,
    clone: i32,
    times: Option<Precision>,
) -> Result<(), i32> {
    let (from, to) = (source.as_raw_fd(), target.as_raw_fd());
    let made = stat_of(target)?;
    let spec = stat.times();
    // SAFETY: there are two times. The call may be refused, and libuv says nothing about it either.
    let _ = unsafe { libc::futimens(to, spec.as_ptr()) };
    // What is as it should be is asked about, for changing it to the same takes the kernel longer.
    if made.owner() != stat.owner() {
        let (uid, gid) = stat.owner();
        // SAFETY: numbers. It may be refused, as above.
        let _ = unsafe { libc::fchown(to, uid, gid) };
    }
    if !cloned(from, to, clone)? {
        copy_content(from, to, stat.size())?;
    }
    if let Some(precision) = times {
        // Reading may have changed the time of access.
        change_times_of(to, precision.times(&stat_of(source)?)).map_err(|error| error.errno)?;
    }
    // Of these, writing and a change of the owner take away.
    let is_lasting = stat.permissions() & (libc::S_ISUID | libc::S_ISGID) == 0;
    if is_lasting && made.permissions() == stat.permissions() {
        return Ok(());
    }
    // SAFETY: a descriptor and a number.
    retry(|| unsafe { libc::fchmod(to, stat.permissions()) }).map(|_| ())
}

/// What a copy does where a file is already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Existing {
    /// Writes over it.
    Overwrite,
    /// Leaves it alone.
    Keep,
    /// Fails.
    Refuse,
}

/// Copies content and permissions alone, as `std::filesystem::copy_file` does; false for a file that is kept.
///
/// # Errors
/// The errno; `EINVAL` when one of the two is there and no regular file.
pub(crate) fn copy_plain(from: &CStr, to: &CStr, existing: Existing) -> Result<bool, i32> {
    let there = status(to.to_bytes())?;
    let stat = stat(from).map_err(|error| error.errno)?;
    if !stat.is_regular() || there.as_ref().is_some_and(|there| !there.is_regular()) {
        return Err(libc::EINVAL);
    }
    let on_sight = match (&there, existing) {
        (Some(there), _) if there.identity() == stat.identity() => return Err(libc::EEXIST),
        (Some(_), Existing::Keep) => return Ok(false),
        (Some(_), Existing::Refuse) => return Err(libc::EEXIST),
        (_, Existing::Overwrite) => libc::O_TRUNC,
        (None, Existing::Keep | Existing::Refuse) => libc::O_EXCL,
    };
    let source = owned(open(from, libc::O_RDONLY, 0).map_err(|error| error.errno)?);
    let target = match open(to, libc::O_WRONLY | libc::O_CREAT | on_sight, 0o200) {
        Ok(fd) => owned(fd),
        Err(error) if error.errno == libc::EEXIST && existing == Existing::Keep => return Ok(false),
        Err(error) => return Err(error.errno),
    };
    let (from, to) = (source.as_raw_fd(), target.as_raw_fd());
    // SAFETY: a descriptor and a number.
    retry(|| unsafe { libc::fchmod(to, stat.permissions()) })?;
    copy_content(from, to, stat.size())?;
    Ok(true)
}

/// How finely Node's ways of copying keep times.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Precision {
    /// As a `Date`.
    Milliseconds,
    /// As seconds in a double.
    Double,
}

impl Precision {
    /// The times of a file, as Node hands them on.
    pub(crate) fn times(self, stat: &Stat) -> Times {
        let [access, modification] = stat.times().map(|time| self.seconds(time));
        Times { access, modification }
    }

    fn seconds(self, time: libc::timespec) -> f64 {
        let (seconds, nanoseconds) = (time.tv_sec as f64, time.tv_nsec as f64);
        match self {
            // Math.round, which goes up from the middle.
            Precision::Milliseconds => (seconds * 1e3 + nanoseconds / 1e6 + 0.5).floor() / 1e3,
            Precision::Double => seconds + nanoseconds / 1e9,
        }
    }
}

/// Whether the blocks are shared now.
fn cloned(from: RawFd, to: RawFd, clone: i32) -> Result<bool, i32> {
    if clone & (CLONE | CLONE_ONLY) == 0 {
        return Ok(false);
    }
    // SAFETY: FICLONE takes two descriptors.
    match retry(|| unsafe { libc::ioctl(to, libc::FICLONE, from) }) {
        Ok(_) => Ok(true),
        Err(errno) if clone & CLONE_ONLY != 0 => Err(errno),
        Err(_) => Ok(false),
    }
}

/// Up to this size two system calls over a buffer take less than the kernel's own copy.
const SMALL: usize = 64 * 1024;

thread_local! {
    // Kept: pages of a fresh allocation would be faulted in at every file.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn copy_content(from: RawFd, to: RawFd, size: u64) -> Result<(), i32> {
    if size > SMALL as u64 && copy_in_kernel(from, to, size)? {
        return Ok(());
    }
    BUFFER.with_borrow_mut(|buffer| {
        buffer.resize(SMALL, 0);
        let mut left = size;
        while left > 0 {
            let room = left.min(SMALL as u64) as usize;
            let n = read(from, &mut buffer[..room], -1).map_err(|error| error.errno)?;
            if n == 0 {
                break;
            }
            write_all(to, &buffer[..n])?;
            left -= n as u64;
        }
        Ok(())
    })
}

fn write_all(fd: RawFd, bytes: &[u8]) -> Result<(), i32> {
    let mut done = 0;
    while done < bytes.len() {
        match write(fd, &bytes[done..], -1).map_err(|error| error.errno)? {
            0 => return Err(libc::EIO),
            n => done += n,
        }
    }
    Ok(())
}

/// False when the kernel cannot copy between these files and nothing was copied.
fn copy_in_kernel(from: RawFd, to: RawFd, size: u64) -> Result<bool, i32> {
    let mut left = size;
    while left > 0 {
        let part = left.min(1 << 30) as usize;
        // SAFETY: null offsets let both descriptors move.
        let n =
            unsafe { libc::copy_file_range(from, std::ptr::null_mut(), to, std::ptr::null_mut(), part, 0) };
        match n {
            0 => return Ok(left < size),
            n if n > 0 => left -= n as u64,
            _ => match last_errno() {
                libc::EINTR => {}
                _ if left == size => return Ok(false),
                errno => return Err(errno),
            },
        }
    }
    Ok(true)
}

fn stat_of(file: &OwnedFd) -> Result<Stat, i32> {
    fstat(file.as_raw_fd()).map_err(|error| error.errno)
}
