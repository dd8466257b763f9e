//! A whole file in one job.

use node_api::{Call, JsError};

use super::{Output, numbers, path, submit};
use crate::state::Fs;

/// `readSmallFileAsync(path)`: numbers `[slot, flags, most]`. Delivers a Buffer, or, for a file of more than `most`
/// bytes, the words `[fd, size]`.
pub(crate) fn read_small_file(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, numbers) = (path(call)?, numbers(call)?);
    let (flags, most) = (numbers.i32(1), numbers.usize(2) as u64);
    submit(call, "fs.readSmallFile", move || fs_core::read_small_file(&path, flags, most).map(Output::File))
}
