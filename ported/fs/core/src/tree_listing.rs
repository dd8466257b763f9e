//! Listing a whole tree, as readdir does with `recursive`.

use std::ffi::{CStr, CString};

use node_error::SyscallError;

use crate::directory::{Listing, read_directory};
use crate::stat::{is_directory, lstat};

/// In which order the directories of a tree follow each other; the entries of each are in the order of
/// [`read_directory`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// All of one depth before the next: Node 26, and Node 24's callback and synchronous forms.
    Breadth,
    /// Depth first, the last directory of each first: Node 24's promises, which keep a stack.
    Stack,
}

/// How a tree is walked.
#[derive(Clone, Copy, Debug)]
pub struct TreeWalk<'a> {
    /// The directory to begin with.
    pub root: &'a CStr,
    /// What stands in front of the path of everything below it, a slash included.
    pub prefix: &'a [u8],
    /// See [`Order`].
    pub order: Order,
    /// Whether a symbolic link to a directory is walked into. A loop of links ends with the kernel's ELOOP.
    pub follow: bool,
    /// Gives up ([`TreeListing::is_plain`]) at what Node 24 looks up by a decoded name: a name that is not UTF-8,
    /// a type that the file system does not tell. Otherwise a type that is not told is asked for.
    pub plain: bool,
}

/// A tree's directories, each with its entries.
#[derive(Debug)]
pub struct TreeListing {
    folders: Vec<Folder>,
    plain: bool,
}

/// One directory of a [`TreeListing`].
#[derive(Debug)]
pub struct Folder {
    /// Its path below the root, without a slash at either end; empty for the root.
    pub path: Vec<u8>,
    /// What it holds.
    pub listing: Listing,
}

impl TreeListing {
    /// The directories in the order asked for; the root is the first.
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// False when the walk gave up ([`TreeWalk::plain`]): the folders are then incomplete.
    pub fn is_plain(&self) -> bool {
        self.plain
    }
}

/// Lists a tree.
///
/// # Errors
/// With syscall `scandir` and the path of the directory; the first that fails ends the walk, as natively.
pub fn list_tree(walk: &TreeWalk<'_>) -> Result<TreeListing, SyscallError> {
    let mut tree = TreeListing { folders: Vec::new(), plain: true };
    let root = Folder { path: Vec::new(), listing: read_directory(walk.root)? };
    match walk.order {
        Order::Breadth => {
            let mut found = walk.folders_in(root, &mut tree);
            let mut next = 0;
            while next < found.len() && tree.plain {
                let path = std::mem::take(&mut found[next]);
                let listing = read_directory(&walk.full_path(&path))?;
                found.extend(walk.folders_in(Folder { path, listing }, &mut tree));
                next += 1;
            }
        }
        Order::Stack => {
            let mut stack = vec![root];
            while let Some(folder) = stack.pop()
                && tree.plain
            {
                for path in walk.folders_in(folder, &mut tree) {
                    // Read when it is found and not when its turn comes, so that errors come in the same order.
                    let listing = read_directory(&walk.full_path(&path))?;
                    stack.push(Folder { path, listing });
                }
            }
        }
    }
    Ok(tree)
}

impl TreeWalk<'_> {
    /// Adds a directory to the tree; returns the paths of those in it.
    fn folders_in(&self, mut folder: Folder, tree: &mut TreeListing) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let mut types = Vec::new();
        for (index, (name, kind)) in folder.listing.iter().enumerate() {
            if self.plain && (kind == UNKNOWN || std::str::from_utf8(name).is_err()) {
                tree.plain = false;
                break;
            }
            if !matches!(kind, UNKNOWN | DIRECTORY | LINK) {
                continue;
            }
            let path = below(&folder.path, name);
            let mut kind = kind;
            if kind == UNKNOWN
                && let Ok(stat) = lstat(&self.full_path(&path))
            {
                kind = stat.kind();
                types.push((index, kind));
            }
            let is_folder = kind == DIRECTORY
                || kind == LINK && self.follow && is_directory(&self.full_path(&path)) == Ok(true);
            if is_folder {
                found.push(path);
            }
        }
        for (index, kind) in types {
            folder.listing.set_kind(index, kind);
        }
        tree.folders.push(folder);
        found
    }

    fn full_path(&self, path: &[u8]) -> CString {
        let full = [self.prefix, path].concat();
        // The prefix is a part of a C string and the rest is made of names, which the kernel ends with a NUL.
        CString::new(full).unwrap_or_default()
    }
}

/// libuv's numbers of types that matter here.
const UNKNOWN: u8 = 0;
const DIRECTORY: u8 = 2;
const LINK: u8 = 3;

fn below(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;

    fn walk(root: &Path, order: Order, follow: bool) -> Result<Vec<String>, SyscallError> {
        let root = CString::new(root.as_os_str().as_bytes()).unwrap();
        let prefix = [root.to_bytes(), b"/"].concat();
        let tree = list_tree(&TreeWalk { root: &root, prefix: &prefix, order, follow, plain: false })?;
        Ok(tree
            .folders()
            .iter()
            .flat_map(|folder| folder.listing.iter().map(|(name, _)| below(&folder.path, name)))
            .map(|path| String::from_utf8_lossy(&path).into_owned())
            .collect())
    }

    fn sample() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for path in ["a/x/1", "a/y/2", "b/3"] {
            fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
            fs::write(dir.path().join(path), "").unwrap();
        }
        dir
    }

    #[test]
    fn both_orders() {
        let dir = sample();
        let breadth = walk(dir.path(), Order::Breadth, false).unwrap();
        assert_eq!(breadth, ["a", "b", "a/x", "a/y", "b/3", "a/x/1", "a/y/2"]);
        let stack = walk(dir.path(), Order::Stack, false).unwrap();
        assert_eq!(stack, ["a", "b", "b/3", "a/x", "a/y", "a/y/2", "a/x/1"]);
    }

    #[test]
    fn links_are_entries_and_followed_where_asked() {
        let dir = sample();
        symlink("../b", dir.path().join("a/link")).unwrap();
        symlink("nowhere", dir.path().join("a/broken")).unwrap();
        let plain = walk(dir.path(), Order::Breadth, false).unwrap();
        assert!(plain.contains(&"a/link".into()) && !plain.contains(&"a/link/3".into()));
        let followed = walk(dir.path(), Order::Breadth, true).unwrap();
        assert!(followed.contains(&"a/link/3".into()) && followed.contains(&"a/broken".into()));
    }

    #[test]
    fn a_loop_of_links_ends() {
        let dir = tempfile::tempdir().unwrap();
        symlink(".", dir.path().join("self")).unwrap();
        for order in [Order::Breadth, Order::Stack] {
            let found = walk(dir.path(), order, true).unwrap();
            // The kernel follows 40 links in one path.
            assert_eq!(found.len(), 41, "{order:?}");
            assert_eq!(found.last().unwrap().len(), 41 * "self/".len() - 1);
        }
    }

    #[test]
    fn a_directory_that_fails_is_named() {
        let dir = sample();
        let error = walk(&dir.path().join("a/x/1"), Order::Breadth, false).unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::ENOTDIR, "scandir"));
        let deep = dir.path().join("n".repeat(255));
        fs::create_dir(&deep).unwrap();
        // Deeper than a path can be: made step by step.
        let mut at = fs::File::open(&deep).unwrap();
        let name = CString::new("n".repeat(255)).unwrap();
        for _ in 0..20 {
            use std::os::fd::{AsRawFd, FromRawFd};
            // SAFETY: the descriptor is open, the name is NUL-terminated.
            let fd = unsafe {
                assert_eq!(libc::mkdirat(at.as_raw_fd(), name.as_ptr(), 0o700), 0);
                libc::openat(at.as_raw_fd(), name.as_ptr(), libc::O_RDONLY)
            };
            // SAFETY: `fd` was just opened and is nobody else's.
            at = unsafe { fs::File::from_raw_fd(fd) };
        }
        for order in [Order::Breadth, Order::Stack] {
            let error = walk(dir.path(), order, false).unwrap_err();
            assert_eq!((error.errno, error.syscall), (libc::ENAMETOOLONG, "scandir"));
            assert!(error.path.unwrap().as_os_str().len() >= libc::PATH_MAX as usize);
        }
    }

    #[test]
    fn a_plain_walk_gives_up_at_a_name_that_is_not_utf8() {
        let dir = sample();
        fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"a/\xFF")), "").unwrap();
        let root = CString::new(dir.path().as_os_str().as_bytes()).unwrap();
        let prefix = [root.to_bytes(), b"/"].concat();
        for (plain, expected) in [(true, false), (false, true)] {
            let walk = TreeWalk { root: &root, prefix: &prefix, order: Order::Breadth, follow: false, plain };
            assert_eq!(list_tree(&walk).unwrap().is_plain(), expected);
        }
    }
}
