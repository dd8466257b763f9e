//! The table of extensions, as an external that ports can check.
#![expect(unreachable_pub, reason = "cxx declares what it bridges as pub")]

use std::ffi::c_void;
use std::ptr;

use napi_sys::{Status, napi_create_external, napi_env, napi_type_tag_object, napi_value};
use v8_gap_table::TYPE_TAG;

#[cxx::bridge(namespace = "v8_gap")]
mod bridge {
    unsafe extern "C++" {
        include!("table.h");

        fn table() -> usize;
    }
}

/// A new external over the table, tagged; null if the host refuses, with an exception pending.
///
/// # Safety
/// Only inside a Node-API callback of a host whose V8 is the one of the headers (see `host::check`).
pub(crate) unsafe fn create(env: napi_env) -> napi_value {
    let address = bridge::table();
    let mut external = ptr::null_mut();
    // SAFETY: `env` is live; the table is a constant, so nothing frees it.
    let created = unsafe {
        napi_create_external(env, address as *mut c_void, None, ptr::null_mut(), &raw mut external)
    };
    if created != Status::napi_ok {
        return ptr::null_mut();
    }
    // SAFETY: `external` was just made in this scope, and the tag is a constant.
    let tagged = unsafe { napi_type_tag_object(env, external, &raw const TYPE_TAG) };
    if tagged == Status::napi_ok { external } else { ptr::null_mut() }
}
