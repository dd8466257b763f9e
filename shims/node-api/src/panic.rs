//! The panic policy: a panic never crosses into the host.
//!
//! Rust's own report on stderr is held back on threads of a port, because the error that JavaScript gets says
//! the same; `RUST_BACKTRACE` brings it back.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// True on threads whose every entry into Rust is one of the guards below.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
pub(crate) struct Panic {
    pub(crate) message: String,
    /// `file:line:column` of the panic.
    pub(crate) location: Option<String>,
}

/// Says that all Rust code on this thread runs inside [`catch`].
pub(crate) fn guard_thread() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = take_hook();
        set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                return report(info);
            }
            LOCATION.set(info.location().map(ToString::to_string));
            if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
                report(info);
            }
        }));
    });
    GUARDED.set(true);
}

/// Runs `body`; a panic becomes a value.
#[inline]
pub(crate) fn catch<R>(body: impl FnOnce() -> R) -> Result<R, Panic> {
    // What `body` leaves half done is the port's own state; RefCell and Mutex guards are released by unwinding.
    catch_unwind(AssertUnwindSafe(body)).map_err(describe)
}

#[cold]
#[inline(never)]
fn describe(payload: Box<dyn Any + Send>) -> Panic {
    let location = LOCATION.take();
    let message = match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(message) => (*message).to_owned(),
            Err(payload) => {
                // Whatever it is, its Drop might panic again.
                std::mem::forget(payload);
                "a panic without a message".to_owned()
            }
        },
    };
    Panic { message, location }
}

/// Runs `body` where no JavaScript can be thrown at: finalizers, cleanup, callbacks of the host's libraries. A panic is
/// logged, once.
#[inline]
pub fn log(place: &str, body: impl FnOnce()) {
    if let Err(Panic { message, location }) = catch(body) {
        let location = location.map(|location| format!(" ({location})")).unwrap_or_default();
        eprintln!("portlab: internal error in {place}: {message}{location}");
    }
}
