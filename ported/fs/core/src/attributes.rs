//! Permissions, owners and times.

use std::ffi::CStr;
use std::os::fd::RawFd;

use node_error::SyscallError;

use crate::path::done;
use crate::syscall::{done_at, retry};

/// Sets permissions.
///
/// # Errors
/// With syscall `chmod` and the path.
pub fn change_mode(path: &CStr, mode: u32) -> Result<(), SyscallError> {
    // SAFETY: `path` is NUL-terminated.
    done(retry(|| unsafe { libc::chmod(path.as_ptr(), mode) }), "chmod", path)
}

/// Sets the permissions of an open file.
///
/// # Errors
/// With syscall `fchmod`.
pub fn change_mode_of(fd: RawFd, mode: u32) -> Result<(), SyscallError> {
    // SAFETY: a descriptor and a number.
    done_at(retry(|| unsafe { libc::fchmod(fd, mode) }), "fchmod")
}

/// Sets the owner and the group; `u32::MAX` leaves either as it is.
///
/// # Errors
/// With syscall `chown` and the path.
pub fn change_owner(path: &CStr, uid: u32, gid: u32) -> Result<(), SyscallError> {
    // SAFETY: `path` is NUL-terminated.
    done(retry(|| unsafe { libc::chown(path.as_ptr(), uid, gid) }), "chown", path)
}

/// As [`change_owner`], of a symbolic link itself.
///
/// # Errors
/// With syscall `lchown` and the path.
pub fn change_link_owner(path: &CStr, uid: u32, gid: u32) -> Result<(), SyscallError> {
    // SAFETY: `path` is NUL-terminated.
    done(retry(|| unsafe { libc::lchown(path.as_ptr(), uid, gid) }), "lchown", path)
}

/// As [`change_owner`], of an open file.
///
/// # Errors
/// With syscall `fchown`.
pub fn change_owner_of(fd: RawFd, uid: u32, gid: u32) -> Result<(), SyscallError> {
    // SAFETY: a descriptor and two numbers.
    done_at(retry(|| unsafe { libc::fchown(fd, uid, gid) }), "fchown")
}

/// Times of access and modification, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Of the last access. An infinite time is now, and what is no number leaves the time as it is.
    pub access: f64,
    /// Of the last modification, likewise.
    pub modification: f64,
}

impl Times {
    fn as_timespecs(self) -> [libc::timespec; 2] {
        [timespec(self.access), timespec(self.modification)]
    }
}

/// libuv's conversion (`uv__fs_to_timespec`): nanoseconds are what the fraction of a double has of them.
fn timespec(time: f64) -> libc::timespec {
    let special = |tv_nsec| libc::timespec { tv_sec: 0, tv_nsec };
    if time.is_infinite() {
        return special(libc::UTIME_NOW);
    }
    if time.is_nan() {
        return special(libc::UTIME_OMIT);
    }
    let seconds = time as i64;
    match ((time - seconds as f64) * 1e9) as i64 {
        nanoseconds @ 0.. => libc::timespec { tv_sec: seconds, tv_nsec: nanoseconds },
        below => libc::timespec { tv_sec: seconds - 1, tv_nsec: below + 1_000_000_000 },
    }
}

/// Sets the times of a file.
///
/// # Errors
/// With syscall `utime` and the path.
pub fn change_times(path: &CStr, times: Times) -> Result<(), SyscallError> {
    done(utimensat(path, times, 0), "utime", path)
}

/// Sets the times of a symbolic link itself.
///
/// # Errors
/// With syscall `lutime` and the path.
pub fn change_link_times(path: &CStr, times: Times) -> Result<(), SyscallError> {
    done(utimensat(path, times, libc::AT_SYMLINK_NOFOLLOW), "lutime", path)
}

fn utimensat(path: &CStr, times: Times, flags: i32) -> Result<i32, i32> {
    let times = times.as_timespecs();
    // SAFETY: `path` is NUL-terminated and there are two times.
    retry(|| unsafe { libc::utimensat(libc::AT_FDCWD, path.as_ptr(), times.as_ptr(), flags) })
}

/// Sets the times of an open file.
///
/// # Errors
/// With syscall `futime`.
pub fn change_times_of(fd: RawFd, times: Times) -> Result<(), SyscallError> {
    let times = times.as_timespecs();
    // SAFETY: there are two times.
    done_at(retry(|| unsafe { libc::futimens(fd, times.as_ptr()) }), "futime")
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs::{self, File};
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    #[test]
    fn a_time_is_cut_to_nanoseconds_and_negative_ones_count_forwards() {
        let parts = |time| (timespec(time).tv_sec, timespec(time).tv_nsec);
        assert_eq!(parts(0.0), (0, 0));
        assert_eq!(parts(2.5), (2, 500_000_000));
        assert_eq!(parts(-2.5), (-3, 500_000_000));
        assert_eq!(parts(-1.0), (-1, 0));
        assert_eq!(parts(f64::INFINITY).1, libc::UTIME_NOW);
        assert_eq!(parts(f64::NEG_INFINITY).1, libc::UTIME_NOW);
        assert_eq!(parts(f64::NAN).1, libc::UTIME_OMIT);
    }

    #[test]
    fn attributes_are_set_on_a_file_a_link_and_a_descriptor() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "x").unwrap();
        symlink("file", &link).unwrap();
        let c = |path: &std::path::Path| CString::new(path.as_os_str().as_bytes()).unwrap();
        let open = File::open(&file).unwrap();
        change_mode(&c(&link), 0o640).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        change_mode_of(open.as_raw_fd(), 0o600).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        change_times(&c(&link), Times { access: 1.5, modification: 2.5 }).unwrap();
        change_link_times(&c(&link), Times { access: 3.0, modification: 4.0 }).unwrap();
        let of = |path| fs::symlink_metadata(path).unwrap();
        assert_eq!((of(&file).atime_nsec(), of(&file).mtime(), of(&link).mtime()), (500_000_000, 2, 4));
        change_times_of(open.as_raw_fd(), Times { access: f64::NAN, modification: 7.0 }).unwrap();
        assert_eq!((of(&file).atime(), of(&file).mtime()), (1, 7));
        // What it is already, and no change, are allowed to everybody.
        let keep = u32::MAX;
        change_owner(&c(&link), of(&file).uid(), keep).unwrap();
        change_link_owner(&c(&link), keep, of(&link).gid()).unwrap();
        change_owner_of(open.as_raw_fd(), keep, keep).unwrap();
    }

    #[test]
    fn errors_name_the_call_and_the_path() {
        let times = Times { access: 0.0, modification: 0.0 };
        let below = c"/no/such";
        for (error, syscall) in [
            (change_mode(below, 0), "chmod"),
            (change_owner(below, 0, 0), "chown"),
            (change_link_owner(below, 0, 0), "lchown"),
            (change_times(below, times), "utime"),
            (change_link_times(below, times), "lutime"),
        ] {
            let error = error.unwrap_err();
            assert_eq!((error.errno, error.syscall), (libc::ENOENT, syscall));
            assert_eq!(error.path.unwrap(), std::path::Path::new("/no/such"));
        }
        for (error, syscall) in [
            (change_mode_of(-1, 0), "fchmod"),
            (change_owner_of(-1, 0, 0), "fchown"),
            (change_times_of(-1, times), "futime"),
        ] {
            let error = error.unwrap_err();
            assert_eq!((error.errno, error.syscall, error.path), (libc::EBADF, syscall, None));
        }
    }
}
