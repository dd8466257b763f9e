//! V8's own empty function, against which the cost of a Node-API call is measured.
#![expect(unreachable_pub, reason = "cxx declares what it bridges as pub")]

use napi_sys::napi_value;

#[cxx::bridge(namespace = "v8_gap")]
mod bridge {
    unsafe extern "C++" {
        include!("noop.h");

        type Value;

        fn create_noop() -> *mut Value;
    }
}

/// A function that does nothing, or null with an exception pending.
///
/// # Safety
/// Only inside a Node-API callback of a host whose V8 is the one of the headers (see `host::check`).
pub(crate) unsafe fn create() -> napi_value {
    bridge::create_noop().cast()
}
