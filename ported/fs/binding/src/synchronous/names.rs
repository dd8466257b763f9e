//! Operations on names.

use fs_core::Encoding;
use node_api::{Call, JsError, StringBuffer, Value};

use super::done;
use crate::state::Fs;
use crate::strings;

/// `unlink(path)`
pub(crate) fn unlink(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    done(call, fs_core::unlink(&call.path(0, "path", &mut buffer)?))
}

/// `rename(from, to)`
pub(crate) fn rename(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let (mut from, mut to) = (StringBuffer::new(), StringBuffer::new());
    let from = call.path(0, "oldPath", &mut from)?;
    done(call, fs_core::rename(&from, &call.path(1, "newPath", &mut to)?))
}

/// `realpath(path)`: numbers `[encoding]`.
pub(crate) fn realpath<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let encoding = Encoding::from_number(call.state().numbers()?.i32(0) as u32);
    let found = call.state().outcome(fs_core::realpath(&path))?;
    found.map(|path| strings::encoded(call.env(), &path, encoding)).transpose()
}
