use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

fn remove(path: &Path, persistence: Persistence) -> Result<(), SyscallError> {
    remove_tree(&CString::new(path.as_os_str().as_bytes()).unwrap(), persistence)
}

const BOTH: [Persistence; 2] = [Persistence::Rest, Persistence::Stop];

/// How many descriptors of this process are of directories of the tree; other tests have theirs.
fn open_in(tree: &Path) -> usize {
    let is_inside = |entry: std::io::Result<fs::DirEntry>| {
        entry.and_then(|entry| fs::read_link(entry.path())).is_ok_and(|target| target.starts_with(tree))
    };
    fs::read_dir("/proc/self/fd").unwrap().map(is_inside).filter(|is_inside| *is_inside).count()
}

#[test]
fn a_tree_is_removed_and_what_its_links_point_to_stays() {
    for persistence in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let (tree, kept) = (dir.path().join("tree"), dir.path().join("kept"));
        fs::create_dir_all(tree.join("a/b/c")).unwrap();
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "").unwrap();
        fs::write(tree.join("a/b/file"), "").unwrap();
        symlink(&kept, tree.join("a/link")).unwrap();
        symlink("loop", tree.join("loop")).unwrap();
        symlink("nowhere", tree.join("broken")).unwrap();
        fs::write(tree.join(std::ffi::OsStr::from_bytes(b"\xFF")), "").unwrap();
        remove(&tree, persistence).unwrap();
        assert!(!tree.exists() && kept.join("file").exists());
    }
}

#[test]
fn files_and_links_are_removed_as_such() {
    let dir = tempfile::tempdir().unwrap();
    for persistence in BOTH {
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "").unwrap();
        symlink(dir.path(), &link).unwrap();
        remove(&link, persistence).unwrap();
        remove(&file, persistence).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let error = remove(&file, persistence).unwrap_err();
        assert_eq!((error.errno, error.syscall, error.path), (libc::ENOENT, "lstat", Some(file)));
    }
}

#[test]
fn a_tree_deeper_than_descriptors_and_paths_go_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    for persistence in BOTH {
        fs::create_dir(&tree).unwrap();
        let mut at: OwnedFd = fs::File::open(&tree).unwrap().into();
        for _ in 0..3000 {
            // SAFETY: the descriptor is open, the names are NUL-terminated.
            assert_eq!(unsafe { libc::mkdirat(at.as_raw_fd(), c"deeper".as_ptr(), 0o700) }, 0);
            // SAFETY: as above.
            assert_eq!(unsafe { libc::mkdirat(at.as_raw_fd(), c"side".as_ptr(), 0o700) }, 0);
            at = Name { parent: at.as_raw_fd(), name: c"deeper" }.open().unwrap();
        }
        drop(at);
        remove(&tree, persistence).unwrap();
        assert!(!tree.exists());
        assert_eq!(open_in(&tree), 0, "descriptors are left open");
    }
}

#[test]
fn few_descriptors_are_enough_for_any_depth() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    fs::create_dir_all(tree.join("d/".repeat(500))).unwrap();
    let done = AtomicBool::new(false);
    let most = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(open_in(&tree));
            }
            most
        });
        remove(&tree, Persistence::Rest).unwrap();
        done.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    });
    assert!(most <= OPEN + 1, "{most} directories were open at once");
}

/// Swaps a directory of the tree for a link to `outside` and back, as fast as it goes, while the tree is removed.
#[test]
fn who_swaps_a_directory_for_a_link_loses_nothing_behind_it() {
    for persistence in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let (tree, outside) = (dir.path().join("tree"), dir.path().join("outside"));
        fs::create_dir(&outside).unwrap();
        let precious: Vec<_> = (0..20).map(|i| outside.join(format!("f{i}"))).collect();
        for round in 0..60 {
            for i in 0..20 {
                fs::create_dir_all(tree.join(format!("d{i}"))).unwrap();
                for j in 0..20 {
                    fs::write(tree.join(format!("d{i}/f{j}")), "").unwrap();
                }
            }
            for path in &precious {
                fs::write(path, "").unwrap();
            }
            symlink(&outside, dir.path().join("bait")).unwrap();
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let (target, bait) = (tree.join(format!("d{}", round % 20)), dir.path().join("bait"));
                    let paths =
                        [&target, &bait].map(|path| CString::new(path.as_os_str().as_bytes()).unwrap());
                    while !done.load(Ordering::Relaxed) {
                        // SAFETY: both paths are NUL-terminated.
                        unsafe {
                            libc::renameat2(
                                libc::AT_FDCWD,
                                paths[0].as_ptr(),
                                libc::AT_FDCWD,
                                paths[1].as_ptr(),
                                libc::RENAME_EXCHANGE,
                            );
                        }
                    }
                });
                // What is swapped in behind its back can keep a directory from being empty.
                let _ = remove(&tree, persistence);
                done.store(true, Ordering::Relaxed);
            });
            assert!(
                precious.iter().all(|path| path.exists()),
                "round {round}: the removal has left the tree"
            );
            let _ = fs::remove_dir_all(&tree);
            let _ = fs::remove_file(dir.path().join("bait"));
            let _ = fs::remove_dir_all(dir.path().join("bait"));
        }
    }
}

#[test]
fn the_first_failure_is_named_and_the_rest_is_removed_or_not() {
    // /proc is a directory from which nothing can be removed, whoever asks.
    for persistence in BOTH {
        let error = remove(Path::new("/proc/self/fdinfo"), persistence).unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::EPERM, "unlink"), "{error:?}");
        assert_eq!(error.path.unwrap(), Path::new("/proc/self/fdinfo/0"));
    }
}
