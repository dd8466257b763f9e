//! Properties that JavaScript cannot see.
//!
//! # Why
//! Node marks errors and handles with private symbols in 240 places. A symbol from `napi_create_symbol` shows up
//! in `Object.getOwnPropertySymbols`, goes through proxies and stops at frozen objects; `napi_type_tag_object`
//! and `napi_wrap` use a private symbol inside, and offer neither reading nor a second one.
//!
//! # Removal
//! When Node-API has private properties.

use std::ffi::c_char;

use node_api::sys::{napi_env, napi_status, napi_value};

/// A private symbol. It belongs to its environment.
pub type node_api_private = *mut node_api_private_opaque;

/// What a private symbol really is, its module knows.
#[repr(C)]
pub struct node_api_private_opaque {
    private: [u8; 0],
}

/// Private symbols.
#[repr(C)]
pub struct node_api_private_functions {
    /// Makes a private symbol, equal to no other.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] utf8name`: a name for debuggers, UTF-8 with a NUL at the end.
    /// - `[out] result`: the symbol.
    pub create: unsafe extern "C" fn(
        env: napi_env,
        utf8name: *const c_char,
        result: *mut node_api_private,
    ) -> napi_status,
    /// Sets a private property. No setter, trap or prototype is asked, and frozen objects take it.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] object`: the object; a proxy keeps its own private properties.
    /// - `[in] key`: the symbol.
    /// - `[in] value`: the value.
    ///
    /// `napi_object_expected` if the value is no object.
    pub set: unsafe extern "C" fn(
        env: napi_env,
        object: napi_value,
        key: node_api_private,
        value: napi_value,
    ) -> napi_status,
    /// Reads a private property of the object itself.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] object`: the object.
    /// - `[in] key`: the symbol.
    /// - `[out] result`: the value, or null if the object has no such property.
    ///
    /// `napi_object_expected` if the value is no object.
    pub get: unsafe extern "C" fn(
        env: napi_env,
        object: napi_value,
        key: node_api_private,
        result: *mut napi_value,
    ) -> napi_status,
    /// Removes a private property.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] object`: the object.
    /// - `[in] key`: the symbol.
    /// - `[out] removed`: whether the object had it; may be null.
    ///
    /// `napi_object_expected` if the value is no object.
    pub delete: unsafe extern "C" fn(
        env: napi_env,
        object: napi_value,
        key: node_api_private,
        removed: *mut bool,
    ) -> napi_status,
}
