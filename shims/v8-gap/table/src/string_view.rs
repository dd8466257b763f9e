//! The characters of a string where V8 keeps them.
//!
//! # Why
//! `napi_get_value_string_*` copies, and asks the caller to know the encoding and the length first. Paths, URLs
//! and stream writes want to look at the characters once (about 30 places).
//!
//! # Removal
//! When Node-API lends out a string's characters, or tells encoding and length in one call.

use std::ffi::c_void;

use node_api::sys::{napi_env, napi_status, napi_value};

/// The characters of a string, from `open` to `close`.
#[repr(C)]
pub struct node_api_string_view {
    /// Latin-1 (`const uint8_t*`) or UTF-16 (`const uint16_t*`), without a NUL at the end.
    pub data: *const c_void,
    /// In characters.
    pub length: usize,
    /// Whether the characters are Latin-1.
    pub is_latin1: bool,
    /// The module's own.
    pub reserved: [u64; 6],
}

/// String views.
#[repr(C)]
pub struct node_api_string_view_functions {
    /// Opens a string. Until `close` nothing may allocate on the JavaScript heap or run JavaScript: no function
    /// of Node-API that makes a value or an error. Views close in the reverse order.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] string`: the string.
    /// - `[out] view`: must stay where it is until `close`.
    ///
    /// `napi_string_expected` if the value is no string.
    pub open: unsafe extern "C" fn(
        env: napi_env,
        string: napi_value,
        view: *mut node_api_string_view,
    ) -> napi_status,
    /// Closes a view, once.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] view`: an open view; `napi_invalid_arg` if it is closed already.
    pub close: unsafe extern "C" fn(env: napi_env, view: *mut node_api_string_view) -> napi_status,
}
