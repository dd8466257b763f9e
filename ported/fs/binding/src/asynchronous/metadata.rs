//! What is known of a file.

use node_api::{Call, JsError};

use super::{Output, numbers, path, submit};
use crate::state::Fs;
use crate::synchronous::metadata::{BIGINT, QUIET, stat_is_missing};

/// `accessAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn access(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, mode) = (path(call)?, numbers(call)?.i32(1));
    submit(call, "fs.access", move || fs_core::access(&path, mode))
}

/// `statAsync(path)`: numbers `[slot, options]`.
pub(crate) fn stat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, options) = (path(call)?, numbers(call)?.i32(1));
    submit(call, "fs.stat", move || match fs_core::stat(&path) {
        Ok(stat) => Ok(Output::Stat { stat, bigint: options & BIGINT != 0 }),
        Err(error) if options & QUIET != 0 && stat_is_missing(error.errno) => Ok(Output::Nothing),
        Err(error) => Err(error),
    })
}

/// `lstatAsync(path)`: numbers `[slot, options]`.
pub(crate) fn lstat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, options) = (path(call)?, numbers(call)?.i32(1));
    submit(call, "fs.lstat", move || {
        let stat = fs_core::lstat(&path)?;
        Ok(Output::Stat { stat, bigint: options & BIGINT != 0 })
    })
}

/// `fstatAsync()`: numbers `[slot, fd, options]`.
pub(crate) fn fstat(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let (fd, options) = (numbers(call)?.i32(1), numbers(call)?.i32(2));
    submit(call, "fs.fstat", move || {
        let stat = fs_core::fstat(fd)?;
        Ok(Output::Stat { stat, bigint: options & BIGINT != 0 })
    })
}
