//! From the return value of a system call to a result.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use node_error::SyscallError;

/// The errno of the system call that has just failed on this thread.
pub(crate) fn last_errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

/// An operation on a descriptor failed: Node's error names the system call alone.
pub(crate) fn failed(errno: i32, syscall: &'static str) -> SyscallError {
    SyscallError { errno, syscall, path: None, dest: None }
}

/// The end of an operation on a descriptor that returns nothing.
#[inline]
pub(crate) fn done_at(answer: Result<i32, i32>, syscall: &'static str) -> Result<(), SyscallError> {
    answer.map(|_| ()).map_err(|errno| failed(errno, syscall))
}

/// An operation on a path failed.
#[cold]
pub(crate) fn failed_at(errno: i32, syscall: &'static str, path: &CStr) -> SyscallError {
    SyscallError { errno, syscall, path: Some(path_buf(path)), dest: None }
}

/// An operation on two paths failed.
#[cold]
pub(crate) fn failed_between(errno: i32, syscall: &'static str, path: &CStr, dest: &CStr) -> SyscallError {
    SyscallError { dest: Some(path_buf(dest)), ..failed_at(errno, syscall, path) }
}

fn path_buf(path: &CStr) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(path.to_bytes()))
}

/// Calls until the answer is not "interrupted", as libuv does for everything but close.
pub(crate) fn retry<T: Copy + PartialEq + From<i8>>(mut call: impl FnMut() -> T) -> Result<T, i32> {
    loop {
        let answer = call();
        if answer != T::from(-1) {
            return Ok(answer);
        }
        match last_errno() {
            libc::EINTR => {}
            errno => return Err(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_errno(value: i32) {
        // SAFETY: glibc's errno location is valid for the calling thread.
        unsafe { *libc::__errno_location() = value }
    }

    #[test]
    fn an_interrupted_call_is_made_again() {
        let mut calls = 0;
        let answer = retry(|| {
            calls += 1;
            set_errno(libc::EINTR);
            if calls < 3 { -1_i32 } else { 7 }
        });
        assert_eq!((answer, calls), (Ok(7), 3));
    }

    #[test]
    fn any_other_failure_is_returned() {
        let answer = retry(|| {
            set_errno(libc::EBADF);
            -1_isize
        });
        assert_eq!(answer, Err(libc::EBADF));
    }
}
