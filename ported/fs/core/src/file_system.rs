//! What is known of a file system.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use node_error::SyscallError;

use crate::syscall::{failed_at, retry};

/// How many numbers describe a file system.
pub const FILE_SYSTEM_FIELDS: usize = 8;

/// A file system's type, size of a block, size of a fragment, blocks, free blocks, blocks free for everybody,
/// nodes and free nodes, in this order, which Node's lib knows.
#[derive(Clone, Copy, Debug)]
pub struct FileSystem([u64; FILE_SYSTEM_FIELDS]);

impl FileSystem {
    /// As numbers.
    pub fn as_f64(&self) -> [f64; FILE_SYSTEM_FIELDS] {
        self.0.map(|field| field as f64)
    }

    /// As 64-bit integers, wrapped where they are larger.
    pub fn as_i64(&self) -> [i64; FILE_SYSTEM_FIELDS] {
        self.0.map(|field| field as i64)
    }
}

/// Describes the file system that holds `path`.
///
/// # Errors
/// With syscall `statfs` and the path.
pub fn file_system(path: &CStr) -> Result<FileSystem, SyscallError> {
    let mut out = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: `path` is NUL-terminated and `out` has room for one statfs.
    retry(|| unsafe { libc::statfs(path.as_ptr(), out.as_mut_ptr()) })
        .map_err(|errno| failed_at(errno, "statfs", path))?;
    // SAFETY: the call succeeded and has filled `out`.
    let s = unsafe { out.assume_init_ref() };
    Ok(FileSystem([
        s.f_type as u64,
        s.f_bsize as u64,
        s.f_frsize as u64,
        s.f_blocks,
        s.f_bfree,
        s.f_bavail,
        s.f_files,
        s.f_ffree,
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_is_described() {
        let [kind, block, fragment, ..] = file_system(c"/proc").unwrap().as_i64();
        assert_eq!((kind, block, fragment), (libc::PROC_SUPER_MAGIC, 4096, 4096));
        assert_eq!(file_system(c"/proc").unwrap().as_f64()[0] as i64, libc::PROC_SUPER_MAGIC);
        let error = file_system(c"/no/such").unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::ENOENT, "statfs"));
    }
}
