//! The port's own threads: a queue of jobs, and what is finished and not yet delivered. No Node-API here.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Effect, Job};
use crate::panic::{self, Panic};

/// A result on its way to the JavaScript thread.
pub(super) struct Finished<J: Job> {
    pub(super) slot: i32,
    pub(super) place: &'static str,
    pub(super) output: Result<J::Output, Panic>,
    pub(super) origin: Origin,
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    /// From where it was asked for: it was finished at once.
    Here,
    /// From a job.
    Pool(Effect),
    /// From a [`super::Source`]: nobody has asked for it, so it does not count among what is in flight.
    Source,
}

/// What the threads of one [`super::Completions`] share with its JavaScript thread.
pub(super) struct Pool<J: Job> {
    queue: Mutex<Waiting<J>>,
    work: Condvar,
    done: Mutex<Done<J>>,
}

struct Waiting<J> {
    jobs: VecDeque<(i32, J)>,
    /// Threads that are parked and that nobody has woken yet.
    idle: usize,
    /// A thread was woken and has not come yet. It wakes the next one if more than one job waits by then, so that
    /// one call to the kernel serves all that is submitted until it comes.
    waking: bool,
    closed: bool,
}

struct Done<J: Job> {
    finished: Vec<Finished<J>>,
    /// True from the call that wakes the JavaScript thread until that thread takes what is finished.
    announced: bool,
}

/// What a submitted job needs from the submitting thread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Submitted {
    /// A thread will take it.
    Taken,
    /// Every thread is busy: start one more, if more are allowed.
    AllBusy,
}

/// No code of a port runs under these locks, so a poisoned one cannot hold half a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<J: Job> Pool<J> {
    pub(super) fn new() -> Self {
        Self {
            queue: Mutex::new(Waiting { jobs: VecDeque::new(), idle: 0, waking: false, closed: false }),
            work: Condvar::new(),
            done: Mutex::new(Done { finished: Vec::new(), announced: false }),
        }
    }

    /// Queues a job, first in, first out, and wakes at most one thread.
    pub(super) fn submit(&self, slot: i32, job: J) -> Submitted {
        let mut queue = lock(&self.queue);
        queue.jobs.push_back((slot, job));
        // Any job may block, and wait for what one behind it does: each needs a thread that can come for it.
        let coming = queue.idle + usize::from(queue.waking);
        let submitted = if queue.jobs.len() <= coming { Submitted::Taken } else { Submitted::AllBusy };
        if !queue.waking && queue.idle > 0 {
            self.wake_one(queue);
        }
        submitted
    }

    /// Wakes one of the parked threads.
    fn wake_one(&self, mut queue: MutexGuard<'_, Waiting<J>>) {
        // Counted down here and not by the thread, so that nobody else counts on it.
        queue.idle -= 1;
        queue.waking = true;
        drop(queue);
        self.work.notify_one();
    }

    /// Starts a thread that runs jobs until the pool is closed. `announce` wakes the JavaScript thread; it is
    /// called once for all that finishes until [`Pool::take`].
    pub(super) fn start(
        self: &Arc<Self>,
        name: String,
        announce: impl Fn() + Send + 'static,
    ) -> io::Result<thread::JoinHandle<()>> {
        let pool = Arc::clone(self);
        thread::Builder::new().name(name).spawn(move || {
            panic::guard_thread();
            while let Some((slot, job)) = pool.next() {
                let (place, origin) = (job.name(), Origin::Pool(job.effect()));
                let output = panic::catch(|| job.run());
                if pool.finish(Finished { slot, place, output, origin }) {
                    announce();
                }
            }
        })
    }

    /// Waits for a job; `None` when the pool is closed.
    fn next(&self) -> Option<(i32, J)> {
        let mut queue = lock(&self.queue);
        loop {
            if queue.closed {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                if !queue.jobs.is_empty() && !queue.waking && queue.idle > 0 {
                    // This job may block: somebody else has to look after the rest.
                    self.wake_one(queue);
                }
                return Some(job);
            }
            queue.idle += 1;
            // One call can wake two threads: the first takes the message, the other goes on waiting.
            let waiting = self.work.wait_while(queue, |queue| !queue.waking && !queue.closed);
            queue = waiting.unwrap_or_else(PoisonError::into_inner);
            queue.waking = false;
        }
    }

    /// Adds a result; true when the JavaScript thread has to be woken for it.
    pub(super) fn finish(&self, finished: Finished<J>) -> bool {
        let mut done = lock(&self.done);
        done.finished.push(finished);
        !mem::replace(&mut done.announced, true)
    }

    /// Takes a job back; `None` when a thread has begun it.
    pub(super) fn take_back(&self, slot: i32) -> Option<J> {
        let mut queue = lock(&self.queue);
        let index = queue.jobs.iter().position(|(waiting, _)| *waiting == slot)?;
        queue.jobs.remove(index).map(|(_, job)| job)
    }

    /// Takes everything that is finished, in the order in which it finished, into `batch`, which is empty.
    pub(super) fn take(&self, batch: &mut Vec<Finished<J>>) {
        let mut done = lock(&self.done);
        done.announced = false;
        mem::swap(&mut done.finished, batch);
    }

    /// Drops the jobs that wait and lets the threads end; those that run a job finish it first.
    pub(super) fn close(&self) {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        let jobs = mem::take(&mut queue.jobs);
        drop(queue);
        self.work.notify_all();
        drop(jobs);
    }
}
