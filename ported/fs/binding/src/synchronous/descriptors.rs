//! Descriptors: what opens, closes, cuts and flushes them.

use node_api::{Call, JsError, StringBuffer};

use super::{answer, on_descriptor};
use crate::state::Fs;

/// `open(path)`: numbers `[flags, mode]`; answers in the numbers.
pub(crate) fn open(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let numbers = call.state().numbers()?;
    answer(call, fs_core::open(&path, numbers.i32(0), numbers.i32(1) as u32).map(f64::from))
}

/// `close()`: numbers `[fd]`.
pub(crate) fn close(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    on_descriptor(call, |fd, _| fs_core::close(fd))
}

/// `fsync()`: numbers `[fd]`.
pub(crate) fn fsync(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    on_descriptor(call, |fd, _| fs_core::sync(fd))
}

/// `fdatasync()`: numbers `[fd]`.
pub(crate) fn fdatasync(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    on_descriptor(call, |fd, _| fs_core::sync_data(fd))
}

/// `ftruncate()`: numbers `[fd, length]`.
pub(crate) fn ftruncate(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    on_descriptor(call, |fd, numbers| fs_core::truncate(fd, numbers.i64(1)))
}

/// `keepDescriptor()`: numbers `[fd]`; it is closed when the environment ends.
pub(crate) fn keep(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let fd = call.state().numbers()?.i32(0);
    call.state().descriptors.borrow_mut().keep(fd);
    Ok(())
}

/// `forgetDescriptor()`: numbers `[fd]`; see [`keep`].
pub(crate) fn forget(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let fd = call.state().numbers()?.i32(0);
    call.state().descriptors.borrow_mut().forget(fd);
    Ok(())
}

/// `trackDescriptor()`: numbers `[fd]`, which no handle holds; as [`keep`], in a list of its own. Answers 0 when it was
/// there already.
pub(crate) fn track(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let is_new = call.state().unmanaged.borrow_mut().keep(numbers.i32(0));
    numbers.answer(f64::from(u8::from(is_new)));
    Ok(())
}

/// `untrackDescriptor()`: numbers `[fd]`; answers 0 when it was not there; see [`track`].
pub(crate) fn untrack(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let was_there = call.state().unmanaged.borrow_mut().forget(numbers.i32(0));
    numbers.answer(f64::from(u8::from(was_there)));
    Ok(())
}
