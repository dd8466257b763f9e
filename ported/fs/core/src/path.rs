//! Operations on names.

use std::ffi::{CStr, c_char};

use node_error::SyscallError;

use crate::stat::is_directory;
use crate::syscall::{failed_at, failed_between, retry};

/// Whether this process may use the file as `mode` says: `R_OK`, `W_OK`, `X_OK` or `F_OK`.
///
/// # Errors
/// With syscall `access` and the path.
#[inline]
pub fn access(path: &CStr, mode: i32) -> Result<(), SyscallError> {
    // SAFETY: `path` is NUL-terminated.
    done(retry(|| unsafe { libc::access(path.as_ptr(), mode) }), "access", path)
}

/// Whether the file can be seen.
#[inline]
pub fn exists(path: &CStr) -> bool {
    // SAFETY: `path` is NUL-terminated.
    retry(|| unsafe { libc::access(path.as_ptr(), libc::F_OK) }).is_ok()
}

/// What the module loader asks: 0 for a file, 1 for a directory, a negative errno otherwise.
#[inline]
pub fn module_stat(path: &CStr) -> i32 {
    match is_directory(path) {
        Ok(is_directory) => i32::from(is_directory),
        Err(errno) => -errno,
    }
}

/// Removes a name.
///
/// # Errors
/// With syscall `unlink` and the path.
pub fn unlink(path: &CStr) -> Result<(), SyscallError> {
    // SAFETY: `path` is NUL-terminated.
    done(retry(|| unsafe { libc::unlink(path.as_ptr()) }), "unlink", path)
}

/// Renames a file, replacing what has the new name.
///
/// # Errors
/// With syscall `rename`, the path and the destination.
pub fn rename(from: &CStr, to: &CStr) -> Result<(), SyscallError> {
    // SAFETY: both paths are NUL-terminated.
    retry(|| unsafe { libc::rename(from.as_ptr(), to.as_ptr()) })
        .map(|_| ())
        .map_err(|errno| failed_between(errno, "rename", from, to))
}

/// The absolute path without symbolic links, `.` and `..`, as realpath(3) finds it.
///
/// # Errors
/// With syscall `realpath` and the path.
pub fn realpath(path: &CStr) -> Result<Vec<u8>, SyscallError> {
    let mut resolved = [0 as c_char; libc::PATH_MAX as usize];
    // SAFETY: `path` is NUL-terminated and `resolved` has the PATH_MAX bytes that realpath asks for.
    if unsafe { libc::realpath(path.as_ptr(), resolved.as_mut_ptr()) }.is_null() {
        return Err(failed_at(crate::syscall::last_errno(), "realpath", path));
    }
    // SAFETY: realpath succeeded and has written a NUL-terminated path.
    Ok(unsafe { CStr::from_ptr(resolved.as_ptr()) }.to_bytes().to_vec())
}

#[inline]
pub(crate) fn done(answer: Result<i32, i32>, syscall: &'static str, path: &CStr) -> Result<(), SyscallError> {
    match answer {
        Ok(_) => Ok(()),
        Err(errno) => Err(failed_at(errno, syscall, path)),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    #[test]
    fn access_and_exists_agree() {
        assert!(access(c"/etc/passwd", libc::R_OK).is_ok());
        assert!(exists(c"/etc/passwd") && !exists(c"/no/such") && !exists(c""));
        let error = access(c"/no/such", 0).unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::ENOENT, "access"));
    }

    #[test]
    fn the_module_loader_gets_its_numbers() {
        assert_eq!(module_stat(c"/etc"), 1);
        assert_eq!(module_stat(c"/etc/passwd"), 0);
        assert_eq!(module_stat(c"/no/such"), -libc::ENOENT);
        assert_eq!(module_stat(c"/etc/passwd/x"), -libc::ENOTDIR);
    }

    #[test]
    fn rename_and_unlink_move_names() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&a, "x").unwrap();
        rename(&c(&a), &c(&b)).unwrap();
        let error = rename(&c(&a), &c(&b)).unwrap_err();
        assert_eq!((error.path, error.dest), (Some(a), Some(b.clone())));
        unlink(&c(&b)).unwrap();
        assert_eq!(unlink(&c(&b)).unwrap_err().syscall, "unlink");
    }

    #[test]
    fn realpath_follows_links_and_reports_loops() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir(root.join("d")).unwrap();
        symlink("d", root.join("link")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let found = realpath(&c(&root.join("link/../link/."))).unwrap();
        assert_eq!(found, root.join("d").as_os_str().as_bytes());
        assert_eq!(realpath(&c(&root.join("loop"))).unwrap_err().errno, libc::ELOOP);
        assert_eq!(realpath(c"").unwrap_err().errno, libc::ENOENT);
    }
}
