//! Descriptors: what opens, closes, cuts and flushes them.

use std::os::fd::RawFd;

use fs_core::cached;
use node_api::completions::Effect;
use node_api::{Call, JsError, StringBuffer};

use super::{Output, cached_or_submit, numbers, open_effect, owned, submit};
use crate::state::Fs;

/// `openAsync(path)`: numbers `[slot, flags, mode]`.
pub(crate) fn open(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let (path, numbers) = (call.path(0, "path", &mut buffer)?, numbers(call)?);
    let (flags, mode) = (numbers.i32(1), numbers.i32(2) as u32);
    let pooled = || {
        let path = path.to_c_string();
        move || fs_core::open(&path, flags, mode).map(opened)
    };
    let cached = || cached::open(&path, flags).map(|answer| answer.map(opened));
    cached_or_submit(call, "fs.open", open_effect(flags), cached, pooled)
}

fn opened(fd: RawFd) -> Output {
    Output::Descriptor(owned(fd))
}

/// `closeAsync()`: numbers `[slot, fd]`.
pub(crate) fn close(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let fd = numbers(call)?.i32(1);
    cached_or_submit(call, "fs.close", Effect::Changes, || cached::close(fd), || move || fs_core::close(fd))
}

/// `fsyncAsync()`: numbers `[slot, fd]`.
pub(crate) fn fsync(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let fd = numbers(call)?.i32(1);
    submit(call, "fs.fsync", move || fs_core::sync(fd))
}

/// `fdatasyncAsync()`: numbers `[slot, fd]`.
pub(crate) fn fdatasync(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let fd = numbers(call)?.i32(1);
    submit(call, "fs.fdatasync", move || fs_core::sync_data(fd))
}

/// `ftruncateAsync()`: numbers `[slot, fd, length]`.
pub(crate) fn ftruncate(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let (fd, length) = (numbers(call)?.i32(1), numbers(call)?.i64(2));
    submit(call, "fs.ftruncate", move || fs_core::truncate(fd, length))
}
