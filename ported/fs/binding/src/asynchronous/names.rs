//! Operations on names.

use fs_core::Encoding;
use node_api::{Call, JsError};

use super::{Output, look_at, numbers, on_path, on_paths};
use crate::state::Fs;

/// `unlinkAsync(path)`: numbers `[slot]`.
pub(crate) fn unlink(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, "fs.unlink", fs_core::unlink)
}

/// `renameAsync(from, to)`: numbers `[slot]`.
pub(crate) fn rename(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    on_paths(call, "fs.rename", ["oldPath", "newPath"], fs_core::rename)
}

/// `realpathAsync(path)`: numbers `[slot, encoding]`.
pub(crate) fn realpath(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let encoding = Encoding::from_number(numbers(call)?.i32(1) as u32);
    look_at(call, "fs.realpath", move |path| Ok(Output::Name { bytes: fs_core::realpath(path)?, encoding }))
}
