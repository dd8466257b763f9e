//! What a function of an extension is: a callback that is handed its arguments and returns its result by value,
//! so that neither costs a call back into the host.

use std::ffi::{CStr, c_void};

use node_api::sys::{self, napi_env, napi_value};

/// The most arguments that a callback can ask for.
pub const NODE_API_MAX_ARGUMENTS: usize = 16;

/// What a `node_api_result` holds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum node_api_result_type {
    /// `undefined`.
    node_api_result_undefined,
    /// The callback has thrown, with `napi_throw` or through a function that answered
    /// `napi_pending_exception`. Another result beside a pending exception is a mistake: the exception then
    /// surfaces in a later call.
    node_api_result_exception,
    /// `boolean`.
    node_api_result_boolean,
    /// `int32`.
    node_api_result_int32,
    /// `uint32`.
    node_api_result_uint32,
    /// `number`.
    node_api_result_double,
    /// `value`; null is `undefined`.
    node_api_result_value,
}

/// The payload of a `node_api_result`.
#[repr(C)]
#[derive(Clone, Copy)]
pub union node_api_result_data {
    /// A boolean.
    pub boolean: bool,
    /// A signed integer.
    pub int32: i32,
    /// An unsigned integer.
    pub uint32: u32,
    /// A number.
    pub number: f64,
    /// Any value.
    pub value: napi_value,
}

/// The result of a callback, in two registers: a number needs no handle.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct node_api_result {
    /// Which member of `data` counts.
    pub kind: node_api_result_type,
    /// The payload.
    pub data: node_api_result_data,
}

/// A callback of an extension.
///
/// - `[in] env`: the environment that the function was defined in.
/// - `[in] self`: the native object of the receiver; null for a function that is no method.
/// - `[in] argc`: how many arguments the caller gave.
/// - `[in] argv`: as many values as the definition asked for; `undefined` where the caller gave fewer.
/// - `[in] data`: the pointer given at definition.
///
/// A handle scope is open. The callback must not unwind.
pub type node_api_function = unsafe extern "C" fn(
    env: napi_env,
    self_: *mut c_void,
    argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result;

impl node_api_result {
    /// `undefined`.
    pub fn undefined() -> node_api_result {
        let data = node_api_result_data { int32: 0 };
        node_api_result { kind: node_api_result_type::node_api_result_undefined, data }
    }

    /// An exception is pending.
    pub fn exception() -> node_api_result {
        let data = node_api_result_data { int32: 0 };
        node_api_result { kind: node_api_result_type::node_api_result_exception, data }
    }
}

impl node_api_result {
    /// Throws a `TypeError`, unless something is thrown already.
    ///
    /// # Safety
    /// `env` is live, and its thread is the current one.
    #[cold]
    pub unsafe fn type_error(env: napi_env, code: &CStr, message: &CStr) -> node_api_result {
        // SAFETY: this function's contract, and both strings end with NULs. It fails only where an exception is pending.
        unsafe { sys::napi_throw_type_error(env, code.as_ptr(), message.as_ptr()) };
        node_api_result::exception()
    }
}

impl From<bool> for node_api_result {
    fn from(boolean: bool) -> Self {
        let data = node_api_result_data { boolean };
        node_api_result { kind: node_api_result_type::node_api_result_boolean, data }
    }
}

impl From<i32> for node_api_result {
    fn from(int32: i32) -> Self {
        let data = node_api_result_data { int32 };
        node_api_result { kind: node_api_result_type::node_api_result_int32, data }
    }
}

impl From<u32> for node_api_result {
    fn from(uint32: u32) -> Self {
        let data = node_api_result_data { uint32 };
        node_api_result { kind: node_api_result_type::node_api_result_uint32, data }
    }
}

impl From<f64> for node_api_result {
    fn from(number: f64) -> Self {
        let data = node_api_result_data { number };
        node_api_result { kind: node_api_result_type::node_api_result_double, data }
    }
}

impl From<napi_value> for node_api_result {
    fn from(value: napi_value) -> Self {
        let data = node_api_result_data { value };
        node_api_result { kind: node_api_result_type::node_api_result_value, data }
    }
}
