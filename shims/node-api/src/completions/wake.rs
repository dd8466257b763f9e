//! Wakes the JavaScript thread.
//!
//! Where the host has libuv's event loop, a handle on it does that, as it does for Node's own thread pool: it has no
//! async context, so that `async_hooks` see of a batch exactly what they see of native requests. A threadsafe function
//! has a context of its own, whose `before` and `after` would surround every batch; it serves hosts without libuv.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use super::uv::{UV_ASYNC, UV_IDLE, Uv};
use crate::env::{Env, check};
use crate::error::JsError;
use crate::sys::{self, ThreadsafeFunctionCallMode, ThreadsafeFunctionReleaseMode};

/// Runs on the JavaScript thread, with the context that was given to [`Wake::new`].
pub(super) type Woken = unsafe fn(env: Env<'_>, context: *const c_void);

/// Runs once, on the JavaScript thread, when [`Woken`] is never called again.
pub(super) type Released = unsafe fn(context: *const c_void);

/// The JavaScript thread's end. It is made idle: it does not keep the event loop alive.
pub(super) enum Wake {
    Handles { uv: &'static Uv, remote: *mut c_void, turn: *mut c_void },
    ThreadsafeFunction(sys::napi_threadsafe_function),
}

/// The other threads' end; not to be used after [`Wake::close`].
#[derive(Clone, Copy)]
pub(super) enum Remote {
    Handle(&'static Uv, *mut c_void),
    ThreadsafeFunction(sys::napi_threadsafe_function),
}
// SAFETY: both pointers are opaque, and uv_async_send and napi_call_threadsafe_function are the functions that libuv
// and Node-API declare safe to call from any thread.
unsafe impl Send for Remote {}

/// What a wake-up needs; owned by the handles or the threadsafe function.
struct Target {
    env: sys::napi_env,
    context: *const c_void,
    woken: Woken,
    released: Released,
    /// The handles' memory, for libuv says only at run time how much it needs. None with a threadsafe function.
    handles: Vec<Box<[u64]>>,
    /// How many of them are not closed yet.
    open: Cell<usize>,
}

impl Wake {
    /// # Errors
    /// When the host refuses.
    ///
    /// # Safety
    /// `woken` and `released` must accept `context` until `released` has been called; [`Wake::close`] must be called
    /// before the environment is gone.
    pub(super) unsafe fn new(
        env: Env<'_>,
        name: &str,
        context: *const c_void,
        woken: Woken,
        released: Released,
    ) -> Result<Self, JsError> {
        let mut target = Box::new(Target {
            env: env.raw(),
            context,
            woken,
            released,
            handles: Vec::new(),
            open: Cell::new(0),
        });
        if let Some(uv) = Uv::of(env)? {
            let mut event_loop = ptr::null_mut();
            // SAFETY: `env` is live and `event_loop` is a valid out-pointer.
            let status = unsafe { sys::napi_get_uv_event_loop(env.raw(), &raw mut event_loop) };
            check("napi_get_uv_event_loop", status)?;
            let [remote, turn] = [UV_ASYNC, UV_IDLE].map(|kind| {
                // SAFETY: the function takes any type of handle.
                let size = unsafe { (uv.handle_size)(kind) };
                target.handles.push(vec![0; size.div_ceil(size_of::<u64>())].into_boxed_slice());
                target
                    .handles
                    .last_mut()
                    .map_or(ptr::null_mut(), |memory| memory.as_mut_ptr().cast::<c_void>())
            });
            // SAFETY: the loop is this thread's, and the handle is as large as libuv wants it.
            if unsafe { (uv.async_init)(event_loop.cast(), remote, handle_woken) } != 0 {
                return Err(JsError::error("ERR_PORTLAB_THREAD", "portlab: cannot watch the event loop"));
            }
            // SAFETY: as above; it always succeeds.
            let _always = unsafe { (uv.idle_init)(event_loop.cast(), turn) };
            target.open.set(target.handles.len());
            let target = Box::into_raw(target).cast();
            for handle in [remote, turn] {
                // SAFETY: both are initialized and live until `handle_closed` drops their target.
                unsafe {
                    (uv.handle_set_data)(handle, target);
                    (uv.unref)(handle);
                }
            }
            return Ok(Self::Handles { uv, remote, turn });
        }
        let name = env.latin1(name.as_bytes())?;
        let mut function = ptr::null_mut();
        let target = Box::into_raw(target);
        // SAFETY: `env` is live, `name` is a string, null function and resource are allowed with a call_js; `target`
        // lives until `function_released`.
        let status = unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                ptr::null_mut(),
                ptr::null_mut(),
                name.raw(),
                0,
                1,
                target.cast(),
                Some(function_released),
                target.cast(),
                Some(function_woken),
                &raw mut function,
            )
        };
        if let Err(error) = check("napi_create_threadsafe_function", status) {
            // SAFETY: the function does not exist, so its target is taken back.
            drop(unsafe { Box::from_raw(target) });
            return Err(error);
        }
        let wake = Self::ThreadsafeFunction(function);
        wake.let_go(env)?;
        Ok(wake)
    }

    pub(super) fn remote(&self) -> Remote {
        match *self {
            Self::Handles { uv, remote, .. } => Remote::Handle(uv, remote),
            Self::ThreadsafeFunction(function) => Remote::ThreadsafeFunction(function),
        }
    }

    /// Keeps the event loop alive, until [`Wake::let_go`].
    ///
    /// # Errors
    /// When the host refuses.
    pub(super) fn hold(&self, env: Env<'_>) -> Result<(), JsError> {
        match *self {
            Self::Handles { uv, remote, .. } => {
                // SAFETY: the handle is initialized and not closed.
                unsafe { (uv.reference)(remote) };
                Ok(())
            }
            Self::ThreadsafeFunction(function) => {
                // SAFETY: `env` is live and `function` is not released.
                let status = unsafe { sys::napi_ref_threadsafe_function(env.raw(), function) };
                check("napi_ref_threadsafe_function", status)
            }
        }
    }

    /// Lets the event loop end.
    ///
    /// # Errors
    /// When the host refuses.
    pub(super) fn let_go(&self, env: Env<'_>) -> Result<(), JsError> {
        match *self {
            Self::Handles { uv, remote, .. } => {
                // SAFETY: the handle is initialized and not closed.
                unsafe { (uv.unref)(remote) };
                Ok(())
            }
            Self::ThreadsafeFunction(function) => {
                // SAFETY: `env` is live and `function` is not released.
                let status = unsafe { sys::napi_unref_threadsafe_function(env.raw(), function) };
                check("napi_unref_threadsafe_function", status)
            }
        }
    }

    /// Has [`Woken`] called on this thread, in the next turn of the event loop, which does not wait before it.
    pub(super) fn soon(&self) {
        match *self {
            Self::Handles { uv, turn, .. } => {
                // SAFETY: the handle is initialized and not closed. It fails only without a callback.
                let _always = unsafe { (uv.idle_start)(turn, turn_begun) };
            }
            Self::ThreadsafeFunction(_) => self.remote().call(),
        }
    }

    /// Ends it; [`Released`] follows. Once, on the JavaScript thread, when no other thread holds a [`Remote`].
    pub(super) fn close(&self) {
        match *self {
            // SAFETY: both are initialized, and closed only here.
            Self::Handles { uv, remote, turn } => unsafe {
                (uv.close)(remote, Some(handle_closed));
                (uv.close)(turn, Some(handle_closed));
            },
            Self::ThreadsafeFunction(function) => {
                // SAFETY: released once, by its only holder.
                let _closing = unsafe {
                    sys::napi_release_threadsafe_function(function, ThreadsafeFunctionReleaseMode::release)
                };
            }
        }
    }
}

impl Remote {
    /// Has [`Woken`] called soon; several calls may become one.
    pub(super) fn call(self) {
        match self {
            Self::Handle(uv, handle) => {
                // SAFETY: the handle is not closed before the threads that hold this have ended.
                let _always = unsafe { (uv.async_send)(handle) };
            }
            Self::ThreadsafeFunction(function) => {
                // SAFETY: as above. A refusal means that the environment is closing, and then nobody waits for the
                // results any more.
                let _closing = unsafe {
                    sys::napi_call_threadsafe_function(
                        function,
                        ptr::null_mut(),
                        ThreadsafeFunctionCallMode::nonblocking,
                    )
                };
            }
        }
    }
}

unsafe extern "C" fn handle_woken(handle: *mut c_void) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: `new` set the data, and the target lives until the handle is closed.
    let target = unsafe { &*(uv.handle_get_data)(handle).cast::<Target>() };
    // SAFETY: the environment is live until the handle is closed, and this is its thread. `scope` opens the handle
    // scope at once, and nothing else is done with this.
    let env = unsafe { Env::from_raw(target.env) };
    // A host that refuses the scope is shutting down: nobody waits for the results any more.
    let _refused = env.scope(|env| {
        // SAFETY: the creator promised it.
        unsafe { (target.woken)(env, target.context) };
        Ok(())
    });
}

unsafe extern "C" fn turn_begun(handle: *mut c_void) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: libuv's own handle. Before the call, which may start it again. It always succeeds.
    let _always = unsafe { (uv.idle_stop)(handle) };
    // SAFETY: the same data as the other handle's.
    unsafe { handle_woken(handle) };
}

unsafe extern "C" fn handle_closed(handle: *mut c_void) {
    let Some(uv) = Uv::get() else { return };
    // SAFETY: `new` set the data, which lives until the last handle is closed.
    let target = unsafe { (uv.handle_get_data)(handle).cast::<Target>() };
    // SAFETY: as above.
    let open = unsafe { &(*target).open };
    open.set(open.get() - 1);
    if open.get() > 0 {
        return;
    }
    // SAFETY: libuv is done with all handles, whose memory goes with the target.
    let target = unsafe { Box::from_raw(target) };
    // SAFETY: the creator promised it.
    unsafe { (target.released)(target.context) };
}

unsafe extern "C" fn function_woken(
    env: sys::napi_env,
    _function: sys::napi_value,
    target: *mut c_void,
    _data: *mut c_void,
) {
    if env.is_null() {
        // The environment is closing: the call is only handed back, and no JavaScript may run.
        return;
    }
    // SAFETY: the target lives until `function_released`; the host calls with a live environment and an open scope,
    // which lasts until this returns.
    let (target, env) = unsafe { (&*target.cast::<Target>(), Env::from_raw(env)) };
    // SAFETY: the creator promised it.
    unsafe { (target.woken)(env, target.context) };
}

unsafe extern "C" fn function_released(_env: sys::napi_env, target: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `new` gave the target to the function, which is finalized once.
    let target = unsafe { Box::from_raw(target.cast::<Target>()) };
    // SAFETY: the creator promised it.
    unsafe { (target.released)(target.context) };
}
