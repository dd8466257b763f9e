//! Reading and writing at a descriptor.

use std::cell::Cell;

use fs_core::cached::{self, Cached};
use fs_core::{Encoding, IoSlice, IoSliceMut};
use node_api::completions::Effect;
use node_api::{Call, JsError};

use super::{cached_or_submit, numbers, submit};
use crate::state::Fs;
use crate::strings;
use crate::synchronous::content::{Part, part, views};

/// A part of a Buffer that JavaScript keeps alive until the slot completes.
#[derive(Clone, Copy)]
pub(super) struct Shared(Part);

// SAFETY: one thread alone uses the memory until the completion, as far as Rust goes; JavaScript that
// touches the Buffer meanwhile races with the kernel exactly as it does with Node's own binding.
unsafe impl Send for Shared {}

impl Shared {
    /// All of an argument's view.
    pub(super) fn whole<const N: usize>(call: &Call<'_, Fs, N>, index: usize) -> Result<Self, JsError> {
        let view = call.bytes(index, "buffer")?;
        Ok(Self(part(view, 0, view.len())?))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the slot keeps the memory alive; see above for who uses it.
        unsafe { self.0.as_slice() }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the slot keeps the memory alive; see above for who uses it.
        unsafe { self.0.as_mut_slice() }
    }
}

fn shared_part<const N: usize>(call: &Call<'_, Fs, N>) -> Result<Shared, JsError> {
    let numbers = numbers(call)?;
    Ok(Shared(part(call.bytes(0, "buffer")?, numbers.usize(2), numbers.usize(3))?))
}

fn shared_views(call: &Call<'_, Fs, 1>) -> Result<Vec<Shared>, JsError> {
    views(call.argument(0))?.into_iter().map(|view| Ok(Shared(part(view, 0, view.len())?))).collect()
}

/// `readAsync(buffer, position?)`: numbers `[slot, fd, offset, length, position]`; a bigint position is an
/// argument.
pub(crate) fn read(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let fd = numbers(call)?.i32(1);
    let position = if call.count() > 1 { call.argument(1).as_bigint_i64()?.0 } else { numbers(call)?.i64(4) };
    let (buffer, done) = (shared_part(call)?, Cell::new(0));
    // Without a position it moves the one of the descriptor.
    let effect = if position < 0 { Effect::Changes } else { Effect::Looks };
    let cached = || match cached::read(fd, { buffer }.bytes_mut(), position) {
        Cached::Done(answer) => Some(answer),
        Cached::Rest(begun) => {
            done.set(begun);
            None
        }
    };
    let pooled = || {
        let (mut buffer, done) = (buffer, done.get());
        move || cached::read_rest(fd, buffer.bytes_mut(), position, done)
    };
    cached_or_submit(call, "fs.read", effect, cached, pooled)
}

/// `readBuffersAsync(buffers)`: numbers `[slot, fd, position]`.
pub(crate) fn read_buffers(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (fd, position) = (numbers(call)?.i32(1), numbers(call)?.i64(2));
    let mut buffers = shared_views(call)?;
    submit(call, "fs.readBuffers", move || {
        let mut slices: Vec<_> =
            buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer.bytes_mut())).collect();
        fs_core::read_vectored(fd, &mut slices, position)
    })
}

/// `writeBufferAsync(buffer)`: numbers `[slot, fd, offset, length, position]`.
pub(crate) fn write_buffer(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (fd, position) = (numbers(call)?.i32(1), numbers(call)?.i64(4));
    let buffer = shared_part(call)?;
    submit(call, "fs.writeBuffer", move || fs_core::write(fd, buffer.bytes(), position))
}

/// `writeBuffersAsync(buffers)`: numbers `[slot, fd, position]`.
pub(crate) fn write_buffers(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (fd, position) = (numbers(call)?.i32(1), numbers(call)?.i64(2));
    let buffers = shared_views(call)?;
    submit(call, "fs.writeBuffers", move || {
        let mut slices: Vec<_> = buffers.iter().map(|buffer| IoSlice::new(buffer.bytes())).collect();
        fs_core::write_vectored(fd, &mut slices, position)
    })
}

/// `writeStringAsync(string)`: numbers `[slot, fd, encoding, length, position]`.
pub(crate) fn write_string(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = numbers(call)?;
    let (fd, position) = (numbers.i32(1), numbers.i64(4));
    let encoding = Encoding::from_number(numbers.i32(2) as u32);
    let mut scratch = call.state().scratch.borrow_mut();
    strings::string_bytes(call.argument(0), numbers.usize(3), encoding, &mut scratch)?;
    let bytes = std::mem::take(&mut scratch.content);
    scratch.trim();
    drop(scratch);
    submit(call, "fs.writeString", move || fs_core::write(fd, &bytes, position))
}
