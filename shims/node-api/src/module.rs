//! A `.node` file: its exports, and what it keeps for each environment.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::ptr;

use crate::env::{Env, check};
use crate::error::JsError;
use crate::panic;
use crate::sys;
use crate::value::Value;

/// The Node-API version that every port asks for; a host below it refuses to load the module.
pub const NAPI_VERSION: i32 = 9;

/// What a port keeps for one environment: the main thread and each worker have their own.
pub trait Port: Sized + 'static {
    /// Made when the module is loaded into the environment.
    ///
    /// # Errors
    /// Whatever keeps the port from working; `require` then throws it.
    fn new(env: Env<'_>) -> Result<Self, JsError>;

    /// Called before the environment ends; no JavaScript can run any more. `process.exit` skips it on the main
    /// thread, as it skips Node's own cleanup.
    fn cleanup(&self) {}
}

impl Port for () {
    fn new(_env: Env<'_>) -> Result<Self, JsError> {
        Ok(())
    }
}

/// A port's state in one environment, with the counter of its calls.
pub(crate) struct Instance<S> {
    calls: Cell<u64>,
    module: &'static str,
    state: S,
}

impl<S> Instance<S> {
    #[inline]
    pub(crate) fn count_call(&self) {
        self.calls.set(self.calls.get() + 1);
    }

    #[inline]
    pub(crate) fn state(&self) -> &S {
        &self.state
    }
}

/// One exported function.
#[doc(hidden)]
pub struct Function {
    /// Its name in JavaScript.
    pub name: &'static CStr,
    /// Calls [`callback::run`].
    pub callback: sys::napi_callback,
}

/// The body of `napi_register_module_v1`; [`crate::module!`] writes the call.
///
/// # Safety
/// To be called by the host while it loads the module; the functions' callbacks must expect an
/// [`Instance`] of `S`.
#[doc(hidden)]
pub unsafe fn register<S: Port>(
    env: sys::napi_env,
    exports: sys::napi_value,
    module: &'static str,
    functions: &[Function],
) -> sys::napi_value {
    panic::guard_thread();
    // SAFETY: the host calls with a live environment and an open scope, which lasts until this returns.
    let env = unsafe { Env::from_raw(env) };
    // SAFETY: `exports` is a value of that scope.
    let exports = unsafe { Value::from_raw(env, exports) };
    match panic::catch(|| fill::<S>(env, exports, module, functions)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => error.throw(env),
        Err(panic) => JsError::internal(module, panic.message, panic.location).throw(env),
    }
    exports.raw()
}

fn fill<S: Port>(
    env: Env<'_>,
    exports: Value<'_>,
    module: &'static str,
    functions: &[Function],
) -> Result<(), JsError> {
    let state = S::new(env)?;
    let instance = Box::into_raw(Box::new(Instance { calls: Cell::new(0), module, state }));
    // SAFETY: `env` is live; `free` gets the instance back once, when no callback can run any more.
    let status =
        unsafe { sys::napi_set_instance_data(env.raw(), instance.cast(), Some(free::<S>), ptr::null_mut()) };
    if let Err(error) = check("napi_set_instance_data", status) {
        // SAFETY: the host did not take it.
        drop(unsafe { Box::from_raw(instance) });
        return Err(error);
    }
    // SAFETY: `env` is live; the instance outlives the hooks, for instance data is freed after them.
    let status = unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(cleanup::<S>), instance.cast()) };
    check("napi_add_env_cleanup_hook", status)?;
    for function in functions {
        export(env, exports, instance.cast(), function)?;
    }
    export(env, exports, instance.cast(), &Function { name: c"portCalls", callback: Some(port_calls::<S>) })?;
    #[cfg(feature = "count")]
    {
        export(env, exports, instance.cast(), &Function { name: c"crossings", callback: Some(crossings) })?;
        export(env, exports, instance.cast(), &Function { name: c"copied", callback: Some(copied) })?;
    }
    Ok(())
}

fn export(env: Env<'_>, exports: Value<'_>, data: *mut c_void, function: &Function) -> Result<(), JsError> {
    let name = function.name;
    let value = env.make("napi_create_function", |out| {
        // SAFETY: `env` is live, `name` is readable for its length, `data` is what the callback expects.
        unsafe {
            sys::napi_create_function(
                env.raw(),
                name.as_ptr(),
                name.count_bytes() as isize,
                function.callback,
                data,
                out,
            )
        }
    })?;
    exports.set_named(name, value)
}

unsafe extern "C" fn free<S>(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `fill` gave the instance away with Box::into_raw, and the host calls this once.
    let instance = unsafe { Box::from_raw(data.cast::<Instance<S>>()) };
    let module = instance.module;
    panic::log(module, || drop(instance));
}

unsafe extern "C" fn cleanup<S: Port>(data: *mut c_void) {
    // SAFETY: the instance is freed after the cleanup hooks (see `fill`).
    let instance = unsafe { &*data.cast::<Instance<S>>() };
    panic::log(instance.module, || instance.state.cleanup());
}

/// The calls that have reached the port's functions in this environment; this one and `crossings` do not count.
unsafe extern "C" fn port_calls<S>(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: the host calls with a live environment and an open scope, which lasts until this returns.
    let env = unsafe { Env::from_raw(env) };
    let mut data = ptr::null_mut();
    // SAFETY: `info` belongs to this call; null out-pointers are not written.
    let status = unsafe {
        sys::napi_get_cb_info(
            env.raw(),
            info,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut data,
        )
    };
    let calls = check("napi_get_cb_info", status).and_then(|()| {
        // SAFETY: `fill` created the function with the instance as its data.
        let instance = unsafe { &*data.cast::<Instance<S>>() };
        env.double(instance.calls.get() as f64)
    });
    returned(env, calls)
}

/// The Node-API calls that this module has made since it was loaded, by all threads of the process.
#[cfg(feature = "count")]
unsafe extern "C" fn crossings(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: the host calls with a live environment and an open scope, which lasts until this returns.
    let env = unsafe { Env::from_raw(env) };
    returned(env, env.double(sys::crossings() as f64))
}

/// `[strings, bytes, callbacks]` since the module was loaded, by all threads of the process: strings read and made,
/// the bytes of these and of buffers that were copied, and calls into JavaScript.
#[cfg(feature = "count")]
unsafe extern "C" fn copied(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: the host calls with a live environment and an open scope, which lasts until this returns.
    let env = unsafe { Env::from_raw(env) };
    let counts = sys::copied::all();
    let list = env.array(counts.len()).and_then(|list| {
        for (index, count) in (0..).zip(counts) {
            list.set_element(index, env.double(count as f64)?)?;
        }
        Ok(list)
    });
    returned(env, list)
}

fn returned(env: Env<'_>, value: Result<Value<'_>, JsError>) -> sys::napi_value {
    match value {
        Ok(value) => value.raw(),
        Err(error) => {
            error.throw(env);
            ptr::null_mut()
        }
    }
}
