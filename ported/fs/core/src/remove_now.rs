//! rmSync: `std::filesystem::remove_all`, or `remove`, with Node's retries.

use std::ffi::CStr;
use std::time::Duration;

use crate::stat::stat_at;
use crate::syscall::retry;
use crate::tree_removal::{Persistence, remove_tree};

/// What [`remove_now`] has done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Removed {
    /// It is gone, or was not there.
    Gone,
    /// Nothing: it is a directory, and `recursive` was not asked for.
    IsDirectory,
}

/// Removes a file, or with `recursive` a whole tree, as Node's binding does (`RmSync` in `src/node_file.cc`). What
/// may pass is tried again up to `retries` times, after pauses of one, two, three, … times `delay_ms`, of which whole
/// seconds count. With a negative number of retries Node tries nothing and reports a failure of which the errno is 0.
///
/// # Errors
/// The errno of the last attempt.
pub fn remove_now(path: &CStr, recursive: bool, retries: i32, delay_ms: i32) -> Result<Removed, i32> {
    match stat_at(libc::AT_FDCWD, path) {
        Err(libc::ENOENT | libc::ENOTDIR) => return Ok(Removed::Gone),
        Ok(stat) if stat.is_directory() && !recursive => return Ok(Removed::IsDirectory),
        _ => {}
    }
    let mut failure = 0;
    for attempt in 1..=i64::from(retries) + 1 {
        let removed = if recursive {
            match remove_tree(path, Persistence::Stop) {
                // What cannot be opened is unlinked, and that error counts: a link to itself with a slash behind it
                // is no directory.
                Err(error) if error.errno == libc::ELOOP => unlink(path),
                removed => removed.map_err(|error| error.errno),
            }
        } else {
            remove_one(path)
        };
        match removed {
            Ok(()) | Err(libc::ENOENT) => return Ok(Removed::Gone),
            Err(errno) => failure = errno,
        }
        if !may_pass(failure) {
            break;
        }
        let seconds = attempt * i64::from(delay_ms) / 1000;
        std::thread::sleep(Duration::from_secs(seconds.try_into().unwrap_or(0)));
    }
    Err(failure)
}

/// As remove(3).
fn remove_one(path: &CStr) -> Result<(), i32> {
    // SAFETY: `path` is NUL-terminated.
    retry(|| unsafe { libc::remove(path.as_ptr()) }).map(|_| ())
}

fn unlink(path: &CStr) -> Result<(), i32> {
    // SAFETY: `path` is NUL-terminated.
    retry(|| unsafe { libc::unlink(path.as_ptr()) }).map(|_| ())
}

fn may_pass(errno: i32) -> bool {
    matches!(errno, libc::EBUSY | libc::EMFILE | libc::ENFILE | libc::ENOTEMPTY | libc::EPERM)
}

/// The C library's words for an errno, which are not libuv's.
pub fn words(errno: i32) -> String {
    let mut text = [0 as libc::c_char; 128];
    // SAFETY: `text` has the room that is told.
    if unsafe { libc::strerror_r(errno, text.as_mut_ptr(), text.len()) } != 0 {
        return format!("Unknown error {errno}");
    }
    // SAFETY: strerror_r has written a NUL-terminated text.
    unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn files_directories_and_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path().join("tree");
        std::fs::create_dir_all(tree.join("a")).unwrap();
        std::fs::write(tree.join("a/f"), "").unwrap();
        let c = |path: &std::path::Path| CString::new(path.as_os_str().as_bytes()).unwrap();
        assert_eq!(remove_now(&c(&tree), false, 0, 0), Ok(Removed::IsDirectory));
        assert_eq!(remove_now(&c(&tree.join("a/f")), false, 0, 0), Ok(Removed::Gone));
        assert_eq!(remove_now(&c(&tree), true, -1, 0), Err(0));
        assert_eq!(remove_now(&c(&tree), true, 0, 0), Ok(Removed::Gone));
        assert!(!tree.exists());
        assert_eq!(remove_now(&c(&tree), true, 0, 0), Ok(Removed::Gone));
        assert_eq!(remove_now(c"/etc/passwd/below", true, 0, 0), Ok(Removed::Gone));
        assert_eq!(remove_now(c"/proc/self/fdinfo", true, 2, 0), Err(libc::EPERM));
    }

    #[test]
    fn the_words_are_those_of_the_c_library() {
        assert_eq!(words(libc::EPERM), "Operation not permitted");
        assert_eq!(words(0), "Success");
    }
}
