//! Changes of files, as libuv's fs events report them on Linux: inotify(7).

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use crate::syscall::retry;

/// What libuv asks for.
const WANTED: u32 = libc::IN_ATTRIB
    | libc::IN_CREATE
    | libc::IN_MODIFY
    | libc::IN_DELETE
    | libc::IN_DELETE_SELF
    | libc::IN_MOVE_SELF
    | libc::IN_MOVED_FROM
    | libc::IN_MOVED_TO;

/// As many bytes as libuv reads at once: what the kernel still holds, it merges with equal events that follow.
const BUFFER: usize = 4096;

/// Where the fields of `inotify_event` stand: watch descriptor, mask, cookie, length of the name, name.
const MASK: usize = 4;
const LENGTH: usize = 12;
const NAME: usize = 16;

/// The watches of one environment.
#[derive(Debug)]
pub struct Inotify(OwnedFd);

/// One change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// The watch; one that was removed meanwhile, or -1 when the kernel dropped events, is for nobody.
    pub watch: i32,
    /// True for what libuv calls a rename: everything but a change of content or attributes.
    pub renamed: bool,
    /// The name inside a watched directory; empty for the watched file itself.
    pub name: Vec<u8>,
}

impl Inotify {
    /// # Errors
    /// The errno: `EMFILE` when the user has too many of them.
    pub fn new() -> Result<Self, i32> {
        // SAFETY: no pointers are involved.
        let fd = retry(|| unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) })?;
        // SAFETY: the kernel has just returned it, and nobody else has it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Watches a path. A file that is watched already keeps its watch descriptor, which is returned again.
    ///
    /// # Errors
    /// The errno: `ENOSPC` when the user watches too many files.
    pub fn add(&self, path: &CStr) -> Result<i32, i32> {
        // SAFETY: `path` is NUL-terminated.
        retry(|| unsafe { libc::inotify_add_watch(self.0.as_raw_fd(), path.as_ptr(), WANTED) })
    }

    /// Ends a watch. It may be gone with its file: then there is nothing to do.
    pub fn remove(&self, watch: i32) {
        // SAFETY: no pointers are involved.
        let _gone = unsafe { libc::inotify_rm_watch(self.0.as_raw_fd(), watch) };
    }

    /// The changes that one call to the kernel yields; none when nothing waits.
    pub fn read(&self) -> Vec<Change> {
        let mut buffer = [0_u8; BUFFER];
        // SAFETY: the pointer and length describe `buffer`.
        let read =
            retry(|| unsafe { libc::read(self.0.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) });
        // The only failure left is EAGAIN: nothing waits.
        changes(&buffer[..read.unwrap_or(0) as usize])
    }
}

impl AsFd for Inotify {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The kernel's records as changes.
fn changes(mut records: &[u8]) -> Vec<Change> {
    let word = |record: &[u8], at: usize| {
        u32::from_ne_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
    };
    let mut changes = Vec::new();
    while records.len() >= NAME {
        let (record, rest) = records.split_at(NAME + word(records, LENGTH) as usize);
        let name = &record[NAME..];
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        changes.push(Change {
            watch: word(record, 0).cast_signed(),
            renamed: word(record, MASK) & !(libc::IN_ATTRIB | libc::IN_MODIFY) != 0,
            name: name[..end].to_vec(),
        });
        records = rest;
    }
    changes
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    fn seen(inotify: &Inotify) -> Vec<(i32, bool, String)> {
        let changes = inotify.read().into_iter();
        changes
            .map(|change| (change.watch, change.renamed, String::from_utf8(change.name).unwrap()))
            .collect()
    }

    #[test]
    fn a_directory_and_a_file_report_what_happens_to_them() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        let inotify = Inotify::new().unwrap();
        let in_directory = inotify.add(&c(dir.path())).unwrap();
        fs::write(&file, "x").unwrap();
        let named = |renamed| (in_directory, renamed, "file".to_owned());
        assert_eq!(seen(&inotify), [named(true), named(false)]);
        assert_eq!(seen(&inotify), []);

        let itself = inotify.add(&c(&file)).unwrap();
        assert_eq!(inotify.add(&c(&file)).unwrap(), itself);
        fs::remove_file(&file).unwrap();
        let unnamed = |renamed| (itself, renamed, String::new());
        assert_eq!(seen(&inotify), [unnamed(false), unnamed(true), unnamed(true), named(true)]);
        inotify.remove(itself);
        inotify.remove(in_directory);
        fs::write(&file, "x").unwrap();
        assert_eq!(seen(&inotify), [(in_directory, true, String::new())]);
    }

    #[test]
    fn attributes_of_a_directory_inside_count_as_a_rename() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("inner")).unwrap();
        let inotify = Inotify::new().unwrap();
        let watch = inotify.add(&c(dir.path())).unwrap();
        fs::set_permissions(dir.path().join("inner"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .unwrap();
        assert_eq!(seen(&inotify), [(watch, true, "inner".to_owned())]);
    }

    #[test]
    fn what_cannot_be_watched() {
        let inotify = Inotify::new().unwrap();
        assert_eq!(inotify.add(c"/no/such"), Err(libc::ENOENT));
        inotify.remove(12345);
    }

    proptest! {
        #[test]
        fn any_records_are_read_back(events in prop::collection::vec(
            (any::<i32>(), any::<u32>(), prop::collection::vec(1_u8.., 0..40)), 0..20)) {
            let mut records = Vec::new();
            for (watch, mask, name) in &events {
                let room = if name.is_empty() { 0 } else { (name.len() + 1).next_multiple_of(16) };
                records.extend(watch.to_ne_bytes());
                records.extend(mask.to_ne_bytes());
                records.extend([0; 4]);
                records.extend((room as u32).to_ne_bytes());
                records.extend(name);
                records.resize(records.len() + room - name.len(), 0);
            }
            let read = changes(&records);
            prop_assert_eq!(read.len(), events.len());
            for (change, (watch, mask, name)) in read.iter().zip(&events) {
                prop_assert_eq!(change.watch, *watch);
                prop_assert_eq!(&change.name, name);
                prop_assert_eq!(change.renamed, mask & !0x6 != 0);
            }
        }
    }
}
