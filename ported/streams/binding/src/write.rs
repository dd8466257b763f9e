//! Writes: the kernel is asked at once, and only what it does not take becomes a request (`StreamBase::Write`).
//!
//! Each function takes `[handle, …]` and answers `[status, request]`, with the request only when
//! `streamBaseState[kLastWriteWasAsync]` is 1; `streamBaseState[kBytesWritten]` is what there was to write.

use std::ffi::c_int;
use std::ops::Range;
use std::ptr;

use node_api::{Call, Env, JsError, Value, check, sys};
use streams_core::{Encoding, Rest, rest_of};

use crate::handle::{Handle, answer};
use crate::request::{Request, finished};
use crate::state::{BaseState, Streams};
use crate::uv::{self, Buf};

/// Strings are first read into this much memory; a longer one says how much it needs.
const LEAST_SCRATCH: usize = 16 * 1024;
/// The engine writes whole characters only: with less room than this left, there may have been more.
const LONGEST_CHARACTER: usize = 4;
/// How many chunks one `writev` takes in its arguments.
pub(crate) const MOST_CHUNKS: usize = 16;

/// `writeBuffer(buffer)`
pub(crate) fn buffer(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    let bytes = call.bytes(0, "buffer")?;
    answer(call, |handle| write(handle, &[Buf { base: bytes.as_mut_ptr(), len: bytes.len() }], &[false]))
}

/// `writeString(text)`: `[handle, encoding]`
pub(crate) fn string(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    let state = call.state();
    let encoding = encoding_of(state.word(1))?;
    with_scratch(state, |scratch| {
        encode(call.env(), call.argument(0), encoding, scratch)?;
        let buf = Buf { base: scratch.as_mut_ptr(), len: scratch.len() };
        answer(call, |handle| write(handle, &[buf], &[true]))
    })
}

/// `writev(…chunks)`: `[handle, count, encoding of each]`, up to [`MOST_CHUNKS`]
pub(crate) fn chunks(call: &Call<'_, Streams, MOST_CHUNKS>) -> Result<(), JsError> {
    let state = call.state();
    let count = (state.word(1) as usize).min(MOST_CHUNKS);
    with_scratch(state, |scratch| {
        let mut bufs = [Buf { base: ptr::null_mut(), len: 0 }; MOST_CHUNKS];
        let mut places = [const { None }; MOST_CHUNKS];
        for index in 0..count {
            let encoding = encoding_of(state.word(2 + index))?;
            if encoding == Encoding::Bytes {
                let bytes = call.bytes(index, "chunk")?;
                bufs[index] = Buf { base: bytes.as_mut_ptr(), len: bytes.len() };
            } else {
                places[index] = Some(encode(call.env(), call.argument(index), encoding, scratch)?);
            }
        }
        // Not before the last has been encoded: the memory moves when it grows.
        for (buf, place) in bufs.iter_mut().zip(&places) {
            if let Some(text) = place.clone().and_then(|place| scratch.get_mut(place)) {
                *buf = Buf { base: text.as_mut_ptr(), len: text.len() };
            }
        }
        let texts = places.each_ref().map(Option::is_some);
        answer(call, |handle| write(handle, &bufs[..count], &texts[..count]))
    })
}

/// Lends `body` the memory in which strings are encoded, empty.
fn with_scratch(
    state: &Streams,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), JsError>,
) -> Result<(), JsError> {
    let mut scratch = state.scratch.take();
    scratch.clear();
    let result = body(&mut scratch);
    state.scratch.replace(scratch);
    result
}

fn encoding_of(number: i32) -> Result<Encoding, JsError> {
    Encoding::of(number).ok_or_else(|| {
        JsError::error("ERR_PORTLAB_ENCODING", format!("portlab: {number} is no encoding of a chunk"))
    })
}

/// `writeBuffers(chunks)`: `[handle]`; any number of Buffers.
pub(crate) fn buffers(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    let chunks = call.argument(0);
    let bufs = (0..chunks.array_length()?).map(|index| {
        let bytes = chunks.element(index)?.bytes()?;
        Ok(Buf { base: bytes.as_mut_ptr(), len: bytes.len() })
    });
    let bufs = bufs.collect::<Result<Vec<_>, JsError>>()?;
    answer(call, |handle| write(handle, &bufs, &vec![false; bufs.len()]))
}

/// Appends a string to `out`, in one copy, and says where it lies.
fn encode(
    env: Env<'_>,
    text: Value<'_>,
    encoding: Encoding,
    out: &mut Vec<u8>,
) -> Result<Range<usize>, JsError> {
    if encoding == Encoding::Ucs2 {
        // The engine writes aligned units.
        out.resize(out.len().next_multiple_of(size_of::<u16>()), 0);
    }
    let begin = out.len();
    let mut room = LEAST_SCRATCH;
    loop {
        out.reserve(room);
        let spare = out.spare_capacity_mut();
        let (base, size) = (spare.as_mut_ptr(), spare.len());
        let written = copy(env, text, encoding, base.cast(), size)?;
        if written + LONGEST_CHARACTER < size {
            // SAFETY: the engine has written that many bytes there.
            unsafe { out.set_len(begin + written) };
            return Ok(begin..begin + written);
        }
        // It may have been cut: an empty buffer asks for the length.
        room = copy(env, text, encoding, ptr::null_mut(), 0)? + 2 * LONGEST_CHARACTER;
    }
}

/// Has the engine write a string to `size` bytes at `base`, with a NUL behind it, and answers how many bytes that are;
/// with a null, how many it would be. It cuts what has no room.
fn copy(
    env: Env<'_>,
    text: Value<'_>,
    encoding: Encoding,
    base: *mut u8,
    size: usize,
) -> Result<usize, JsError> {
    let (env, text, mut length) = (env.raw(), text.raw(), 0);
    let out = &raw mut length;
    // SAFETY: `env` is live, `text` one of its values, `base` null or writable for `size` bytes and aligned for its
    // units, and `out` a valid out-pointer.
    let status = unsafe {
        match encoding {
            Encoding::Utf8 | Encoding::Bytes => {
                sys::napi_get_value_string_utf8(env, text, base.cast(), size, out)
            }
            Encoding::Latin1 => sys::napi_get_value_string_latin1(env, text, base.cast(), size, out),
            Encoding::Ucs2 => {
                sys::napi_get_value_string_utf16(env, text, base.cast(), size / size_of::<u16>(), out)
            }
        }
    };
    check("napi_get_value_string", status).map_err(|_| JsError::argument_type("string", "of type string"))?;
    Ok(if encoding == Encoding::Ucs2 { length * size_of::<u16>() } else { length })
}

/// Writes what the kernel takes now, and leaves the rest to libuv. `texts` says which chunks lie in memory that is used
/// again as soon as this returns; JavaScript keeps the others alive.
fn write(handle: &Handle, bufs: &[Buf], texts: &[bool]) -> c_int {
    let state = handle.state();
    let total: usize = bufs.iter().map(|buf| buf.len).sum();
    if total > i32::MAX as usize {
        return uv::ENOBUFS;
    }
    handle.bytes_written.set(handle.bytes_written.get() + total as u64);
    state.set_base(BaseState::BytesWritten, total as i32);
    state.set_base(BaseState::LastWriteWasAsync, 0);
    // SAFETY: the handle is open, and the chunks are readable until this returns.
    let tried = unsafe { uv::uv_try_write(handle.uv(), bufs.as_ptr(), bufs.len() as u32) };
    let refused = matches!(tried, uv::EAGAIN | uv::ENOSYS);
    let written = match usize::try_from(tried) {
        Ok(written) => written,
        Err(_) if refused => 0,
        Err(_) => return tried,
    };
    let rest = match rest_of(bufs.iter().map(|buf| buf.len), written) {
        Some(rest) => rest,
        // Nothing to write, behind something that waits: it waits too, as natively.
        None if refused && !bufs.is_empty() => Rest { chunk: 0, written: 0 },
        None => return 0,
    };
    let status = queue(handle, &bufs[rest.chunk..], &texts[rest.chunk..], rest.written);
    if status == 0 {
        state.set_base(BaseState::LastWriteWasAsync, 1);
    }
    status
}

/// Leaves chunks to libuv, without the first `written` bytes.
fn queue(handle: &Handle, bufs: &[Buf], texts: &[bool], written: usize) -> c_int {
    let mut rest = bufs.to_vec();
    if let Some(first) = rest.first_mut() {
        // SAFETY: `written` bytes are a part of the chunk.
        first.base = unsafe { first.base.add(written) };
        first.len -= written;
    }
    let owned = rest.iter().zip(texts).filter(|(_, is_text)| **is_text);
    let mut data = Vec::with_capacity(owned.clone().map(|(buf, _)| buf.len).sum());
    for (buf, _) in owned {
        // SAFETY: the chunk is readable, and `data` has memory of its own.
        data.extend_from_slice(unsafe { std::slice::from_raw_parts(buf.base, buf.len) });
    }
    Request::dispatch(handle, uv::REQ_WRITE, data, |request, data| {
        let mut at = 0;
        for (buf, _) in rest.iter_mut().zip(texts).filter(|(_, is_text)| **is_text) {
            // SAFETY: the texts lie one behind the other in `data`, which lives as long as the request.
            buf.base = unsafe { data.as_mut_ptr().add(at) };
            at += buf.len;
        }
        // SAFETY: the handle is open; libuv copies the array; texts live as long as the request, and the JavaScript half
        // keeps Buffers until `finished`, which frees the request.
        unsafe { uv::uv_write(request, handle.uv(), rest.as_ptr(), rest.len() as u32, finished) }
    })
}
