//! Copying a whole tree to where nothing is.

use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use node_error::SyscallError;

use crate::attributes::{change_mode, change_times};
use crate::copy_new::{Precision, copy_new};
use crate::directory::read_directory;
use crate::lexical::{current_directory, join_prefix, normalize};
use crate::link::{read_link, symlink};
use crate::stat::{Stat, lstat, stat};
use crate::syscall::{failed_at, failed_between};
use crate::threads::threads_for_a_tree;

/// Whose steps and errors these are: a copy to where nothing is has the same result in both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rules {
    /// Lib's walk (`lib/internal/fs/cp/cp.js`): device files are copied, directories keep no times.
    Steps,
    /// Node 26's `CpDirJob` (`src/node_file.cc`): device files are refused, some errors have the C library's words.
    Job,
}

/// A tree to be copied.
#[derive(Clone, Copy, Debug)]
pub struct TreeCopy<'a> {
    /// A directory.
    pub from: &'a CStr,
    /// Where nothing is yet.
    pub to: &'a CStr,
    /// Links keep their text; otherwise a relative one is made absolute.
    pub verbatim_links: bool,
    /// Copies get the times of their sources.
    pub preserve_times: bool,
    /// Node's `COPYFILE_*` bits.
    pub clone: i32,
    /// See [`Rules`].
    pub rules: Rules,
}

/// Why a copy has stopped. What was copied until then stays, with the permissions of its source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CopyFailure {
    /// As libuv words it.
    Syscall(SyscallError),
    /// As the C library words it: the errno and the path that Node names.
    Words {
        /// Positive.
        errno: i32,
        /// The path that Node names.
        path: Vec<u8>,
    },
    /// Something that cannot be copied.
    Special {
        /// `socket`, `fifo` or `unknown`.
        kind: &'static str,
        /// Where its copy would be.
        to: Vec<u8>,
    },
}

/// Copies a tree, a large one on several threads. Nothing that is already there is written to or followed.
///
/// # Errors
/// The first failure.
pub fn copy_tree(copy: &TreeCopy<'_>) -> Result<(), CopyFailure> {
    let source = lstat(copy.from).map_err(CopyFailure::Syscall)?;
    let walk = Walk {
        copy,
        from: copy.rules.prefix(copy.from),
        to: copy.rules.prefix(copy.to),
        current: current_directory(),
        shared: Mutex::new(Shared::default()),
        changed: Condvar::new(),
        failed: AtomicBool::new(false),
    };
    walk.make_directory(Vec::new(), source)?;
    std::thread::scope(|scope| walk.run(Some(scope)));
    let Shared { made, failure, .. } = walk.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let finished = finish(copy, &walk.from, &walk.to, &made);
    failure.map_or(finished, Err)
}

/// A walk that has seen so many entries takes several threads for what is left: copying so many takes longer than
/// starting one.
const LARGE: usize = 16;

struct Walk<'a> {
    copy: &'a TreeCopy<'a>,
    /// What stands in front of the path of everything below the two roots.
    from: Vec<u8>,
    to: Vec<u8>,
    /// The current directory, for links.
    current: Vec<u8>,
    shared: Mutex<Shared>,
    changed: Condvar,
    /// Set with [`Shared::failure`], to be looked at after every entry.
    failed: AtomicBool,
}

/// What the threads of a walk share.
#[derive(Default)]
struct Shared {
    /// Directories that are made, and to be filled: their paths below the root.
    waiting: Vec<Vec<u8>>,
    active: usize,
    /// Threads that wait for a directory.
    idle: usize,
    helpers: usize,
    seen: usize,
    /// In the order in which they were made: what is inside comes after.
    made: Vec<(Vec<u8>, Stat)>,
    failure: Option<CopyFailure>,
}

impl Walk<'_> {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills directories until none is left or something has failed.
    fn run<'scope>(&'scope self, scope: Option<&'scope std::thread::Scope<'scope, '_>>) {
        let mut shared = self.lock();
        while shared.failure.is_none() {
            let Some(folder) = shared.waiting.pop() else {
                if shared.active == 0 {
                    break;
                }
                shared.idle += 1;
                shared = self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
                shared.idle -= 1;
                continue;
            };
            shared.active += 1;
            let wanted = shared.seen >= LARGE && !shared.waiting.is_empty();
            if let Some(scope) = scope
                && wanted
                && shared.helpers + 1 < threads_for_a_tree()
            {
                shared.helpers += 1;
                scope.spawn(|| self.run(None));
            }
            drop(shared);
            let filled = self.fill(&folder);
            shared = self.lock();
            shared.active -= 1;
            if let Err(failure) = filled {
                shared.failure.get_or_insert(failure);
                self.failed.store(true, Ordering::Relaxed);
            }
            let is_over = shared.failure.is_some() || shared.active == 0 && shared.waiting.is_empty();
            if shared.idle > 0 && is_over {
                self.changed.notify_all();
            }
        }
    }

    /// Copies what is in a directory; the directories in it are made, and filled later.
    fn fill(&self, folder: &[u8]) -> Result<(), CopyFailure> {
        let from = if folder.is_empty() { self.copy.from.to_owned() } else { path(&self.from, folder) };
        let listing = read_directory(&from).map_err(|error| self.copy.rules.listing_failure(error, &from))?;
        self.lock().seen += listing.len();
        for (name, kind) in listing.iter() {
            let entry = if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() };
            let (from, to) = (path(&self.from, &entry), path(&self.to, &entry));
            let kind = if kind == 0 { lstat(&from).map_err(CopyFailure::Syscall)?.kind() } else { kind };
            match kind {
                DIRECTORY => {
                    let source = lstat(&from).map_err(CopyFailure::Syscall)?;
                    self.make_directory(entry, source)?;
                }
                LINK => self.copy_link(&from, &to)?,
                FILE => self.copy_file(&from, &to)?,
                CHARACTERS | BLOCKS if self.copy.rules == Rules::Steps => self.copy_file(&from, &to)?,
                kind => {
                    let kind = match kind {
                        SOCKET => "socket",
                        FIFO => "fifo",
                        _ => "unknown",
                    };
                    return Err(CopyFailure::Special { kind, to: to.into_bytes() });
                }
            }
            if self.failed.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Makes the copy of a directory, which is then to be filled.
    fn make_directory(&self, folder: Vec<u8>, source: Stat) -> Result<(), CopyFailure> {
        let to = if folder.is_empty() { self.copy.to.to_owned() } else { path(&self.to, &folder) };
        crate::directory::make_directory(&to, 0o777).map_err(CopyFailure::Syscall)?;
        let mut shared = self.lock();
        shared.made.push((folder.clone(), source));
        shared.waiting.push(folder);
        if shared.idle > 0 {
            self.changed.notify_one();
        }
        Ok(())
    }

    fn copy_file(&self, from: &CStr, to: &CStr) -> Result<(), CopyFailure> {
        let times = self.copy.preserve_times.then_some(self.copy.rules.precision());
        copy_new(from, to, self.copy.clone, times).map_err(|errno| {
            CopyFailure::Syscall(match self.copy.rules {
                Rules::Steps => failed_between(errno, "copyfile", from, to),
                Rules::Job => failed_at(errno, "copyfile", to),
            })
        })
    }

    fn copy_link(&self, from: &CStr, to: &CStr) -> Result<(), CopyFailure> {
        let text = read_link(from).map_err(|error| self.link_failure(error, to))?;
        let target = if self.copy.verbatim_links { text } else { self.absolute_target(from, text) };
        let target = CString::new(target).unwrap_or_default();
        symlink(&target, to).map_err(|error| self.link_failure(error, to))
    }

    /// Where a link's text leads from where it stands.
    fn absolute_target(&self, link: &CStr, text: Vec<u8>) -> Vec<u8> {
        if text.starts_with(b"/") {
            return text;
        }
        let link = link.to_bytes();
        let folder = &link[..link.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)];
        let current =
            if link.starts_with(b"/") { &[][..] } else { &[self.current.as_slice(), b"/"].concat() };
        let mut target = normalize(&[current, folder, &text].concat());
        // std::filesystem keeps what says that it is a directory.
        let last = text.rsplit(|byte| *byte == b'/').next();
        let is_directory = matches!(last, Some(b"" | b"." | b".."));
        if self.copy.rules == Rules::Job && is_directory && !target.ends_with(b"/") {
            target.push(b'/');
        }
        target
    }

    fn link_failure(&self, error: SyscallError, to: &CStr) -> CopyFailure {
        match self.copy.rules {
            Rules::Steps => CopyFailure::Syscall(error),
            // It names the directory in which the link was to be.
            Rules::Job => {
                let to = to.to_bytes();
                let slash = to.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                CopyFailure::Words { errno: error.errno, path: to[..slash].to_vec() }
            }
        }
    }
}

/// Gives the directories that were made the permissions of their sources, and where asked for the times: what is inside
/// first, since afterwards it may be out of reach.
fn finish(copy: &TreeCopy<'_>, from: &[u8], to: &[u8], made: &[(Vec<u8>, Stat)]) -> Result<(), CopyFailure> {
    let mut finished = Ok(());
    for (folder, source) in made.iter().rev() {
        let (from, to) = if folder.is_empty() {
            (copy.from.to_owned(), copy.to.to_owned())
        } else {
            (path(from, folder), path(to, folder))
        };
        finished = finished.and(finish_directory(copy, &from, &to, source));
    }
    finished
}

fn finish_directory(copy: &TreeCopy<'_>, from: &CStr, to: &CStr, source: &Stat) -> Result<(), CopyFailure> {
    change_mode(to, source.permissions()).map_err(|error| match copy.rules {
        Rules::Steps => CopyFailure::Syscall(error),
        Rules::Job => CopyFailure::Words { errno: error.errno, path: to.to_bytes().to_vec() },
    })?;
    if copy.preserve_times && copy.rules == Rules::Job {
        let source = stat(from).map_err(CopyFailure::Syscall)?;
        change_times(to, copy.rules.precision().times(&source)).map_err(CopyFailure::Syscall)?;
    }
    Ok(())
}

impl Rules {
    fn prefix(self, path: &CStr) -> Vec<u8> {
        match self {
            Rules::Steps => join_prefix(path.to_bytes()),
            Rules::Job if path.to_bytes().ends_with(b"/") => path.to_bytes().to_vec(),
            Rules::Job => [path.to_bytes(), b"/"].concat(),
        }
    }

    fn precision(self) -> Precision {
        match self {
            Rules::Steps => Precision::Milliseconds,
            Rules::Job => Precision::Double,
        }
    }

    fn listing_failure(self, error: SyscallError, from: &CStr) -> CopyFailure {
        match self {
            Rules::Steps => CopyFailure::Syscall(SyscallError { syscall: "opendir", ..error }),
            Rules::Job => CopyFailure::Words { errno: error.errno, path: from.to_bytes().to_vec() },
        }
    }
}

/// libuv's numbers of types.
const FILE: u8 = 1;
const DIRECTORY: u8 = 2;
const LINK: u8 = 3;
const FIFO: u8 = 4;
const SOCKET: u8 = 5;
const CHARACTERS: u8 = 6;
const BLOCKS: u8 = 7;

fn path(prefix: &[u8], below: &[u8]) -> CString {
    // The prefix is a part of a C string and the rest is made of names, which the kernel ends with a NUL.
    CString::new([prefix, below].concat()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
