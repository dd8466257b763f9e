//! errno to the code, message, syscall and path of Node's system errors.
//!
//! An errno is positive here, as the kernel's headers have it; JavaScript sees libuv's negative number
//! ([`SyscallError::uv_errno`]). Nothing in this crate knows a JavaScript engine.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use std::os::unix::ffi::OsStrExt;

mod table;

/// The code that libuv's `uv_err_name` gives, such as `ENOENT`; for an errno that libuv does not know,
/// `Unknown system error -N`.
pub fn code(errno: i32) -> Cow<'static, str> {
    match known(errno) {
        Some((code, _)) => Cow::Borrowed(code),
        None => unknown(errno),
    }
}

/// The words that libuv's `uv_strerror` gives, such as `no such file or directory`; for an errno that libuv
/// does not know, `Unknown system error -N`.
pub fn message(errno: i32) -> Cow<'static, str> {
    match known(errno) {
        Some((_, message)) => Cow::Borrowed(message),
        None => unknown(errno),
    }
}

/// Every `(errno, code, message)` that libuv names, sorted by errno.
pub fn all() -> &'static [(i32, &'static str, &'static str)] {
    table::ERRORS
}

fn known(errno: i32) -> Option<(&'static str, &'static str)> {
    let index = table::ERRORS.binary_search_by_key(&errno, |row| row.0).ok()?;
    let (_, code, message) = table::ERRORS[index];
    Some((code, message))
}

fn unknown(errno: i32) -> Cow<'static, str> {
    Cow::Owned(format!("Unknown system error {}", errno.wrapping_neg()))
}

/// A system call that failed, with what Node puts into the error that it throws.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SyscallError {
    /// Positive, as the kernel's headers have it.
    pub errno: i32,
    /// The name that Node reports, which is not always the call made: readdir reports `scandir`.
    pub syscall: &'static str,
    /// The path that failed, if the call has one; any bytes.
    pub path: Option<PathBuf>,
    /// The second path of rename, link, symlink and copyfile; any bytes.
    pub dest: Option<PathBuf>,
}

impl SyscallError {
    /// An error of a call without a path.
    pub fn new(errno: i32, syscall: &'static str) -> Self {
        Self { errno, syscall, path: None, dest: None }
    }

    /// The error that the thread's last failed system call left in `errno`.
    pub fn last(syscall: &'static str) -> Self {
        Self::from_io(&io::Error::last_os_error(), syscall)
    }

    /// The system error inside `error`; `EIO` when the standard library made it up without one.
    pub fn from_io(error: &io::Error, syscall: &'static str) -> Self {
        const EIO: i32 = 5;
        Self::new(error.raw_os_error().unwrap_or(EIO), syscall)
    }

    /// The same error with the path that failed.
    #[must_use]
    pub fn with_path(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().to_owned());
        self
    }

    /// The same error with the second path.
    #[must_use]
    pub fn with_dest(mut self, dest: impl AsRef<Path>) -> Self {
        self.dest = Some(dest.as_ref().to_owned());
        self
    }

    /// libuv's number: what the `errno` property holds in JavaScript.
    pub fn uv_errno(&self) -> i32 {
        self.errno.wrapping_neg()
    }

    /// The `code` property.
    pub fn code(&self) -> Cow<'static, str> {
        code(self.errno)
    }

    /// Node's message, `CODE: words, syscall 'path' -> 'dest'`, with the paths' own bytes: decoding them is
    /// the engine's work, as it is for Node's own errors.
    pub fn message_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.extend_from_slice(self.code().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(message(self.errno).as_bytes());
        out.extend_from_slice(b", ");
        out.extend_from_slice(self.syscall.as_bytes());
        if let Some(path) = &self.path {
            out.extend_from_slice(b" '");
            out.extend_from_slice(path.as_os_str().as_bytes());
            out.push(b'\'');
        }
        if let Some(dest) = &self.dest {
            out.extend_from_slice(b" -> '");
            out.extend_from_slice(dest.as_os_str().as_bytes());
            out.push(b'\'');
        }
        out
    }
}

impl fmt::Display for SyscallError {
    /// Node's message; bytes of a path that are not UTF-8 show as U+FFFD.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&String::from_utf8_lossy(&self.message_bytes()))
    }
}

impl std::error::Error for SyscallError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn table_is_sorted_so_that_the_search_finds_every_row() {
        for (errno, code_, message_) in all() {
            assert_eq!(code(*errno), *code_);
            assert_eq!(message(*errno), *message_);
        }
        assert!(all().windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn message_without_paths() {
        assert_eq!(SyscallError::new(9, "close").to_string(), "EBADF: bad file descriptor, close");
    }

    #[test]
    fn message_with_path_and_dest() {
        let error = SyscallError::new(2, "rename").with_path("/a").with_dest("/b");
        assert_eq!(error.to_string(), "ENOENT: no such file or directory, rename '/a' -> '/b'");
        assert_eq!(error.uv_errno(), -2);
    }

    #[test]
    fn unknown_errno_is_named_as_libuv_names_it() {
        let error = SyscallError::new(122, "write");
        assert_eq!(error.code(), "Unknown system error -122");
        assert_eq!(error.to_string(), "Unknown system error -122: Unknown system error -122, write");
    }

    #[test]
    fn path_keeps_bytes_that_are_not_utf8() {
        let error = SyscallError::new(2, "open").with_path(OsStr::from_bytes(b"/\xff"));
        assert!(error.message_bytes().ends_with(b", open '/\xff'"));
        assert!(error.to_string().ends_with(", open '/\u{fffd}'"));
    }

    #[test]
    fn last_error_of_the_thread() {
        let error = std::fs::metadata("/portlab-does-not-exist").expect_err("nothing has this name");
        assert_eq!(SyscallError::from_io(&error, "stat").errno, 2);
        assert_eq!(SyscallError::from_io(&io::Error::other("no errno"), "stat").errno, 5);
    }
}
