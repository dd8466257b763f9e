//! Typed arrays that JavaScript made and a port writes: results without a crossing.

use std::cell::Cell;
use std::ptr;
use std::slice;

use crate::env::{Env, Reference, check};
use crate::error::JsError;
use crate::sys::{self, TypedarrayType};
use crate::value::Value;

/// A type that one kind of typed array holds.
pub trait Element: Copy + 'static + sealed::Sealed {
    /// Node-API's number of that kind.
    const KIND: sys::napi_typedarray_type;
    /// Its name in JavaScript.
    const NAME: &'static str;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! element {
    ($($type:ty => $kind:ident, $name:literal;)*) => {
        $(
            impl sealed::Sealed for $type {}
            impl Element for $type {
                const KIND: sys::napi_typedarray_type = TypedarrayType::$kind;
                const NAME: &'static str = $name;
            }
        )*
    };
}
element! {
    u8 => uint8_array, "Uint8Array";
    i32 => int32_array, "Int32Array";
    u32 => uint32_array, "Uint32Array";
    f64 => float64_array, "Float64Array";
    i64 => bigint64_array, "BigInt64Array";
    u64 => biguint64_array, "BigUint64Array";
}

/// A typed array that stays alive and in place, so that the port can write results into it without a crossing.
///
/// Elements are cells: JavaScript writes the same memory whenever it runs.
#[derive(Debug)]
pub struct Pinned<T: Element> {
    cells: *const Cell<T>,
    length: usize,
    reference: Reference,
}

impl<T: Element> Pinned<T> {
    /// Pins `array`; `name` is the argument's, for the error.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` when it is not a typed array of this kind.
    ///
    /// # Safety
    /// The JavaScript half promises that the array's buffer is never detached, transferred, resized or shared
    /// with another thread: each would take the memory away or write it at the same time.
    pub unsafe fn new(env: Env<'_>, array: Value<'_>, name: &str) -> Result<Self, JsError> {
        let (mut kind, mut length, mut data) = (-1, 0, ptr::null_mut());
        // SAFETY: `env` is live; the out-pointers are valid, and null ones are not written.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env.raw(),
                array.raw(),
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if check("napi_get_typedarray_info", status).is_err() || kind != T::KIND {
            return Err(JsError::argument_type(name, &format!("an instance of {}", T::NAME)));
        }
        let cells = if length == 0 { ptr::NonNull::dangling().as_ptr() } else { data.cast::<Cell<T>>() };
        Ok(Self { cells, length, reference: env.reference(array)? })
    }

    /// The elements.
    #[inline]
    pub fn cells(&self) -> &[Cell<T>] {
        // SAFETY: pointer and length are the host's; the reference keeps the array alive, the promise of `new`
        // keeps its memory in place, and this type is not Send, so no other thread gets here.
        unsafe { slice::from_raw_parts(self.cells, self.length) }
    }

    /// The array itself.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn get<'env>(&self, env: Env<'env>) -> Result<Value<'env>, JsError> {
        self.reference.get(env)
    }
}
