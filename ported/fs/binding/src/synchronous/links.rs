//! Links, and copies of files.

use fs_core::{CopyMode, Encoding};
use node_api::{Call, JsError, StringBuffer, Value};

use super::on_paths;
use crate::state::Fs;
use crate::strings;

/// `link(existing, new)`
pub(crate) fn link(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    on_paths(call, ["existingPath", "newPath"], |existing, new, _| fs_core::link(existing, new))
}

/// `symlink(target, path)`
pub(crate) fn symlink(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    on_paths(call, ["target", "path"], |target, path, _| fs_core::symlink(target, path))
}

/// `readlink(path)`: numbers `[encoding]`.
pub(crate) fn readlink<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let encoding = Encoding::from_number(call.state().numbers()?.i32(0) as u32);
    let target = call.state().outcome(fs_core::read_link(&path))?;
    target.map(|target| strings::encoded(call.env(), &target, encoding)).transpose()
}

/// `copyFile(from, to)`: numbers `[mode]`.
pub(crate) fn copy_file(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    on_paths(call, ["src", "dest"], |from, to, numbers| {
        fs_core::copy_file(from, to, CopyMode::from_bits(numbers.i32(0)))
    })
}
