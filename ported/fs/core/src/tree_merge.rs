//! cpSync's copy of a directory, which merges into what is there (`CpSyncCopyDir` in `src/node_file.cc`).

use std::ffi::CStr;

use crate::attributes::{change_mode, change_times};
use crate::copy_new::{Existing, Precision, copy_plain};
use crate::copy_sync::{CopyRefusal, coded};
use crate::link::{read_link, symlink};
use crate::open_directory::OpenDirectory;
use crate::stat::{Stat, lstat, stat};
use crate::std_filesystem::{
    absolute, c_string, create_directories, create_directory, join, status, weakly_canonical,
};
use crate::syscall::retry;

/// A directory to be merged into another one, or into what is not there yet.
#[derive(Clone, Copy, Debug)]
pub struct TreeMerge<'a> {
    /// A directory.
    pub from: &'a CStr,
    /// Where its entries go; made when it is not there.
    pub to: &'a CStr,
    /// What happens to files that are there. Links are always replaced.
    pub existing: Existing,
    /// Node 26 follows links; Node 24 leaves out a check.
    pub dereference: bool,
    /// Links keep their text; otherwise they name the real place of what they point to.
    pub verbatim_links: bool,
    /// Copies of files, in Node 26 of directories too, get the times of their sources.
    pub preserve_times: bool,
    /// See [`Edition`].
    pub edition: Edition,
}

/// Whose rules these are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Edition {
    /// Links are links, and directories get the permissions that new ones have. Where Node 24's process ends with an
    /// exception of `std::filesystem`, the error is that of Node 26.
    Node24,
    /// Links may be followed; directories get the permissions of their sources.
    Node26,
}

/// Merges. Sockets, pipes and devices are left out.
///
/// # Errors
/// The first failure; what was copied until then stays.
pub fn merge_tree(merge: &TreeMerge<'_>) -> Result<(), CopyRefusal> {
    let (from, to) = (merge.from.to_bytes(), merge.to.to_bytes());
    let is_new = stat(merge.to).is_err();
    create_directories(to).map_err(|errno| words(errno, to))?;
    merge.fill(from, to)?;
    merge.finish_directory(from, to, is_new)
}

/// libuv's numbers of types.
const UNKNOWN: u8 = 0;
const FILE: u8 = 1;
const DIRECTORY: u8 = 2;
const LINK: u8 = 3;

/// An entry and where it goes.
struct Entry<'a> {
    from: Vec<u8>,
    to: Vec<u8>,
    from_folder: &'a [u8],
    to_folder: &'a [u8],
    is_link: bool,
}

impl TreeMerge<'_> {
    fn fill(&self, from_folder: &[u8], to_folder: &[u8]) -> Result<(), CopyRefusal> {
        let listing = OpenDirectory::open(&c_string(from_folder))
            .and_then(|directory| directory.read(usize::MAX))
            .map_err(|error| words(error.errno, from_folder))?;
        for (name, kind) in listing.iter() {
            let (from, to) = (join(from_folder, name), join(to_folder, name));
            let kind = if kind == UNKNOWN { kind_of(lstat(&c_string(&from)))? } else { kind };
            let is_link = kind == LINK;
            let follow = is_link && self.dereference && self.edition == Edition::Node26;
            let kind = if follow { kind_of(stat(&c_string(&from)))? } else { kind };
            let entry = Entry { from, to, from_folder, to_folder, is_link };
            match kind {
                LINK => self.copy_link(&entry)?,
                DIRECTORY => self.merge_directory(&entry)?,
                FILE => self.copy_file(&entry)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn merge_directory(&self, entry: &Entry<'_>) -> Result<(), CopyRefusal> {
        let refused = |errno| words(errno, &entry.to);
        let is_there = entry.is_link && status(&entry.to).map_err(refused)?.is_some();
        let is_new = !is_there && create_directory(&entry.to).map_err(refused)?;
        self.fill(&entry.from, &entry.to)?;
        self.finish_directory(&entry.from, &entry.to, is_new)
    }

    /// Permissions and times, when the content is in.
    fn finish_directory(&self, from: &[u8], to: &[u8], is_new: bool) -> Result<(), CopyRefusal> {
        if self.edition == Edition::Node24 {
            return Ok(());
        }
        if is_new {
            copy_mode(from, to)?;
        }
        if self.preserve_times { copy_times(from, to) } else { Ok(()) }
    }

    fn copy_file(&self, entry: &Entry<'_>) -> Result<(), CopyRefusal> {
        let Entry { from, to, .. } = entry;
        if entry.is_link && status(to).map_err(|errno| words(errno, to))?.is_some() {
            match self.existing {
                Existing::Keep => return Ok(()),
                Existing::Refuse => return already_exists(to),
                Existing::Overwrite => remove(to).map_err(|errno| words(errno, to))?,
            }
        }
        let copied = match copy_plain(&c_string(from), &c_string(to), self.existing) {
            Ok(copied) => copied,
            Err(libc::EEXIST) => return already_exists(to),
            Err(errno) => return Err(words(errno, entry.to_folder)),
        };
        if self.preserve_times {
            copy_times(from, to)?;
        }
        if copied && self.edition == Edition::Node26 { copy_mode(from, to) } else { Ok(()) }
    }

    fn copy_link(&self, entry: &Entry<'_>) -> Result<(), CopyRefusal> {
        let refused = |errno| words(errno, entry.to_folder);
        let target = read_link(&c_string(&entry.from)).map_err(|error| refused(error.errno))?;
        let text = if self.verbatim_links {
            target
        } else {
            self.clear_for_link(entry, &target)?;
            weakly_canonical(&absolute(&join(entry.from_folder, &target))).map_err(refused)?
        };
        symlink(&c_string(&text), &c_string(&entry.to)).map_err(|error| refused(error.errno))
    }

    /// Removes a link that is where one to `target` is to be. Node looks at both texts from the current directory.
    fn clear_for_link(&self, entry: &Entry<'_>, target: &[u8]) -> Result<(), CopyRefusal> {
        let refused = |errno| words(errno, entry.to_folder);
        let place = c_string(&entry.to);
        let Ok(found) = stat(&place) else { return Ok(()) };
        if !lstat(&place).is_ok_and(|found| found.kind() == LINK) {
            let is_kept = !self.dereference || self.existing == Existing::Refuse;
            return if found.is_regular() && is_kept { Err(words(libc::EEXIST, &entry.to)) } else { Ok(()) };
        }
        let current = read_link(&place).map_err(|error| refused(error.errno))?;
        let is_directory = stat(&c_string(target)).is_ok_and(|found| found.is_directory());
        if !self.dereference && is_directory && is_at_or_below(&current, target) {
            let parts = [b"Cannot copy ", target, b" to a subdirectory of self ", &current];
            return coded("ERR_FS_CP_EINVAL", &parts);
        }
        if found.is_directory() && is_at_or_below(target, &current) {
            let parts = [b"cannot overwrite ", current.as_slice(), b" with ", target];
            return coded("ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY", &parts);
        }
        remove(&entry.to).map_err(refused)
    }
}

fn kind_of(found: Result<Stat, node_error::SyscallError>) -> Result<u8, CopyRefusal> {
    found.map(|found| found.kind()).map_err(CopyRefusal::Syscall)
}

/// Compares part by part, and takes `.` and `..` for names.
fn is_at_or_below(inner: &[u8], outer: &[u8]) -> bool {
    let (inner, outer) = (absolute(inner), absolute(outer));
    let mut inner = inner.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    outer.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).all(|part| inner.next() == Some(part))
}

/// `std::filesystem::remove`
fn remove(path: &[u8]) -> Result<(), i32> {
    let path = c_string(path);
    // SAFETY: `path` is NUL-terminated.
    match retry(|| unsafe { libc::remove(path.as_ptr()) }) {
        Ok(_) | Err(libc::ENOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn copy_mode(from: &[u8], to: &[u8]) -> Result<(), CopyRefusal> {
    stat(&c_string(from))
        .and_then(|source| change_mode(&c_string(to), source.permissions()))
        .map_err(|error| words(error.errno, to))
}

fn copy_times(from: &[u8], to: &[u8]) -> Result<(), CopyRefusal> {
    stat(&c_string(from))
        .and_then(|source| change_times(&c_string(to), Precision::Double.times(&source)))
        .map_err(CopyRefusal::Syscall)
}

fn already_exists(to: &[u8]) -> Result<(), CopyRefusal> {
    let said = b"[ERR_FS_CP_EEXIST]: Target already exists: cp returned EEXIST (";
    coded("ERR_FS_CP_EEXIST", &[said, to, b" already exists)"])
}

fn words(errno: i32, path: &[u8]) -> CopyRefusal {
    CopyRefusal::Words { errno, syscall: "cp", path: path.to_vec() }
}
