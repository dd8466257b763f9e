//! Making, removing and listing directories.

use fs_core::{Encoding, Form};
use node_api::{Call, JsError};

use super::{Output, look_at, numbers, on_path, path, submit};
use crate::state::Fs;

/// `readdirAsync(path)`: numbers `[slot, encoding, withTypes]`; delivers what `readdir`, or for Buffers
/// `readdirBuffers`, returns.
pub(crate) fn readdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = numbers(call)?;
    let (encoding, types) = (Encoding::from_number(numbers.i32(1) as u32), numbers.i32(2) != 0);
    look_at(call, "fs.readdir", move |path| {
        Ok(Output::Names { listing: fs_core::read_directory(path)?, encoding, types })
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
    on_path(call, "fs.rmdir", fs_core::remove_directory)
}

/// `mkdtempAsync(prefix)`: numbers `[slot, encoding]`.
pub(crate) fn mkdtemp(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let encoding = Encoding::from_number(numbers(call)?.i32(1) as u32);
    on_path(call, "fs.mkdtemp", move |prefix| {
        Ok(Output::Name { bytes: fs_core::make_temporary_directory(prefix, Form::Async)?, encoding })
    })
}
