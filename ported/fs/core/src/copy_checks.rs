//! What fs.cp looks at before it copies a directory (`lib/internal/fs/cp/cp.js`).

use std::ffi::{CStr, CString};

use crate::directory::{Form, make_directories};
use crate::lexical::{current_directory, directory_of, is_inside, resolve};
use crate::stat::{Stat, lstat, stat};
use crate::tree_copy::{CopyFailure, TreeCopy, copy_tree};

/// What fs.cp has to do with a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Copied {
    /// It was done.
    Tree,
    /// Nothing was done: this is no copy of a directory to where nothing is, or one that the checks refuse.
    Nothing,
}

/// Copies a directory to where nothing is, and makes the directories above; leaves everything else alone.
///
/// # Errors
/// What stops the copy, once the checks are passed.
pub fn copy_new_tree(copy: &TreeCopy<'_>) -> Result<Copied, CopyFailure> {
    let current = current_directory();
    let (from, to) = (resolve(&current, copy.from.to_bytes()), resolve(&current, copy.to.to_bytes()));
    let is_new = lstat(copy.to).is_err_and(|error| error.errno == libc::ENOENT);
    match lstat(copy.from) {
        Ok(source) if source.is_directory() && is_new && !is_inside(&from, &to) => {
            if is_above(&source, directory_of(&from), directory_of(&to)) {
                return Ok(Copied::Nothing);
            }
        }
        _ => return Ok(Copied::Nothing),
    }
    let parent = c_string(directory_of(&to));
    if exists(&parent) == Some(false) {
        make_directories(&parent, 0o777, Form::Async).map_err(CopyFailure::Syscall)?;
    }
    copy_tree(copy).map(|()| Copied::Tree)
}

/// Whether `source` is one of the directories from `to` up to where its own parent stands or the root; also when one of
/// them cannot be looked at.
fn is_above(source: &Stat, source_parent: &[u8], mut to: &[u8]) -> bool {
    while to != source_parent && to != b"/" {
        match stat(&c_string(to)) {
            Ok(above) if above.identity() == source.identity() => return true,
            Ok(_) => to = directory_of(to),
            Err(error) => return error.errno != libc::ENOENT,
        }
    }
    false
}

/// `None` when that cannot be told.
fn exists(path: &CStr) -> Option<bool> {
    match stat(path) {
        Ok(_) => Some(true),
        Err(error) => (error.errno == libc::ENOENT).then_some(false),
    }
}

fn c_string(path: &[u8]) -> CString {
    // A part of a C string.
    CString::new(path).unwrap_or_default()
}
