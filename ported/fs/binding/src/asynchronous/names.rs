//! Operations on names.

use fs_core::Encoding;
use node_api::{Call, JsError, StringBuffer};

use super::{Output, numbers, path, submit, submit_look};
use crate::state::Fs;

/// `unlinkAsync(path)`: numbers `[slot]`.
pub(crate) fn unlink(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let path = path(call)?;
    submit(call, "fs.unlink", move || fs_core::unlink(&path))
}

/// `renameAsync(from, to)`: numbers `[slot]`.
pub(crate) fn rename(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let from = call.path(0, "oldPath", &mut StringBuffer::new())?.to_c_string();
    let to = call.path(1, "newPath", &mut StringBuffer::new())?.to_c_string();
    submit(call, "fs.rename", move || fs_core::rename(&from, &to))
}

/// `realpathAsync(path)`: numbers `[slot, encoding]`.
pub(crate) fn realpath(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, encoding) = (path(call)?, Encoding::from_number(numbers(call)?.i32(1) as u32));
    submit_look(call, "fs.realpath", move || Ok(Output::Name { bytes: fs_core::realpath(&path)?, encoding }))
}
