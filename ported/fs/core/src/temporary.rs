//! Directories with names of their own.

use std::ffi::{CStr, CString};

use node_error::SyscallError;

use crate::directory::Form;
use crate::syscall::failed_at;

/// Makes a directory that only its owner may enter, whose name is `prefix` and six random characters; returns the
/// whole name.
///
/// # Errors
/// With syscall `mkdtemp` and a path: `prefix` and six X, or, in the asynchronous form, what was tried last.
pub fn make_temporary_directory(prefix: &CStr, form: Form) -> Result<Vec<u8>, SyscallError> {
    let template = [prefix.to_bytes(), b"XXXXXX\0"].concat();
    let mut name = template.clone();
    // SAFETY: `name` is NUL-terminated and writable.
    let made = unsafe { libc::mkdtemp(name.as_mut_ptr().cast()) };
    if made.is_null() {
        let errno = crate::syscall::last_errno();
        let path = if form == Form::Sync { template } else { name };
        let path = CString::from_vec_with_nul(path).unwrap_or_default();
        return Err(failed_at(errno, "mkdtemp", &path));
    }
    name.pop();
    Ok(name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn two_directories_have_two_names() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = CString::new([dir.path().as_os_str().as_bytes(), b"/p\xFF-"].concat()).unwrap();
        let made: Vec<_> = (0..2).map(|_| make_temporary_directory(&prefix, Form::Async).unwrap()).collect();
        assert_ne!(made[0], made[1]);
        for name in made {
            assert!(name.starts_with(prefix.to_bytes()) && name.len() == prefix.to_bytes().len() + 6);
            let found = fs::metadata(PathBuf::from(std::ffi::OsString::from_vec(name))).unwrap();
            assert_eq!(found.permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn the_error_shows_the_template_or_what_was_tried() {
        let path = |form| make_temporary_directory(c"/no/x", form).unwrap_err().path.unwrap();
        assert_eq!(path(Form::Sync), PathBuf::from("/no/xXXXXXX"));
        assert_ne!(path(Form::Async), PathBuf::from("/no/xXXXXXX"));
    }
}
