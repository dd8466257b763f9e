//! The JavaScript thread's side: what is in flight, and the delivery of what is finished.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::at_once::Ahead;
use super::pool::{Finished, Origin, Pool, Submitted};
use super::source::Running;
use super::wake::Wake;
use super::{Job, Settle, Settled, Words};
use crate::env::{Env, Reference, check};
use crate::error::JsError;
use crate::panic;
use crate::sys::{self, Status};
use crate::typed_array::Pinned;
use crate::value::{self, Value};

/// Entries before the first pair.
const HEADER: usize = 2;

/// What a pair's second number says.
#[derive(Clone, Copy)]
#[repr(i32)]
enum Kind {
    Undefined = 0,
    Value = 1,
    Error = 2,
    Number = 3,
    Words = 4,
}

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
    drain: Reference,
    entries: Pinned<i32>,
    words: Pinned<f64>,
    capacity: usize,
    stride: usize,
    /// Reused: what is being delivered, and the arguments of `drain`.
    batch: RefCell<Vec<Finished<J>>>,
    arguments: RefCell<Vec<sys::napi_value>>,
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
        if drain.kind()? != value::Kind::Function {
            return Err(JsError::argument_type("drain", "of type function"));
        }
        // SAFETY: the caller promises it.
        let (entries, words) =
            unsafe { (Pinned::new(env, entries, "entries")?, Pinned::new(env, words, "words")?) };
        let capacity = entries.cells().len().saturating_sub(HEADER) / 2;
        if capacity == 0 {
            return Err(JsError::range_error(
                "ERR_INVALID_ARG_VALUE",
                format!("The argument 'entries' must have at least {} elements", HEADER + 2),
            ));
        }
        let stride = words.cells().len() / capacity;
        let drain = env.reference(drain)?;
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
            drain,
            entries,
            words,
            capacity,
            stride,
            batch: RefCell::new(Vec::new()),
            arguments: RefCell::new(Vec::new()),
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
        // Taken out, so that a job submitted from JavaScript meanwhile finds nothing borrowed.
        let mut batch = self.batch.take();
        self.pool.take(&mut batch);
        let asked_for = batch.iter().filter(|finished| finished.origin != Origin::Source).count();
        self.in_flight.set(self.in_flight.get().saturating_sub(asked_for));
        self.ahead.delivered(batch.iter().map(|finished| finished.origin));
        let mut rest = batch.drain(..);
        while rest.len() > 0 {
            let more = rest.len() > self.capacity;
            let chunk = rest.by_ref().take(self.capacity);
            // The host has opened a scope for this call; only a second chunk needs its own.
            if more {
                env.scope(|env| self.deliver_chunk(env, chunk, more))?;
            } else {
                self.deliver_chunk(env, chunk, more)?;
            }
        }
        drop(rest);
        self.batch.replace(batch);
        self.rest(env)
    }

    fn deliver_chunk(
        &self,
        env: Env<'_>,
        chunk: impl Iterator<Item = Finished<J>>,
        more: bool,
    ) -> Result<(), JsError> {
        let mut arguments = self.arguments.take();
        arguments.clear();
        let entries = self.entries.cells();
        let mut count = 0;
        for Finished { slot, place, output, .. } in chunk {
            let words = &self.words.cells()[count * self.stride..(count + 1) * self.stride];
            let result = match output {
                Ok(output) => settle(env, place, output, Words(words)),
                Err(panic) => Err(JsError::internal(place, panic.message, panic.location)),
            };
            let kind = match result {
                Ok(Settled::Undefined) => Kind::Undefined,
                Ok(Settled::Words) => Kind::Words,
                Ok(Settled::Number(number)) if self.stride > 0 => {
                    words[0].set(number);
                    Kind::Number
                }
                Ok(Settled::Number(number)) => {
                    arguments.push(env.double(number)?.raw());
                    Kind::Value
                }
                Ok(Settled::Value(value)) => {
                    arguments.push(value.raw());
                    Kind::Value
                }
                Err(error) => {
                    arguments.push(error_value(env, &error)?.raw());
                    Kind::Error
                }
            };
            entries[HEADER + 2 * count].set(slot);
            entries[HEADER + 2 * count + 1].set(kind as i32);
            count += 1;
        }
        entries[0].set(count as i32);
        entries[1].set(i32::from(more));
        let drain = self.drain.get(env)?;
        let mut result = call(env, drain, &arguments);
        while let Err(thrown) = result {
            // SAFETY: `env` is live and `thrown` is one of its values.
            let status = unsafe { sys::napi_fatal_exception(env.raw(), thrown?.raw()) };
            check("napi_fatal_exception", status)?;
            entries[0].set(0);
            result = call(env, drain, &[]);
        }
        self.arguments.replace(arguments);
        Ok(())
    }
}

/// Calls `drain`. `Err(Ok(value))` is what it threw; `Err(Err(_))` means that the host runs no JavaScript any
/// more.
fn call<'env>(
    env: Env<'env>,
    drain: Value<'env>,
    arguments: &[sys::napi_value],
) -> Result<(), Result<Value<'env>, JsError>> {
    let mut returned = ptr::null_mut();
    // SAFETY: `env` is live, `drain` is a function, which is an object and so can be the receiver as well; the
    // arguments are values of the open scope. A null async context is allowed.
    let status = unsafe {
        sys::napi_make_callback(
            env.raw(),
            ptr::null_mut(),
            drain.raw(),
            drain.raw(),
            arguments.len(),
            arguments.as_ptr(),
            &raw mut returned,
        )
    };
    if status == Status::napi_ok {
        return Ok(());
    }
    Err(pending_exception(env).unwrap_or_else(|| Err(JsError::status("napi_make_callback", status))))
}

/// The exception that the host holds, taken from it.
fn pending_exception(env: Env<'_>) -> Option<Result<Value<'_>, JsError>> {
    let mut pending = false;
    // SAFETY: `env` is live and `pending` is a valid out-pointer.
    let status = unsafe { sys::napi_is_exception_pending(env.raw(), &raw mut pending) };
    if status != Status::napi_ok || !pending {
        return None;
    }
    Some(env.make("napi_get_and_clear_last_exception", |out| {
        // SAFETY: `env` is live and `out` is a valid out-pointer.
        unsafe { sys::napi_get_and_clear_last_exception(env.raw(), out) }
    }))
}

/// A completion's error as a value: also one that the engine threw while the result was made.
#[cold]
fn error_value<'env>(env: Env<'env>, error: &JsError) -> Result<Value<'env>, JsError> {
    if error.is_pending()
        && let Some(thrown) = pending_exception(env)
    {
        return thrown;
    }
    error.to_value(env)
}

fn settle<'env, O: Settle>(
    env: Env<'env>,
    place: &'static str,
    output: O,
    words: Words<'_>,
) -> Result<Settled<'env>, JsError> {
    panic::catch(|| output.settle(env, words))
        .unwrap_or_else(|panic| Err(JsError::internal(place, panic.message, panic.location)))
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
