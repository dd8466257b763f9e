//! stat, lstat and fstat over statx, with libuv's fallback.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};

use node_error::SyscallError;

use crate::syscall::{failed, failed_at, retry};

/// How many numbers Node keeps of one stat.
pub const STAT_FIELDS: usize = 18;

/// Where the times begin.
const FIRST_TIME: usize = 10;

/// The answer of a stat call, in the order in which Node's binding writes it: dev, mode, nlink, uid,
/// gid, rdev, blksize, ino, size, blocks, then seconds and nanoseconds of the times of access,
/// modification, change and birth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stat {
    fields: [u64; STAT_FIELDS],
}

impl Stat {
    /// The numbers as a `Float64Array` holds them: times may lie before 1970, all else is unsigned.
    #[inline]
    pub fn as_f64(&self) -> [f64; STAT_FIELDS] {
        let mut out = [0.0; STAT_FIELDS];
        for (i, field) in self.fields.into_iter().enumerate() {
            out[i] = if i < FIRST_TIME { field as f64 } else { field as i64 as f64 };
        }
        out
    }

    /// The numbers as a `BigInt64Array` holds them.
    #[inline]
    pub fn as_i64(&self) -> [i64; STAT_FIELDS] {
        self.fields.map(|field| field as i64)
    }

    /// Whether the file is a directory.
    pub fn is_directory(&self) -> bool {
        self.file_type() == libc::S_IFDIR
    }

    /// Whether the file is a regular file.
    pub fn is_regular(&self) -> bool {
        self.file_type() == libc::S_IFREG
    }

    /// Bytes in the file, as the file system says.
    pub fn size(&self) -> u64 {
        self.fields[8]
    }

    /// libuv's number of the file's type, as a listing has it ([`Listing::iter`](crate::Listing::iter)).
    pub fn kind(&self) -> u8 {
        match self.file_type() {
            libc::S_IFREG => 1,
            libc::S_IFDIR => 2,
            libc::S_IFLNK => 3,
            libc::S_IFIFO => 4,
            libc::S_IFSOCK => 5,
            libc::S_IFCHR => 6,
            libc::S_IFBLK => 7,
            _ => 0,
        }
    }

    /// Permissions, with the bits for set-user-ID, set-group-ID and sticky.
    pub fn permissions(&self) -> u32 {
        self.fields[1] as u32 & 0o7777
    }

    /// User and group.
    pub(crate) fn owner(&self) -> (u32, u32) {
        (self.fields[3] as u32, self.fields[4] as u32)
    }

    /// The times of access and modification.
    pub(crate) fn times(&self) -> [libc::timespec; 2] {
        [FIRST_TIME, FIRST_TIME + 2]
            .map(|at| libc::timespec { tv_sec: self.fields[at] as i64, tv_nsec: self.fields[at + 1] as i64 })
    }

    /// Device and inode, which tell whether two names are of one file.
    pub fn identity(&self) -> (u64, u64) {
        (self.fields[0], self.fields[7])
    }

    /// Names that the file has.
    pub(crate) fn links(&self) -> u64 {
        self.fields[2]
    }

    /// Whether nothing differs that `uv_fs_poll` compares: all but the number of links, the device that a special file
    /// stands for, sizes and numbers of blocks, and the time of access.
    pub fn is_same_file_state(&self, other: &Self) -> bool {
        const COMPARED: [usize; 12] = [0, 1, 3, 4, 7, 8, 12, 13, 14, 15, 16, 17];
        COMPARED.iter().all(|field| self.fields[*field] == other.fields[*field])
    }

    fn file_type(&self) -> libc::mode_t {
        self.fields[1] as libc::mode_t & libc::S_IFMT
    }

    #[inline]
    pub(crate) fn from_statx(s: &libc::statx) -> Self {
        let time = |t: &libc::statx_timestamp| [t.tv_sec as u64, u64::from(t.tv_nsec)];
        let [atime, mtime, ctime, btime] = [&s.stx_atime, &s.stx_mtime, &s.stx_ctime, &s.stx_btime].map(time);
        Self {
            fields: [
                libc::makedev(s.stx_dev_major, s.stx_dev_minor),
                u64::from(s.stx_mode),
                u64::from(s.stx_nlink),
                u64::from(s.stx_uid),
                u64::from(s.stx_gid),
                libc::makedev(s.stx_rdev_major, s.stx_rdev_minor),
                u64::from(s.stx_blksize),
                s.stx_ino,
                s.stx_size,
                s.stx_blocks,
                atime[0],
                atime[1],
                mtime[0],
                mtime[1],
                ctime[0],
                ctime[1],
                btime[0],
                btime[1],
            ],
        }
    }

    /// Without statx there is no birth time: libuv reports the time of change, and so do we.
    fn from_stat(s: &libc::stat) -> Self {
        Self {
            fields: [
                s.st_dev,
                u64::from(s.st_mode),
                s.st_nlink,
                u64::from(s.st_uid),
                u64::from(s.st_gid),
                s.st_rdev,
                s.st_blksize as u64,
                s.st_ino,
                s.st_size as u64,
                s.st_blocks as u64,
                s.st_atime as u64,
                s.st_atime_nsec as u64,
                s.st_mtime as u64,
                s.st_mtime_nsec as u64,
                s.st_ctime as u64,
                s.st_ctime_nsec as u64,
                s.st_ctime as u64,
                s.st_ctime_nsec as u64,
            ],
        }
    }
}

/// Follows symbolic links.
///
/// # Errors
/// With syscall `stat` and the path.
#[inline]
pub fn stat(path: &CStr) -> Result<Stat, SyscallError> {
    query(libc::AT_FDCWD, path, 0, |out| {
        // SAFETY: `path` is NUL-terminated and `out` has room for one stat.
        retry(|| unsafe { libc::stat(path.as_ptr(), out) })
    })
    .map_err(|errno| failed_at(errno, "stat", path))
}

/// Describes a symbolic link itself.
///
/// # Errors
/// With syscall `lstat` and the path.
#[inline]
pub fn lstat(path: &CStr) -> Result<Stat, SyscallError> {
    query(libc::AT_FDCWD, path, libc::AT_SYMLINK_NOFOLLOW, |out| {
        // SAFETY: `path` is NUL-terminated and `out` has room for one stat.
        retry(|| unsafe { libc::lstat(path.as_ptr(), out) })
    })
    .map_err(|errno| failed_at(errno, "lstat", path))
}

/// Describes a name in an open directory, a symbolic link itself.
///
/// # Errors
/// The errno.
pub(crate) fn stat_at(directory: RawFd, name: &CStr) -> Result<Stat, i32> {
    query(directory, name, libc::AT_SYMLINK_NOFOLLOW, |out| {
        // SAFETY: the name is NUL-terminated and `out` has room for one stat.
        retry(|| unsafe { libc::fstatat(directory, name.as_ptr(), out, libc::AT_SYMLINK_NOFOLLOW) })
    })
}

/// Describes an open file.
///
/// # Errors
/// With syscall `fstat`.
#[inline]
pub fn fstat(fd: RawFd) -> Result<Stat, SyscallError> {
    query(fd, c"", libc::AT_EMPTY_PATH, |out| {
        // SAFETY: `out` has room for one stat.
        retry(|| unsafe { libc::fstat(fd, out) })
    })
    .map_err(|errno| failed(errno, "fstat"))
}

/// Whether `path` is a directory, for which the kernel is asked for nothing else.
///
/// # Errors
/// The errno.
#[inline]
pub(crate) fn is_directory(path: &CStr) -> Result<bool, i32> {
    if !NO_STATX.load(Ordering::Relaxed) {
        let mut out = MaybeUninit::<libc::statx>::uninit();
        // SAFETY: `path` is NUL-terminated and `out` has room for one statx.
        let answer = retry(|| unsafe {
            libc::statx(libc::AT_FDCWD, path.as_ptr(), 0, libc::STATX_TYPE, out.as_mut_ptr())
        });
        match answer {
            Ok(0) => {
                // SAFETY: statx answered 0 and has filled `out`.
                let mode = unsafe { out.assume_init_ref() }.stx_mode;
                return Ok(libc::mode_t::from(mode) & libc::S_IFMT == libc::S_IFDIR);
            }
            Err(errno) if !means_no_statx(errno) => return Err(errno),
            _ => {}
        }
    }
    stat(path).map(|stat| stat.is_directory()).map_err(|error| error.errno)
}

/// Set once statx turned out to be unavailable, so that it is not tried again.
static NO_STATX: AtomicBool = AtomicBool::new(false);

#[inline]
fn query(
    dirfd: RawFd,
    path: &CStr,
    flags: i32,
    fallback: impl FnOnce(*mut libc::stat) -> Result<i32, i32>,
) -> Result<Stat, i32> {
    if !NO_STATX.load(Ordering::Relaxed) {
        let mut out = MaybeUninit::<libc::statx>::uninit();
        let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME;
        // SAFETY: `path` is NUL-terminated and `out` has room for one statx.
        match retry(|| unsafe { libc::statx(dirfd, path.as_ptr(), flags, mask, out.as_mut_ptr()) }) {
            // SAFETY: statx answered 0 and has filled `out`.
            Ok(0) => return Ok(Stat::from_statx(unsafe { out.assume_init_ref() })),
            Err(errno) if !means_no_statx(errno) => return Err(errno),
            // A container without statx was seen to answer 1, or an errno of the list.
            _ => NO_STATX.store(true, Ordering::Relaxed),
        }
    }
    let mut out = MaybeUninit::<libc::stat>::uninit();
    fallback(out.as_mut_ptr())?;
    // SAFETY: the call succeeded and has filled `out`.
    Ok(Stat::from_stat(unsafe { out.assume_init_ref() }))
}

/// libuv's list: seccomp filters answer EPERM or ENOSYS, DVS file systems EOPNOTSUPP.
fn means_no_statx(errno: i32) -> bool {
    matches!(errno, libc::EINVAL | libc::EPERM | libc::ENOSYS | libc::EOPNOTSUPP)
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs::{File, Metadata};
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    fn expected(m: &Metadata) -> [u64; 10] {
        let dev = [m.dev(), u64::from(m.mode()), m.nlink(), u64::from(m.uid()), u64::from(m.gid())];
        let rest = [m.rdev(), m.blksize(), m.ino(), m.size(), m.blocks()];
        [dev, rest].concat().try_into().unwrap()
    }

    #[test]
    fn the_fields_are_those_of_the_standard_library() {
        for path in [c"/proc/self/exe", c"/dev/null", c"/tmp"] {
            let name = path.to_str().unwrap();
            let meta = std::fs::metadata(name).unwrap();
            let found = stat(path).unwrap();
            assert_eq!(found.fields[..10], expected(&meta), "{name}");
            assert_eq!(found.fields[12] as i64, meta.mtime());
            assert_eq!(found.fields[13] as i64, meta.mtime_nsec());
        }
    }

    #[test]
    fn statx_and_its_fallback_agree() {
        let mut out = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the path is NUL-terminated and `out` has room for one stat.
        assert_eq!(unsafe { libc::stat(c"/etc".as_ptr(), out.as_mut_ptr()) }, 0);
        // SAFETY: filled by the successful call above.
        let old = Stat::from_stat(unsafe { out.assume_init_ref() });
        assert_eq!(old.fields[..16], stat(c"/etc").unwrap().fields[..16]);
    }

    #[test]
    fn lstat_sees_the_link_and_fstat_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        symlink("/etc/passwd", &link).unwrap();
        let link = CString::new(link.as_os_str().as_bytes()).unwrap();
        assert_eq!(lstat(&link).unwrap().file_type(), libc::S_IFLNK);
        assert!(stat(&link).unwrap().is_regular());
        let file = File::open("/etc/passwd").unwrap();
        assert_eq!(fstat(file.as_raw_fd()).unwrap().fields[7], stat(&link).unwrap().fields[7]);
        assert!(stat(c"/etc").unwrap().is_directory());
    }

    #[test]
    fn errors_name_the_call_and_the_path() {
        let error = stat(c"/no/such").unwrap_err();
        assert_eq!((error.errno, error.syscall), (libc::ENOENT, "stat"));
        assert_eq!(error.path.as_deref(), Some("/no/such".as_ref()));
        let error = fstat(-1).unwrap_err();
        assert_eq!((error.errno, error.syscall, error.path), (libc::EBADF, "fstat", None));
    }

    #[test]
    fn times_are_signed_and_inodes_are_not() {
        let mut stat = stat(c"/etc").unwrap();
        stat.fields[10] = (-5_i64) as u64;
        stat.fields[7] = u64::MAX;
        assert_eq!((stat.as_i64()[10], stat.as_f64()[10]), (-5, -5.0));
        assert_eq!((stat.as_i64()[7], stat.as_f64()[7]), (-1, u64::MAX as f64));
    }
}
