//! The JavaScript thread's side: what is in flight, and the delivery of what is finished.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::pool::{Finished, Pool, Submitted};
use super::{Job, Settle, Settled, Words};
use crate::env::{Env, Reference, check};
use crate::error::JsError;
use crate::panic;
use crate::sys::{self, Status, ThreadsafeFunctionCallMode, ThreadsafeFunctionReleaseMode};
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
pub struct Completions<J: Job>(Rc<Queue<J>>);

/// The JavaScript thread's side.
struct Queue<J: Job> {
    module: &'static str,
    pool: Arc<Pool<J>>,
    threads: RefCell<Vec<JoinHandle<()>>>,
    /// Set once, right after the queue is made: the threadsafe function needs the queue's address.
    announce: Cell<sys::napi_threadsafe_function>,
    in_flight: Cell<usize>,
    drain: Reference,
    entries: Pinned<i32>,
    words: Pinned<f64>,
    capacity: usize,
    stride: usize,
    /// Reused: what is being delivered, and the arguments of `drain`.
    batch: RefCell<Vec<Finished<J>>>,
    arguments: RefCell<Vec<sys::napi_value>>,
}

/// A threadsafe function may be called from every thread for as long as it is not released, which happens only
/// after the threads that hold this have been joined.
#[derive(Clone, Copy)]
struct Announce(sys::napi_threadsafe_function);
// SAFETY: see above; it is an opaque pointer that Node-API declares safe to use from any thread.
unsafe impl Send for Announce {}

impl Announce {
    fn call(self) {
        // SAFETY: not released yet (see the type). A refusal means that the environment is closing, and then
        // nobody waits for the results any more.
        let _closing = unsafe {
            sys::napi_call_threadsafe_function(
                self.0,
                ptr::null_mut(),
                ThreadsafeFunctionCallMode::nonblocking,
            )
        };
    }
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
        let name = env.latin1(format!("portlab-{module}").as_bytes())?;
        let stride = words.cells().len() / capacity;
        let drain = env.reference(drain)?;
        let queue = Rc::new(Queue {
            module,
            pool: Arc::new(Pool::new()),
            threads: RefCell::new(Vec::new()),
            announce: Cell::new(ptr::null_mut()),
            in_flight: Cell::new(0),
            drain,
            entries,
            words,
            capacity,
            stride,
            batch: RefCell::new(Vec::new()),
            arguments: RefCell::new(Vec::new()),
        });
        let mut announce = ptr::null_mut();
        let context = Rc::as_ptr(&queue).cast_mut();
        // SAFETY: `env` is live, `name` is a string, null function and resource are allowed with a call_js;
        // `context` is kept alive by the reference that is given to the finalizer below.
        let status = unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                ptr::null_mut(),
                ptr::null_mut(),
                name.raw(),
                0,
                1,
                context.cast(),
                Some(released::<J>),
                context.cast(),
                Some(announced::<J>),
                &raw mut announce,
            )
        };
        check("napi_create_threadsafe_function", status)?;
        queue.announce.set(announce);
        // The threadsafe function's own reference; `released` gives it back.
        let _context = Rc::into_raw(Rc::clone(&queue));
        // SAFETY: `env` is live and `announce` was made in it.
        let status = unsafe { sys::napi_unref_threadsafe_function(env.raw(), announce) };
        check("napi_unref_threadsafe_function", status)?;
        // After the threadsafe function, whose own hook then runs later: hooks run last in, first out.
        let hook = Rc::into_raw(Rc::clone(&queue));
        // SAFETY: `env` is live; the hook has its own reference.
        let status =
            unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(close::<J>), hook.cast_mut().cast()) };
        if let Err(error) = check("napi_add_env_cleanup_hook", status) {
            // SAFETY: the hook does not exist, so its reference is taken back.
            drop(unsafe { Rc::from_raw(hook) });
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
        if queue.threads.borrow().is_empty() {
            // Before the job is queued: without a thread it would wait for ever.
            queue.start_thread().map_err(|error| {
                JsError::error("ERR_PORTLAB_THREAD", format!("portlab: cannot start a thread: {error}"))
            })?;
        }
        if queue.in_flight.get() == 0 {
            // SAFETY: `env` is live and the threadsafe function is not released before its cleanup.
            let status = unsafe { sys::napi_ref_threadsafe_function(env.raw(), queue.announce.get()) };
            check("napi_ref_threadsafe_function", status)?;
        }
        queue.in_flight.set(queue.in_flight.get() + 1);
        if queue.pool.submit(slot, job) == Submitted::AllBusy {
            queue.another_thread();
        }
        Ok(())
    }

    /// Jobs whose completion JavaScript has not seen yet.
    pub fn in_flight(&self) -> usize {
        self.0.in_flight.get()
    }
}

impl<J: Job> Queue<J> {
    /// Every thread is busy: one more, up to the limit. A failure is no harm, for at least one runs.
    #[cold]
    fn another_thread(&self) {
        if self.threads.borrow().len() < pool_size() {
            let _fewer = self.start_thread();
        }
    }

    fn start_thread(&self) -> std::io::Result<()> {
        let announce = Announce(self.announce.get());
        let thread = self.pool.start(format!("portlab-{}", self.module), move || announce.call())?;
        self.threads.borrow_mut().push(thread);
        Ok(())
    }

    /// Delivers all that is finished now; what finishes meanwhile announces itself again.
    fn deliver(&self, env: Env<'_>) -> Result<(), JsError> {
        // Taken out, so that a job submitted from JavaScript meanwhile finds nothing borrowed.
        let mut batch = self.batch.take();
        self.pool.take(&mut batch);
        self.in_flight.set(self.in_flight.get().saturating_sub(batch.len()));
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
        if self.in_flight.get() == 0 {
            // SAFETY: `env` is live and the threadsafe function is not released before its cleanup.
            let status = unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.announce.get()) };
            check("napi_unref_threadsafe_function", status)?;
        }
        Ok(())
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
        for Finished { slot, place, output } in chunk {
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
fn pool_size() -> usize {
    const DEFAULT: usize = 4;
    const MOST: usize = 1024;
    match std::env::var("UV_THREADPOOL_SIZE") {
        Ok(size) => size.trim().parse().unwrap_or(1).clamp(1, MOST),
        Err(_) => DEFAULT,
    }
}

/// On the JavaScript thread, some time after [`Announce::call`].
unsafe extern "C" fn announced<J: Job>(
    env: sys::napi_env,
    _function: sys::napi_value,
    context: *mut c_void,
    _data: *mut c_void,
) {
    if env.is_null() {
        // The environment is closing: the call is only handed back, and no JavaScript may run.
        return;
    }
    // SAFETY: the threadsafe function holds a reference to the queue until `released`.
    let queue = unsafe { &*context.cast::<Queue<J>>() };
    // SAFETY: the host calls with a live environment and an open scope, which lasts until this returns.
    let env = unsafe { Env::from_raw(env) };
    panic::log(queue.module, || {
        if let Err(error) = queue.deliver(env) {
            // The host refuses JavaScript (it is shutting down), or a result could not even become an error.
            error.throw(env);
        }
    });
}

/// The threadsafe function is gone.
unsafe extern "C" fn released<J: Job>(_env: sys::napi_env, queue: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `new` gave this reference to the threadsafe function, which is finalized once.
    let queue = unsafe { Rc::from_raw(queue.cast_const().cast::<Queue<J>>()) };
    panic::log(queue.module, || drop(queue));
}

/// The environment ends.
unsafe extern "C" fn close<J: Job>(queue: *mut c_void) {
    // SAFETY: `new` gave this reference to the hook, which runs once.
    let queue = unsafe { Rc::from_raw(queue.cast_const().cast::<Queue<J>>()) };
    panic::log(queue.module, || {
        queue.pool.close();
        for thread in queue.threads.take() {
            // A thread catches its panics; what it could still fail with changes nothing here.
            let _ended = thread.join();
        }
        // SAFETY: released once, by its only holder, after the last thread that could call it.
        let _closing = unsafe {
            sys::napi_release_threadsafe_function(
                queue.announce.get(),
                ThreadsafeFunctionReleaseMode::release,
            )
        };
    });
}
