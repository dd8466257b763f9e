//! A file's whole text in one call.

use fs_core::{Target, Text};
use node_api::{Call, JsError, StringBuffer, Value};

use super::done;
use crate::state::{Fs, Scratch};
use crate::strings;

/// `readFileUtf8(path)` or `readFileUtf8()`: numbers `[flags]` or `[fd]`.
pub(crate) fn read_file_utf8<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let number = call.state().numbers()?.i32(0);
    let mut scratch = call.state().scratch.borrow_mut();
    let Scratch { content, decoder, bytes, wide, .. } = &mut *scratch;
    let read = if call.count() == 0 {
        fs_core::read_text(Target::Descriptor(number), 0, content, decoder)
    } else {
        let mut buffer = StringBuffer::new();
        let path = call.path(0, "path", &mut buffer)?;
        fs_core::read_text(Target::Path(&path), number, content, decoder)
    };
    let Some(text) = call.state().outcome(read)? else { return Ok(None) };
    strings::check_length(&text)?;
    // Where the text stands: its memory can be lent to the string.
    let narrow = match &text {
        Text::Latin1(bytes) => Some(bytes.as_ptr()),
        Text::Utf16(_) => None,
    };
    let string = match narrow {
        Some(start) if start == content.as_ptr() => bytes.string(call.env(), content),
        Some(_) => bytes.string(call.env(), decoder.latin1_mut()),
        None => wide.string(call.env(), decoder.utf16_mut()),
    };
    scratch.trim();
    string.map(Some)
}

/// `writeFileUtf8(data, path)` or `writeFileUtf8(data)`: numbers `[length, flags, mode]` or `[length, fd]`.
pub(crate) fn write_file_utf8(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let mut scratch = call.state().scratch.borrow_mut();
    strings::read_utf8(call.argument(0), numbers.usize(0), &mut scratch.content)?;
    let written = if call.count() == 1 {
        fs_core::write_file(Target::Descriptor(numbers.i32(1)), 0, 0, &scratch.content)
    } else {
        let mut buffer = StringBuffer::new();
        let path = call.path(1, "path", &mut buffer)?;
        let (flags, mode) = (numbers.i32(1), numbers.i32(2) as u32);
        fs_core::write_file(Target::Path(&path), flags, mode, &scratch.content)
    };
    scratch.trim();
    done(call, written)
}
