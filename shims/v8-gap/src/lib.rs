//! Extensions of Node-API in C++ over v8.h: what an addon can do today that Node-API cannot express, or only
//! slower. It alone includes v8.h.
//!
//! There is one package per Node major around these sources, since V8's ABI changes with each: JavaScript
//! chooses `v8-gap-<process.versions.modules>.node` before it loads one (index.js). An extension is
//! `src/<extension>.cc` with its contract in `table/src/<extension>.rs`; the build script finds it by its file.

mod baseline;
mod host;
mod table;

use napi_sys::{
    Status, napi_env, napi_is_exception_pending, napi_set_named_property, napi_throw_error, napi_value,
};

/// The Node-API version that the host is asked for.
///
/// # Safety
/// Called by the host when it loads the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn node_api_module_get_api_version_v1() -> i32 {
    9
}

/// Fills `exports`. On a host that the module was not built for it throws instead, before any call to V8.
///
/// # Safety
/// Called by the host when it loads the module, with a live environment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(env: napi_env, exports: napi_value) -> napi_value {
    // SAFETY: `env` is live for this call (the host's contract).
    if let Err(refusal) = unsafe { host::check(env) } {
        // SAFETY: `env` is live, and both strings end with a NUL byte.
        unsafe { napi_throw_error(env, c"ERR_PORTLAB_V8_GAP_HOST".as_ptr(), refusal.as_ptr()) };
        return exports;
    }
    // SAFETY: inside the host's callback, and `host::check` found the V8 of our headers.
    if !unsafe { fill(env, exports) } {
        let mut pending = false;
        // SAFETY: `env` is live, and `pending` is a valid out-pointer.
        let status = unsafe { napi_is_exception_pending(env, &raw mut pending) };
        if status == Status::napi_ok && !pending {
            let message = c"v8-gap: the host refused to make the exports";
            // SAFETY: `env` is live, and the string ends with a NUL byte.
            unsafe { napi_throw_error(env, std::ptr::null(), message.as_ptr()) };
        }
    }
    exports
}

/// `table`, and the functions of the baseline.
///
/// # Safety
/// `env` is live, inside a callback of a host that `host::check` accepts; `exports` is an object of its scope.
unsafe fn fill(env: napi_env, exports: napi_value) -> bool {
    // SAFETY: this function's contract.
    let table = unsafe { table::create(env) };
    if table.is_null() {
        return false;
    }
    // SAFETY: `env` is live, and both values are of the scope of this call.
    let status = unsafe { napi_set_named_property(env, exports, c"table".as_ptr(), table) };
    // SAFETY: this function's contract.
    status == Status::napi_ok && unsafe { baseline::add(exports) }
}
