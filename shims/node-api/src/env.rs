//! The environment: what one callback may use, and the values that it makes.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr;

use crate::error::JsError;
use crate::string;
use crate::sys::{self, Status, TypedarrayType};
use crate::value::Value;

/// A Node-API environment for as long as the host lets this code use it: one callback, or one scope in it.
///
/// It is neither `Send` nor `Sync`: Node-API belongs to the thread of its environment.
#[derive(Clone, Copy)]
pub struct Env<'env> {
    raw: sys::napi_env,
    scope: PhantomData<&'env ()>,
}

impl<'env> Env<'env> {
    /// # Safety
    /// `raw` must be live on this thread, with a handle scope open, for all of `'env`.
    #[inline]
    pub unsafe fn from_raw(raw: sys::napi_env) -> Self {
        Self { raw, scope: PhantomData }
    }

    /// The pointer that raw Node-API takes.
    #[inline]
    pub fn raw(self) -> sys::napi_env {
        self.raw
    }

    /// A result of a raw call as a value, or the call's failure as an error.
    ///
    /// # Errors
    /// When `status` is not `napi_ok`.
    ///
    /// # Safety
    /// If `status` is `napi_ok`, `raw` must be a value of the scope that `'env` stands for.
    #[inline]
    pub unsafe fn value(
        self,
        call: &'static str,
        status: sys::napi_status,
        raw: sys::napi_value,
    ) -> Result<Value<'env>, JsError> {
        check(call, status)?;
        // SAFETY: the call succeeded, and the caller promises the rest.
        Ok(unsafe { Value::from_raw(self, raw) })
    }

    /// Runs `body` in a handle scope of its own, which frees the values that it makes: for loops that make
    /// many. A callback already has one.
    ///
    /// # Errors
    /// Those of `body`, and a host that refuses the scope.
    pub fn scope<R>(self, body: impl FnOnce(Env<'_>) -> Result<R, JsError>) -> Result<R, JsError> {
        struct Close(sys::napi_env, sys::napi_handle_scope);
        impl Drop for Close {
            fn drop(&mut self) {
                // SAFETY: opened below in the same environment, closed once. It fails only on a null.
                let _never = unsafe { sys::napi_close_handle_scope(self.0, self.1) };
            }
        }
        let mut scope = ptr::null_mut();
        // SAFETY: `self` is live and `scope` is a valid out-pointer.
        check("napi_open_handle_scope", unsafe { sys::napi_open_handle_scope(self.raw, &raw mut scope) })?;
        let _close = Close(self.raw, scope);
        body(Env { raw: self.raw, scope: PhantomData })
    }

    /// `undefined`
    ///
    /// # Errors
    /// When the host refuses, as for all makers of values.
    pub fn undefined(self) -> Result<Value<'env>, JsError> {
        self.make("napi_get_undefined", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_get_undefined(self.raw, out) }
        })
    }

    /// `null`
    ///
    /// # Errors
    /// When the host refuses.
    pub fn null(self) -> Result<Value<'env>, JsError> {
        self.make("napi_get_null", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_get_null(self.raw, out) }
        })
    }

    /// `true` or `false`
    ///
    /// # Errors
    /// When the host refuses.
    #[inline]
    pub fn boolean(self, value: bool) -> Result<Value<'env>, JsError> {
        self.make("napi_get_boolean", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_get_boolean(self.raw, value, out) }
        })
    }

    /// A number.
    ///
    /// # Errors
    /// When the host refuses.
    #[inline]
    pub fn int32(self, value: i32) -> Result<Value<'env>, JsError> {
        self.make("napi_create_int32", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_create_int32(self.raw, value, out) }
        })
    }

    /// A number.
    ///
    /// # Errors
    /// When the host refuses.
    #[inline]
    pub fn uint32(self, value: u32) -> Result<Value<'env>, JsError> {
        self.make("napi_create_uint32", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_create_uint32(self.raw, value, out) }
        })
    }

    /// A number.
    ///
    /// # Errors
    /// When the host refuses.
    #[inline]
    pub fn double(self, value: f64) -> Result<Value<'env>, JsError> {
        self.make("napi_create_double", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_create_double(self.raw, value, out) }
        })
    }

    /// A bigint.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn bigint_i64(self, value: i64) -> Result<Value<'env>, JsError> {
        self.make("napi_create_bigint_int64", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_create_bigint_int64(self.raw, value, out) }
        })
    }

    /// A bigint.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn bigint_u64(self, value: u64) -> Result<Value<'env>, JsError> {
        self.make("napi_create_bigint_uint64", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_create_bigint_uint64(self.raw, value, out) }
        })
    }

    /// A string from UTF-8; bytes that are not UTF-8 become U+FFFD as the engine's own decoder does it.
    ///
    /// # Errors
    /// When the host refuses, for example a string longer than the engine allows.
    #[inline]
    pub fn string(self, utf8: &[u8]) -> Result<Value<'env>, JsError> {
        if utf8.is_ascii() { self.latin1(utf8) } else { string::from_utf8(self, utf8) }
    }

    /// A string whose code units are the bytes: ASCII and Latin-1 text.
    ///
    /// # Errors
    /// When the host refuses, for example a string longer than the engine allows.
    #[inline]
    pub fn latin1(self, text: &[u8]) -> Result<Value<'env>, JsError> {
        self.make("napi_create_string_latin1", |out| {
            // SAFETY: `self` is live, `text` is readable for its length, `out` is a valid out-pointer.
            unsafe {
                sys::napi_create_string_latin1(self.raw, text.as_ptr().cast(), text.len() as isize, out)
            }
        })
    }

    /// A string from its code units, lone surrogates included.
    ///
    /// # Errors
    /// When the host refuses, for example a string longer than the engine allows.
    #[inline]
    pub fn utf16(self, text: &[u16]) -> Result<Value<'env>, JsError> {
        self.make("napi_create_string_utf16", |out| {
            // SAFETY: `self` is live, `text` is readable for its length, `out` is a valid out-pointer.
            unsafe { sys::napi_create_string_utf16(self.raw, text.as_ptr(), text.len() as isize, out) }
        })
    }

    /// An empty object.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn object(self) -> Result<Value<'env>, JsError> {
        self.make("napi_create_object", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_create_object(self.raw, out) }
        })
    }

    /// An array of `length` holes, to be filled with [`Value::set_element`].
    ///
    /// # Errors
    /// When the host refuses.
    pub fn array(self, length: usize) -> Result<Value<'env>, JsError> {
        self.make("napi_create_array_with_length", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_create_array_with_length(self.raw, length, out) }
        })
    }

    /// A `Float64Array` of its own memory.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn float64_array(self, values: &[f64]) -> Result<Value<'env>, JsError> {
        self.typed_array(TypedarrayType::float64_array, values)
    }

    /// A `BigInt64Array` of its own memory.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn bigint64_array(self, values: &[i64]) -> Result<Value<'env>, JsError> {
        self.typed_array(TypedarrayType::bigint64_array, values)
    }

    fn typed_array<T: Copy>(self, kind: i32, values: &[T]) -> Result<Value<'env>, JsError> {
        let mut data = ptr::null_mut();
        let mut memory = ptr::null_mut();
        let bytes = size_of_val(values);
        // SAFETY: `self` is live, both out-pointers are valid.
        let status = unsafe { sys::napi_create_arraybuffer(self.raw, bytes, &raw mut data, &raw mut memory) };
        check("napi_create_arraybuffer", status)?;
        if bytes > 0 {
            // SAFETY: the host has just allocated `bytes` bytes at `data`, which nothing else refers to.
            unsafe { ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), data.cast::<u8>(), bytes) };
        }
        self.make("napi_create_typedarray", |out| {
            // SAFETY: `memory` holds exactly `values.len()` elements of this kind; `out` is valid.
            unsafe { sys::napi_create_typedarray(self.raw, kind, values.len(), memory, 0, out) }
        })
    }

    /// A Node `Buffer` with a copy of `bytes`.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn buffer_copy(self, bytes: &[u8]) -> Result<Value<'env>, JsError> {
        self.make("napi_create_buffer_copy", |out| {
            // SAFETY: `self` is live, `bytes` is readable for its length, a null copy pointer is allowed.
            unsafe {
                sys::napi_create_buffer_copy(
                    self.raw,
                    bytes.len(),
                    bytes.as_ptr().cast(),
                    ptr::null_mut(),
                    out,
                )
            }
        })
    }

    /// A Node `Buffer` over `bytes` itself, without a copy; a host that forbids external memory gets a copy.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn buffer(self, mut bytes: Vec<u8>) -> Result<Value<'env>, JsError> {
        unsafe extern "C" fn free(_env: sys::napi_env, data: *mut c_void, capacity: *mut c_void) {
            // SAFETY: `data` and `capacity` are those of the Vec given up below; its length does not matter
            // for freeing it. Freeing bytes cannot panic.
            drop(unsafe { Vec::from_raw_parts(data.cast::<u8>(), 0, capacity as usize) });
        }
        if bytes.is_empty() {
            return self.buffer_copy(&[]);
        }
        let (data, length, capacity) = (bytes.as_mut_ptr(), bytes.len(), bytes.capacity());
        let mut out = ptr::null_mut();
        // SAFETY: `data` stays allocated until `free` runs, which the host calls once, on this thread.
        let status = unsafe {
            sys::napi_create_external_buffer(
                self.raw,
                length,
                data.cast(),
                Some(free),
                ptr::without_provenance_mut(capacity),
                &raw mut out,
            )
        };
        if status == Status::napi_no_external_buffers_allowed {
            return self.buffer_copy(&bytes);
        }
        if status == Status::napi_ok {
            std::mem::forget(bytes);
        }
        // SAFETY: `out` is the result of this call in the open scope.
        unsafe { self.value("napi_create_external_buffer", status, out) }
    }

    /// A strong reference, which keeps `value` alive beyond this callback.
    ///
    /// # Errors
    /// When the host refuses; below Node-API 10 it takes objects, functions and symbols only.
    pub fn reference(self, value: Value<'_>) -> Result<Reference, JsError> {
        let mut raw = ptr::null_mut();
        // SAFETY: `self` is live, `value` is one of its values, `raw` is a valid out-pointer.
        let status = unsafe { sys::napi_create_reference(self.raw, value.raw(), 1, &raw mut raw) };
        check("napi_create_reference", status)?;
        Ok(Reference { raw })
    }

    /// A property of the global object.
    ///
    /// # Errors
    /// When the host refuses or a getter throws.
    pub fn global(self, name: &CStr) -> Result<Value<'env>, JsError> {
        self.make("napi_get_global", |out| {
            // SAFETY: `self` is live and `out` is a valid out-pointer.
            unsafe { sys::napi_get_global(self.raw, out) }
        })?
        .named(name)
    }

    #[inline]
    pub(crate) fn make(
        self,
        call: &'static str,
        maker: impl FnOnce(*mut sys::napi_value) -> sys::napi_status,
    ) -> Result<Value<'env>, JsError> {
        let mut raw = ptr::null_mut();
        let status = maker(&raw mut raw);
        // SAFETY: `raw` is what the host made in the open scope, for `maker` is a single Node-API call.
        unsafe { self.value(call, status, raw) }
    }
}

/// `Ok` when a raw call answered `napi_ok`.
///
/// # Errors
/// The status and the call's name otherwise.
#[inline]
pub fn check(call: &'static str, status: sys::napi_status) -> Result<(), JsError> {
    if status == Status::napi_ok { Ok(()) } else { Err(JsError::status(call, status)) }
}

/// A strong reference to a JavaScript object. It has no `Drop`, for that needs an environment: it lives until
/// [`Reference::delete`] or, if that is never called, until the environment ends, which frees it.
#[derive(Debug)]
pub struct Reference {
    raw: sys::napi_ref,
}

impl Reference {
    /// The object.
    ///
    /// # Errors
    /// When the host refuses.
    #[inline]
    pub fn get<'env>(&self, env: Env<'env>) -> Result<Value<'env>, JsError> {
        env.make("napi_get_reference_value", |out| {
            // SAFETY: `env` is live, the reference is not deleted (delete takes it), `out` is valid.
            unsafe { sys::napi_get_reference_value(env.raw(), self.raw, out) }
        })
    }

    /// Lets the object go.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn delete(self, env: Env<'_>) -> Result<(), JsError> {
        // SAFETY: `env` is live and the reference is deleted once, for this takes it.
        check("napi_delete_reference", unsafe { sys::napi_delete_reference(env.raw(), self.raw) })
    }
}
