//! What the kernel finds without waiting, and on which file systems that is all that it could find.

use std::cell::RefCell;
use std::ffi::CStr;
use std::mem::{self, MaybeUninit};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use super::Cached;
use crate::file;
use crate::stat::Stat;
use crate::syscall::{failed, last_errno};

/// Set when this kernel, or who guards it, knows no such calls.
static UNAVAILABLE: AtomicBool = AtomicBool::new(false);

/// Opens a path whose parts are all in the kernel's cache; an errno where stat and open would fail with it.
pub(super) fn look_up(path: &CStr, flags: i32) -> Option<Result<OwnedFd, i32>> {
    if UNAVAILABLE.load(Ordering::Relaxed) {
        return None;
    }
    // SAFETY: integers, of which 0 is a value.
    let mut how: libc::open_how = unsafe { mem::zeroed() };
    how.flags = (flags | libc::O_CLOEXEC) as u64;
    how.resolve = libc::RESOLVE_CACHED;
    // SAFETY: `path` is NUL-terminated, `how` as large as is said.
    let fd = unsafe {
        libc::syscall(libc::SYS_openat2, libc::AT_FDCWD, path.as_ptr(), &raw const how, size_of_val(&how))
    };
    if fd >= 0 {
        // SAFETY: a new descriptor.
        return Some(Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) }));
    }
    match last_errno() {
        errno @ (libc::ENOENT | libc::ENOTDIR | libc::EACCES | libc::ELOOP | libc::ENAMETOOLONG) => {
            Some(Err(errno))
        }
        // EPERM of an open for reading may be about the file.
        errno
            if matches!(errno, libc::ENOSYS | libc::EINVAL | libc::E2BIG)
                || errno == libc::EPERM && flags & libc::O_PATH != 0 =>
        {
            UNAVAILABLE.store(true, Ordering::Relaxed);
            None
        }
        // EAGAIN, and what concerns descriptors and memory, which the operation itself may not need.
        _ => None,
    }
}

/// An open file on a file system of [`FileSystem`].
pub(super) struct File {
    pub(super) stat: Stat,
    pub(super) system: FileSystem,
}

impl File {
    pub(super) fn of(fd: RawFd) -> Option<Self> {
        let mut out = MaybeUninit::<libc::statx>::uninit();
        let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_DONT_SYNC;
        let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME | STATX_MNT_ID_UNIQUE;
        // SAFETY: the path is NUL-terminated and `out` has room for one statx.
        if unsafe { libc::statx(fd, c"".as_ptr(), flags, mask, out.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: statx answered 0 and has filled `out`.
        let found = unsafe { out.assume_init_ref() };
        let mount = (found.stx_mask & STATX_MNT_ID_UNIQUE != 0).then_some(found.stx_mnt_id);
        Some(Self { stat: Stat::from_statx(found), system: FileSystem::of(fd, mount)? })
    }

    /// Whether closing it neither writes nor frees anything.
    pub(super) fn closes_at_once(&self, fd: RawFd) -> bool {
        // SAFETY: asks only.
        let flags = || unsafe { libc::fcntl(fd, libc::F_GETFL) };
        self.stat.is_regular()
            && self.stat.links() > 0
            && (self.system == FileSystem::Memory || flags() & libc::O_ACCMODE == libc::O_RDONLY)
    }

    /// Until `buffer` is full or the file ends, as a blocking read of a regular file.
    pub(super) fn read(&self, fd: RawFd, buffer: &mut [u8], position: i64) -> Cached {
        if self.system == FileSystem::Memory {
            return Cached::Done(file::read(fd, buffer, position));
        }
        let mut done = 0;
        loop {
            let at = if position < 0 { -1 } else { position + done as i64 };
            let room = &mut buffer[done..];
            let part = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
            // SAFETY: one part, which is exclusively ours during the call.
            match unsafe { libc::preadv2(fd, &raw const part, 1, at, libc::RWF_NOWAIT) } {
                0 => return Cached::Done(Ok(done)),
                n @ 1.. => done += n as usize,
                _ => match last_errno() {
                    // Not of the file, but of how it was asked for.
                    libc::EAGAIN | libc::EINTR | libc::EOPNOTSUPP | libc::ENOSYS => {
                        return Cached::Rest(done);
                    }
                    _ if done > 0 => return Cached::Done(Ok(done)),
                    errno => return Cached::Done(Err(failed(errno, "read"))),
                },
            }
            if done == buffer.len() {
                return Cached::Done(Ok(done));
            }
        }
    }
}

/// linux/stat.h, since Linux 6.8: an id of the mount that is never used again.
const STATX_MNT_ID_UNIQUE: u32 = 0x4000;

/// The file systems of which the kernel knows all that there is to know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FileSystem {
    /// Files are nothing but memory.
    Memory,
    /// On a disk of this machine.
    Local,
}

/// How many mounts a thread remembers.
const MOUNTS: usize = 8;

type Mounts = ([(u64, Option<FileSystem>); MOUNTS], usize);

thread_local! {
    /// By id, and which one to forget next. No mount has the id 0.
    static SEEN: RefCell<Mounts> = const { RefCell::new(([(0, None); MOUNTS], 0)) };
}

impl FileSystem {
    /// The one that `fd` is on, asked for once for each mount if the kernel names it for good.
    fn of(fd: RawFd, mount: Option<u64>) -> Option<Self> {
        let Some(mount) = mount else { return Self::ask(fd) };
        SEEN.with_borrow_mut(|(seen, next)| {
            if let Some((_, system)) = seen.iter().find(|(id, _)| *id == mount) {
                return *system;
            }
            let system = Self::ask(fd);
            seen[*next] = (mount, system);
            *next = (*next + 1) % MOUNTS;
            system
        })
    }

    pub(super) fn ask(fd: RawFd) -> Option<Self> {
        let mut out = MaybeUninit::<libc::statfs>::uninit();
        // SAFETY: `out` has room for one statfs.
        if unsafe { libc::fstatfs(fd, out.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call succeeded and has filled `out`.
        match unsafe { out.assume_init_ref() }.f_type {
            libc::TMPFS_MAGIC | RAMFS => Some(Self::Memory),
            libc::EXT4_SUPER_MAGIC | libc::XFS_SUPER_MAGIC | libc::BTRFS_SUPER_MAGIC | libc::F2FS_SUPER_MAGIC
            // What it lays over each other must not change underneath it, so it asks no server again.
            | libc::OVERLAYFS_SUPER_MAGIC => Some(Self::Local),
            _ => None,
        }
    }
}

/// linux/magic.h
const RAMFS: libc::__fsword_t = 0x8584_58F6;
