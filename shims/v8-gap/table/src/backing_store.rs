//! The memory of an ArrayBuffer, apart from the buffer.
//!
//! # Why
//! A pool thread that fills a buffer must keep it alive: with Node-API through a reference to the JavaScript
//! object, which only the JavaScript thread can drop, and which detaching does not respect. Node's own code
//! holds the backing store (90 places: fs reads, stream slabs, zlib). And memory that a thread has allocated can
//! only become a buffer as an external one, with a finalizer and a copy where those are refused.
//!
//! # Removal
//! When Node-API can retain the memory of an ArrayBuffer and release it on any thread.

use std::ffi::c_void;

use node_api::sys::{napi_env, napi_status, napi_value};

/// A share of some memory: it lives until all shares and all buffers over it are gone. Unlike other handles it
/// belongs to its holder, who gives it to `adopt` or `release`.
pub type node_api_backing_store = *mut node_api_backing_store_opaque;

/// What a backing store really is, its module knows.
#[repr(C)]
pub struct node_api_backing_store_opaque {
    private: [u8; 0],
}

/// Backing stores.
#[repr(C)]
pub struct node_api_backing_store_functions {
    /// Takes a share in the memory of an ArrayBuffer, a SharedArrayBuffer, or a view of one. It outlives the
    /// buffer, and stays where it is when the buffer is detached.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] value`: the buffer or view.
    /// - `[out] result`: the share.
    /// - `[out] data`: where the buffer's or the view's bytes begin; null if there are none. May be null.
    /// - `[out] length`: how many bytes the buffer or view has; may be null.
    ///
    /// `napi_arraybuffer_expected` if it is neither.
    pub retain: unsafe extern "C" fn(
        env: napi_env,
        value: napi_value,
        result: *mut node_api_backing_store,
        data: *mut *mut c_void,
        length: *mut usize,
    ) -> napi_status,
    /// Gives a share back, on any thread, with or without an environment.
    ///
    /// - `[in] store`: the share; it is gone afterwards.
    pub release: unsafe extern "C" fn(store: node_api_backing_store) -> napi_status,
    /// Allocates zeroed memory on any thread, for `adopt`.
    ///
    /// - `[in] length`: in bytes.
    /// - `[out] result`: the share.
    /// - `[out] data`: where the memory begins; null if `length` is 0.
    ///
    /// `napi_generic_failure` if there is no memory, or if this host's V8 keeps buffers in a sandbox.
    pub allocate: unsafe extern "C" fn(
        length: usize,
        result: *mut node_api_backing_store,
        data: *mut *mut c_void,
    ) -> napi_status,
    /// Makes an ArrayBuffer over the whole memory of a share, without a copy. Two buffers over one memory see
    /// each other's bytes.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] store`: the share; with `napi_ok` it is gone afterwards.
    /// - `[out] result`: the ArrayBuffer.
    ///
    /// `napi_arraybuffer_expected` for the memory of a SharedArrayBuffer or of a resizable ArrayBuffer.
    pub adopt: unsafe extern "C" fn(
        env: napi_env,
        store: node_api_backing_store,
        result: *mut napi_value,
    ) -> napi_status,
}
