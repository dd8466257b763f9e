//! Making, removing and listing directories.

use std::cell::RefCell;
use std::ffi::{CStr, CString};
use std::os::fd::RawFd;

use node_error::SyscallError;

use crate::path::done;
use crate::stat::stat;
use crate::syscall::{failed_at, retry};

/// Makes one directory.
///
/// # Errors
/// With syscall `mkdir` and the path.
pub fn make_directory(path: &CStr, mode: u32) -> Result<(), SyscallError> {
    done(mkdir(path, mode), "mkdir", path)
}

/// Removes an empty directory.
///
/// # Errors
/// With syscall `rmdir` and the path.
pub fn remove_directory(path: &CStr) -> Result<(), SyscallError> {
    // SAFETY: `path` is NUL-terminated.
    done(retry(|| unsafe { libc::rmdir(path.as_ptr()) }), "rmdir", path)
}

fn mkdir(path: &CStr, mode: u32) -> Result<i32, i32> {
    // SAFETY: `path` is NUL-terminated.
    retry(|| unsafe { libc::mkdir(path.as_ptr(), mode) })
}

/// Node has two implementations of recursive mkdir, which differ in their errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// Errors carry the path that was asked for.
    Sync,
    /// Errors carry the path at which the work stopped.
    Async,
}

/// Makes a directory and those above it; returns the first one made, `None` when all were there.
///
/// # Errors
/// With syscall `mkdir` and a path, as `form` says.
pub fn make_directories(path: &CStr, mode: u32, form: Form) -> Result<Option<CString>, SyscallError> {
    let mut first = None;
    let mut pending = vec![path.to_owned()];
    let mut waited = Vec::new();
    while let Some(next) = pending.pop() {
        let fail = |errno| {
            let at = if form == Form::Sync { path } else { &next };
            Err(failed_at(errno, "mkdir", at))
        };
        match mkdir(&next, mode) {
            Ok(_) => {
                first.get_or_insert(next);
            }
            Err(errno @ (libc::EACCES | libc::ENOSPC | libc::ENOTDIR | libc::EPERM)) => {
                return fail(errno);
            }
            Err(libc::ENOENT) => match parent(&next) {
                Some(above) if !waited.contains(&next) => {
                    waited.push(next.clone());
                    pending.extend([next, above]);
                }
                // What is above is there and this still cannot be made, as in /proc: Node tries for ever.
                _ => return fail(libc::ENOENT),
            },
            Err(errno) => match stat(&next) {
                Ok(found) if found.is_directory() => {}
                Ok(_) if errno == libc::EEXIST && !pending.is_empty() => return fail(libc::ENOTDIR),
                Ok(_) => return fail(libc::EEXIST),
                Err(_) if form == Form::Async && errno == libc::EEXIST && !pending.is_empty() => {
                    return fail(libc::ENOTDIR);
                }
                Err(error) => return fail(error.errno),
            },
        }
    }
    Ok(first)
}

/// What stands before the last slash; `None` without one.
fn parent(path: &CStr) -> Option<CString> {
    let bytes = path.to_bytes();
    let slash = bytes.iter().rposition(|byte| *byte == b'/')?;
    CString::new(&bytes[..slash]).ok()
}

/// What a directory holds, sorted by the bytes of the names, without `.` and `..`.
#[derive(Debug, Default)]
pub struct Listing {
    names: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// The first sixteen bytes of the name as a number, so that most comparisons look no further.
    key: u128,
    start: u32,
    length: u16,
    kind: u8,
}

impl Listing {
    /// The entries in order: the name's bytes and libuv's number of its type (0 unknown, 1 file,
    /// 2 directory, 3 link, 4 FIFO, 5 socket, 6 character device, 7 block device).
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u8)> {
        self.entries.iter().map(|entry| (name(&self.names, entry), entry.kind))
    }

    /// One entry, as [`Listing::iter`] has it.
    pub fn get(&self, index: usize) -> Option<(&[u8], u8)> {
        self.entries.get(index).map(|entry| (name(&self.names, entry), entry.kind))
    }

    /// Corrects the type of an entry.
    pub(crate) fn set_kind(&mut self, index: usize, kind: u8) {
        self.entries[index].kind = kind;
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the directory is empty.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of all names together.
    pub fn bytes(&self) -> usize {
        self.names.len()
    }

    fn add(&mut self, name: &[u8], d_type: u8) {
        if name == b"." || name == b".." {
            return;
        }
        self.entries.push(Entry {
            key: key(name),
            start: self.names.len() as u32,
            length: name.len() as u16,
            kind: kind(d_type),
        });
        self.names.extend_from_slice(name);
    }

    fn sort(&mut self) {
        let names = &self.names;
        self.entries
            .sort_unstable_by(|a, b| a.key.cmp(&b.key).then_with(|| name(names, a).cmp(name(names, b))));
    }
}

fn name<'a>(names: &'a [u8], entry: &Entry) -> &'a [u8] {
    &names[entry.start as usize..][..usize::from(entry.length)]
}

#[inline]
fn key(name: &[u8]) -> u128 {
    let Some(first) = name.first_chunk::<8>() else {
        let start = name.iter().fold(0, |key, byte| key << 8 | u128::from(*byte));
        return start << (8 * (16 - name.len()));
    };
    let rest = match name[8..].first_chunk::<8>() {
        Some(second) => u64::from_be_bytes(*second),
        // The last eight bytes, without those that are in the first.
        None => name.last_chunk::<8>().map_or(0, |last| {
            u64::from_be_bytes(*last).checked_shl(8 * (16 - name.len() as u32)).unwrap_or(0)
        }),
    };
    u128::from(u64::from_be_bytes(*first)) << 64 | u128::from(rest)
}

fn kind(d_type: u8) -> u8 {
    match d_type {
        libc::DT_REG => 1,
        libc::DT_DIR => 2,
        libc::DT_LNK => 3,
        libc::DT_FIFO => 4,
        libc::DT_SOCK => 5,
        libc::DT_CHR => 6,
        libc::DT_BLK => 7,
        _ => 0,
    }
}

/// Lists a directory.
///
/// # Errors
/// With syscall `scandir`, as Node reports it, and the path.
pub fn read_directory(path: &CStr) -> Result<Listing, SyscallError> {
    let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: `path` is NUL-terminated.
    let fd = retry(|| unsafe { libc::open(path.as_ptr(), flags) })
        .map_err(|errno| failed_at(errno, "scandir", path))?;
    let listing = list(fd);
    // A directory opened for reading has nothing that close could fail to write.
    let _ = crate::file::close(fd);
    listing.map_err(|errno| failed_at(errno, "scandir", path))
}

/// Room for the kernel's records of some 2,000 names.
const RECORDS: usize = 64 * 1024;

/// Where the fields of `linux_dirent64` stand: inode, offset, record length, type, name.
const RECORD_LENGTH: usize = 16;
const TYPE: usize = 18;
const NAME: usize = 19;

thread_local! {
    // Kept: pages of a fresh allocation would be faulted in at every call.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The name in a record, which is as short as it can be: its NUL is among the last eight bytes.
#[inline]
fn name_in(record: &[u8]) -> &[u8] {
    let mut last = record.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
    if record.len() < NAME + 8 {
        // Of these, what stands before the name does not count.
        last |= 0xFF_FFFF;
    }
    let zeros = last.wrapping_sub(u64::MAX / 0xFF) & !last & (u64::MAX / 0xFF * 0x80);
    let end = record.len() - 8 + zeros.trailing_zeros() as usize / 8;
    &record[NAME..end]
}

/// Lists an open directory.
pub(crate) fn list(fd: RawFd) -> Result<Listing, i32> {
    let mut listing = list_unsorted(fd)?;
    listing.sort();
    Ok(listing)
}

/// As [`list`], in the order of the file system.
pub(crate) fn list_unsorted(fd: RawFd) -> Result<Listing, i32> {
    let mut listing = Listing::default();
    while add_entries(fd, &mut listing)? {}
    Ok(listing)
}

/// Adds the entries that one call to the kernel yields; false at the end of the directory.
pub(crate) fn add_entries(fd: RawFd, listing: &mut Listing) -> Result<bool, i32> {
    SCRATCH.with_borrow_mut(|records| {
        records.resize(RECORDS, 0);
        // SAFETY: the pointer and length describe `records`.
        let n = retry(|| unsafe {
            libc::syscall(libc::SYS_getdents64, fd, records.as_mut_ptr(), records.len())
        })?;
        let mut rest = &records[..n as usize];
        // For names of some 16 bytes.
        listing.entries.reserve(rest.len() / 40);
        listing.names.reserve(rest.len() / 2);
        while !rest.is_empty() {
            let length = usize::from(u16::from_ne_bytes([rest[RECORD_LENGTH], rest[RECORD_LENGTH + 1]]));
            let (record, after) = rest.split_at(length);
            listing.add(name_in(record), record[TYPE]);
            rest = after;
        }
        Ok(n > 0)
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    #[test]
    fn a_listing_is_sorted_by_bytes_and_typed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &[u8]| dir.path().join(OsStr::from_bytes(name));
        fs::write(at(b"b"), "").unwrap();
        fs::write(at(b"B\xff"), "").unwrap();
        fs::write(at("é".as_bytes()), "").unwrap();
        fs::create_dir(at(b"a-directory")).unwrap();
        symlink("b", at(b"a-link")).unwrap();
        let listing = read_directory(&c(dir.path())).unwrap();
        let found: Vec<_> = listing.iter().collect();
        let names: [(&[u8], u8); 5] =
            [(b"B\xff", 1), (b"a-directory", 2), (b"a-link", 3), (b"b", 1), ("é".as_bytes(), 1)];
        assert_eq!(found, names);
    }

    #[test]
    fn more_names_than_one_call_returns() {
        let dir = tempfile::tempdir().unwrap();
        let mut names: Vec<_> = (0..3000).map(|i| format!("a-name-of-some-length-{i}")).collect();
        for name in &names {
            fs::write(dir.path().join(name), "").unwrap();
        }
        names.sort();
        let listing = read_directory(&c(dir.path())).unwrap();
        assert_eq!(listing.len(), 3000);
        assert!(listing.iter().map(|(name, _)| name).eq(names.iter().map(String::as_bytes)));
    }

    #[test]
    fn an_empty_directory_and_what_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read_directory(&c(dir.path())).unwrap().is_empty());
        let error = read_directory(c"/etc/passwd").unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::ENOTDIR, "scandir"));
    }

    #[test]
    fn directories_are_made_down_to_the_last_and_the_first_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b/c/");
        for form in [Form::Sync, Form::Async] {
            let first = make_directories(&c(&deep), 0o777, form).unwrap();
            let made = first.map(|path| path.as_bytes().ends_with(b"/a"));
            assert_eq!(made, (form == Form::Sync).then_some(true));
        }
        assert!(deep.is_dir());
        remove_directory(&c(&deep)).unwrap();
        make_directory(&c(&deep), 0o700).unwrap();
        assert_eq!(make_directory(&c(&deep), 0o700).unwrap_err().errno, libc::EEXIST);
        assert_eq!(remove_directory(c"/no/such").unwrap_err().syscall, "rmdir");
    }

    #[test]
    fn a_file_or_a_dangling_link_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "").unwrap();
        symlink("/no/such/place", &link).unwrap();
        for (path, form, errno, at) in [
            (file.clone(), Form::Sync, libc::EEXIST, file.clone()),
            (file.join("x"), Form::Sync, libc::ENOTDIR, file.join("x")),
            (file.join("x"), Form::Async, libc::ENOTDIR, file.join("x")),
            (link.join("x"), Form::Sync, libc::ENOENT, link.join("x")),
            (link.join("x"), Form::Async, libc::ENOTDIR, link.clone()),
        ] {
            let error = make_directories(&c(&path), 0o777, form).unwrap_err();
            assert_eq!((error.errno, error.path), (errno, Some(at)), "{} {form:?}", path.display());
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_does_not_hold_us() {
        let error = make_directories(c"/proc/no-such/a/b", 0o777, Form::Sync).unwrap_err();
        assert_eq!(error.errno, libc::ENOENT);
    }

    proptest! {
        #[test]
        fn any_names_sort_as_bytes(mut names in prop::collection::hash_set(
            prop::collection::vec(prop_oneof![Just(b'a'), 1..=255_u8], 1..20), 0..60)) {
            names.remove(&b"."[..]);
            names.remove(&b".."[..]);
            let mut listing = Listing::default();
            for name in &names {
                listing.add(name, libc::DT_REG);
            }
            listing.sort();
            let mut expected: Vec<_> = names.into_iter().collect();
            expected.sort();
            prop_assert!(listing.iter().map(|(name, _)| name).eq(expected.iter().map(Vec::as_slice)));
        }
    }
}
