//! Operations on names.

use fs_core::Encoding;
use node_api::{Call, JsError, StringBuffer, Value};

use super::{on_path, on_paths};
use crate::state::Fs;
use crate::strings;

/// `unlink(path)`
pub(crate) fn unlink(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, _| fs_core::unlink(path))
}

/// `rename(from, to)`
pub(crate) fn rename(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    on_paths(call, ["oldPath", "newPath"], |from, to, _| fs_core::rename(from, to))
}

/// `realpath(path)`: numbers `[encoding]`.
pub(crate) fn realpath<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let encoding = Encoding::from_number(call.state().numbers()?.i32(0) as u32);
    let found = call.state().outcome(fs_core::realpath(&path))?;
    found.map(|path| strings::encoded(call.env(), &path, encoding)).transpose()
}
