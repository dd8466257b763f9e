//! Making, removing and listing directories.

use fs_core::{Encoding, Form};
use node_api::{Call, JsError, StringBuffer, Value};

use super::on_path;
use crate::state::Fs;
use crate::strings;

/// `readdir(path)`: numbers `[encoding, withTypes]`; the names in one string (`Listing::join`).
pub(crate) fn readdir<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let numbers = call.state().numbers()?;
    let encoding = Encoding::from_number(numbers.i32(0) as u32);
    let listing = call.state().outcome(fs_core::read_directory(&path))?;
    let joined = listing.map(|listing| listing.join(encoding, numbers.i32(1) != 0));
    joined.map(|joined| strings::string(call.env(), &joined)).transpose()
}

/// `readdirBuffers(path)`: an array of Buffers, and a string with the types behind them.
pub(crate) fn readdir_buffers<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let listing = call.state().outcome(fs_core::read_directory(&path))?;
    listing.map(|listing| strings::buffers(call.env(), &listing)).transpose()
}

/// `mkdir(path)`: numbers `[mode]`.
pub(crate) fn mkdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, numbers| fs_core::make_directory(path, numbers.i32(0) as u32))
}

/// `mkdirRecursive(path)`: numbers `[mode]`; the first directory made, or undefined.
pub(crate) fn mkdir_recursive<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let mode = call.state().numbers()?.i32(0) as u32;
    let first = call.state().outcome(fs_core::make_directories(&path, mode, Form::Sync))?;
    first.flatten().map(|path| strings::encoded(call.env(), path.to_bytes(), Encoding::Utf8)).transpose()
}

/// `rmdir(path)`
pub(crate) fn rmdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    on_path(call, |path, _| fs_core::remove_directory(path))
}

/// `mkdtemp(prefix)`: numbers `[encoding]`.
pub(crate) fn mkdtemp<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let prefix = call.path(0, "prefix", &mut buffer)?;
    let encoding = Encoding::from_number(call.state().numbers()?.i32(0) as u32);
    let made = call.state().outcome(fs_core::make_temporary_directory(&prefix, Form::Sync))?;
    made.map(|name| strings::encoded(call.env(), &name, encoding)).transpose()
}
