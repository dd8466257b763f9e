//! Blocking work on the port's own threads, and one crossing for many results.
//!
//! # Rust
//! A [`Job`] is everything that the work needs, copied out of JavaScript (paths) or kept alive by JavaScript
//! (the raw pointer of a Buffer). It runs on a thread named `portlab-<module>`; there are as many as libuv would
//! have (`UV_THREADPOOL_SIZE`, 4 if unset), each started when all others are busy. Its output is turned into a
//! result on the JavaScript thread ([`Settle`]).
//! ```ignore
//! enum FsJob { Stat { path: CString } }
//! enum FsOutput { Stat(Result<Stats, SyscallError>) }
//!
//! impl Job for FsJob {
//!     type Output = FsOutput;
//!     fn name(&self) -> &'static str { "fs.stat" }
//!     fn run(self) -> FsOutput { match self { FsJob::Stat { path } => FsOutput::Stat(fs_core::stat(&path)) } }
//! }
//! impl Settle for FsOutput {
//!     fn settle<'env>(self, _env: Env<'env>, words: Words<'_>) -> Result<Settled<'env>, JsError> {
//!         match self {
//!             FsOutput::Stat(stats) => {
//!                 for (index, field) in stats?.fields().into_iter().enumerate() { words.set_f64(index, field) }
//!                 Ok(Settled::Words)
//!             }
//!         }
//!     }
//! }
//!
//! // connect(drain, entries, words), once per environment; worlds share it. The state holds
//! // OnceCell<Completions<FsJob>>.
//! fn connect(call: &Call<'_, Fs, 3>) -> Result<(), JsError> {
//!     // SAFETY: shims/node-api/completions.js keeps both arrays to itself.
//!     let completions = unsafe {
//!         Completions::new(call.env(), "fs", call.argument(0), call.argument(1), call.argument(2))
//!     }?;
//!     call.state().completions.set(completions).map_err(|_| …)
//! }
//! // statAsync(slot, path)
//! fn stat_async(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
//!     let path = call.path(1, "path", &mut StringBuffer::new())?.to_c_string();
//!     completions(call)?.submit(call.env(), call.i32(0, "slot")?, FsJob::Stat { path })
//! }
//! ```
//!
//! # JavaScript
//! `shims/node-api/completions.js` speaks the other side; a port gives it one function:
//! ```js
//! const { Batch } = require('../../../shims/node-api/completions.js');
//! const batch = new Batch((slot, error, value) => { … settle the request in that slot … });
//! addon.connect(batch.drain, batch.entries, batch.words);
//! ```
//! `value` is a JavaScript value, a number, or, for [`Settled::Words`], the offset into `batch.words`
//! (`batch.bigWords` is the same memory as 64-bit integers) where the result stands until the callback returns.
//!
//! # The batch
//! `entries`, an `Int32Array`, holds: `[0]` how many completions this call delivers; `[1]` 1 when another call
//! follows before the event loop goes on; then a pair `slot, kind` for each. Kinds: 0 undefined, 1 a value,
//! 2 an error, 3 a number in the first word, 4 words. Values and errors are `drain`'s arguments, one for each
//! pair of kind 1 or 2, in order. The words of the pair `i` start at `i * stride`.
//!
//! `drain` is called through `napi_make_callback` without an async context. When it throws, the error goes to
//! `napi_fatal_exception` (uncaughtException), and `drain` is called again with `entries[0] == 0` and no
//! arguments, to go on with the rest; it returns normally when nothing of the batch remains.
//!
//! # Crossings
//! A batch: a scope, `drain`'s reference, the call of `drain`. A completion: whatever its result takes, which
//! is none for undefined, a number and words.
//!
//! # Without a job
//! [`Completions::start_source`] starts a thread that delivers what happens by itself. It keeps no event loop alive;
//! [`Completions::hold`] does.
//!
//! # What needs no waiting
//! A hop to a thread and back takes two wake-ups, 8 to 60 us; an answer that the kernel has in memory takes less
//! than one. [`Completions::finish_or_submit`] asks for it on the JavaScript thread, without blocking, and delivers it
//! like any other completion: an idle handle of libuv's has the event loop come by before it waits for anything, so
//! that not even a wake-up is left. It is what native code would do if its threads were done in no time.
//!
//! # The end of an environment
//! A cleanup hook drops what waits, waits for what runs, stops the sources, joins the threads and touches no JavaScript
//! any more.
//! `process.exit` on the main thread runs no hooks, as in Node itself; the threads end with the process.
//!
//! # Async context
//! On Node a batch is delivered without one, as native code delivers; `wake` says what other hosts do.

mod at_once;
mod deliver;
mod pool;
mod queue;
mod source;
mod uv;
mod wake;

use std::cell::Cell;

use crate::env::Env;
use crate::error::JsError;
use crate::value::Value;

pub use queue::Completions;
pub use source::Source;

/// Blocking work for a thread of the pool.
pub trait Job: Send + 'static {
    /// What it leaves behind.
    type Output: Settle + Send + 'static;

    /// The function that it serves, such as `fs.stat`: the place that the error of a panic names.
    fn name(&self) -> &'static str;

    /// Does the work; a panic completes the job with an error.
    fn run(self) -> Self::Output;

    /// What operations that are finished at once ([`Completions::finish_or_submit`]) have to know of it.
    fn effect(&self) -> Effect {
        Effect::Changes
    }
}

/// Whether an operation leaves traces that another could depend on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// It only looks: others that look may come before it.
    Looks,
    /// It changes something, if only where a descriptor stands: the order in which it was begun is kept.
    Changes,
}

/// The output of a job on its way to JavaScript.
pub trait Settle {
    /// Makes the result, on the JavaScript thread.
    ///
    /// # Errors
    /// What the operation failed with; it becomes the completion's error.
    fn settle<'env>(self, env: Env<'env>, words: Words<'_>) -> Result<Settled<'env>, JsError>;
}

/// The result of a job.
pub enum Settled<'env> {
    /// `undefined`
    Undefined,
    /// A value, which [`Settle::settle`] made.
    Value(Value<'env>),
    /// A number, handed over without a crossing.
    Number(f64),
    /// What was written into the words, handed over without a crossing.
    Words,
}

/// The 64-bit words of one completion.
#[derive(Clone, Copy)]
pub struct Words<'batch>(&'batch [Cell<f64>]);

impl Words<'_> {
    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Writes a number, for `words`.
    ///
    /// # Panics
    /// When `index` is not below [`Words::len`].
    #[inline]
    pub fn set_f64(self, index: usize, value: f64) {
        self.0[index].set(value);
    }

    /// Writes an integer, for `bigWords`.
    ///
    /// # Panics
    /// When `index` is not below [`Words::len`].
    #[inline]
    pub fn set_i64(self, index: usize, value: i64) {
        self.0[index].set(f64::from_bits(value.cast_unsigned()));
    }
}
