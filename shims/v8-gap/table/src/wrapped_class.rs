//! A class whose methods are handed the native object.
//!
//! # Why
//! `napi_unwrap` finds the native object through a private property: about ten times the cost of reading an
//! internal field, which is what Node's own BaseObject does in 827 places. Node-API has no `FunctionTemplate`,
//! so neither a checked receiver nor native inheritance (81 places).
//!
//! # Removal
//! When Node-API can define a class whose callbacks get the wrapped pointer and whose receiver the engine
//! checks, or when `napi_unwrap` costs what an internal field does.

use std::ffi::{c_char, c_void};

use node_api::sys::{napi_env, napi_status, napi_value};

use crate::callback::node_api_function;

/// The most methods of a class, with those that it inherits.
pub const NODE_API_MAX_METHODS: usize = 64;

/// Makes the native object of a new instance.
///
/// - `[in] env`: the environment that the class was defined in.
/// - `[in] argc`, `[in] argv`: the arguments, as for a `node_api_function`.
/// - `[in] data`: the `data` of the class.
///
/// Returns the native object. Null means that an exception is pending; without one an Error says so.
pub type node_api_constructor = unsafe extern "C" fn(
    env: napi_env,
    argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> *mut c_void;

/// A method of a class.
#[repr(C)]
pub struct node_api_method {
    /// Its name, UTF-8 with a NUL at the end.
    pub utf8name: *const c_char,
    /// What it does.
    pub callback: node_api_function,
    /// How many arguments it reads, at most `NODE_API_MAX_ARGUMENTS`; also its `length`.
    pub argc: usize,
    /// Handed to the callback.
    pub data: *mut c_void,
}

/// A class.
#[repr(C)]
pub struct node_api_class_definition {
    /// Its name, UTF-8 with a NUL at the end.
    pub utf8name: *const c_char,
    /// The class that it extends, or null. A method of the parent is handed the native object of the child: as
    /// in C, it must begin with a native object of the parent.
    pub parent: node_api_class,
    /// Makes native objects.
    pub constructor: node_api_constructor,
    /// How many arguments `constructor` reads, at most `NODE_API_MAX_ARGUMENTS`.
    pub argc: usize,
    /// Frees a native object, after the collector has taken its JavaScript object, or when the environment ends;
    /// may be null. It can run no JavaScript, and calls of Node-API only what a `node_api_basic_finalize` may.
    pub finalize: Option<unsafe extern "C" fn(self_: *mut c_void, data: *mut c_void)>,
    /// Handed to `constructor` and `finalize`.
    pub data: *mut c_void,
    /// How many methods there are.
    pub method_count: usize,
    /// The methods, on the prototype. Not kept after the call.
    pub methods: *const node_api_method,
}

/// A class that was defined. It belongs to its environment.
pub type node_api_class = *mut node_api_class_opaque;

/// What a class really is, its module knows.
#[repr(C)]
pub struct node_api_class_opaque {
    private: [u8; 0],
}

/// Wrapped classes.
#[repr(C)]
pub struct node_api_wrapped_class_functions {
    /// Defines a class.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] definition`: the class. Nothing of it is kept but the pointers `data`.
    /// - `[out] result`: the class, for `parent` and `unwrap`.
    /// - `[out] constructor`: its JavaScript constructor. Called without `new` it throws a TypeError; classes of
    ///   JavaScript can extend it.
    ///
    /// `napi_invalid_arg` also for a name that is null or not UTF-8, for more than `NODE_API_MAX_ARGUMENTS`
    /// arguments or `NODE_API_MAX_METHODS` methods, and for a parent of another environment.
    pub define: unsafe extern "C" fn(
        env: napi_env,
        definition: *const node_api_class_definition,
        result: *mut node_api_class,
        constructor: *mut napi_value,
    ) -> napi_status,
    /// The native object of a value.
    ///
    /// - `[in] env`: the environment that the API is invoked under.
    /// - `[in] cls`: the class that it must be an instance of, or of a class that extends it.
    /// - `[in] value`: the value.
    /// - `[out] result`: the native object.
    ///
    /// `napi_object_expected` if the value is no object, `napi_invalid_arg` if it is no such instance, or if its
    /// constructor has not returned yet.
    pub unwrap: unsafe extern "C" fn(
        env: napi_env,
        cls: node_api_class,
        value: napi_value,
        result: *mut *mut c_void,
    ) -> napi_status,
}
