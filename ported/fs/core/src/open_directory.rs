//! A directory that stays open and is read part by part, as opendir(3), readdir(3) and closedir(3) do.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use node_error::SyscallError;

use crate::directory::{Listing, add_entries};
use crate::syscall::{failed, failed_at, retry};

/// An open directory. Threads may share it: each entry goes to one reader. Dropped, it is closed.
#[derive(Debug)]
pub struct OpenDirectory(Mutex<Option<OwnedFd>>);

impl OpenDirectory {
    /// # Errors
    /// With syscall `opendir` and the path.
    pub fn open(path: &CStr) -> Result<Self, SyscallError> {
        let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: `path` is NUL-terminated.
        let fd = retry(|| unsafe { libc::open(path.as_ptr(), flags) })
            .map_err(|errno| failed_at(errno, "opendir", path))?;
        // SAFETY: open has just returned it, and nobody else has it.
        Ok(Self(Mutex::new(Some(unsafe { OwnedFd::from_raw_fd(fd) }))))
    }

    /// The next entries, in the order of the file system: at least `count`, unless the directory ends before, and
    /// more where the kernel gave more at once. None at the end.
    ///
    /// # Errors
    /// With syscall `readdir`; `EBADF` when it is closed.
    pub fn read(&self, count: usize) -> Result<Listing, SyscallError> {
        let directory = self.lock();
        let Some(fd) = directory.as_ref() else { return Err(failed(libc::EBADF, "readdir")) };
        let mut listing = Listing::default();
        while listing.len() < count {
            match add_entries(fd.as_raw_fd(), &mut listing) {
                Ok(true) => {}
                // Some file systems say of a directory that was removed meanwhile that it does not exist, where
                // POSIX wants its end; glibc's readdir does the same.
                Ok(false) | Err(libc::ENOENT) => break,
                Err(errno) => return Err(failed(errno, "readdir")),
            }
        }
        Ok(listing)
    }

    /// Closes it; what reads it meanwhile finishes first.
    ///
    /// # Errors
    /// `EBADF` with syscall `closedir` when it is closed already. What close(2) says is ignored, as libuv does.
    pub fn close(&self) -> Result<(), SyscallError> {
        self.lock().take().map(drop).ok_or_else(|| failed(libc::EBADF, "closedir"))
    }

    /// A descriptor alone cannot be left half changed.
    fn lock(&self) -> MutexGuard<'_, Option<OwnedFd>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use super::*;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    #[test]
    fn every_entry_comes_once_in_parts_of_at_least_what_was_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let names: BTreeSet<_> =
            (0..5000).map(|i| format!("a-name-of-some-length-{i}").into_bytes()).collect();
        for name in &names {
            fs::write(dir.path().join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
        }
        for count in [1, 32, 3000, 100_000] {
            let directory = OpenDirectory::open(&c(dir.path())).unwrap();
            let mut seen = Vec::new();
            loop {
                let part = directory.read(count).unwrap();
                if part.is_empty() {
                    break;
                }
                seen.extend(part.iter().map(|(name, kind)| (name.to_vec(), kind)));
                assert!(part.len() >= count || seen.len() == names.len());
            }
            assert_eq!(seen.len(), names.len());
            assert!(seen.iter().all(|(_, kind)| *kind == 1));
            assert_eq!(seen.into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), names);
            assert!(directory.read(count).unwrap().is_empty());
        }
    }

    #[test]
    fn a_removed_directory_ends() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let directory = OpenDirectory::open(&c(&inner)).unwrap();
        fs::remove_dir(&inner).unwrap();
        assert!(directory.read(32).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_opened_and_what_is_closed() {
        for (path, errno) in
            [(c"/no/such", libc::ENOENT), (c"/etc/passwd", libc::ENOTDIR), (c"", libc::ENOENT)]
        {
            let error = OpenDirectory::open(path).unwrap_err();
            assert_eq!((error.errno, error.syscall), (errno, "opendir"));
        }
        let directory = OpenDirectory::open(c"/").unwrap();
        directory.close().unwrap();
        assert_eq!(directory.read(1).unwrap_err().errno, libc::EBADF);
        assert_eq!(directory.close().unwrap_err().syscall, "closedir");
    }

    #[test]
    fn readers_on_several_threads_share_the_entries() {
        let dir = tempfile::tempdir().unwrap();
        for i in 0..2000 {
            fs::write(dir.path().join(format!("a-long-name-so-that-many-parts-are-needed-{i:040}")), "")
                .unwrap();
        }
        let directory = OpenDirectory::open(&c(dir.path())).unwrap();
        let total: usize = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        std::iter::repeat_with(|| directory.read(1).unwrap().len())
                            .take_while(|read| *read > 0)
                            .sum::<usize>()
                    })
                })
                .collect();
            readers.into_iter().map(|reader| reader.join().unwrap()).sum()
        });
        assert_eq!(total, 2000);
    }
}
