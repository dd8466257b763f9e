//! Waiting for sockets that take nothing for now, on one thread for all of them.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;

/// An epoll(7) instance of its own: libuv's knows the same sockets, and is not disturbed.
#[derive(Clone, Debug)]
pub struct Waiting(Arc<Instance>);

#[derive(Debug)]
struct Instance {
    epoll: OwnedFd,
    end: OwnedFd,
}

/// Tells the end from a socket's number.
const END: u64 = u64::MAX;

impl Waiting {
    /// An instance that waits for nothing.
    ///
    /// # Errors
    /// When no descriptor is left.
    pub fn new() -> io::Result<Self> {
        // SAFETY: epoll_create1 touches no memory, and its result is ours alone.
        let epoll = owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: eventfd touches no memory, and its result is ours alone.
        let end = owned(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
        let waiting = Self(Arc::new(Instance { epoll, end }));
        waiting.control(libc::EPOLL_CTL_ADD, waiting.0.end.as_raw_fd(), libc::EPOLLIN, END)?;
        Ok(waiting)
    }

    /// Has [`Waiting::run`] name `number` once, when the socket takes bytes again or fails.
    ///
    /// # Errors
    /// When the kernel cannot wait for it.
    pub fn wait_for(&self, socket: RawFd, number: u32) -> io::Result<()> {
        let events = libc::EPOLLOUT | libc::EPOLLONESHOT;
        match self.control(libc::EPOLL_CTL_ADD, socket, events, u64::from(number)) {
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {
                self.control(libc::EPOLL_CTL_MOD, socket, events, u64::from(number))
            }
            other => other,
        }
    }

    /// Forgets a socket, before its descriptor is closed: the kernel keeps it as long as another one is open.
    pub fn forget(&self, socket: RawFd) {
        // Fails when it was never waited for.
        let _unknown = self.control(libc::EPOLL_CTL_DEL, socket, 0, 0);
    }

    /// Waits, and names what can go on, until [`Waiting::end`].
    pub fn run(&self, ready: impl Fn(u32)) {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 64];
        loop {
            // SAFETY: there is room for as many events as are asked for.
            let count = unsafe {
                libc::epoll_wait(self.0.epoll.as_raw_fd(), events.as_mut_ptr(), events.len() as i32, -1)
            };
            for event in events.iter().take(usize::try_from(count).unwrap_or(0)) {
                let number = event.u64;
                match u32::try_from(number) {
                    Ok(number) => ready(number),
                    Err(_) => return,
                }
            }
        }
    }

    /// Has [`Waiting::run`] return.
    pub fn end(&self) {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: the bytes are readable for their length. A full counter would have ended it already.
        let _written = unsafe { libc::write(self.0.end.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    fn control(&self, operation: i32, fd: RawFd, events: i32, number: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: events.cast_unsigned(), u64: number };
        // SAFETY: the event is ours, and the kernel copies it.
        let result = unsafe { libc::epoll_ctl(self.0.epoll.as_raw_fd(), operation, fd, &raw mut event) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

fn owned(fd: RawFd) -> io::Result<OwnedFd> {
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the caller has just made it, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
