//! Raw Node-API. Every call of this crate and of the ports goes through here, so that a counting build
//! (feature `count`) can count them; without the feature a call is the host's function and nothing else.
//!
//! Types and constants are those of napi-sys. A function that is missing here is one line in the list below.

// These are Node-API's own names; its manual documents each: https://nodejs.org/api/n-api.html
#![allow(missing_docs, clippy::missing_safety_doc, clippy::too_many_arguments)]

use std::ffi::{c_char, c_void};

pub use napi_sys::{
    PropertyAttributes, Status, ThreadsafeFunctionCallMode, ThreadsafeFunctionReleaseMode, TypedarrayType,
    ValueType, napi_async_cleanup_hook, napi_async_cleanup_hook_handle, napi_async_context, napi_callback,
    napi_callback_info, napi_deferred, napi_env, napi_finalize, napi_handle_scope, napi_property_descriptor,
    napi_ref, napi_status, napi_threadsafe_function, napi_threadsafe_function_call_js, napi_type_tag,
    napi_typedarray_type, napi_value, napi_valuetype,
};

#[cfg(feature = "count")]
static CROSSINGS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// What crossed beside the calls themselves.
#[cfg(feature = "count")]
pub(crate) mod copied {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    static STRINGS: AtomicU64 = AtomicU64::new(0);
    static BYTES: AtomicU64 = AtomicU64::new(0);
    static CALLBACKS: AtomicU64 = AtomicU64::new(0);

    pub(super) fn string(bytes: usize) {
        STRINGS.fetch_add(1, Relaxed);
        buffer(bytes);
    }

    pub(super) fn buffer(bytes: usize) {
        BYTES.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn callback() {
        CALLBACKS.fetch_add(1, Relaxed);
    }

    /// Strings, bytes of strings and buffers, and calls into JavaScript, since the module was loaded.
    pub(crate) fn all() -> [u64; 3] {
        [&STRINGS, &BYTES, &CALLBACKS].map(|count| count.load(Relaxed))
    }
}

/// Counts what a call copied, once it has succeeded.
#[cfg(feature = "count")]
macro_rules! tally {
    (napi_create_string_utf16 $env:ident $text:ident $length:ident $result:ident) => {
        copied::string(2 * length_of($length))
    };
    (napi_create_string_latin1 $env:ident $text:ident $length:ident $result:ident) => {
        copied::string(length_of($length))
    };
    (napi_create_string_utf8 $env:ident $text:ident $length:ident $result:ident) => {
        copied::string(length_of($length))
    };
    (napi_get_value_string_utf16 $env:ident $value:ident $buffer:ident $size:ident $result:ident) => {
        string_read($buffer, $result, 2)
    };
    (napi_get_value_string_latin1 $env:ident $value:ident $buffer:ident $size:ident $result:ident) => {
        string_read($buffer, $result, 1)
    };
    (napi_get_value_string_utf8 $env:ident $value:ident $buffer:ident $size:ident $result:ident) => {
        string_read($buffer, $result, 1)
    };
    (napi_create_buffer_copy $env:ident $length:ident $($rest:ident)*) => {
        copied::buffer($length)
    };
    (napi_call_function $($all:ident)*) => {
        copied::callback()
    };
    (napi_make_callback $($all:ident)*) => {
        copied::callback()
    };
    ($name:ident $($all:ident)*) => {};
}

/// The length of a string that is made; one that ends with a zero byte has none to tell.
#[cfg(feature = "count")]
fn length_of(length: isize) -> usize {
    usize::try_from(length).unwrap_or(0)
}

/// A string that was read, unless only its length was asked for.
#[cfg(feature = "count")]
fn string_read<T>(buffer: *mut T, result: *mut usize, width: usize) {
    if !buffer.is_null() && !result.is_null() {
        // SAFETY: the caller gave the function this out-pointer, which is live until it returns.
        copied::string(width * unsafe { *result });
    }
}

/// Calls made since the module was loaded, by all threads and environments of the process.
#[cfg(feature = "count")]
pub(crate) fn crossings() -> u64 {
    CROSSINGS.load(std::sync::atomic::Ordering::Relaxed)
}

macro_rules! calls {
    ($(fn $name:ident($($parameter:ident: $type:ty),* $(,)?);)*) => {
        $(
            #[inline]
            pub unsafe fn $name($($parameter: $type),*) -> napi_status {
                #[cfg(feature = "count")]
                CROSSINGS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                // SAFETY: the caller keeps the contract of this Node-API function.
                let status = unsafe { napi_sys::$name($($parameter),*) };
                // A call that failed copied nothing: reading a path asks for a string first and for a Buffer then.
                #[cfg(feature = "count")]
                if status == napi_sys::Status::napi_ok {
                    tally!($name $($parameter)*);
                }
                status
            }
        )*
    };
}

type EnvHook = Option<unsafe extern "C" fn(argument: *mut c_void)>;

calls! {
    // Callbacks and module state.
    fn napi_get_cb_info(env: napi_env, info: napi_callback_info, argc: *mut usize, argv: *mut napi_value, this: *mut napi_value, data: *mut *mut c_void);
    fn napi_create_function(env: napi_env, name: *const c_char, length: isize, callback: napi_callback, data: *mut c_void, result: *mut napi_value);
    fn napi_set_instance_data(env: napi_env, data: *mut c_void, finalize: napi_finalize, hint: *mut c_void);
    fn napi_add_env_cleanup_hook(env: napi_env, hook: EnvHook, argument: *mut c_void);
    fn napi_remove_env_cleanup_hook(env: napi_env, hook: EnvHook, argument: *mut c_void);
    fn napi_add_async_cleanup_hook(env: napi_env, hook: napi_async_cleanup_hook, argument: *mut c_void, handle: *mut napi_async_cleanup_hook_handle);
    fn napi_remove_async_cleanup_hook(handle: napi_async_cleanup_hook_handle);

    // Scopes and references.
    fn napi_open_handle_scope(env: napi_env, result: *mut napi_handle_scope);
    fn napi_close_handle_scope(env: napi_env, scope: napi_handle_scope);
    fn napi_create_reference(env: napi_env, value: napi_value, count: u32, result: *mut napi_ref);
    fn napi_delete_reference(env: napi_env, reference: napi_ref);
    fn napi_get_reference_value(env: napi_env, reference: napi_ref, result: *mut napi_value);

    // Reading.
    fn napi_typeof(env: napi_env, value: napi_value, result: *mut napi_valuetype);
    fn napi_get_value_bool(env: napi_env, value: napi_value, result: *mut bool);
    fn napi_get_value_int32(env: napi_env, value: napi_value, result: *mut i32);
    fn napi_get_value_uint32(env: napi_env, value: napi_value, result: *mut u32);
    fn napi_get_value_int64(env: napi_env, value: napi_value, result: *mut i64);
    fn napi_get_value_double(env: napi_env, value: napi_value, result: *mut f64);
    fn napi_get_value_bigint_int64(env: napi_env, value: napi_value, result: *mut i64, lossless: *mut bool);
    fn napi_get_value_bigint_uint64(env: napi_env, value: napi_value, result: *mut u64, lossless: *mut bool);
    fn napi_get_value_string_latin1(env: napi_env, value: napi_value, buffer: *mut c_char, size: usize, result: *mut usize);
    fn napi_get_value_string_utf8(env: napi_env, value: napi_value, buffer: *mut c_char, size: usize, result: *mut usize);
    fn napi_get_value_string_utf16(env: napi_env, value: napi_value, buffer: *mut u16, size: usize, result: *mut usize);
    fn napi_get_value_external(env: napi_env, value: napi_value, result: *mut *mut c_void);
    fn napi_check_object_type_tag(env: napi_env, value: napi_value, tag: *const napi_type_tag, result: *mut bool);
    fn napi_is_buffer(env: napi_env, value: napi_value, result: *mut bool);
    fn napi_is_array(env: napi_env, value: napi_value, result: *mut bool);
    fn napi_get_array_length(env: napi_env, value: napi_value, result: *mut u32);
    fn napi_get_element(env: napi_env, object: napi_value, index: u32, result: *mut napi_value);
    fn napi_get_named_property(env: napi_env, object: napi_value, name: *const c_char, result: *mut napi_value);
    fn napi_get_property(env: napi_env, object: napi_value, key: napi_value, result: *mut napi_value);
    fn napi_get_buffer_info(env: napi_env, value: napi_value, data: *mut *mut c_void, length: *mut usize);
    fn napi_get_typedarray_info(env: napi_env, value: napi_value, kind: *mut napi_typedarray_type, length: *mut usize, data: *mut *mut c_void, arraybuffer: *mut napi_value, offset: *mut usize);
    fn napi_get_dataview_info(env: napi_env, value: napi_value, length: *mut usize, data: *mut *mut c_void, arraybuffer: *mut napi_value, offset: *mut usize);
    fn napi_get_arraybuffer_info(env: napi_env, value: napi_value, data: *mut *mut c_void, length: *mut usize);
    fn napi_coerce_to_string(env: napi_env, value: napi_value, result: *mut napi_value);
    fn napi_strict_equals(env: napi_env, left: napi_value, right: napi_value, result: *mut bool);

    // Making values.
    fn napi_get_undefined(env: napi_env, result: *mut napi_value);
    fn napi_get_null(env: napi_env, result: *mut napi_value);
    fn napi_get_global(env: napi_env, result: *mut napi_value);
    fn napi_get_boolean(env: napi_env, value: bool, result: *mut napi_value);
    fn napi_create_int32(env: napi_env, value: i32, result: *mut napi_value);
    fn napi_create_uint32(env: napi_env, value: u32, result: *mut napi_value);
    fn napi_create_double(env: napi_env, value: f64, result: *mut napi_value);
    fn napi_create_bigint_int64(env: napi_env, value: i64, result: *mut napi_value);
    fn napi_create_bigint_uint64(env: napi_env, value: u64, result: *mut napi_value);
    fn napi_create_string_latin1(env: napi_env, text: *const c_char, length: isize, result: *mut napi_value);
    fn napi_create_string_utf8(env: napi_env, text: *const c_char, length: isize, result: *mut napi_value);
    fn napi_create_string_utf16(env: napi_env, text: *const u16, length: isize, result: *mut napi_value);
    fn napi_create_object(env: napi_env, result: *mut napi_value);
    fn napi_create_array_with_length(env: napi_env, length: usize, result: *mut napi_value);
    fn napi_set_element(env: napi_env, object: napi_value, index: u32, value: napi_value);
    fn napi_set_named_property(env: napi_env, object: napi_value, name: *const c_char, value: napi_value);
    fn napi_set_property(env: napi_env, object: napi_value, key: napi_value, value: napi_value);
    fn napi_create_symbol(env: napi_env, description: napi_value, result: *mut napi_value);
    fn napi_create_arraybuffer(env: napi_env, length: usize, data: *mut *mut c_void, result: *mut napi_value);
    fn napi_create_typedarray(env: napi_env, kind: napi_typedarray_type, length: usize, arraybuffer: napi_value, offset: usize, result: *mut napi_value);
    fn napi_create_buffer_copy(env: napi_env, length: usize, data: *const c_void, copy: *mut *mut c_void, result: *mut napi_value);
    fn napi_create_external_arraybuffer(env: napi_env, data: *mut c_void, length: usize, finalize: napi_finalize, hint: *mut c_void, result: *mut napi_value);
    fn napi_create_external_buffer(env: napi_env, length: usize, data: *mut c_void, finalize: napi_finalize, hint: *mut c_void, result: *mut napi_value);
    fn napi_create_external(env: napi_env, data: *mut c_void, finalize: napi_finalize, hint: *mut c_void, result: *mut napi_value);

    // Classes.
    fn napi_define_class(env: napi_env, name: *const c_char, length: isize, constructor: napi_callback, data: *mut c_void, count: usize, properties: *const napi_property_descriptor, result: *mut napi_value);
    fn napi_wrap(env: napi_env, object: napi_value, native: *mut c_void, finalize: napi_finalize, hint: *mut c_void, result: *mut napi_ref);
    fn napi_unwrap(env: napi_env, object: napi_value, result: *mut *mut c_void);

    // Errors.
    fn napi_create_error(env: napi_env, code: napi_value, message: napi_value, result: *mut napi_value);
    fn napi_create_type_error(env: napi_env, code: napi_value, message: napi_value, result: *mut napi_value);
    fn napi_create_range_error(env: napi_env, code: napi_value, message: napi_value, result: *mut napi_value);
    fn napi_throw(env: napi_env, error: napi_value);
    fn napi_throw_type_error(env: napi_env, code: *const c_char, message: *const c_char);
    fn napi_is_exception_pending(env: napi_env, result: *mut bool);
    fn napi_get_and_clear_last_exception(env: napi_env, result: *mut napi_value);
    fn napi_fatal_exception(env: napi_env, error: napi_value);

    // Calling JavaScript.
    fn napi_call_function(env: napi_env, receiver: napi_value, function: napi_value, argc: usize, argv: *const napi_value, result: *mut napi_value);
    fn napi_make_callback(env: napi_env, context: napi_async_context, receiver: napi_value, function: napi_value, argc: usize, argv: *const napi_value, result: *mut napi_value);

    // Threads and the event loop.
    fn napi_get_uv_event_loop(env: napi_env, event_loop: *mut *mut napi_sys::uv_loop_s);
    fn napi_create_threadsafe_function(env: napi_env, function: napi_value, resource: napi_value, name: napi_value, queue: usize, threads: usize, finalize_data: *mut c_void, finalize: napi_finalize, context: *mut c_void, call: napi_threadsafe_function_call_js, result: *mut napi_threadsafe_function);
    fn napi_call_threadsafe_function(function: napi_threadsafe_function, data: *mut c_void, mode: i32);
    fn napi_release_threadsafe_function(function: napi_threadsafe_function, mode: i32);
    fn napi_ref_threadsafe_function(env: napi_env, function: napi_threadsafe_function);
    fn napi_unref_threadsafe_function(env: napi_env, function: napi_threadsafe_function);
}
