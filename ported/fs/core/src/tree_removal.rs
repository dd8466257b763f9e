//! Removing a whole tree without ever leaving it.
//!
//! Every name is looked up in the directory that holds it, through a descriptor, and no lookup follows a link: who
//! swaps a directory for a link while its tree is removed loses the link, and nothing behind it. (Node's own walk
//! goes by paths, and would follow.)

use std::ffi::{CStr, CString, OsString};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;

use node_error::SyscallError;

use crate::directory::{Listing, list, list_unsorted};
use crate::stat::{fstat, stat_at};
use crate::syscall::retry;

/// What is done when something in a tree cannot be removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Persistence {
    /// Everything else is removed, as fs.rm does, which works on all of a directory at once. A directory is first
    /// removed as if it were empty, so that nothing inside is lost where it cannot be removed itself.
    Rest,
    /// The removal ends, as fs.rmSync does (`std::filesystem::remove_all`).
    Stop,
}

/// Removes a file, a link or a whole directory. What disappears meanwhile is no error.
///
/// At most some 64 descriptors are open at a time, however deep the tree is.
///
/// # Errors
/// The first failure, with syscall `lstat`, `unlink`, `rmdir` or `scandir` and the path.
pub fn remove_tree(path: &CStr, persistence: Persistence) -> Result<(), SyscallError> {
    let mut removal = Removal { root: path, persistence, frames: Vec::new(), first_failure: None };
    removal.run();
    removal.first_failure.map_or(Ok(()), Err)
}

/// So many directories are open at a time; those above are opened again on the way back.
const OPEN: usize = 64;

struct Removal<'a> {
    root: &'a CStr,
    persistence: Persistence,
    /// From the root down to the directory that is being emptied.
    frames: Vec<Frame>,
    first_failure: Option<SyscallError>,
}

/// A directory that is being emptied.
struct Frame {
    place: Place,
    listing: Listing,
    next: usize,
    failed: bool,
}

enum Place {
    Open(OwnedFd),
    /// Closed to stay below [`OPEN`]; device and inode tell it when it is opened again.
    Closed {
        identity: (u64, u64),
    },
}

/// A name in the directory that is open as `parent`.
#[derive(Clone, Copy)]
struct Name<'a> {
    parent: RawFd,
    name: &'a CStr,
}

impl Removal<'_> {
    fn run(&mut self) {
        let root = Name { parent: libc::AT_FDCWD, name: self.root };
        match stat_at(root.parent, root.name) {
            Ok(stat) => self.remove(root, stat.is_directory()),
            Err(errno) => self.fail(errno, "lstat"),
        }
        while let Some(frame) = self.frames.last_mut() {
            if self.first_failure.is_some() && self.persistence == Persistence::Stop {
                return;
            }
            let Some((name, kind)) = frame.listing.get(frame.next) else {
                self.finish();
                continue;
            };
            frame.next += 1;
            let Place::Open(fd) = &frame.place else { unreachable!("the last frame is open") };
            let parent = fd.as_raw_fd();
            let Ok(name) = CString::new(name) else { continue };
            let entry = Name { parent, name: &name };
            let is_directory = match kind {
                UNKNOWN => stat_at(parent, &name).is_ok_and(|stat| stat.is_directory()),
                kind => kind == DIRECTORY,
            };
            self.remove(entry, is_directory);
        }
    }

    /// Removes one name, or, for a directory that is not empty, begins to empty it.
    fn remove(&mut self, entry: Name<'_>, is_directory: bool) {
        if !is_directory {
            return self.unlink(entry);
        }
        if self.persistence == Persistence::Rest {
            match entry.remove(libc::AT_REMOVEDIR) {
                Ok(()) | Err(libc::ENOENT) => return,
                Err(libc::ENOTEMPTY | libc::EEXIST | libc::EPERM) => {}
                // A link with a slash behind it, of which Node removes nothing and says nothing.
                Err(libc::ENOTDIR) if self.frames.is_empty() => return,
                // Swapped for something else since it was looked at.
                Err(libc::ENOTDIR) => return self.unlink(entry),
                Err(errno) => return self.fail(errno, "rmdir"),
            }
        }
        match entry.open() {
            Ok(fd) => self.descend(fd),
            Err(libc::ENOENT) => {}
            // A link by now: it is removed, and what it points to stays.
            Err(libc::ELOOP | libc::ENOTDIR) => self.unlink(entry),
            Err(errno) => self.fail(errno, "scandir"),
        }
    }

    fn unlink(&mut self, entry: Name<'_>) {
        match entry.remove(0) {
            Ok(()) | Err(libc::ENOENT) => {}
            Err(libc::EPERM) if self.persistence == Persistence::Rest => self.unlink_refused(entry),
            Err(errno) => self.fail(errno, "unlink"),
        }
    }

    /// Some systems refuse to unlink a directory with EPERM, so that Node's walk treats what answers so as one.
    #[cold]
    fn unlink_refused(&mut self, entry: Name<'_>) {
        match entry.remove(libc::AT_REMOVEDIR) {
            Ok(()) | Err(libc::ENOENT) => {}
            Err(libc::ENOTDIR) => self.fail(libc::EPERM, "unlink"),
            Err(libc::ENOTEMPTY | libc::EEXIST | libc::EPERM) => match entry.open() {
                Ok(fd) => self.descend(fd),
                Err(errno) => self.fail(errno, "scandir"),
            },
            Err(errno) => self.fail(errno, "rmdir"),
        }
    }

    fn descend(&mut self, fd: OwnedFd) {
        let listing = match self.persistence {
            Persistence::Rest => list(fd.as_raw_fd()),
            // What is left when it ends depends on the order, which is the file system's.
            Persistence::Stop => list_unsorted(fd.as_raw_fd()),
        };
        let listing = match listing {
            Ok(listing) => listing,
            Err(errno) => return self.fail(errno, "scandir"),
        };
        if let Some(above) = self.frames.len().checked_sub(OPEN)
            && let Place::Open(fd) = &self.frames[above].place
        {
            match fstat(fd.as_raw_fd()) {
                Ok(stat) => self.frames[above].place = Place::Closed { identity: stat.identity() },
                Err(error) => return self.fail(error.errno, "scandir"),
            }
        }
        self.frames.push(Frame { place: Place::Open(fd), listing, next: 0, failed: false });
    }

    /// The directory of the last frame has been emptied, as far as that was possible.
    fn finish(&mut self) {
        let Some(done) = self.frames.pop() else { return };
        let Place::Open(fd) = done.place else { unreachable!("the last frame is open") };
        let parent = match self.frames.last_mut() {
            None => libc::AT_FDCWD,
            Some(above) => match above.place.open_again(&fd) {
                Ok(parent) => parent,
                // Somebody has moved what was emptied: the way back to the directories above is lost.
                Err(errno) => {
                    self.frames.pop();
                    self.fail(errno, "scandir");
                    return self.frames.clear();
                }
            },
        };
        drop(fd);
        if done.failed {
            if let Some(above) = self.frames.last_mut() {
                above.failed = true;
            }
            return;
        }
        let name = self.last_name();
        match (Name { parent, name: &name }).remove(libc::AT_REMOVEDIR) {
            Ok(()) | Err(libc::ENOENT) => {}
            Err(errno) => self.fail(errno, "rmdir"),
        }
    }

    /// The name of the directory that was just emptied.
    fn last_name(&self) -> CString {
        match self.frames.last() {
            None => self.root.to_owned(),
            Some(frame) => CString::new(frame.current()).unwrap_or_default(),
        }
    }

    /// Remembers the first failure, and that the directory it happened in stays.
    fn fail(&mut self, errno: i32, syscall: &'static str) {
        if self.first_failure.is_none() {
            let mut path = self.root.to_bytes().to_vec();
            for frame in &self.frames {
                path.push(b'/');
                path.extend_from_slice(frame.current());
            }
            self.first_failure = Some(SyscallError::new(errno, syscall).with_path(OsString::from_vec(path)));
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.failed = true;
        }
    }
}

impl Frame {
    /// The name that was begun last.
    fn current(&self) -> &[u8] {
        self.listing.get(self.next.wrapping_sub(1)).map_or(&[], |(name, _)| name)
    }
}

impl Place {
    /// The directory's descriptor; it is opened as the parent of `child` when it was closed, and must be the same.
    fn open_again(&mut self, child: &OwnedFd) -> Result<RawFd, i32> {
        if let Place::Closed { identity } = *self {
            let fd = Name { parent: child.as_raw_fd(), name: c".." }.open()?;
            if fstat(fd.as_raw_fd()).map_err(|error| error.errno)?.identity() != identity {
                return Err(libc::ENOENT);
            }
            *self = Place::Open(fd);
        }
        let Place::Open(fd) = self else { unreachable!("opened above") };
        Ok(fd.as_raw_fd())
    }
}

impl Name<'_> {
    fn open(self) -> Result<OwnedFd, i32> {
        let flags =
            libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC;
        // SAFETY: the name is NUL-terminated; the parent is open, or AT_FDCWD.
        let fd = retry(|| unsafe { libc::openat(self.parent, self.name.as_ptr(), flags) })?;
        // SAFETY: the descriptor was just opened and is nobody else's.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    fn remove(self, flags: i32) -> Result<(), i32> {
        // SAFETY: the name is NUL-terminated; the parent is open, or AT_FDCWD.
        retry(|| unsafe { libc::unlinkat(self.parent, self.name.as_ptr(), flags) }).map(|_| ())
    }
}

/// libuv's numbers of types that matter here.
const UNKNOWN: u8 = 0;
const DIRECTORY: u8 = 2;

#[cfg(test)]
mod tests;
