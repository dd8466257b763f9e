//! Making, removing and listing directories.

use fs_core::{Encoding, Form};
use node_api::{Call, JsError};

use super::{Output, numbers, path, submit, submit_look};
use crate::state::Fs;

/// `readdirAsync(path)`: numbers `[slot, encoding, withTypes]`; delivers what `readdir`, or for Buffers
/// `readdirBuffers`, returns.
pub(crate) fn readdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, numbers) = (path(call)?, numbers(call)?);
    let (encoding, types) = (Encoding::from_number(numbers.i32(1) as u32), numbers.i32(2) != 0);
    submit_look(call, "fs.readdir", move || {
        Ok(Output::Names { listing: fs_core::read_directory(&path)?, encoding, types })
    })
}

/// `mkdirAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn mkdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, mode) = (path(call)?, numbers(call)?.i32(1) as u32);
    submit(call, "fs.mkdir", move || fs_core::make_directory(&path, mode))
}

/// `mkdirRecursiveAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn mkdir_recursive(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, mode) = (path(call)?, numbers(call)?.i32(1) as u32);
    submit(call, "fs.mkdir", move || {
        Ok(match fs_core::make_directories(&path, mode, Form::Async)? {
            Some(first) => Output::Name { bytes: first.into_bytes(), encoding: Encoding::Utf8 },
            None => Output::Nothing,
        })
    })
}

/// `rmdirAsync(path)`: numbers `[slot]`.
pub(crate) fn rmdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let path = path(call)?;
    submit(call, "fs.rmdir", move || fs_core::remove_directory(&path))
}
