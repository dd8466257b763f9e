//! Directories that are read part by part.

use fs_core::{Encoding, OpenDirectory};
use node_api::{Call, JsError, StringBuffer, Value};

use super::{answer, done};
use crate::state::Fs;
use crate::strings;

/// `openDirectory(path)`: answers with the directory's number.
pub(crate) fn open(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let opened = OpenDirectory::open(&path);
    answer(call, opened.map(|directory| f64::from(call.state().directories.add(directory))))
}

/// `readDirectory()`: numbers `[directory, encoding, count]`; at least `count` entries, unless the directory ends, as
/// `readdir`, or for Buffers `readdirBuffers`, returns them with types.
pub(crate) fn read<'env>(call: &Call<'env, Fs, 0>) -> Result<Option<Value<'env>>, JsError> {
    let numbers = call.state().numbers()?;
    let encoding = Encoding::from_number(numbers.i32(1) as u32);
    let directory = call.state().directories.get(numbers.i32(0));
    let listing = directory.and_then(|directory| directory.read(numbers.usize(2)));
    let listing = call.state().outcome(listing)?;
    listing
        .map(|listing| match encoding {
            Encoding::Buffer => strings::buffers(call.env(), &listing),
            _ => strings::string(call.env(), &listing.join(encoding, true)),
        })
        .transpose()
}

/// `closeDirectory()`: numbers `[directory]`.
pub(crate) fn close(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let directory = call.state().directories.remove(call.state().numbers()?.i32(0));
    done(call, directory.and_then(|directory| directory.close()))
}
