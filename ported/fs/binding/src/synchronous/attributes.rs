//! Permissions, owners and times.

use fs_core::Times;
use node_api::{Call, JsError};

use super::{on_descriptor, on_path};
use crate::state::{Fs, Numbers};

/// `chmod(path)`: numbers `[mode]`.
pub(crate) fn chmod(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, numbers| fs_core::change_mode(path, numbers.i32(0) as u32))
}

/// `fchmod()`: numbers `[fd, mode]`.
pub(crate) fn fchmod(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    on_descriptor(call, |fd, numbers| fs_core::change_mode_of(fd, numbers.i32(1) as u32))
}

/// `chown(path)`: numbers `[uid, gid]`.
pub(crate) fn chown(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, numbers| fs_core::change_owner(path, numbers.id(0), numbers.id(1)))
}

/// `fchown()`: numbers `[fd, uid, gid]`.
pub(crate) fn fchown(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    on_descriptor(call, |fd, numbers| fs_core::change_owner_of(fd, numbers.id(1), numbers.id(2)))
}

/// `lchown(path)`: numbers `[uid, gid]`.
pub(crate) fn lchown(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, numbers| fs_core::change_link_owner(path, numbers.id(0), numbers.id(1)))
}

/// `utimes(path)`: numbers `[atime, mtime]`.
pub(crate) fn utimes(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, numbers| fs_core::change_times(path, times(numbers, 0)))
}

/// `futimes()`: numbers `[fd, atime, mtime]`.
pub(crate) fn futimes(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    on_descriptor(call, |fd, numbers| fs_core::change_times_of(fd, times(numbers, 1)))
}

/// `lutimes(path)`: numbers `[atime, mtime]`.
pub(crate) fn lutimes(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, numbers| fs_core::change_link_times(path, times(numbers, 0)))
}

/// Two times, of which the first is at `index`.
pub(crate) fn times(numbers: Numbers<'_>, index: usize) -> Times {
    Times { access: numbers.f64(index), modification: numbers.f64(index + 1) }
}
