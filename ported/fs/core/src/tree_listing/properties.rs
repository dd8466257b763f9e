//! Any tree, against a walk by std.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CString, OsStr};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// What a name can be in a tree.
#[derive(Clone, Debug)]
enum Entry {
    File,
    /// To one of [`TARGETS`].
    Link(usize),
    Folder(BTreeMap<Vec<u8>, Entry>),
}

/// What links point to, beside the tree: a loop of them would be walked forty deep, and so would each branch of it.
const TARGETS: [&str; 4] = ["aside", "aside/file", "aside/inner", "nowhere"];

fn entries() -> impl Strategy<Value = BTreeMap<Vec<u8>, Entry>> {
    let name = prop_oneof![
        3 => "[a-e]{1,2}".prop_map(String::into_bytes),
        1 => "[^\0/]{1,6}".prop_map(String::into_bytes),
        1 => prop::collection::vec(128_u8.., 1..4),
    ]
    .prop_filter("these are no entries", |name| name != b"." && name != b"..");
    let leaf = prop_oneof![Just(Entry::File), (0..TARGETS.len()).prop_map(Entry::Link)];
    let entry = leaf.prop_recursive(4, 40, 6, {
        let name = name.clone();
        move |inner| prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(Entry::Folder)
    });
    prop::collection::btree_map(name, entry, 0..8)
}

fn build(folder: &Path, aside: &Path, entries: &BTreeMap<Vec<u8>, Entry>) {
    fs::create_dir(folder).unwrap();
    for (name, entry) in entries {
        let path = folder.join(OsStr::from_bytes(name));
        match entry {
            Entry::File => fs::write(path, "").unwrap(),
            Entry::Link(target) => symlink(aside.join(TARGETS[*target]), path).unwrap(),
            Entry::Folder(inner) => build(&path, aside, inner),
        }
    }
}

/// A directory's path below the root, and what it holds: names and types, in order.
type Found = (Vec<u8>, Vec<(Vec<u8>, u8)>);

/// As Node's lib walks: a queue, or the stack of its promises.
fn by_std(root: &Path, order: Order, follow: bool) -> Vec<Found> {
    let mut waiting = VecDeque::from([Vec::new()]);
    let mut found = Vec::new();
    while let Some(path) = if order == Order::Breadth { waiting.pop_front() } else { waiting.pop_back() } {
        let folder = root.join(OsStr::from_bytes(&path));
        let mut list: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
        list.sort_by_key(fs::DirEntry::file_name);
        let mut entries = Vec::new();
        for entry in list {
            let name = entry.file_name().as_bytes().to_vec();
            let kind = entry.file_type().unwrap();
            let is_walked = kind.is_dir() || follow && entry.path().is_dir();
            if is_walked {
                waiting.push_back(if path.is_empty() {
                    name.clone()
                } else {
                    [&path[..], b"/", &name].concat()
                });
            }
            entries.push((
                name,
                if kind.is_dir() {
                    2
                } else if kind.is_symlink() {
                    3
                } else {
                    1
                },
            ));
        }
        found.push((path, entries));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_tree_is_listed_as_by_std(entries in entries(), follow: bool) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("aside/inner/deep")).unwrap();
        fs::write(dir.path().join("aside/file"), "").unwrap();
        let root = dir.path().join("root");
        build(&root, dir.path(), &entries);
        let path = CString::new(root.as_os_str().as_bytes()).unwrap();
        let prefix = [path.to_bytes(), b"/"].concat();
        for order in [Order::Breadth, Order::Stack] {
            let tree = list_tree(&TreeWalk { root: &path, prefix: &prefix, order, follow, plain: true, paths: true }).unwrap();
            let found: Vec<Found> = tree
                .folders()
                .iter()
                .map(|folder| {
                    let entries = folder.listing.iter().map(|(name, kind)| (name.to_vec(), kind));
                    (folder.path.clone(), entries.collect())
                })
                .collect();
            let expected = by_std(&root, order, follow);
            prop_assert_eq!(&found, &expected, "{:?}", order);
            let is_text = expected.iter().flat_map(|(_, entries)| entries).all(|(name, _)| std::str::from_utf8(name).is_ok());
            prop_assert_eq!(tree.is_plain(), is_text, "{:?}", order);
        }
    }
}
