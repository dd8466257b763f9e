//! Permissions, owners and times.

use node_api::{Call, JsError};

use super::{numbers, on_path, submit};
use crate::state::Fs;
use crate::synchronous::attributes::times;

/// `chmodAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn chmod(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mode = numbers(call)?.i32(1) as u32;
    on_path(call, "fs.chmod", move |path| fs_core::change_mode(path, mode))
}

/// `fchmodAsync()`: numbers `[slot, fd, mode]`.
pub(crate) fn fchmod(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let (fd, mode) = (numbers(call)?.i32(1), numbers(call)?.i32(2) as u32);
    submit(call, "fs.fchmod", move || fs_core::change_mode_of(fd, mode))
}

/// `chownAsync(path)`: numbers `[slot, uid, gid]`.
pub(crate) fn chown(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (uid, gid) = (numbers(call)?.id(1), numbers(call)?.id(2));
    on_path(call, "fs.chown", move |path| fs_core::change_owner(path, uid, gid))
}

/// `fchownAsync()`: numbers `[slot, fd, uid, gid]`.
pub(crate) fn fchown(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let numbers = numbers(call)?;
    let (fd, uid, gid) = (numbers.i32(1), numbers.id(2), numbers.id(3));
    submit(call, "fs.fchown", move || fs_core::change_owner_of(fd, uid, gid))
}

/// `lchownAsync(path)`: numbers `[slot, uid, gid]`.
pub(crate) fn lchown(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (uid, gid) = (numbers(call)?.id(1), numbers(call)?.id(2));
    on_path(call, "fs.lchown", move |path| fs_core::change_link_owner(path, uid, gid))
}

/// `utimesAsync(path)`: numbers `[slot, atime, mtime]`.
pub(crate) fn utimes(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let times = times(numbers(call)?, 1);
    on_path(call, "fs.utimes", move |path| fs_core::change_times(path, times))
}

/// `futimesAsync()`: numbers `[slot, fd, atime, mtime]`.
pub(crate) fn futimes(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let (fd, times) = (numbers(call)?.i32(1), times(numbers(call)?, 2));
    submit(call, "fs.futimes", move || fs_core::change_times_of(fd, times))
}

/// `lutimesAsync(path)`: numbers `[slot, atime, mtime]`.
pub(crate) fn lutimes(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let times = times(numbers(call)?, 1);
    on_path(call, "fs.lutimes", move |path| fs_core::change_link_times(path, times))
}
