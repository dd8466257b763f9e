//! Texts to JavaScript strings, and strings to the bytes that are written.

use std::ptr;

use fs_core::{Encoded, Encoding, Listing, Text, TreeListing};
use node_api::{Env, JsError, Value, check, sys};

use crate::state::Scratch;

/// The longest string that V8 makes, in UTF-16 code units.
const LONGEST_STRING: usize = 0x1FFF_FFE8;

/// The text as a string.
pub(crate) fn string<'env>(env: Env<'env>, text: &Text<'_>) -> Result<Value<'env>, JsError> {
    check_length(text)?;
    match text {
        Text::Latin1(bytes) => env.latin1(bytes),
        Text::Utf16(units) => env.utf16(units),
    }
}

/// Whether an engine makes strings of this length.
pub(crate) fn check_length(text: &Text<'_>) -> Result<(), JsError> {
    if text.len() <= LONGEST_STRING {
        return Ok(());
    }
    Err(JsError::error(
        "ERR_STRING_TOO_LONG",
        format!("Cannot create a string longer than {LONGEST_STRING:#x} characters"),
    ))
}

/// A name in the encoding that the caller asked for.
pub(crate) fn encoded<'env>(
    env: Env<'env>,
    bytes: &[u8],
    encoding: Encoding,
) -> Result<Value<'env>, JsError> {
    match encoding.encode(bytes) {
        Encoded::Text(text) => string(env, &text),
        Encoded::Bytes(bytes) => env.buffer_copy(bytes),
    }
}

/// An array of Buffers, and behind them a string with a digit for the type of each.
pub(crate) fn buffers<'env>(env: Env<'env>, listing: &Listing) -> Result<Value<'env>, JsError> {
    let array = env.array(listing.len() + 1)?;
    let mut types = Vec::with_capacity(listing.len());
    for (index, (name, kind)) in (0..).zip(listing.iter()) {
        env.scope(|env| array.set_element(index, env.buffer_copy(name)?))?;
        types.push(b'0' + kind);
    }
    array.set_element(listing.len() as u32, env.latin1(&types)?)?;
    Ok(array)
}

/// An array of the Buffers of [`TreeListing::parts`]; with `types` two strings behind them, the counts and the kinds.
pub(crate) fn tree_buffers<'env>(
    env: Env<'env>,
    tree: &TreeListing,
    types: bool,
) -> Result<Value<'env>, JsError> {
    let mut parts = Vec::new();
    tree.parts(types, |part| parts.push(part.to_vec()));
    let array = env.array(parts.len() + if types { 2 } else { 0 })?;
    for (index, part) in (0..).zip(&parts) {
        env.scope(|env| array.set_element(index, env.buffer_copy(part)?))?;
    }
    if types {
        array.set_element(parts.len() as u32, env.latin1(&tree.counts())?)?;
        array.set_element(parts.len() as u32 + 1, env.latin1(&tree.kinds())?)?;
    }
    Ok(array)
}

/// Reads a string of `units` code units into `out` as UTF-8, in one crossing; a lone surrogate becomes
/// U+FFFD.
pub(crate) fn read_utf8(value: Value<'_>, units: usize, out: &mut Vec<u8>) -> Result<(), JsError> {
    out.clear();
    // A code unit takes at most three bytes, and the host ends the text with a NUL. Room that is not
    // written costs no memory.
    let room = units.saturating_mul(3).saturating_add(4);
    out.try_reserve(room).map_err(|_| out_of_memory())?;
    let mut length = 0;
    // SAFETY: the environment is live (Value's promise), `out` has `room` bytes, `length` is a valid
    // out-pointer.
    let status = unsafe {
        sys::napi_get_value_string_utf8(
            value.env().raw(),
            value.raw(),
            out.as_mut_ptr().cast(),
            room,
            ptr::from_mut(&mut length),
        )
    };
    check("napi_get_value_string_utf8", status).map_err(|error| not_a_string(error, "data"))?;
    // SAFETY: the host has just written `length` bytes.
    unsafe { out.set_len(length) };
    Ok(())
}

/// Reads a string that may well be more than ASCII: its code units, and from them UTF-8, which is quicker
/// than the engine's own conversion.
fn transcode_utf8(value: Value<'_>, length: usize, scratch: &mut Scratch) -> Result<(), JsError> {
    let units = &mut scratch.units;
    units.clear();
    units.try_reserve(length + 1).map_err(|_| out_of_memory())?;
    let mut read = 0;
    // SAFETY: the environment is live (Value's promise), `units` has room for `length + 1`, `read` is a
    // valid out-pointer.
    let status = unsafe {
        sys::napi_get_value_string_utf16(
            value.env().raw(),
            value.raw(),
            units.as_mut_ptr(),
            length + 1,
            ptr::from_mut(&mut read),
        )
    };
    check("napi_get_value_string_utf16", status).map_err(|error| not_a_string(error, "data"))?;
    // SAFETY: the host has just written `read` units.
    unsafe { units.set_len(read) };
    if fs_core::encode_utf8(units, &mut scratch.content) {
        return Ok(());
    }
    // A lone surrogate: the engine knows what becomes of it.
    read_utf8(value, length, &mut scratch.content)
}

/// Puts the bytes of a string into the scratch content, in an encoding that has no digits: the JavaScript
/// half decodes hex and base64.
pub(crate) fn string_bytes(
    value: Value<'_>,
    length: usize,
    encoding: Encoding,
    scratch: &mut Scratch,
) -> Result<(), JsError> {
    let not_string = |error| not_a_string(error, "buffer");
    match encoding {
        Encoding::Latin1 | Encoding::Ascii => {
            scratch.content = value.to_latin1().map_err(not_string)?;
        }
        Encoding::Utf16 => {
            let units = value.to_utf16().map_err(not_string)?;
            scratch.content = units.into_iter().flat_map(u16::to_le_bytes).collect();
        }
        _ => transcode_utf8(value, length, scratch)?,
    }
    Ok(())
}

#[cold]
fn not_a_string(error: JsError, name: &str) -> JsError {
    if error.status_code().is_some() { JsError::argument_type(name, "of type string") } else { error }
}

#[cold]
pub(crate) fn out_of_memory() -> JsError {
    JsError::error("ERR_MEMORY_ALLOCATION_FAILED", "Failed to allocate memory")
}
