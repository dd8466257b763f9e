//! The steps of fs.cpSync that Node has in C++ (`CpSyncCheckPaths`, `CpSyncOverrideFile` in `src/node_file.cc`), with the
//! meaning that `std::filesystem` gives them.

use std::ffi::CStr;

use node_error::SyscallError;

use crate::attributes::change_times;
use crate::copy_file::{CopyMode, copy_file};
use crate::copy_new::{Existing, Precision, copy_plain};
use crate::directory::{Form, make_directories};
use crate::stat::{lstat, stat};
use crate::std_filesystem::{c_string, parent_of};
use crate::syscall::retry;

/// Why a step of cpSync is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CopyRefusal {
    /// As libuv words it.
    Syscall(SyscallError),
    /// As the C library words it: the errno, the step that Node names, and the path.
    Words {
        /// Positive; 0 when there was nothing to remove.
        errno: i32,
        /// `unlink` or `cp`.
        syscall: &'static str,
        /// The path that Node names.
        path: Vec<u8>,
    },
    /// One of Node's own errors.
    Coded {
        /// Such as `ERR_FS_CP_EINVAL`.
        code: &'static str,
        /// What it says, with the paths' own bytes.
        message: Vec<u8>,
    },
}

/// Whether `from` may be copied to `to`; makes the directories above `to`.
///
/// With `dereference` the source is looked at as a link and counts as a directory when it is one, and without it is
/// followed: that is what Node does.
///
/// # Errors
/// What forbids the copy.
pub fn check_copy(from: &CStr, to: &CStr, dereference: bool, recursive: bool) -> Result<(), CopyRefusal> {
    let source = if dereference { lstat(from) } else { stat(from) };
    let syscall = if dereference { "stat" } else { "lstat" };
    let source = source.map_err(|error| CopyRefusal::Syscall(SyscallError { syscall, ..error }))?;
    let target = if dereference { stat(to) } else { lstat(to) };
    let source_is_directory = source.is_directory() || dereference && source.kind() == LINK;
    let (from_text, to_text) = (from.to_bytes(), to.to_bytes());
    if let Ok(target) = &target {
        if equivalent(from, to) == Some(true) {
            return coded("ERR_FS_CP_EINVAL", &[b"src and dest cannot be the same ", to_text]);
        }
        if source_is_directory && !target.is_directory() {
            let parts = [b"Cannot overwrite non-directory ", to_text, b" with directory ", from_text];
            return coded("ERR_FS_CP_DIR_TO_NON_DIR", &parts);
        }
        if !source_is_directory && target.is_directory() {
            let parts = [b"Cannot overwrite directory ", to_text, b" with non-directory ", from_text];
            return coded("ERR_FS_CP_NON_DIR_TO_DIR", &parts);
        }
    }
    let slash: &[u8] = if from_text.ends_with(b"/") { b"" } else { b"/" };
    let from_folder = [from_text, slash].concat();
    let inside = || {
        coded("ERR_FS_CP_EINVAL", &[b"Cannot copy ", &from_folder, b" to a subdirectory of self ", to_text])
    };
    if source_is_directory && to_text.starts_with(&from_folder) {
        return inside();
    }
    let parent = c_string(parent_of(to_text));
    let mut above = parent_of(to_text);
    while parent_of(from_text) != above && !parent_of(above).is_empty() && parent_of(above) != above {
        match equivalent(from, &parent) {
            Some(true) => return inside(),
            Some(false) => above = parent_of(above),
            None => break,
        }
    }
    if source_is_directory && !recursive {
        return coded(
            "ERR_FS_EISDIR",
            &[b"Recursive option not enabled, cannot copy a directory: ", &from_folder],
        );
    }
    match source.kind() {
        SOCKET => return coded("ERR_FS_CP_SOCKET", &[b"Cannot copy a socket file: ", to_text]),
        FIFO => return coded("ERR_FS_CP_FIFO_PIPE", &[b"Cannot copy a FIFO pipe: ", to_text]),
        _ => {}
    }
    if !parent.is_empty() && (target.is_err() || stat(&parent).is_err()) {
        // What is wrong there, the copy will say.
        let _ = make_directories(&parent, 0o777, Form::Sync);
    }
    Ok(())
}

/// Replaces the file `to` by a copy of `from`; `mode` holds Node's `COPYFILE_*` bits.
///
/// # Errors
/// What has failed; `to` may be gone then.
pub fn replace_file(from: &CStr, to: &CStr, mode: i32, preserve_times: bool) -> Result<(), CopyRefusal> {
    let words = |errno, syscall| CopyRefusal::Words { errno, syscall, path: to.to_bytes().to_vec() };
    // SAFETY: `to` is NUL-terminated.
    match retry(|| unsafe { libc::remove(to.as_ptr()) }) {
        Ok(_) => {}
        Err(libc::ENOENT) => return Err(words(0, "unlink")),
        Err(errno) => return Err(words(errno, "unlink")),
    }
    if mode == 0 {
        copy_plain(from, to, Existing::Refuse).map_err(|errno| words(errno, "cp"))?;
    } else {
        copy_file(from, to, CopyMode::from_bits(mode))
            .map_err(|error| CopyRefusal::Syscall(SyscallError { syscall: "cp", ..error }))?;
    }
    if preserve_times {
        let source = stat(from).map_err(CopyRefusal::Syscall)?;
        change_times(to, Precision::Double.times(&source)).map_err(CopyRefusal::Syscall)?;
    }
    Ok(())
}

/// libuv's numbers of types that matter here.
const LINK: u8 = 3;
const FIFO: u8 = 4;
const SOCKET: u8 = 5;

pub(crate) fn coded(code: &'static str, message: &[&[u8]]) -> Result<(), CopyRefusal> {
    Err(CopyRefusal::Coded { code, message: message.concat() })
}

/// `std::filesystem::equivalent`: `None` when one of them is missing or cannot be looked at. (Where that is a link to
/// nowhere at the destination, Node's process ends; the port goes on.)
fn equivalent(a: &CStr, b: &CStr) -> Option<bool> {
    Some(stat(a).ok()?.identity() == stat(b).ok()?.identity())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_is_missing_is_named_by_the_other_call() {
        for (dereference, expected) in [(true, "stat"), (false, "lstat")] {
            let refusal = check_copy(c"/no/such", c"/tmp/x", dereference, true).unwrap_err();
            let CopyRefusal::Syscall(error) = refusal else { panic!("{refusal:?}") };
            assert_eq!((error.errno, error.syscall), (libc::ENOENT, expected));
        }
        let refusal = check_copy(c"/tmp", c"/tmp/", false, true).unwrap_err();
        assert!(matches!(refusal, CopyRefusal::Coded { code: "ERR_FS_CP_EINVAL", .. }), "{refusal:?}");
    }
}
