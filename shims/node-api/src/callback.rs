//! One call from JavaScript: its arguments, the port's state, and the way back.

use std::ptr;

use crate::env::{Env, check};
use crate::error::JsError;
use crate::module::Instance;
use crate::panic;
use crate::string::{PathArg, StringBuffer};
use crate::sys;
use crate::value::{Bytes, IntoValue, Value};

/// A call from JavaScript to a function that reads at most `N` arguments, of a port with state `S`.
pub struct Call<'env, S, const N: usize> {
    env: Env<'env>,
    instance: &'env Instance<S>,
    info: sys::napi_callback_info,
    count: usize,
    arguments: [sys::napi_value; N],
}

impl<'env, S, const N: usize> Call<'env, S, N> {
    /// The environment.
    #[inline]
    pub fn env(&self) -> Env<'env> {
        self.env
    }

    /// The port's own state in this environment.
    #[inline]
    pub fn state(&self) -> &'env S {
        self.instance.state()
    }

    /// The way into the port for functions that the host calls without a `napi_callback`.
    pub fn entry(&self) -> Entry<S> {
        Entry(self.instance)
    }

    /// How many arguments the caller gave, which may be fewer or more than `N`: Node's lib calls one function
    /// with and without its trailing arguments, and means different things.
    #[inline]
    pub fn count(&self) -> usize {
        self.count
    }

    /// An argument; `undefined` when the caller gave fewer.
    ///
    /// # Panics
    /// When `index` is not below `N`.
    #[inline]
    pub fn argument(&self, index: usize) -> Value<'env> {
        // SAFETY: the host has filled all `N` slots with values of this callback's scope.
        unsafe { Value::from_raw(self.env, self.arguments[index]) }
    }

    /// `this`: one more crossing.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn this(&self) -> Result<Value<'env>, JsError> {
        self.env.make("napi_get_cb_info", |out| {
            // SAFETY: `info` belongs to the callback that runs; null out-pointers are not written.
            unsafe {
                sys::napi_get_cb_info(
                    self.env.raw(),
                    self.info,
                    ptr::null_mut(),
                    ptr::null_mut(),
                    out,
                    ptr::null_mut(),
                )
            }
        })
    }

    /// A number argument as `value | 0`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is not a number.
    #[inline]
    pub fn i32(&self, index: usize, name: &str) -> Result<i32, JsError> {
        self.argument(index).as_i32().map_err(|error| expected(error, name, "of type number"))
    }

    /// A number argument as `value >>> 0`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is not a number.
    #[inline]
    pub fn u32(&self, index: usize, name: &str) -> Result<u32, JsError> {
        self.argument(index).as_u32().map_err(|error| expected(error, name, "of type number"))
    }

    /// A number argument cut to an integer.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is not a number.
    #[inline]
    pub fn i64(&self, index: usize, name: &str) -> Result<i64, JsError> {
        self.argument(index).as_i64().map_err(|error| expected(error, name, "of type number"))
    }

    /// A number argument.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is not a number.
    #[inline]
    pub fn f64(&self, index: usize, name: &str) -> Result<f64, JsError> {
        self.argument(index).as_f64().map_err(|error| expected(error, name, "of type number"))
    }

    /// A boolean argument.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is not a boolean.
    #[inline]
    pub fn bool(&self, index: usize, name: &str) -> Result<bool, JsError> {
        self.argument(index).as_bool().map_err(|error| expected(error, name, "of type boolean"))
    }

    /// A string, `Buffer` or `Uint8Array` argument as a path.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` for another type, `ERR_INVALID_ARG_VALUE` for a NUL inside.
    #[inline]
    pub fn path<'buffer>(
        &self,
        index: usize,
        name: &str,
        buffer: &'buffer mut StringBuffer,
    ) -> Result<PathArg<'buffer>, JsError> {
        self.argument(index).path(name, buffer)
    }

    /// A string argument as UTF-8.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is not a string.
    #[inline]
    pub fn utf8<'buffer>(
        &self,
        index: usize,
        name: &str,
        buffer: &'buffer mut StringBuffer,
    ) -> Result<&'buffer [u8], JsError> {
        self.argument(index).utf8(buffer).map_err(|error| expected(error, name, "of type string"))
    }

    /// The memory of a `Buffer`, typed array or `DataView` argument.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is something else.
    #[inline]
    pub fn bytes(&self, index: usize, name: &str) -> Result<Bytes<'env>, JsError> {
        self.argument(index)
            .bytes()
            .map_err(|error| expected(error, name, "an instance of Buffer, TypedArray, or DataView"))
    }
}

#[cold]
fn expected(error: JsError, name: &str, what: &str) -> JsError {
    if error.status_code().is_some() { JsError::argument_type(name, what) } else { error }
}

/// The port's state in one environment, for functions that have neither a call nor data of their own: the typed
/// functions of shims/v8-gap.
pub struct Entry<S>(*const Instance<S>);

impl<S> Clone for Entry<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Entry<S> {}

impl<S> Entry<S> {
    /// Counts a call of the port and runs `body`; `None` when it panics, for there is nobody to throw at.
    ///
    /// # Safety
    /// On the thread of the environment that the [`Call`] belonged to, and before that has run its last JavaScript.
    #[inline]
    pub unsafe fn run<R>(self, body: impl FnOnce(&S) -> R) -> Option<R> {
        // SAFETY: the instance lives until then (contract of this function), and this is its thread.
        let instance = unsafe { &*self.0 };
        instance.count_call();
        panic::catch(|| body(instance.state())).ok()
    }
}

/// Runs `body` as the callback `place`, such as `fs.stat`. [`crate::module!`] writes the calls to it.
///
/// # Safety
/// To be called by the host, as a callback that was created with a pointer to the [`Instance`] of `S`.
#[doc(hidden)]
#[inline]
pub unsafe fn run<'env, S: 'env, const N: usize, R: IntoValue<'env>>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    place: &'static str,
    body: impl FnOnce(&Call<'env, S, N>) -> R,
) -> sys::napi_value {
    // SAFETY: the host calls with a live environment and an open scope, which lasts until this returns.
    let env = unsafe { Env::from_raw(env) };
    let mut count = N;
    let mut arguments = [ptr::null_mut(); N];
    let mut data = ptr::null_mut();
    // SAFETY: `info` belongs to this call; all out-pointers are valid and `arguments` has room for `N`.
    let status = unsafe {
        sys::napi_get_cb_info(
            env.raw(),
            info,
            &raw mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        )
    };
    if let Err(error) = check("napi_get_cb_info", status) {
        error.throw(env);
        return ptr::null_mut();
    }
    // SAFETY: the function was created with the instance as its data (contract of this function), and the
    // instance lives until the environment has run its last JavaScript.
    let instance = unsafe { &*data.cast::<Instance<S>>() };
    instance.count_call();
    let call = Call { env, instance, info, count, arguments };
    match panic::catch(|| body(&call).into_value(env)) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            error.throw(env);
            ptr::null_mut()
        }
        Err(panic) => {
            JsError::internal(place, panic.message, panic.location).throw(env);
            ptr::null_mut()
        }
    }
}
