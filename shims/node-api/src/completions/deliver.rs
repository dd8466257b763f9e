//! The delivery: many results in one call of JavaScript, as the documentation of [`super`] lays the batch out.

use std::cell::RefCell;
use std::ptr;

use super::pool::Finished;
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

/// The way to JavaScript: its function, and the memory that both sides know.
pub(super) struct Delivery<J: Job> {
    drain: Reference,
    entries: Pinned<i32>,
    words: Pinned<f64>,
    capacity: usize,
    stride: usize,
    /// Reused: what is being delivered, and the arguments of `drain`.
    batch: RefCell<Vec<Finished<J>>>,
    arguments: RefCell<Vec<sys::napi_value>>,
}

impl<J: Job> Delivery<J> {
    /// # Errors
    /// Those of [`super::Completions::new`].
    ///
    /// # Safety
    /// As for [`Pinned::new`], for both arrays.
    pub(super) unsafe fn new(
        env: Env<'_>,
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
        Ok(Self {
            drain,
            entries,
            words,
            capacity,
            stride,
            batch: RefCell::new(Vec::new()),
            arguments: RefCell::new(Vec::new()),
        })
    }

    /// Room for a batch, which [`Delivery::deliver`] takes back. It is nobody's meanwhile, so that a job submitted from
    /// JavaScript finds nothing borrowed.
    pub(super) fn batch(&self) -> Vec<Finished<J>> {
        self.batch.take()
    }

    /// Delivers everything in it, in as many calls as that takes.
    pub(super) fn deliver(&self, env: Env<'_>, mut batch: Vec<Finished<J>>) -> Result<(), JsError> {
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
pub(super) fn error_value<'env>(env: Env<'env>, error: &JsError) -> Result<Value<'env>, JsError> {
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
