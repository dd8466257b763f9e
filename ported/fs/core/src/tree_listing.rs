//! Listing a whole tree, as readdir does with `recursive`.

use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use node_error::SyscallError;

use crate::directory::{Listing, read_directory};
use crate::stat::{is_directory, lstat};
use crate::threads::threads_for_a_tree;

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
    /// Looks ([`TreeListing::is_plain`]) for what Node 24 would look up by a decoded name: a name that is not UTF-8, a
    /// type that the file system does not tell.
    pub plain: bool,
    /// Whether [`Folder::paths`] are wanted, which the threads of the walk then make.
    pub paths: bool,
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
    /// The paths below the root of all that it holds, a NUL behind each; empty unless [`TreeWalk::paths`] asks for them.
    pub paths: Vec<u8>,
}

impl TreeListing {
    /// The directories in the order asked for; the root is the first.
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// False when the walk has met what [`TreeWalk::plain`] rules out.
    pub fn is_plain(&self) -> bool {
        self.plain
    }
}

/// Lists a tree, a large one on several threads; the order of the result does not depend on them.
///
/// # Errors
/// With syscall `scandir` and the path of the directory: of several that fail, the one that comes first.
pub fn list_tree(walk: &TreeWalk<'_>) -> Result<TreeListing, SyscallError> {
    let shared = Shared { nodes: vec![None], waiting: vec![(0, Vec::new())], ..Shared::default() };
    let run = Run { walk, shared: Mutex::new(shared), changed: Condvar::new() };
    std::thread::scope(|scope| run.list(Some(scope)));
    in_order(run.shared.into_inner().unwrap_or_else(PoisonError::into_inner).nodes, walk.order)
}

/// A directory on its way into the listing.
struct Node {
    path: Vec<u8>,
    listing: Result<Listing, SyscallError>,
    paths: Vec<u8>,
    plain: bool,
    /// The directories in it, among the nodes.
    children: Range<usize>,
}

/// A walk on several threads.
struct Run<'a> {
    walk: &'a TreeWalk<'a>,
    shared: Mutex<Shared>,
    changed: Condvar,
}

/// What the threads of a walk share.
#[derive(Default)]
struct Shared {
    /// Directories found; `None` until they are listed.
    nodes: Vec<Option<Node>>,
    /// Those to be listed: where among the nodes, and their paths.
    waiting: Vec<(usize, Vec<u8>)>,
    /// How many are being listed.
    active: usize,
    /// Threads that wait for one.
    idle: usize,
    helpers: usize,
    /// Entries found.
    seen: usize,
}

/// A walk that has seen so many entries takes another thread, as Node 26's does sooner or later: listing so many takes
/// as long as starting one.
const LARGE: usize = 256;
/// How many directories must wait for another thread to be worth starting.
const SHARE: usize = 8;

impl Run<'_> {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists directories until none is left.
    fn list<'scope>(&'scope self, scope: Option<&'scope std::thread::Scope<'scope, '_>>) {
        let mut shared = self.lock();
        loop {
            let Some((index, path)) = shared.waiting.pop() else {
                if shared.active == 0 {
                    return;
                }
                shared.idle += 1;
                shared = self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
                shared.idle -= 1;
                continue;
            };
            shared.active += 1;
            let wanted = shared.seen >= LARGE && shared.waiting.len() >= SHARE;
            if let Some(scope) = scope
                && wanted
                && shared.helpers + 1 < threads_for_a_tree()
            {
                shared.helpers += 1;
                scope.spawn(|| self.list(None));
            }
            drop(shared);
            let (mut node, folders) = self.walk.list(path);
            shared = self.lock();
            node.children = shared.nodes.len()..shared.nodes.len() + folders.len();
            shared.nodes.resize_with(node.children.end, || None);
            shared.waiting.extend(node.children.clone().zip(folders));
            shared.seen += node.listing.as_ref().map_or(0, Listing::len);
            shared.nodes[index] = Some(node);
            shared.active -= 1;
            if shared.idle > 0 && (!shared.waiting.is_empty() || shared.active == 0) {
                self.changed.notify_all();
            }
        }
    }
}

impl TreeWalk<'_> {
    /// Lists one directory, and finds those in it.
    fn list(&self, path: Vec<u8>) -> (Node, Vec<Vec<u8>>) {
        let listing =
            if path.is_empty() { read_directory(self.root) } else { read_directory(&self.full_path(&path)) };
        let mut node = Node { path, listing, paths: Vec::new(), plain: true, children: 0..0 };
        let mut folders = Vec::new();
        let Ok(listing) = &mut node.listing else { return (node, folders) };
        let mut told = Vec::new();
        for (index, (name, mut kind)) in listing.iter().enumerate() {
            if self.plain && (kind == UNKNOWN || std::str::from_utf8(name).is_err()) {
                node.plain = false;
            }
            if !matches!(kind, UNKNOWN | DIRECTORY | LINK) {
                continue;
            }
            let path = below(&node.path, name);
            if kind == UNKNOWN
                && let Ok(stat) = lstat(&self.full_path(&path))
            {
                kind = stat.kind();
                told.push((index, kind));
            }
            if kind == DIRECTORY
                || kind == LINK && self.follow && is_directory(&self.full_path(&path)) == Ok(true)
            {
                folders.push(path);
            }
        }
        for (index, kind) in told {
            listing.set_kind(index, kind);
        }
        if self.paths {
            node.paths = paths_below(&node.path, listing);
        }
        (node, folders)
    }

    fn full_path(&self, path: &[u8]) -> CString {
        let full = [self.prefix, path].concat();
        // The prefix is a part of a C string and the rest is made of names, which the kernel ends with a NUL.
        CString::new(full).unwrap_or_default()
    }
}

/// Brings the nodes into the order asked for, in which the first failure decides.
fn in_order(mut nodes: Vec<Option<Node>>, order: Order) -> Result<TreeListing, SyscallError> {
    let mut tree = TreeListing { folders: Vec::with_capacity(nodes.len()), plain: true };
    // The next is the first or the last of those that are known.
    let mut known = VecDeque::from([0]);
    while let Some(index) = if order == Order::Breadth { known.pop_front() } else { known.pop_back() } {
        let Some(Node { path, listing, paths, plain, children }) = nodes[index].take() else { continue };
        for child in children {
            match &nodes[child] {
                // Node lists them when it finds them and not when their turn comes: that is where one fails.
                Some(Node { listing: Err(error), .. }) if order == Order::Stack => return Err(error.clone()),
                _ => known.push_back(child),
            }
        }
        tree.plain &= plain;
        tree.folders.push(Folder { path, listing: listing?, paths });
    }
    Ok(tree)
}

/// libuv's numbers of types that matter here.
const UNKNOWN: u8 = 0;
const DIRECTORY: u8 = 2;
const LINK: u8 = 3;

fn below(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

fn paths_below(folder: &[u8], listing: &Listing) -> Vec<u8> {
    let prefix = if folder.is_empty() { Vec::new() } else { below(folder, b"") };
    let mut paths = Vec::with_capacity(listing.bytes() + listing.len() * (prefix.len() + 1));
    for (name, _) in listing.iter() {
        paths.extend_from_slice(&prefix);
        paths.extend_from_slice(name);
        paths.push(0);
    }
    paths
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::encoding::Encoding;
    use crate::text::Text;

    fn walk(root: &Path, order: Order, follow: bool) -> Result<Vec<String>, SyscallError> {
        let root = CString::new(root.as_os_str().as_bytes()).unwrap();
        let prefix = [root.to_bytes(), b"/"].concat();
        let tree =
            list_tree(&TreeWalk { root: &root, prefix: &prefix, order, follow, plain: false, paths: true })?;
        let entries = tree
            .folders()
            .iter()
            .flat_map(|folder| folder.listing.iter().map(|(name, _)| below(&folder.path, name)));
        let entries: Vec<_> = entries.map(|path| String::from_utf8_lossy(&path).into_owned()).collect();
        let joined: String = entries.iter().flat_map(|path| [path, "\0"]).collect();
        assert_eq!(tree.join(Encoding::Utf8, false), Text::Latin1(joined.into_bytes().into()));
        Ok(entries)
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
    fn several_threads_change_no_order() {
        let dir = tempfile::tempdir().unwrap();
        let mut expected: Vec<String> = (10..70).map(|i| format!("d{i}")).collect();
        for folder in expected.clone() {
            let files = (10..60).map(|j| format!("{folder}/f{j}"));
            expected.extend(files);
            expected.push(format!("{folder}/s"));
        }
        expected.extend((10..70).flat_map(|i| (0..2).map(move |j| format!("d{i}/s/{j}"))));
        for path in &expected {
            let path = dir.path().join(path);
            if path.components().next_back().unwrap().as_os_str().as_bytes()[0].is_ascii_alphabetic()
                && !path.file_name().unwrap().as_bytes().starts_with(b"f")
            {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::write(path, "").unwrap();
            }
        }
        for _ in 0..20 {
            assert_eq!(walk(dir.path(), Order::Breadth, true).unwrap(), expected);
        }
        let mut sorted = walk(dir.path(), Order::Stack, true).unwrap();
        assert_ne!(sorted, expected);
        sorted.sort();
        expected.sort();
        assert_eq!(sorted, expected);
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
            let walk = TreeWalk {
                root: &root,
                prefix: &prefix,
                order: Order::Breadth,
                follow: false,
                plain,
                paths: false,
            };
            assert_eq!(list_tree(&walk).unwrap().is_plain(), expected);
        }
    }
}
