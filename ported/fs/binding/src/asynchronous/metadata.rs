//! What is known of a file.

use std::ffi::CStr;

use fs_core::{Stat, cached};
use node_api::completions::Effect;
use node_api::{Call, JsError, StringBuffer};
use node_error::SyscallError;

use super::{Output, cached_or_submit, look_at, numbers};
use crate::state::Fs;
use crate::synchronous::metadata::{BIGINT, QUIET, stat_is_missing};

/// `accessAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn access(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let (path, mode) = (call.path(0, "path", &mut buffer)?, numbers(call)?.i32(1));
    let pooled = || {
        let path = path.to_c_string();
        move || fs_core::access(&path, mode)
    };
    cached_or_submit(call, "fs.access", Effect::Looks, || cached::access(&path, mode), pooled)
}

/// `statAsync(path)`: numbers `[slot, options]`.
pub(crate) fn stat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    stat_with(call, "fs.stat", cached::stat, fs_core::stat)
}

/// `lstatAsync(path)`: numbers `[slot, options]`.
pub(crate) fn lstat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    stat_with(call, "fs.lstat", cached::lstat, fs_core::lstat)
}

fn stat_with(
    call: &Call<'_, Fs, 1>,
    name: &'static str,
    cached: impl FnOnce(&CStr) -> Option<Result<Stat, SyscallError>>,
    query: impl FnOnce(&CStr) -> Result<Stat, SyscallError> + Send + 'static,
) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let (path, options) = (call.path(0, "path", &mut buffer)?, numbers(call)?.i32(1));
    let pooled = || {
        let path = path.to_c_string();
        move || output(query(&path), options)
    };
    let cached = || cached(&path).map(|answer| output(answer, options));
    cached_or_submit(call, name, Effect::Looks, cached, pooled)
}

/// `fstatAsync()`: numbers `[slot, fd, options]`.
pub(crate) fn fstat(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let (fd, options) = (numbers(call)?.i32(1), numbers(call)?.i32(2));
    let cached = || cached::fstat(fd).map(|answer| output(answer, options));
    cached_or_submit(call, "fs.fstat", Effect::Looks, cached, || move || output(fs_core::fstat(fd), options))
}

fn output(answer: Result<Stat, SyscallError>, options: i32) -> Result<Output, SyscallError> {
    match answer {
        Ok(stat) => Ok(Output::Stat { stat, bigint: options & BIGINT != 0 }),
        Err(error) if options & QUIET != 0 && stat_is_missing(error.errno) => Ok(Output::Nothing),
        Err(error) => Err(error),
    }
}

/// `statfsAsync(path)`: numbers `[slot, bigint]`.
pub(crate) fn statfs(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let bigint = numbers(call)?.i32(1) != 0;
    look_at(call, "fs.statfs", move |path| {
        Ok(Output::FileSystem { found: fs_core::file_system(path)?, bigint })
    })
}
