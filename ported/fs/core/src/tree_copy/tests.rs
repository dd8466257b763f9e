use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::*;
use crate::copy_checks::{Copied, copy_new_tree};

fn c(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

fn with<T>(from: &Path, to: &Path, run: impl FnOnce(TreeCopy<'_>) -> T) -> T {
    let (from, to) = (c(from), c(to));
    run(TreeCopy {
        from: &from,
        to: &to,
        verbatim_links: false,
        preserve_times: false,
        clone: 0,
        rules: Rules::Steps,
    })
}

fn sample() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("from");
    for i in 0..40 {
        fs::create_dir_all(from.join(format!("d{i}/e"))).unwrap();
        for j in 0..10 {
            fs::write(from.join(format!("d{i}/e/f{j}")), format!("{i} {j}").repeat(j * 3000)).unwrap();
        }
    }
    dir
}

fn equal(from: &Path, to: &Path) {
    let names = |path: &Path| {
        let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(from), names(to), "{from:?}");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        let (a, b) = (fs::symlink_metadata(&from).unwrap(), fs::symlink_metadata(&to).unwrap());
        assert_eq!(a.mode(), b.mode(), "{to:?}");
        if a.is_dir() {
            equal(&from, &to);
        } else if a.is_file() {
            assert_eq!(fs::read(&from).unwrap(), fs::read(&to).unwrap());
        }
    }
}

#[test]
fn a_large_tree_with_its_permissions() {
    let dir = sample();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    for (path, mode) in [("d3/e", 0o500), ("d4", 0o711), ("d5/e/f1", 0o4755), ("d6/e/f2", 0o400)] {
        fs::set_permissions(from.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::write(from.join("large"), vec![7; 300_000]).unwrap();
    for rules in [Rules::Steps, Rules::Job] {
        with(&from, &to, |copy| copy_tree(&TreeCopy { rules, ..copy })).unwrap();
        equal(&from, &to);
        fs::remove_dir_all(&to).unwrap();
    }
}

#[test]
fn links_keep_their_text_or_become_absolute() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::create_dir_all(from.join("a")).unwrap();
    for (name, target) in
        [("rel", "../b/./c"), ("abs", "/x/../y"), ("up", "../../outside/"), ("loop", "loop")]
    {
        symlink(target, from.join("a").join(name)).unwrap();
    }
    let target = |name: &str| fs::read_link(to.join("a").join(name)).unwrap();
    with(&from, &to, |copy| copy_tree(&copy)).unwrap();
    assert_eq!(target("rel"), from.join("b/c"));
    assert_eq!(target("abs"), Path::new("/x/../y"));
    assert_eq!(target("up"), dir.path().join("outside"));
    fs::remove_dir_all(&to).unwrap();
    with(&from, &to, |copy| copy_tree(&TreeCopy { verbatim_links: true, ..copy })).unwrap();
    assert_eq!(target("rel"), Path::new("../b/./c"));
}

#[test]
fn nothing_that_is_there_is_written_or_followed() {
    let dir = sample();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    let precious = dir.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    symlink(&precious, &to).unwrap();
    for rules in [Rules::Steps, Rules::Job] {
        let failure = with(&from, &to, |copy| copy_tree(&TreeCopy { rules, ..copy })).unwrap_err();
        let CopyFailure::Syscall(error) = failure else { panic!("{failure:?}") };
        assert_eq!((error.errno, error.syscall, error.path), (libc::EEXIST, "mkdir", Some(to.clone())));
    }
    let copied = copy_new(&c(&from.join("d1/e/f1")), &c(&to), 0, None);
    assert_eq!(copied, Err(libc::EEXIST));
    assert_eq!(fs::read_to_string(precious).unwrap(), "precious");
}

#[test]
fn what_cannot_be_copied_stops_the_copy_and_is_named() {
    let dir = sample();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    let _socket = UnixListener::bind(from.join("d7/socket")).unwrap();
    for rules in [Rules::Steps, Rules::Job] {
        let failure = with(&from, &to, |copy| copy_tree(&TreeCopy { rules, ..copy })).unwrap_err();
        let expected = to.join("d7/socket").as_os_str().as_bytes().to_vec();
        assert_eq!(failure, CopyFailure::Special { kind: "socket", to: expected });
        fs::remove_dir_all(&to).unwrap();
    }
}

#[test]
fn times_are_kept_where_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("f"), "x").unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 123_456_789);
    fs::File::open(from.join("f")).unwrap().set_times(fs::FileTimes::new().set_modified(time)).unwrap();
    for (rules, nanoseconds) in [(Rules::Steps, 123_000_000), (Rules::Job, 123_456_789)] {
        with(&from, &to, |copy| copy_tree(&TreeCopy { rules, preserve_times: true, ..copy })).unwrap();
        let copied = fs::metadata(to.join("f")).unwrap();
        assert_eq!(copied.mtime(), 1_000_000_000);
        assert!((copied.mtime_nsec() - nanoseconds).abs() <= 200, "{}", copied.mtime_nsec());
        fs::remove_dir_all(&to).unwrap();
    }
}

#[test]
fn only_a_directory_that_goes_to_a_new_place_is_copied() {
    let dir = sample();
    let from = dir.path().join("from");
    symlink(&from, dir.path().join("link")).unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let try_copy = |from: &str, to: &str| {
        with(&dir.path().join(from), &dir.path().join(to), |copy| copy_new_tree(&copy)).unwrap()
    };
    assert_eq!(try_copy("file", "new"), Copied::Nothing);
    assert_eq!(try_copy("link", "new"), Copied::Nothing);
    assert_eq!(try_copy("missing", "new"), Copied::Nothing);
    assert_eq!(try_copy("from", "file"), Copied::Nothing);
    assert_eq!(try_copy("from", "from/below"), Copied::Nothing);
    assert_eq!(try_copy("from", "link/below"), Copied::Nothing);
    assert_eq!(try_copy("from", "from/../new/deep/er"), Copied::Tree);
    equal(&from, &dir.path().join("new/deep/er"));
}
