//! What the boundary benchmarks compare with: their operations in plain V8.
#![expect(unreachable_pub, reason = "cxx declares what it bridges as pub")]

use napi_sys::napi_value;

#[cxx::bridge(namespace = "v8_gap")]
mod bridge {
    unsafe extern "C++" {
        include!("baseline.h");

        type Value;

        unsafe fn add_baseline(exports: *mut Value) -> bool;
    }
}

/// Adds the functions to a module's exports; false with an exception pending.
///
/// # Safety
/// Only inside a Node-API callback of a host whose V8 is the one of the headers (see `host::check`), with an
/// object of its scope.
pub(crate) unsafe fn add(exports: napi_value) -> bool {
    // SAFETY: this function's contract is that of the C++ function.
    unsafe { bridge::add_baseline(exports.cast()) }
}
