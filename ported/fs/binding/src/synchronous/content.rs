//! Reading and writing at a descriptor.

use fs_core::{Encoding, IoSlice, IoSliceMut};
use node_api::{Bytes, Call, JsError, Value};
use node_error::SyscallError;

use super::answer;
use crate::state::Fs;
use crate::strings;

/// `read(buffer, position?)`: numbers `[fd, offset, length, position]`; a bigint position is an argument.
/// Answers in the numbers.
pub(crate) fn read(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let position = if call.count() > 1 { call.argument(1).as_bigint_i64()?.0 } else { numbers.i64(3) };
    let part = part(call.bytes(0, "buffer")?, numbers.usize(1), numbers.usize(2))?;
    // SAFETY: no JavaScript runs during the call; memory shared with another thread is read as the
    // kernel reads it in Node's own binding.
    let buffer = unsafe { part.as_mut_slice() };
    answer(call, fs_core::read(numbers.i32(0), buffer, position).map(|n| n as f64))
}

/// `readBuffers(buffers)` or `readBuffers(...buffers)`: numbers `[fd, position, spread]`; answers in the
/// numbers.
pub(crate) fn read_buffers(call: &Call<'_, Fs, SPREAD>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let views = spread_views(call)?;
    let mut buffers: Vec<_> = views
        .into_iter()
        // SAFETY: as in `read`.
        .map(|view| IoSliceMut::new(unsafe { view.as_mut_slice() }))
        .collect();
    let read = fs_core::read_vectored(numbers.i32(0), &mut buffers, numbers.i64(1));
    answer(call, read.map(|n| n as f64))
}

/// `writeBuffer(buffer)`: numbers `[fd, offset, length, position]`; answers with bytes or minus the errno.
pub(crate) fn write_buffer(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let part = part(call.bytes(0, "buffer")?, numbers.usize(1), numbers.usize(2))?;
    // SAFETY: as in `read`.
    let bytes = unsafe { part.as_slice() };
    answer_write(call, fs_core::write(numbers.i32(0), bytes, numbers.i64(3)))
}

/// `writeBuffers(buffers)` or `writeBuffers(...buffers)`: as [`read_buffers`].
pub(crate) fn write_buffers(call: &Call<'_, Fs, SPREAD>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let views = spread_views(call)?;
    let mut buffers: Vec<_> = views
        .into_iter()
        // SAFETY: as in `read`.
        .map(|view| IoSlice::new(unsafe { view.as_slice() }))
        .collect();
    let written = fs_core::write_vectored(numbers.i32(0), &mut buffers, numbers.i64(1));
    answer(call, written.map(|n| n as f64))
}

/// `writeString(string)`: numbers `[fd, encoding, length, position]`; answers with bytes or minus the errno.
pub(crate) fn write_string(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let (fd, position) = (numbers.i32(0), numbers.i64(3));
    let encoding = Encoding::from_number(numbers.i32(1) as u32);
    let mut scratch = call.state().scratch.borrow_mut();
    strings::string_bytes(call.argument(0), numbers.usize(2), encoding, &mut scratch)?;
    let written = fs_core::write(fd, &scratch.content, position);
    scratch.trim();
    answer_write(call, written)
}

fn answer_write<const N: usize>(
    call: &Call<'_, Fs, N>,
    written: Result<usize, SyscallError>,
) -> Result<(), JsError> {
    call.state().numbers()?.answer(match written {
        Ok(bytes) => bytes as f64,
        Err(error) => f64::from(-error.errno),
    });
    Ok(())
}

/// A part of a Buffer: a pointer and a length until the user promises more.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    start: *mut u8,
    length: usize,
}

impl Part {
    /// # Safety
    /// As for [`Bytes::as_slice`]; and the Buffer is alive for all of `'a`.
    pub(crate) unsafe fn as_slice<'a>(self) -> &'a [u8] {
        // SAFETY: `part` has checked the bounds, the caller promises the rest.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }

    /// # Safety
    /// As for [`Bytes::as_mut_slice`]; and the Buffer is alive for all of `'a`.
    pub(crate) unsafe fn as_mut_slice<'a>(self) -> &'a mut [u8] {
        // SAFETY: `part` has checked the bounds, the caller promises the rest.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.length) }
    }
}

/// A part of a Buffer; Node's binding aborts the process where this throws.
#[inline]
pub(crate) fn part(bytes: Bytes<'_>, offset: usize, length: usize) -> Result<Part, JsError> {
    if offset.checked_add(length).is_none_or(|end| end > bytes.len()) {
        return Err(out_of_bounds(bytes.len(), offset, length));
    }
    // SAFETY: the offset is within the Buffer.
    Ok(Part { start: unsafe { bytes.as_mut_ptr().add(offset) }, length })
}

#[cold]
fn out_of_bounds(room: usize, offset: usize, length: usize) -> JsError {
    JsError::range_error(
        "ERR_OUT_OF_RANGE",
        format!("{length} bytes at offset {offset} are out of the range of a buffer of {room} bytes"),
    )
}

/// Up to so many views are arguments of their own, which saves a crossing for each.
const SPREAD: usize = 8;

fn spread_views<'env>(call: &Call<'env, Fs, SPREAD>) -> Result<Vec<Bytes<'env>>, JsError> {
    if call.state().numbers()?.i32(2) == 0 {
        return views(call.argument(0));
    }
    (0..call.count().min(SPREAD)).map(|index| call.bytes(index, "buffers")).collect()
}

/// The views of an array.
pub(crate) fn views(array: Value<'_>) -> Result<Vec<Bytes<'_>>, JsError> {
    let wrong = |_| JsError::argument_type("buffers", "an array of ArrayBufferViews");
    let length = array.array_length().map_err(wrong)?;
    (0..length).map(|index| array.element(index)?.bytes().map_err(wrong)).collect()
}
