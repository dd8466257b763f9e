//! A whole file in one job.

use fs_core::cached;
use node_api::{Call, JsError, StringBuffer};

use super::{Output, cached_or_submit, numbers, open_effect};
use crate::state::Fs;

/// `readSmallFileAsync(path)`: numbers `[slot, flags, most]`. Delivers a Buffer, or, for a file of more than `most`
/// bytes, the words `[fd, size]`.
pub(crate) fn read_small_file(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let (path, numbers) = (call.path(0, "path", &mut buffer)?, numbers(call)?);
    let (flags, most) = (numbers.i32(1), numbers.usize(2) as u64);
    let cached = || Some(cached::read_small_file(&path, flags, most)?.map(Output::from));
    let pooled = || {
        let path = path.to_c_string();
        move || fs_core::read_small_file(&path, flags, most).map(Output::from)
    };
    cached_or_submit(call, "fs.readSmallFile", open_effect(flags), cached, pooled)
}
