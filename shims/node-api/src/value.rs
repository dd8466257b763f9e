//! A JavaScript value inside one scope.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr;
use std::slice;

use crate::env::{Env, check};
use crate::error::JsError;
use crate::sys::{self, Status, TypedarrayType, ValueType};

/// A JavaScript value; it cannot outlive the scope that it was made in.
#[derive(Clone, Copy)]
pub struct Value<'env> {
    env: Env<'env>,
    raw: sys::napi_value,
}

/// `napi_float16_array`, which napi-sys does not name yet.
const FLOAT16_ARRAY: sys::napi_typedarray_type = 11;

/// What `typeof` says, with `null` and externals apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// A symbol.
    Symbol,
    /// An object that is not a function, arrays and buffers included.
    Object,
    /// A function.
    Function,
    /// A native pointer in a value.
    External,
    /// A bigint.
    BigInt,
}

impl<'env> Value<'env> {
    /// # Safety
    /// `raw` must be a value of the scope that `'env` stands for.
    #[inline]
    pub unsafe fn from_raw(env: Env<'env>, raw: sys::napi_value) -> Self {
        Self { env, raw }
    }

    /// The handle that raw Node-API takes.
    #[inline]
    pub fn raw(self) -> sys::napi_value {
        self.raw
    }

    /// The environment.
    #[inline]
    pub fn env(self) -> Env<'env> {
        self.env
    }

    /// Its type.
    ///
    /// # Errors
    /// When the host refuses.
    #[inline]
    pub fn kind(self) -> Result<Kind, JsError> {
        let mut kind = 0;
        // SAFETY: the environment is live and `kind` is a valid out-pointer; so for all readers below.
        check("napi_typeof", unsafe { sys::napi_typeof(self.env.raw(), self.raw, &raw mut kind) })?;
        Ok(match kind {
            ValueType::napi_undefined => Kind::Undefined,
            ValueType::napi_null => Kind::Null,
            ValueType::napi_boolean => Kind::Boolean,
            ValueType::napi_number => Kind::Number,
            ValueType::napi_string => Kind::String,
            ValueType::napi_symbol => Kind::Symbol,
            ValueType::napi_function => Kind::Function,
            ValueType::napi_external => Kind::External,
            ValueType::napi_bigint => Kind::BigInt,
            _ => Kind::Object,
        })
    }

    /// A boolean.
    ///
    /// # Errors
    /// When it is another type, on hosts that check (Deno does not).
    #[inline]
    pub fn as_bool(self) -> Result<bool, JsError> {
        let mut out = false;
        // SAFETY: as in `kind`.
        let status = unsafe { sys::napi_get_value_bool(self.env.raw(), self.raw, &raw mut out) };
        check("napi_get_value_bool", status)?;
        Ok(out)
    }

    /// A number as JavaScript's `value | 0`.
    ///
    /// # Errors
    /// When it is not a number, on hosts that check (Deno does not).
    #[inline]
    pub fn as_i32(self) -> Result<i32, JsError> {
        let mut out = 0;
        // SAFETY: as in `kind`.
        let status = unsafe { sys::napi_get_value_int32(self.env.raw(), self.raw, &raw mut out) };
        check("napi_get_value_int32", status)?;
        Ok(out)
    }

    /// A number as JavaScript's `value >>> 0`.
    ///
    /// # Errors
    /// When it is not a number, on hosts that check (Deno does not).
    #[inline]
    pub fn as_u32(self) -> Result<u32, JsError> {
        let mut out = 0;
        // SAFETY: as in `kind`.
        let status = unsafe { sys::napi_get_value_uint32(self.env.raw(), self.raw, &raw mut out) };
        check("napi_get_value_uint32", status)?;
        Ok(out)
    }

    /// A number cut to an integer: NaN and infinities are 0, out of range saturates.
    ///
    /// # Errors
    /// When it is not a number, on hosts that check (Deno does not).
    #[inline]
    pub fn as_i64(self) -> Result<i64, JsError> {
        let mut out = 0;
        // SAFETY: as in `kind`.
        let status = unsafe { sys::napi_get_value_int64(self.env.raw(), self.raw, &raw mut out) };
        check("napi_get_value_int64", status)?;
        Ok(out)
    }

    /// A number.
    ///
    /// # Errors
    /// When it is not a number, on hosts that check (Deno does not).
    #[inline]
    pub fn as_f64(self) -> Result<f64, JsError> {
        let mut out = 0.0;
        // SAFETY: as in `kind`.
        let status = unsafe { sys::napi_get_value_double(self.env.raw(), self.raw, &raw mut out) };
        check("napi_get_value_double", status)?;
        Ok(out)
    }

    /// A bigint, and whether it fits.
    ///
    /// # Errors
    /// When it is not a bigint.
    pub fn as_bigint_i64(self) -> Result<(i64, bool), JsError> {
        let (mut out, mut lossless) = (0, false);
        // SAFETY: as in `kind`, for both out-pointers.
        let status = unsafe {
            sys::napi_get_value_bigint_int64(self.env.raw(), self.raw, &raw mut out, &raw mut lossless)
        };
        check("napi_get_value_bigint_int64", status)?;
        Ok((out, lossless))
    }

    /// A bigint, and whether it fits.
    ///
    /// # Errors
    /// When it is not a bigint.
    pub fn as_bigint_u64(self) -> Result<(u64, bool), JsError> {
        let (mut out, mut lossless) = (0, false);
        // SAFETY: as in `kind`, for both out-pointers.
        let status = unsafe {
            sys::napi_get_value_bigint_uint64(self.env.raw(), self.raw, &raw mut out, &raw mut lossless)
        };
        check("napi_get_value_bigint_uint64", status)?;
        Ok((out, lossless))
    }

    /// A number or a bigint as an integer, such as a file position; `None` for every other type.
    ///
    /// # Errors
    /// When the host refuses for another reason than the type.
    #[inline]
    pub fn as_integer(self) -> Result<Option<i64>, JsError> {
        match self.as_i64() {
            Ok(number) => Ok(Some(number)),
            Err(_) if self.kind()? == Kind::BigInt => Ok(Some(self.as_bigint_i64()?.0)),
            Err(error) if error.is_pending() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// The memory of a `Buffer`, typed array or `DataView`. It stays valid while the view is alive and its
    /// buffer is neither detached nor resized.
    ///
    /// # Errors
    /// When it is something else.
    #[inline]
    pub fn bytes(self) -> Result<Bytes<'env>, JsError> {
        let (mut kind, mut length, mut data) = (-1, 0, ptr::null_mut());
        // SAFETY: as in `kind` for the out-pointers; null ones are not written.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env.raw(),
                self.raw,
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if status != Status::napi_ok {
            return self.dataview_bytes();
        }
        let size = match kind {
            TypedarrayType::int8_array
            | TypedarrayType::uint8_array
            | TypedarrayType::uint8_clamped_array => 1,
            TypedarrayType::int16_array | TypedarrayType::uint16_array | FLOAT16_ARRAY => 2,
            TypedarrayType::int32_array | TypedarrayType::uint32_array | TypedarrayType::float32_array => 4,
            TypedarrayType::float64_array
            | TypedarrayType::bigint64_array
            | TypedarrayType::biguint64_array => 8,
            _ => return Err(JsError::status("napi_get_typedarray_info", Status::napi_invalid_arg)),
        };
        Ok(Bytes { data: data.cast(), length: length * size, scope: PhantomData })
    }

    #[cold]
    fn dataview_bytes(self) -> Result<Bytes<'env>, JsError> {
        let (mut length, mut data) = (0, ptr::null_mut());
        // SAFETY: as in `bytes`.
        let status = unsafe {
            sys::napi_get_dataview_info(
                self.env.raw(),
                self.raw,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        check("napi_get_dataview_info", status)?;
        Ok(Bytes { data: data.cast(), length, scope: PhantomData })
    }

    /// A property.
    ///
    /// # Errors
    /// When it is not an object or a getter throws.
    pub fn named(self, name: &CStr) -> Result<Value<'env>, JsError> {
        self.env.make("napi_get_named_property", |out| {
            // SAFETY: as in `kind`; `name` ends with a NUL.
            unsafe { sys::napi_get_named_property(self.env.raw(), self.raw, name.as_ptr(), out) }
        })
    }

    /// Sets a property.
    ///
    /// # Errors
    /// When it is not an object or a setter throws.
    pub fn set_named(self, name: &CStr, value: Value<'_>) -> Result<(), JsError> {
        // SAFETY: as in `kind`; `name` ends with a NUL, `value` belongs to the same environment.
        check("napi_set_named_property", unsafe {
            sys::napi_set_named_property(self.env.raw(), self.raw, name.as_ptr(), value.raw)
        })
    }

    /// The length of an array.
    ///
    /// # Errors
    /// When it is not an array.
    pub fn array_length(self) -> Result<u32, JsError> {
        let mut out = 0;
        // SAFETY: as in `kind`.
        let status = unsafe { sys::napi_get_array_length(self.env.raw(), self.raw, &raw mut out) };
        check("napi_get_array_length", status)?;
        Ok(out)
    }

    /// An element.
    ///
    /// # Errors
    /// When it is not an object or a getter throws.
    pub fn element(self, index: u32) -> Result<Value<'env>, JsError> {
        self.env.make("napi_get_element", |out| {
            // SAFETY: as in `kind`.
            unsafe { sys::napi_get_element(self.env.raw(), self.raw, index, out) }
        })
    }

    /// Sets an element.
    ///
    /// # Errors
    /// When it is not an object or a setter throws.
    pub fn set_element(self, index: u32, value: Value<'_>) -> Result<(), JsError> {
        // SAFETY: as in `kind`; `value` belongs to the same environment.
        check("napi_set_element", unsafe {
            sys::napi_set_element(self.env.raw(), self.raw, index, value.raw)
        })
    }

    /// Calls a function with `undefined` as `this`.
    ///
    /// # Errors
    /// When it is not a function or it throws; what it threw is then pending and reaches JavaScript when the
    /// callback returns.
    pub fn call(self, arguments: &[Value<'env>]) -> Result<Value<'env>, JsError> {
        let this = self.env.undefined()?;
        let raw = arguments.iter().map(|argument| argument.raw).collect::<Vec<_>>();
        self.env.make("napi_call_function", |out| {
            // SAFETY: as in `kind`; the arguments are values of the same environment.
            unsafe {
                sys::napi_call_function(self.env.raw(), this.raw, self.raw, raw.len(), raw.as_ptr(), out)
            }
        })
    }
}

/// The memory of a view. JavaScript may write to it whenever it runs, other threads too if it is shared: so it
/// is a pointer and a length until the port promises more.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'env> {
    data: *mut u8,
    length: usize,
    scope: PhantomData<&'env ()>,
}

impl<'env> Bytes<'env> {
    /// The first byte; never null.
    #[inline]
    pub fn as_mut_ptr(self) -> *mut u8 {
        // An empty view may have no memory at all, and system calls want a pointer that is not null.
        if self.data.is_null() { ptr::NonNull::dangling().as_ptr() } else { self.data }
    }

    /// In bytes.
    #[inline]
    pub fn len(self) -> usize {
        self.length
    }

    /// True when there is not a single byte.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// # Safety
    /// Nothing may write to the memory while the slice is used: no JavaScript runs, no other thread has it.
    #[inline]
    pub unsafe fn as_slice(self) -> &'env [u8] {
        // SAFETY: the host gave pointer and length; the caller promises the rest.
        unsafe { slice::from_raw_parts(self.as_mut_ptr(), self.length) }
    }

    /// # Safety
    /// As for [`Bytes::as_slice`], and nothing may read it either.
    #[inline]
    pub unsafe fn as_mut_slice(self) -> &'env mut [u8] {
        // SAFETY: the host gave pointer and length; the caller promises the rest.
        unsafe { slice::from_raw_parts_mut(self.as_mut_ptr(), self.length) }
    }
}

/// What a callback may return.
pub trait IntoValue<'env> {
    /// # Errors
    /// When the host refuses to make the value.
    fn into_value(self, env: Env<'env>) -> Result<sys::napi_value, JsError>;
}

impl<'env> IntoValue<'env> for Value<'env> {
    #[inline]
    fn into_value(self, _env: Env<'env>) -> Result<sys::napi_value, JsError> {
        Ok(self.raw)
    }
}

/// `undefined`, which costs no crossing: a callback returns a null handle.
impl<'env> IntoValue<'env> for () {
    #[inline]
    fn into_value(self, _env: Env<'env>) -> Result<sys::napi_value, JsError> {
        Ok(ptr::null_mut())
    }
}

/// `None` is `undefined`.
impl<'env, T: IntoValue<'env>> IntoValue<'env> for Option<T> {
    #[inline]
    fn into_value(self, env: Env<'env>) -> Result<sys::napi_value, JsError> {
        self.map_or(Ok(ptr::null_mut()), |value| value.into_value(env))
    }
}

/// An error is thrown.
impl<'env, T: IntoValue<'env>, E: Into<JsError>> IntoValue<'env> for Result<T, E> {
    #[inline]
    fn into_value(self, env: Env<'env>) -> Result<sys::napi_value, JsError> {
        match self {
            Ok(value) => value.into_value(env),
            Err(error) => Err(error.into()),
        }
    }
}

macro_rules! into_value {
    ($($type:ty => $make:ident),* $(,)?) => {
        $(
            impl<'env> IntoValue<'env> for $type {
                #[inline]
                fn into_value(self, env: Env<'env>) -> Result<sys::napi_value, JsError> {
                    env.$make(self.into()).map(Value::raw)
                }
            }
        )*
    };
}
into_value!(bool => boolean, i32 => int32, u32 => uint32, f64 => double);

impl<'env> IntoValue<'env> for &str {
    fn into_value(self, env: Env<'env>) -> Result<sys::napi_value, JsError> {
        env.string(self.as_bytes()).map(Value::raw)
    }
}

impl<'env> IntoValue<'env> for String {
    fn into_value(self, env: Env<'env>) -> Result<sys::napi_value, JsError> {
        env.string(self.as_bytes()).map(Value::raw)
    }
}
