//! Hard and symbolic links.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use node_error::SyscallError;

use crate::syscall::{failed_at, failed_between, retry};

/// Gives a file a second name.
///
/// # Errors
/// With syscall `link`, the path and the new name.
pub fn link(existing: &CStr, new: &CStr) -> Result<(), SyscallError> {
    // SAFETY: both paths are NUL-terminated.
    retry(|| unsafe { libc::link(existing.as_ptr(), new.as_ptr()) })
        .map(|_| ())
        .map_err(|errno| failed_between(errno, "link", existing, new))
}

/// Makes a symbolic link at `path`.
///
/// # Errors
/// With syscall `symlink`, the target as path and the link as destination.
pub fn symlink(target: &CStr, path: &CStr) -> Result<(), SyscallError> {
    // SAFETY: both paths are NUL-terminated.
    retry(|| unsafe { libc::symlink(target.as_ptr(), path.as_ptr()) })
        .map(|_| ())
        .map_err(|errno| failed_between(errno, "symlink", target, path))
}

/// What a symbolic link points to.
///
/// # Errors
/// With syscall `readlink` and the path.
pub fn read_link(path: &CStr) -> Result<Vec<u8>, SyscallError> {
    const ROOM: usize = libc::PATH_MAX as usize;
    let mut target = [const { MaybeUninit::<u8>::uninit() }; ROOM];
    // SAFETY: `path` is NUL-terminated and `target` has ROOM bytes.
    let length = retry(|| unsafe { libc::readlink(path.as_ptr(), target.as_mut_ptr().cast(), ROOM) })
        .map_err(|errno| failed_at(errno, "readlink", path))? as usize;
    // SAFETY: the kernel has written `length` bytes.
    Ok(unsafe { std::slice::from_raw_parts(target.as_ptr().cast::<u8>(), length) }.to_vec())
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use super::*;

    #[test]
    fn links_are_made_and_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| CString::new(dir.path().join(name).as_os_str().as_bytes()).unwrap();
        fs::write(dir.path().join("file"), "x").unwrap();
        link(&at("file"), &at("second")).unwrap();
        assert_eq!(fs::metadata(dir.path().join("second")).unwrap().nlink(), 2);
        let longest = CString::new("t".repeat(4095)).unwrap();
        for target in [c"file", c"\xFF no such", &longest] {
            symlink(target, &at("symbolic")).unwrap();
            assert_eq!(read_link(&at("symbolic")).unwrap(), target.to_bytes());
            fs::remove_file(dir.path().join("symbolic")).unwrap();
        }
    }

    #[test]
    fn errors_name_both_paths() {
        for (error, syscall) in [(link(c"/no/a", c"/no/b"), "link"), (symlink(c"/no/a", c"/no/b"), "symlink")]
        {
            let error = error.unwrap_err();
            assert_eq!((error.errno, error.syscall), (libc::ENOENT, syscall));
            assert_eq!(error.path.as_deref(), Some(Path::new("/no/a")));
            assert_eq!(error.dest.as_deref(), Some(Path::new("/no/b")));
        }
        let error = read_link(c"/etc").unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::EINVAL, "readlink"));
    }
}
