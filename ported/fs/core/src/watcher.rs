//! The thread that waits for changes of files: inotify's, and those that only looking again can find.
//!
//! It takes no events from inotify but says that some wait. Who is told reads them when the event loop comes to it, as
//! libuv does; until then the kernel merges equal ones.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::inotify::Inotify;
use crate::stat::Stat;
use crate::stat_poll::StatPoll;
use crate::syscall::retry;

/// Something to tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice {
    /// Changes wait in inotify; said once until [`Watcher::rearm`].
    Changes,
    /// What a look at a file has found; see [`StatPoll::look`].
    Look {
        /// As given to [`Watcher::start_poll`].
        id: u32,
        /// A stat, or the errno.
        found: Result<Stat, i32>,
    },
}

/// The waiting of one environment; clones are the same.
#[derive(Clone, Debug)]
pub struct Watcher(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// An eventfd that wakes the thread, for `state` has changed.
    doorbell: OwnedFd,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ended: bool,
    inotify: Option<Arc<Inotify>>,
    armed: bool,
    polls: HashMap<u32, Arc<Mutex<StatPoll>>>,
    schedule: BinaryHeap<Reverse<(Instant, u32)>>,
}

/// What the thread does next.
enum Next {
    End,
    Look(u32, Arc<Mutex<StatPoll>>),
    Wait(Option<Duration>, Option<Arc<Inotify>>),
}

impl Watcher {
    /// # Errors
    /// The errno of eventfd(2).
    pub fn new() -> Result<Self, i32> {
        // SAFETY: no pointers are involved.
        let doorbell = retry(|| unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
        // SAFETY: the kernel has just returned it, and nobody else has it.
        let doorbell = unsafe { OwnedFd::from_raw_fd(doorbell) };
        Ok(Self(Arc::new(Shared { doorbell, state: Mutex::default() })))
    }

    /// The thread's work: tells what happens until [`Watcher::end`].
    pub fn run(&self, mut tell: impl FnMut(Notice)) {
        loop {
            match self.next(Instant::now()) {
                Next::End => return,
                Next::Look(id, poll) => {
                    let began = Instant::now();
                    let mut poll = lock(&poll);
                    let found = poll.look();
                    self.state().schedule(id, poll.next_look(began, Instant::now()));
                    if let Some(found) = found {
                        tell(Notice::Look { id, found });
                    }
                }
                Next::Wait(timeout, inotify) => {
                    if self.wait(timeout, inotify.as_deref()) {
                        tell(Notice::Changes);
                    }
                }
            }
        }
    }

    fn next(&self, now: Instant) -> Next {
        let mut state = self.state();
        if state.ended {
            return Next::End;
        }
        while let Some(Reverse((at, id))) = state.schedule.peek().copied() {
            let Some(poll) = state.polls.get(&id).cloned() else {
                state.schedule.pop();
                continue;
            };
            if at <= now {
                state.schedule.pop();
                return Next::Look(id, poll);
            }
            return Next::Wait(Some(at - now), state.armed());
        }
        Next::Wait(None, state.armed())
    }

    /// Waits for the time, the doorbell or inotify; true when it was inotify.
    fn wait(&self, timeout: Option<Duration>, inotify: Option<&Inotify>) -> bool {
        let on = |fd: BorrowedFd<'_>| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let mut waited = [on(self.0.doorbell.as_fd()); 2];
        let count = 1 + usize::from(inotify.is_some());
        if let Some(inotify) = inotify {
            waited[1] = on(inotify.as_fd());
        }
        // Rounded up: a look that comes too early would be followed by one more.
        let timeout =
            timeout.map_or(-1, |time| time.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as i32);
        // SAFETY: `waited` has `count` elements, whose descriptors are open as long as their owners are borrowed.
        let ready = unsafe { libc::poll(waited.as_mut_ptr(), count as libc::nfds_t, timeout) };
        if ready <= 0 {
            return false;
        }
        if waited[0].revents != 0 {
            let mut rung = 0_u64;
            // SAFETY: an eventfd is read as eight bytes, which `rung` has.
            let _drained = unsafe { libc::read(waited[0].fd, (&raw mut rung).cast(), size_of_val(&rung)) };
        }
        let changes = waited[1].revents != 0 && count == 2;
        if changes {
            self.state().armed = false;
        }
        changes
    }

    /// Ends [`Watcher::run`].
    pub fn end(&self) {
        self.state().ended = true;
        self.ring();
    }

    /// The inotify instance, made when it is first asked for, and armed.
    ///
    /// # Errors
    /// The errno of `inotify_init1(2)`.
    pub fn inotify(&self) -> Result<Arc<Inotify>, i32> {
        let mut state = self.state();
        if let Some(inotify) = &state.inotify {
            return Ok(Arc::clone(inotify));
        }
        let inotify = Arc::new(Inotify::new()?);
        state.inotify = Some(Arc::clone(&inotify));
        state.armed = true;
        drop(state);
        self.ring();
        Ok(inotify)
    }

    /// Tells of inotify again, now that what waited there was read.
    pub fn rearm(&self) {
        self.state().armed = true;
        self.ring();
    }

    /// Looks at a file now, and then at its intervals. `id` must not have been used before.
    pub fn start_poll(&self, id: u32, poll: StatPoll) {
        let mut state = self.state();
        state.polls.insert(id, Arc::new(Mutex::new(poll)));
        state.schedule(id, Instant::now());
        drop(state);
        self.ring();
    }

    /// Looks no more; a look that is under way is still told.
    pub fn stop_poll(&self, id: u32) {
        self.state().polls.remove(&id);
    }

    fn ring(&self) {
        // SAFETY: an eventfd is written as eight bytes. It cannot fail: nobody rings 2^64 times unheard.
        let _rung =
            unsafe { libc::write(self.0.doorbell.as_raw_fd(), (&raw const ONE).cast(), size_of_val(&ONE)) };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

static ONE: u64 = 1;

impl State {
    fn armed(&self) -> Option<Arc<Inotify>> {
        self.inotify.as_ref().filter(|_| self.armed).map(Arc::clone)
    }

    fn schedule(&mut self, id: u32, at: Instant) {
        self.schedule.push(Reverse((at, id)));
    }
}

/// Nothing under these locks panics half way through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::sync::mpsc::{Receiver, TryRecvError, channel};
    use std::thread::{self, JoinHandle};

    use super::*;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    fn started() -> (Watcher, Receiver<Notice>, JoinHandle<()>) {
        let watcher = Watcher::new().unwrap();
        let (told, notices) = channel();
        let on_thread = watcher.clone();
        let thread = thread::spawn(move || on_thread.run(|notice| told.send(notice).unwrap()));
        (watcher, notices, thread)
    }

    #[test]
    fn changes_are_told_once_until_they_were_read() {
        let dir = tempfile::tempdir().unwrap();
        let (watcher, notices, thread) = started();
        let inotify = watcher.inotify().unwrap();
        inotify.add(&c(dir.path())).unwrap();
        for round in 0..3 {
            fs::write(dir.path().join(format!("{round}")), "x").unwrap();
            assert_eq!(notices.recv().unwrap(), Notice::Changes);
            fs::write(dir.path().join(format!("{round}-more")), "x").unwrap();
            assert_eq!(notices.try_recv(), Err(TryRecvError::Empty));
            assert_eq!(inotify.read().len(), 4);
            assert!(inotify.read().is_empty());
            watcher.rearm();
        }
        watcher.end();
        thread.join().unwrap();
        assert_eq!(notices.recv().ok(), None);
    }

    #[test]
    fn files_are_looked_at_until_they_are_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let (watcher, notices, thread) = started();
        watcher.start_poll(7, StatPoll::new(c(&path), 1));
        watcher.start_poll(8, StatPoll::new(c(&path), 1));
        let mut looks = [notices.recv().unwrap(), notices.recv().unwrap()];
        looks.sort_by_key(|notice| matches!(notice, Notice::Look { id: 8, .. }));
        let missing = |id| Notice::Look { id, found: Err(libc::ENOENT) };
        assert_eq!(looks, [missing(7), missing(8)]);
        watcher.stop_poll(8);
        fs::write(&path, "x").unwrap();
        // A look that was under way when 8 was stopped may be told as well.
        let found = notices.iter().find(|notice| matches!(notice, Notice::Look { id: 7, found: Ok(_) }));
        assert!(found.is_some());
        watcher.end();
        thread.join().unwrap();
    }

    #[test]
    fn a_thread_that_waits_for_nothing_ends() {
        let (watcher, notices, thread) = started();
        watcher.end();
        thread.join().unwrap();
        assert_eq!(notices.recv().ok(), None);
    }
}
