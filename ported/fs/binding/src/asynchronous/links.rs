//! Links, and copies of files.

use fs_core::{CopyMode, Encoding};
use node_api::{Call, JsError};

use super::{Output, look_at, numbers, on_paths};
use crate::state::Fs;

/// `linkAsync(existing, new)`: numbers `[slot]`.
pub(crate) fn link(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    on_paths(call, "fs.link", ["existingPath", "newPath"], fs_core::link)
}

/// `symlinkAsync(target, path)`: numbers `[slot]`.
pub(crate) fn symlink(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    on_paths(call, "fs.symlink", ["target", "path"], fs_core::symlink)
}

/// `readlinkAsync(path)`: numbers `[slot, encoding]`.
pub(crate) fn readlink(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let encoding = Encoding::from_number(numbers(call)?.i32(1) as u32);
    look_at(call, "fs.readlink", move |path| Ok(Output::Name { bytes: fs_core::read_link(path)?, encoding }))
}

/// `copyFileAsync(from, to)`: numbers `[slot, mode]`.
pub(crate) fn copy_file(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let mode = CopyMode::from_bits(numbers(call)?.i32(1));
    on_paths(call, "fs.copyFile", ["src", "dest"], move |from, to| fs_core::copy_file(from, to, mode))
}
