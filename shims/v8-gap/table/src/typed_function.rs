//! Functions that optimized code calls directly, with C arguments.
//!
//! # Why
//! V8's fast API calls skip the callback altogether: optimized JavaScript that calls with arguments of the right
//! types calls a C function. Small calls cost a third to a half of an ordinary callback.
//!
//! # Removal
//! When Node-API offers fast calls (nodejs/node issue 54731 waits for V8's interface to become stable), or V8 inlines ordinary callbacks.

use std::ffi::{CStr, c_char, c_void};

use node_api::sys::{napi_env, napi_status, napi_value};

use crate::callback::node_api_function;

/// The type of an argument or of the result of a typed function.
#[repr(C)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum node_api_type {
    /// No result.
    node_api_type_void,
    /// `bool`.
    node_api_type_bool,
    /// `int32_t`; a number that is none goes the slow way.
    node_api_type_int32,
    /// `uint32_t`; as above.
    node_api_type_uint32,
    /// `double`.
    node_api_type_double,
    /// `const node_api_one_byte_string*`, an argument only: a flat string of one-byte characters; any other
    /// string goes the slow way.
    node_api_type_one_byte_string,
    /// `napi_value`, an argument only: any value, of which the function may read but not make more.
    node_api_type_value,
}

/// A string argument. It is valid during the call.
#[repr(C)]
pub struct node_api_one_byte_string {
    /// Latin-1, without a NUL at the end.
    pub data: *const u8,
    /// In bytes.
    pub length: u32,
}

/// A function with a second, typed body.
#[repr(C)]
pub struct node_api_typed_function_definition {
    /// Its name, UTF-8 with a NUL at the end.
    pub utf8name: *const c_char,
    /// The body for code that is not optimized and for arguments of other types. It must do the same.
    pub slow: node_api_function,
    /// The typed body: `Result fast(napi_value receiver, Arguments…)`. It must not allocate on the JavaScript
    /// heap, throw, call JavaScript, unwind or block for long; so it calls no function of Node-API that makes
    /// a value. It has no `data`: state lives in statics. Null: there is only the slow body, whose callback
    /// still costs less than a `napi_callback`.
    pub fast: *const c_void,
    /// The type of the result: any but a string or a value.
    pub result: node_api_type,
    /// How many arguments, at most 8; also the function's `length`. `slow` is handed as many.
    pub argc: usize,
    /// Their types.
    pub arguments: *const node_api_type,
    /// Handed to `slow`.
    pub data: *mut c_void,
}

impl node_api_typed_function_definition {
    /// A definition that points to what it is given: name and types have to be there until `create` has returned.
    pub fn new(
        name: &CStr,
        slow: node_api_function,
        fast: *const c_void,
        result: node_api_type,
        arguments: &[node_api_type],
        data: *mut c_void,
    ) -> node_api_typed_function_definition {
        node_api_typed_function_definition {
            utf8name: name.as_ptr(),
            slow,
            fast,
            result,
            argc: arguments.len(),
            arguments: arguments.as_ptr(),
            data,
        }
    }
}

/// Typed functions.
#[repr(C)]
pub struct node_api_typed_functions {
    /// Makes a function.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] definition`: the function; nothing of it is kept but `data`.
    /// - `[out] result`: the function. It cannot construct.
    ///
    /// `napi_invalid_arg` also for a type that cannot stand where it does, and for more than 8 arguments.
    pub create: unsafe extern "C" fn(
        env: napi_env,
        definition: *const node_api_typed_function_definition,
        result: *mut napi_value,
    ) -> napi_status,
}
