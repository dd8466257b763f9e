//! Strings across the boundary.
//!
//! **Reading.** A string is copied to the stack as UTF-8: one crossing, and right for every string. Reading
//! Latin-1 is cheaper by 2 ns of 10 on Node 24 and 3 to 9 on Node 26, but cuts each unit of a two-byte string to
//! its low byte, so that U+0141 arrives as `A` and nothing in the answer tells; asking for the UTF-8 length as
//! well would tell, and makes it dearer than UTF-8 alone.
//!
//! **Making.** ASCII goes through `napi_create_string_latin1`, which copies; everything else is decoded here
//! to UTF-16, because `napi_create_string_utf8` decodes three to seven times slower than Node's own path.

use std::ffi::{CStr, CString, OsStr};
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::slice;

use crate::env::{Env, check};
use crate::error::JsError;
use crate::sys;
use crate::value::Value;

/// Bytes that are read without allocating, the terminating NUL included.
const STACK_BYTES: usize = 4096;
/// The host writes whole characters only, so a string that leaves less room than one may have been cut.
const LONGEST_CHARACTER: usize = 4;

/// Room for one string on the caller's stack; a longer one moves to the heap.
///
/// ```ignore
/// let mut buffer = StringBuffer::new();
/// let path = call.path(0, "path", &mut buffer)?;
/// ```
pub struct StringBuffer {
    bytes: [MaybeUninit<u8>; STACK_BYTES],
    heap: Vec<u8>,
}

impl StringBuffer {
    /// Uninitialised room: nothing is cleared.
    #[inline]
    pub const fn new() -> Self {
        Self { bytes: [const { MaybeUninit::uninit() }; STACK_BYTES], heap: Vec::new() }
    }

    /// Reads a string as UTF-8 with a NUL behind it; a lone surrogate becomes U+FFFD, as Node does for paths.
    #[inline]
    fn read(&mut self, value: Value<'_>) -> Result<Place, JsError> {
        let mut length = 0;
        // SAFETY: the environment is live, `bytes` is writable for STACK_BYTES, `length` is a valid out-pointer.
        let status = unsafe {
            sys::napi_get_value_string_utf8(
                value.env().raw(),
                value.raw(),
                self.bytes.as_mut_ptr().cast(),
                STACK_BYTES,
                &raw mut length,
            )
        };
        check("napi_get_value_string_utf8", status)?;
        if length + LONGEST_CHARACTER >= STACK_BYTES {
            return self.read_long(value);
        }
        Ok(Place::Stack(length + 1))
    }

    #[cold]
    fn read_long(&mut self, value: Value<'_>) -> Result<Place, JsError> {
        self.heap = read_utf8(value)?;
        self.heap.push(0);
        Ok(Place::Heap)
    }

    /// Copies the bytes of a view and puts a NUL behind them; `None` when `value` is no view.
    #[cold]
    fn copy(&mut self, value: Value<'_>) -> Option<Place> {
        let view = value.bytes().ok()?;
        // SAFETY: nothing runs JavaScript until the copy below is done.
        let bytes = unsafe { view.as_slice() };
        if bytes.len() < STACK_BYTES {
            for (from, to) in bytes.iter().zip(&mut self.bytes) {
                to.write(*from);
            }
            self.bytes[bytes.len()].write(0);
            return Some(Place::Stack(bytes.len() + 1));
        }
        self.heap.clear();
        self.heap.extend_from_slice(bytes);
        self.heap.push(0);
        Some(Place::Heap)
    }

    /// What was read, with its NUL.
    #[inline]
    fn text(&self, place: Place) -> &[u8] {
        match place {
            // SAFETY: whoever answers `Stack(length)` has written that many bytes.
            Place::Stack(length) => unsafe {
                slice::from_raw_parts(self.bytes.as_ptr().cast::<u8>(), length)
            },
            Place::Heap => &self.heap,
        }
    }
}

/// Where a string was read to, its NUL included.
#[derive(Clone, Copy)]
enum Place {
    Stack(usize),
    Heap,
}

impl Default for StringBuffer {
    fn default() -> Self {
        Self::new()
    }
}

/// The string as UTF-8 on the heap, with room for one more byte: for contents rather than names.
fn read_utf8(value: Value<'_>) -> Result<Vec<u8>, JsError> {
    let mut length = 0;
    let env = value.env().raw();
    // SAFETY: the environment is live; a null buffer asks for the length.
    let status =
        unsafe { sys::napi_get_value_string_utf8(env, value.raw(), ptr::null_mut(), 0, &raw mut length) };
    check("napi_get_value_string_utf8", status)?;
    let mut text = Vec::<u8>::with_capacity(length + 1);
    // SAFETY: `text` is writable for `length + 1` bytes, which the host fills and ends with a NUL.
    let status = unsafe {
        sys::napi_get_value_string_utf8(
            env,
            value.raw(),
            text.as_mut_ptr().cast(),
            length + 1,
            &raw mut length,
        )
    };
    check("napi_get_value_string_utf8", status)?;
    // SAFETY: the host has just written `length` bytes.
    unsafe { text.set_len(length) };
    Ok(text)
}

/// A string from UTF-8 that is not all ASCII.
#[inline(never)]
pub(crate) fn from_utf8<'env>(env: Env<'env>, utf8: &[u8]) -> Result<Value<'env>, JsError> {
    let Ok(text) = str::from_utf8(utf8) else {
        return env.make("napi_create_string_utf8", |out| {
            // SAFETY: `env` is live, `utf8` is readable for its length, `out` is a valid out-pointer.
            unsafe { sys::napi_create_string_utf8(env.raw(), utf8.as_ptr().cast(), utf8.len() as isize, out) }
        });
    };
    env.utf16(&text.encode_utf16().collect::<Vec<u16>>())
}

/// A path argument: NUL-terminated, any bytes but NUL.
#[derive(Clone, Copy, Debug)]
pub struct PathArg<'buffer>(&'buffer CStr);

impl PathArg<'_> {
    /// For the standard library and for [`node_error::SyscallError`].
    #[inline]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.0.to_bytes()))
    }

    /// A copy for a job that outlives the callback.
    pub fn to_c_string(&self) -> CString {
        self.0.to_owned()
    }
}

impl Deref for PathArg<'_> {
    type Target = CStr;
    #[inline]
    fn deref(&self) -> &CStr {
        self.0
    }
}

impl AsRef<Path> for PathArg<'_> {
    fn as_ref(&self) -> &Path {
        self.as_path()
    }
}

impl Value<'_> {
    /// The string as UTF-8 without a NUL, on the stack up to 4 KiB; a lone surrogate becomes U+FFFD.
    ///
    /// # Errors
    /// When it is not a string.
    #[inline]
    pub fn utf8(self, buffer: &mut StringBuffer) -> Result<&[u8], JsError> {
        let place = buffer.read(self)?;
        let text = buffer.text(place);
        Ok(&text[..text.len() - 1])
    }

    /// The string as UTF-8 on the heap: contents rather than names. A lone surrogate becomes U+FFFD.
    ///
    /// # Errors
    /// When it is not a string.
    pub fn to_utf8(self) -> Result<Vec<u8>, JsError> {
        read_utf8(self)
    }

    /// The string's code units cut to their low bytes, as Node's `latin1` encoding does it.
    ///
    /// # Errors
    /// When it is not a string.
    pub fn to_latin1(self) -> Result<Vec<u8>, JsError> {
        let mut length = 0;
        let env = self.env().raw();
        // SAFETY: the environment is live; a null buffer asks for the length.
        let status = unsafe {
            sys::napi_get_value_string_latin1(env, self.raw(), ptr::null_mut(), 0, &raw mut length)
        };
        check("napi_get_value_string_latin1", status)?;
        let mut text = Vec::<u8>::with_capacity(length + 1);
        // SAFETY: `text` is writable for `length + 1` bytes, which the host fills and ends with a NUL.
        let status = unsafe {
            sys::napi_get_value_string_latin1(
                env,
                self.raw(),
                text.as_mut_ptr().cast(),
                length + 1,
                &raw mut length,
            )
        };
        check("napi_get_value_string_latin1", status)?;
        // SAFETY: the host has just written `length` bytes.
        unsafe { text.set_len(length) };
        Ok(text)
    }

    /// The string's code units, lone surrogates included.
    ///
    /// # Errors
    /// When it is not a string.
    pub fn to_utf16(self) -> Result<Vec<u16>, JsError> {
        let mut length = 0;
        let env = self.env().raw();
        // SAFETY: the environment is live; a null buffer asks for the length.
        let status =
            unsafe { sys::napi_get_value_string_utf16(env, self.raw(), ptr::null_mut(), 0, &raw mut length) };
        check("napi_get_value_string_utf16", status)?;
        let mut units = Vec::with_capacity(length + 1);
        // SAFETY: `units` is writable for `length + 1` units, which the host fills and ends with a zero.
        let status = unsafe {
            sys::napi_get_value_string_utf16(env, self.raw(), units.as_mut_ptr(), length + 1, &raw mut length)
        };
        check("napi_get_value_string_utf16", status)?;
        // SAFETY: the host has just written `length` units.
        unsafe { units.set_len(length) };
        Ok(units)
    }

    /// A path from a string, a `Buffer` or a `Uint8Array`, without allocating up to 4 KiB.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE` for another type, `ERR_INVALID_ARG_VALUE` for a NUL inside, both as Node words
    /// them; `name` is the argument's.
    #[inline]
    pub fn path<'buffer>(
        self,
        name: &str,
        buffer: &'buffer mut StringBuffer,
    ) -> Result<PathArg<'buffer>, JsError> {
        let place = match buffer.read(self) {
            Ok(place) => place,
            Err(error) if error.is_pending() => return Err(error),
            Err(_) => buffer.copy(self).ok_or_else(|| not_a_path(name))?,
        };
        let bytes = buffer.text(place);
        // SAFETY: a NUL ends `bytes`. Searching it is the C library's work: its strlen is the fastest there is.
        let path = unsafe { CStr::from_ptr(bytes.as_ptr().cast()) };
        if path.count_bytes() + 1 == bytes.len() { Ok(PathArg(path)) } else { Err(nul_inside(name, bytes)) }
    }
}

#[cold]
fn not_a_path(name: &str) -> JsError {
    JsError::argument_type(name, "of type string or an instance of Buffer or URL.")
}

#[cold]
fn nul_inside(name: &str, bytes: &[u8]) -> JsError {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len() - 1]).replace('\0', "\\x00");
    JsError::type_error(
        "ERR_INVALID_ARG_VALUE",
        format!(
            "The argument '{name}' must be a string, Uint8Array, or URL without null bytes. Received '{shown}'"
        ),
    )
}
