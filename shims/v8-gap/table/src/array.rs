//! Arrays from values and back, at once.
//!
//! # Why
//! `napi_set_element` costs a call, a check for exceptions and a property store for each element: an array of
//! 14 costs about ten times `v8::Array::New` with its values. Node makes 215 arrays so.
//!
//! # Removal
//! When Node-API has both directions in bulk.

use node_api::sys::{napi_env, napi_status, napi_value};

/// Arrays.
#[repr(C)]
pub struct node_api_array_functions {
    /// Makes an array of values.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] count`: how many values.
    /// - `[in] values`: the values; none may be null. The pointer may be null when `count` is 0.
    /// - `[out] result`: the array.
    pub create: unsafe extern "C" fn(
        env: napi_env,
        count: usize,
        values: *const napi_value,
        result: *mut napi_value,
    ) -> napi_status,
    /// Takes the elements out of an array.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] array`: the array. Holes are read through the prototype, and accessors run.
    /// - `[in] start`: the index of the first element.
    /// - `[in] capacity`: the room in `elements`.
    /// - `[out] elements`: the elements, as values of the current handle scope.
    /// - `[out] count`: how many were written; fewer than `capacity` at the array's end.
    ///
    /// `napi_array_expected` if the value is no array. `napi_pending_exception` if an accessor throws; the
    /// elements before it are written then, `count` is not.
    pub elements: unsafe extern "C" fn(
        env: napi_env,
        array: napi_value,
        start: u32,
        capacity: usize,
        elements: *mut napi_value,
        count: *mut usize,
    ) -> napi_status,
}
