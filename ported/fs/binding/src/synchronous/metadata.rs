//! What is known of a file.

use node_api::{Call, JsError, StringBuffer};
use node_error::SyscallError;

use super::on_path;
use crate::state::Fs;

/// `access(path)`: numbers `[mode]`.
pub(crate) fn access(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, numbers| fs_core::access(path, numbers.i32(0)))
}

/// `isMissing(path)`: true when existsSync answers false; undefined otherwise, which costs no crossing.
pub(crate) fn is_missing(call: &Call<'_, Fs, 1>) -> Result<Option<bool>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    Ok((!fs_core::exists(&path)).then_some(true))
}

/// A stat that wants 64-bit integers; the other bit says that a missing file is no error.
pub(crate) const BIGINT: i32 = 1;
/// See [`BIGINT`].
pub(crate) const QUIET: i32 = 2;

/// `stat(path, options)`: writes the shared arrays; true when the file is missing and that is no error.
pub(crate) fn stat(call: &Call<'_, Fs, 2>) -> Result<Option<bool>, JsError> {
    stat_with(call, fs_core::stat, stat_is_missing)
}

/// `lstat(path, options)`: as [`stat`].
pub(crate) fn lstat(call: &Call<'_, Fs, 2>) -> Result<Option<bool>, JsError> {
    stat_with(call, fs_core::lstat, |errno| errno == libc::ENOENT)
}

/// What `throwIfNoEntry: false` keeps silent about in stat; lstat still reports a file on the way.
pub(crate) fn stat_is_missing(errno: i32) -> bool {
    matches!(errno, libc::ENOENT | libc::ENOTDIR)
}

#[inline]
fn stat_with(
    call: &Call<'_, Fs, 2>,
    query: impl FnOnce(&std::ffi::CStr) -> Result<fs_core::Stat, SyscallError>,
    is_missing: impl FnOnce(i32) -> bool,
) -> Result<Option<bool>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let options = if call.count() > 1 { call.i32(1, "options")? } else { 0 };
    match query(&path) {
        Ok(stat) => {
            call.state().write_stat(&stat, options & BIGINT != 0)?;
            Ok(None)
        }
        Err(error) if options & QUIET != 0 && is_missing(error.errno) => Ok(Some(true)),
        Err(error) => call.state().outcome(Err(error)),
    }
}

/// `fstat()`: numbers `[fd, bigint]`; writes the shared arrays.
pub(crate) fn fstat(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    match call.state().outcome(fs_core::fstat(numbers.i32(0)))? {
        Some(stat) => call.state().write_stat(&stat, numbers.i32(1) != 0),
        None => Ok(()),
    }
}

/// `statfs(path)`: numbers `[bigint]`; writes the shared arrays.
pub(crate) fn statfs(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let bigint = call.state().numbers()?.i32(0) != 0;
    match call.state().outcome(fs_core::file_system(&path))? {
        Some(found) => call.state().write_stat_fs(&found, bigint),
        None => Ok(()),
    }
}
