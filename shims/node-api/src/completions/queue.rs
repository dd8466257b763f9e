//! The JavaScript thread's side: what is in flight, from its submission to the end of the environment.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::Job;
use super::at_once::Ahead;
use super::deliver::{Delivery, error_value};
use super::pool::{Finished, Origin, Pool, Submitted};
use super::source::Running;
use super::wake::Wake;
use crate::env::{Env, check};
use crate::error::JsError;
use crate::panic;
use crate::sys;
use crate::value::Value;

/// The pool of a port and its way back to JavaScript, in one environment.
pub struct Completions<J: Job>(pub(super) Rc<Queue<J>>);

/// The JavaScript thread's side.
pub(super) struct Queue<J: Job> {
    pub(super) module: &'static str,
    pub(super) pool: Arc<Pool<J>>,
    threads: RefCell<Vec<JoinHandle<()>>>,
    /// Set once, right after the queue is made, whose address it needs.
    wake: OnceCell<Wake>,
    /// Set when the environment ends, for [`released`] to give back.
    cleanup: Cell<sys::napi_async_cleanup_hook_handle>,
    pub(super) in_flight: Cell<usize>,
    /// Reasons to keep the event loop alive beside what is in flight.
    pub(super) held: Cell<usize>,
    pub(super) sources: RefCell<Vec<Running>>,
    pub(super) ahead: Ahead,
    delivery: Delivery<J>,
}

impl<J: Job> Completions<J> {
    /// Connects the pool to the JavaScript function `drain`; see the module's documentation for the three
    /// values. Once per environment: worlds share it.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` for other types, `ERR_INVALID_ARG_VALUE` when `entries` has no room for a single
    /// completion.
    ///
    /// # Safety
    /// As for [`Pinned::new`], for both arrays.
    pub unsafe fn new(
        env: Env<'_>,
        module: &'static str,
        drain: Value<'_>,
        entries: Value<'_>,
        words: Value<'_>,
    ) -> Result<Self, JsError> {
        // SAFETY: the caller promises it.
        let delivery = unsafe { Delivery::new(env, drain, entries, words) }?;
        let queue = Rc::new(Queue {
            module,
            pool: Arc::new(Pool::new()),
            threads: RefCell::new(Vec::new()),
            wake: OnceCell::new(),
            cleanup: Cell::new(ptr::null_mut()),
            in_flight: Cell::new(0),
            held: Cell::new(0),
            sources: RefCell::new(Vec::new()),
            ahead: Ahead::default(),
            delivery,
        });
        // The wake's reference, which serves the cleanup hook too; `released` gives it back.
        let context = Rc::into_raw(Rc::clone(&queue));
        // SAFETY: the context lives until `released`; the hook below closes the wake.
        let wake = unsafe {
            Wake::new(env, &format!("portlab-{module}"), context.cast(), woken::<J>, released::<J>)
        };
        let wake = match wake {
            Ok(wake) => queue.wake.get_or_init(|| wake),
            Err(error) => {
                // SAFETY: nothing was made that holds this reference.
                drop(unsafe { Rc::from_raw(context) });
                return Err(error);
            }
        };
        // SAFETY: `env` is live; the context lives until `released`, which is after the hook. Asynchronous, for
        // the event loop must turn once more to close its handle.
        let status = unsafe {
            sys::napi_add_async_cleanup_hook(
                env.raw(),
                Some(close::<J>),
                context.cast_mut().cast(),
                ptr::null_mut(),
            )
        };
        if let Err(error) = check("napi_add_async_cleanup_hook", status) {
            wake.close();
            return Err(error);
        }
        Ok(Self(queue))
    }

    /// Hands a job to the pool. `slot` names it in JavaScript, which keeps everything that the job points to
    /// alive until the completion of that slot.
    ///
    /// # Errors
    /// When no thread can be started, or the host refuses; the job is then not run, and the slot is free again.
    #[inline]
    pub fn submit(&self, env: Env<'_>, slot: i32, job: J) -> Result<(), JsError> {
        let queue = &*self.0;
        let first = queue.threads.borrow().is_empty();
        if first {
            // Before the job is queued: without a thread it would wait for ever.
            queue.start_thread().map_err(|error| {
                JsError::error("ERR_PORTLAB_THREAD", format!("portlab: cannot start a thread: {error}"))
            })?;
        }
        queue.one_more(&queue.in_flight, env)?;
        queue.ahead.submitted(job.effect());
        // The first thread is not idle yet, but the first job is its own.
        if queue.pool.submit(slot, job) == Submitted::AllBusy && !first {
            queue.another_thread();
        }
        Ok(())
    }

    /// Takes a job back that no thread has begun, and completes it with what `output` makes of it. False when it
    /// is too late.
    pub fn cancel(&self, slot: i32, output: impl FnOnce(&J) -> J::Output) -> bool {
        let Some(job) = self.0.pool.take_back(slot) else { return false };
        let (place, origin) = (job.name(), Origin::Pool(job.effect()));
        self.0.finish(Finished { slot, place, output: Ok(output(&job)), origin });
        true
    }

    /// Jobs whose completion JavaScript has not seen yet.
    pub fn in_flight(&self) -> usize {
        self.0.in_flight.get()
    }
}

impl<J: Job> Queue<J> {
    pub(super) fn wake(&self) -> &Wake {
        self.wake.get().expect("set right after the queue was made")
    }

    fn is_idle(&self) -> bool {
        self.in_flight.get() == 0 && self.held.get() == 0
    }

    /// Counts one more reason to keep the event loop alive.
    pub(super) fn one_more(&self, count: &Cell<usize>, env: Env<'_>) -> Result<(), JsError> {
        if self.is_idle() {
            self.wake().hold(env)?;
        }
        count.set(count.get() + 1);
        Ok(())
    }

    /// Lets the event loop end when nothing keeps it.
    pub(super) fn rest(&self, env: Env<'_>) -> Result<(), JsError> {
        if self.is_idle() { self.wake().let_go(env) } else { Ok(()) }
    }

    /// Keeps a result of this thread for the next turn of the event loop.
    pub(super) fn finish(&self, finished: Finished<J>) {
        if self.pool.finish(finished) {
            self.wake().soon();
        }
    }

    /// Every thread is busy: one more, up to the limit. A failure is no harm, for at least one runs.
    #[cold]
    fn another_thread(&self) {
        if self.threads.borrow().len() < pool_size() {
            let _fewer = self.start_thread();
        }
    }

    fn start_thread(&self) -> std::io::Result<()> {
        let remote = self.wake().remote();
        let thread = self.pool.start(format!("portlab-{}", self.module), move || remote.call())?;
        self.threads.borrow_mut().push(thread);
        Ok(())
    }

    /// Delivers all that is finished now; what finishes meanwhile announces itself again.
    fn deliver(&self, env: Env<'_>) -> Result<(), JsError> {
        let mut batch = self.delivery.batch();
        self.pool.take(&mut batch);
        let asked_for = batch.iter().filter(|finished| finished.origin != Origin::Source).count();
        self.in_flight.set(self.in_flight.get().saturating_sub(asked_for));
        self.ahead.delivered(batch.iter().map(|finished| finished.origin));
        self.delivery.deliver(env, batch)?;
        self.rest(env)
    }
}

/// As many threads as libuv would have, read when the first is needed, as libuv does it.
pub(super) fn pool_size() -> usize {
    const DEFAULT: usize = 4;
    const MOST: usize = 1024;
    match std::env::var("UV_THREADPOOL_SIZE") {
        Ok(size) => size.trim().parse().unwrap_or(1).clamp(1, MOST),
        Err(_) => DEFAULT,
    }
}

/// On the JavaScript thread, some time after a thread of the pool finished a job.
unsafe fn woken<J: Job>(env: Env<'_>, queue: *const c_void) {
    // SAFETY: the wake holds a reference to the queue until `released`.
    let queue = unsafe { &*queue.cast::<Queue<J>>() };
    panic::log(queue.module, || {
        if let Err(error) = queue.deliver(env)
            // Otherwise the host refuses JavaScript (it is shutting down), and nobody waits for the results.
            && let Ok(error) = error_value(env, &error)
        {
            // SAFETY: `env` is live and `error` is one of its values.
            let _refused = unsafe { sys::napi_fatal_exception(env.raw(), error.raw()) };
        }
    });
}

/// The wake is gone.
unsafe fn released<J: Job>(queue: *const c_void) {
    // SAFETY: `new` gave this reference to the wake, which is released once.
    let queue = unsafe { Rc::from_raw(queue.cast::<Queue<J>>()) };
    let cleanup = queue.cleanup.get();
    panic::log(queue.module, || drop(queue));
    if !cleanup.is_null() {
        // SAFETY: the host gave it to `close`; it is given back once.
        let _always = unsafe { sys::napi_remove_async_cleanup_hook(cleanup) };
    }
}

/// The environment ends.
unsafe extern "C" fn close<J: Job>(cleanup: sys::napi_async_cleanup_hook_handle, queue: *mut c_void) {
    let queue = queue.cast_const().cast::<Queue<J>>();
    // SAFETY: the wake holds a reference until `released`, which may happen below; this one outlasts it.
    let queue = unsafe {
        Rc::increment_strong_count(queue);
        Rc::from_raw(queue)
    };
    panic::log(queue.module, || {
        queue.cleanup.set(cleanup);
        queue.pool.close();
        for thread in queue.threads.take() {
            // A thread catches its panics; what it could still fail with changes nothing here.
            let _ended = thread.join();
        }
        for source in queue.sources.take() {
            source.end();
        }
        queue.wake().close();
    });
}
