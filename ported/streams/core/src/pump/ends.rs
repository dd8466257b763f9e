//! The two ends of a pump.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;

use node_error::SyscallError;

use super::PumpError;

/// Where bytes come from.
#[derive(Debug)]
pub struct Source {
    fd: RawFd,
    /// None reads where the descriptor stands.
    position: Option<u64>,
    left: u64,
    piece: usize,
}

impl Source {
    /// A file that stays open until the pump is dropped: `left` bytes at most, from `position` on or from where the
    /// descriptor stands, `piece` bytes at a time.
    pub fn new(fd: RawFd, position: Option<u64>, left: u64, piece: usize) -> Self {
        Self { fd, position, left, piece: piece.max(1) }
    }

    pub(super) fn piece(&self) -> usize {
        self.piece
    }

    /// Reads what fits; 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, PumpError> {
        let room = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = retried(|| {
            // SAFETY: the buffer is ours and has room for as many bytes; read and pread touch nothing else.
            unsafe {
                match self.position {
                    Some(position) => libc::pread(self.fd, buffer.as_mut_ptr().cast(), room, position as i64),
                    None => libc::read(self.fd, buffer.as_mut_ptr().cast(), room),
                }
            }
        });
        let count = read.map_err(|error| PumpError::Source(SyscallError::from_io(&error, "read")))?;
        self.advance(count as u64);
        Ok(count)
    }

    fn advance(&mut self, count: u64) {
        self.left = self.left.saturating_sub(count);
        if let Some(position) = &mut self.position {
            *position += count;
        }
    }
}

/// Where bytes go to.
#[derive(Debug)]
pub struct Sink {
    to: To,
    /// None writes where the descriptor stands.
    pub(super) position: Option<u64>,
}

#[derive(Debug)]
enum To {
    /// A file that stays open until the pump is dropped.
    File(RawFd),
    /// A descriptor of our own: its stream may close its own at any time.
    Socket(OwnedFd),
}

/// What the kernel moved by itself.
pub(super) enum Taken {
    Bytes(u64),
    Blocked,
    Nothing,
}

impl Sink {
    /// A file that stays open until the pump is dropped, from `position` on or from where the descriptor stands.
    pub fn file(fd: RawFd, position: Option<u64>) -> Self {
        Self { to: To::File(fd), position }
    }

    /// A socket that does not block; the pump duplicates its descriptor.
    ///
    /// # Errors
    /// When no descriptor is left.
    pub fn socket(fd: RawFd) -> Result<Self, SyscallError> {
        // SAFETY: the caller's descriptor is open during this call, and nothing but it is borrowed.
        let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) };
        let own = borrowed.try_clone_to_owned().map_err(|error| SyscallError::from_io(&error, "dup"))?;
        Ok(Self { to: To::Socket(own), position: None })
    }

    /// What to wait for when it blocks.
    pub fn descriptor(&self) -> RawFd {
        match &self.to {
            To::File(fd) => *fd,
            To::Socket(fd) => fd.as_raw_fd(),
        }
    }

    /// Writes what it takes; None when it takes nothing for now.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<Option<usize>, PumpError> {
        let (fd, position) = (self.descriptor(), self.position);
        let written = retried(|| {
            // SAFETY: the bytes are readable for their length; write and pwrite touch nothing else.
            unsafe {
                match position {
                    Some(position) => libc::pwrite(fd, bytes.as_ptr().cast(), bytes.len(), position as i64),
                    None => libc::write(fd, bytes.as_ptr().cast(), bytes.len()),
                }
            }
        });
        match written {
            Ok(count) => {
                self.advance(count as u64);
                Ok(Some(count))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(PumpError::Sink(SyscallError::from_io(&error, "write"))),
        }
    }

    /// Has the kernel move bytes.
    pub(super) fn take_from(&mut self, source: &mut Source) -> Result<Taken, PumpError> {
        /// Bytes in one call: enough to make calls cheap, few enough to stop soon.
        const MOST: u64 = 1 << 20;
        let count = source.left.min(MOST) as usize;
        if count == 0 {
            return Ok(Taken::Nothing);
        }
        let (fd, mut to) = (self.descriptor(), self.position.map(|position| position as i64));
        let mut from = source.position.map(|position| position as i64);
        let moved = retried(|| {
            let from = from.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
            // SAFETY: both offsets are null or ours; the kernel moves bytes between files alone.
            unsafe {
                match self.to {
                    To::Socket(_) => libc::sendfile(fd, source.fd, from, count),
                    To::File(_) => {
                        let to = to.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
                        libc::copy_file_range(source.fd, from, fd, to, count, 0)
                    }
                }
            }
        });
        match moved {
            Ok(0) => Ok(Taken::Nothing),
            Ok(count) => {
                source.advance(count as u64);
                self.advance(count as u64);
                Ok(Taken::Bytes(count as u64))
            }
            Err(error) => match error.raw_os_error() {
                Some(libc::EAGAIN) => Ok(Taken::Blocked),
                // Not for these two: appended to, on file systems of two kinds, of no real size, the same one. Or an end
                // failed, and reading and writing will say which.
                Some(
                    libc::EINVAL
                    | libc::EBADF
                    | libc::EXDEV
                    | libc::ENOSYS
                    | libc::EOPNOTSUPP
                    | libc::EPERM
                    | libc::ETXTBSY
                    | libc::EOVERFLOW
                    | libc::EISDIR
                    | libc::EIO,
                ) => Ok(Taken::Nothing),
                _ => Err(PumpError::Sink(SyscallError::from_io(&error, "write"))),
            },
        }
    }

    fn advance(&mut self, count: u64) {
        if let Some(position) = &mut self.position {
            *position += count;
        }
    }
}

/// Whether a pump may stand between these two: a regular file, and another one or a socket, as `to_socket` says. What
/// else there is may make a thread wait without end.
pub fn are_plain(source: RawFd, sink: RawFd, to_socket: bool) -> bool {
    let kind = if to_socket { libc::S_IFSOCK } else { libc::S_IFREG };
    kind_of(source) == Some(libc::S_IFREG) && kind_of(sink) == Some(kind)
}

fn kind_of(fd: RawFd) -> Option<libc::mode_t> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: fstat fills the stat that it is given when it answers 0.
    let stat = unsafe { (libc::fstat(fd, stat.as_mut_ptr()) == 0).then(|| stat.assume_init()) };
    stat.map(|stat| stat.st_mode & libc::S_IFMT)
}

/// Repeats what a signal interrupted, as libuv does.
fn retried(mut call: impl FnMut() -> isize) -> io::Result<usize> {
    loop {
        if let Ok(count) = usize::try_from(call()) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
