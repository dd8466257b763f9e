//! Descriptors: open and close.

use node_api::{Call, JsError};

use super::{numbers, path, submit};
use crate::state::Fs;

/// `openAsync(path)`: numbers `[slot, flags, mode]`.
pub(crate) fn open(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, numbers) = (path(call)?, numbers(call)?);
    let (flags, mode) = (numbers.i32(1), numbers.i32(2) as u32);
    submit(call, "fs.open", move || fs_core::open(&path, flags, mode))
}

/// `closeAsync()`: numbers `[slot, fd]`.
pub(crate) fn close(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let fd = numbers(call)?.i32(1);
    submit(call, "fs.close", move || fs_core::close(fd))
}
