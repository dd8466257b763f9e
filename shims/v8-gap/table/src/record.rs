//! Objects of one shape, made at once.
//!
//! # Why
//! An object of ten properties costs 4 to 20 times what V8 needs when Node-API sets one property after the
//! other, or looks all names up again (`node_api_create_object_with_properties`). Node itself makes its results
//! (`os.cpus`, errors, dirents) from a `DictionaryTemplate`.
//!
//! # Removal
//! When Node-API can make an object from names that were prepared once.

use std::ffi::c_char;

use node_api::sys::{napi_env, napi_status, napi_value};

/// The names of a record's properties, prepared. It belongs to its environment.
pub type node_api_record_template = *mut node_api_record_template_opaque;

/// What a template really is, its module knows.
#[repr(C)]
pub struct node_api_record_template_opaque {
    private: [u8; 0],
}

/// The most properties of a record.
pub const NODE_API_MAX_RECORD: usize = 128;

/// Records.
#[repr(C)]
pub struct node_api_record_functions {
    /// Prepares the names of a record.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] count`: how many names, from 1 to `NODE_API_MAX_RECORD`.
    /// - `[in] names`: the names in the order of the properties, printable ASCII with a NUL at the end. Not kept
    ///   after the call.
    /// - `[out] result`: the template.
    ///
    /// `napi_name_expected` for a name that is empty, not ASCII, an array index such as `0`, or there twice.
    pub create_template: unsafe extern "C" fn(
        env: napi_env,
        count: usize,
        names: *const *const c_char,
        result: *mut node_api_record_template,
    ) -> napi_status,
    /// Makes a record: an ordinary object that inherits from `Object.prototype`.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] record`: the template.
    /// - `[in] count`: how many values; as many as the template has names.
    /// - `[in] values`: the values, in the order of the names. A null leaves its property out.
    /// - `[out] result`: the object.
    pub create: unsafe extern "C" fn(
        env: napi_env,
        record: node_api_record_template,
        count: usize,
        values: *const napi_value,
        result: *mut napi_value,
    ) -> napi_status,
}
