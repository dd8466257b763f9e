//! Strings across the boundary.
//!
//! **Reading.** A string's code units are copied to the stack (`napi_get_value_string_utf16`) and narrowed to
//! bytes there. It is one crossing and right for every string. The Latin-1 read that would be cheaper still
//! cuts each unit of a two-byte string to its low byte, so U+0141 arrives as `A` and nothing in the answer
//! tells; asking for the UTF-8 length as well would tell, at the price of a second crossing.
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

/// Code units that are read without allocating, the terminating one included.
const STACK_UNITS: usize = 2048;
/// Bytes of UTF-8 that are kept without allocating, the terminating NUL included.
const STACK_BYTES: usize = 4096 + 1;

/// Room for one string on the caller's stack; longer ones move to the heap.
///
/// ```ignore
/// let mut buffer = StringBuffer::new();
/// let path = call.path(0, "path", &mut buffer)?;
/// ```
pub struct StringBuffer {
    units: [MaybeUninit<u16>; STACK_UNITS],
    bytes: [MaybeUninit<u8>; STACK_BYTES],
    heap: Vec<u8>,
}

impl StringBuffer {
    /// Uninitialised room: nothing is cleared.
    #[inline]
    pub const fn new() -> Self {
        Self {
            units: [MaybeUninit::uninit(); STACK_UNITS],
            bytes: [MaybeUninit::uninit(); STACK_BYTES],
            heap: Vec::new(),
        }
    }

    /// Reads a string as UTF-8 with a NUL behind it; a lone surrogate becomes U+FFFD, as Node does for paths.
    #[inline]
    fn read(&mut self, value: Value<'_>) -> Result<Place, JsError> {
        let mut length = 0;
        // SAFETY: the environment is live, `units` is writable for STACK_UNITS units, `length` is valid.
        let status = unsafe {
            sys::napi_get_value_string_utf16(
                value.env().raw(),
                value.raw(),
                self.units.as_mut_ptr().cast(),
                STACK_UNITS,
                &raw mut length,
            )
        };
        check("napi_get_value_string_utf16", status)?;
        if length == STACK_UNITS - 1 {
            // Full to the brim: it may have been cut.
            self.heap = read_utf8(value)?;
            self.heap.push(0);
            return Ok(Place::Heap);
        }
        // SAFETY: the host has just written `length` units.
        let units = unsafe { slice::from_raw_parts(self.units.as_ptr().cast::<u16>(), length) };
        let mut all = 0;
        for (unit, byte) in units.iter().zip(&mut self.bytes) {
            all |= unit;
            byte.write(*unit as u8);
        }
        if all >= 0x80 {
            return Ok(self.decode(length));
        }
        self.bytes[length].write(0);
        Ok(Place::Stack(length + 1))
    }

    /// Reads the first `length` units as UTF-8.
    #[cold]
    fn decode(&mut self, length: usize) -> Place {
        // SAFETY: `read` has had these units written.
        let units = unsafe { slice::from_raw_parts(self.units.as_ptr().cast::<u16>(), length) };
        let characters =
            char::decode_utf16(units.iter().copied()).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        // A unit is at most three bytes, and the NUL is one more.
        if length * 3 < STACK_BYTES {
            let mut end = 0;
            for character in characters {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    self.bytes[end].write(byte);
                    end += 1;
                }
            }
            self.bytes[end].write(0);
            return Place::Stack(end + 1);
        }
        self.heap = characters.collect::<String>().into_bytes();
        self.heap.push(0);
        Place::Heap
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
    /// The string as UTF-8 without a NUL, on the stack up to 2 Ki code units; a lone surrogate becomes U+FFFD.
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
        let units = self.to_utf16()?;
        Ok(units.into_iter().map(|unit| unit as u8).collect())
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

    /// A path from a string, a `Buffer` or a `Uint8Array`, without allocating up to 2 Ki code units or 4 KiB.
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
        match CStr::from_bytes_with_nul(bytes) {
            Ok(path) => Ok(PathArg(path)),
            Err(_) => Err(nul_inside(name, bytes)),
        }
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
