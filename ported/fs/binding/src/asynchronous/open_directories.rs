//! Directories that are read part by part.

use std::sync::Arc;

use fs_core::{Encoding, OpenDirectory};
use node_api::{Call, JsError};

use super::{Output, numbers, path, submit};
use crate::state::Fs;

/// `openDirectoryAsync(path)`: numbers `[slot]`; delivers the directory's number.
pub(crate) fn open(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let path = path(call)?;
    let directories = Arc::clone(&call.state().directories);
    submit(call, "fs.opendir", move || Ok(directories.add(OpenDirectory::open(&path)?)))
}

/// `readDirectoryAsync()`: numbers `[slot, directory, encoding, count]`; delivers at least `count` entries, unless the
/// directory ends, as `readdir` does with types.
pub(crate) fn read(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let numbers = numbers(call)?;
    let directory = call.state().directories.get(numbers.i32(1));
    let (encoding, count) = (Encoding::from_number(numbers.i32(2) as u32), numbers.usize(3));
    submit(call, "fs.readdir", move || {
        Ok(Output::Names { listing: directory?.read(count)?, encoding, types: true })
    })
}

/// `closeDirectoryAsync()`: numbers `[slot, directory]`.
pub(crate) fn close(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let directory = call.state().directories.remove(numbers(call)?.i32(1));
    submit(call, "fs.closedir", move || directory?.close())
}
