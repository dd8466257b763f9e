//! The synchronous functions. Numbers are those of `state::Numbers`. A failed system call is answered in them
//! (`Fs::outcome`); what is wrong with an argument is thrown.

use fs_core::{Encoding, Form, IoSlice, IoSliceMut, Target};
use node_api::{Bytes, Call, JsError, StringBuffer, Value};
use node_error::SyscallError;

use crate::state::{Fs, Scratch};
use crate::strings;

/// `access(path)`: numbers `[mode]`.
pub(crate) fn access(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    done(call, fs_core::access(&path, call.state().numbers()?.i32(0)))
}

/// `isMissing(path)`: true when existsSync answers false; undefined otherwise, which costs no crossing.
pub(crate) fn is_missing(call: &Call<'_, Fs, 1>) -> Result<Option<bool>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    Ok((!fs_core::exists(&path)).then_some(true))
}

/// `moduleStat(path)`: answers in the numbers.
pub(crate) fn module_stat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    call.state().numbers()?.answer(f64::from(fs_core::module_stat(&path)));
    Ok(())
}

/// `open(path)`: numbers `[flags, mode]`; answers in the numbers.
pub(crate) fn open(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let numbers = call.state().numbers()?;
    answer(call, fs_core::open(&path, numbers.i32(0), numbers.i32(1) as u32).map(f64::from))
}

/// `close()`: numbers `[fd]`.
pub(crate) fn close(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    done(call, fs_core::close(call.state().numbers()?.i32(0)))
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

/// `read(buffer, position?)`: numbers `[fd, offset, length, position]`; a bigint position is an argument.
/// Answers in the numbers.
pub(crate) fn read(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let position = if call.count() > 1 { call.argument(1).as_bigint_i64()?.0 } else { numbers.i64(3) };
    let part = part(call.bytes(0, "buffer")?, numbers.usize(1), numbers.usize(2))?;
    // SAFETY: no JavaScript runs during the call; memory shared with another thread is read as the
    // kernel reads it in Node's own binding.
    let buffer = unsafe { part.as_mut_slice() };
    answer(call, fs_core::read(numbers.i32(0), buffer, position).map(|n| n as f64))
}

/// `readBuffers(buffers)` or `readBuffers(...buffers)`: numbers `[fd, position, spread]`; answers in the
/// numbers.
pub(crate) fn read_buffers(call: &Call<'_, Fs, SPREAD>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let views = spread_views(call)?;
    let mut buffers: Vec<_> = views
        .into_iter()
        // SAFETY: as in `read`.
        .map(|view| IoSliceMut::new(unsafe { view.as_mut_slice() }))
        .collect();
    let read = fs_core::read_vectored(numbers.i32(0), &mut buffers, numbers.i64(1));
    answer(call, read.map(|n| n as f64))
}

/// `writeBuffer(buffer)`: numbers `[fd, offset, length, position]`; answers with bytes or minus the errno.
pub(crate) fn write_buffer(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let part = part(call.bytes(0, "buffer")?, numbers.usize(1), numbers.usize(2))?;
    // SAFETY: as in `read`.
    let bytes = unsafe { part.as_slice() };
    answer_write(call, fs_core::write(numbers.i32(0), bytes, numbers.i64(3)))
}

/// `writeBuffers(buffers)` or `writeBuffers(...buffers)`: as [`read_buffers`].
pub(crate) fn write_buffers(call: &Call<'_, Fs, SPREAD>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let views = spread_views(call)?;
    let mut buffers: Vec<_> = views
        .into_iter()
        // SAFETY: as in `read`.
        .map(|view| IoSlice::new(unsafe { view.as_slice() }))
        .collect();
    let written = fs_core::write_vectored(numbers.i32(0), &mut buffers, numbers.i64(1));
    answer(call, written.map(|n| n as f64))
}

/// `writeString(string)`: numbers `[fd, position, encoding, length]`; answers with bytes or minus the errno.
pub(crate) fn write_string(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    let (fd, position) = (numbers.i32(0), numbers.i64(1));
    let encoding = Encoding::from_number(numbers.i32(2) as u32);
    let mut scratch = call.state().scratch.borrow_mut();
    strings::string_bytes(call.argument(0), numbers.usize(3), encoding, &mut scratch)?;
    let written = fs_core::write(fd, &scratch.content, position);
    scratch.trim();
    answer_write(call, written)
}

/// Nothing to answer, unless the call failed.
#[inline]
fn done<const N: usize>(call: &Call<'_, Fs, N>, result: Result<(), SyscallError>) -> Result<(), JsError> {
    call.state().outcome(result).map(|_| ())
}

/// A number to answer, unless the call failed.
#[inline]
fn answer<const N: usize>(call: &Call<'_, Fs, N>, result: Result<f64, SyscallError>) -> Result<(), JsError> {
    if let Some(number) = call.state().outcome(result)? {
        call.state().numbers()?.answer(number);
    }
    Ok(())
}

fn answer_write<const N: usize>(
    call: &Call<'_, Fs, N>,
    written: Result<usize, SyscallError>,
) -> Result<(), JsError> {
    call.state().numbers()?.answer(match written {
        Ok(bytes) => bytes as f64,
        Err(error) => f64::from(-error.errno),
    });
    Ok(())
}

/// `readFileUtf8(path)` or `readFileUtf8()`: numbers `[flags]` or `[fd]`.
pub(crate) fn read_file_utf8<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let number = call.state().numbers()?.i32(0);
    let mut scratch = call.state().scratch.borrow_mut();
    let Scratch { content, decoder, .. } = &mut *scratch;
    let read = if call.count() == 0 {
        fs_core::read_text(Target::Descriptor(number), 0, content, decoder)
    } else {
        let mut buffer = StringBuffer::new();
        let path = call.path(0, "path", &mut buffer)?;
        fs_core::read_text(Target::Path(&path), number, content, decoder)
    };
    let string = call.state().outcome(read)?.map(|text| strings::string(call.env(), &text));
    scratch.trim();
    string.transpose()
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
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    done(call, fs_core::make_directory(&path, call.state().numbers()?.i32(0) as u32))
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
    let mut buffer = StringBuffer::new();
    done(call, fs_core::remove_directory(&call.path(0, "path", &mut buffer)?))
}

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

/// A part of a Buffer: a pointer and a length until the user promises more.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    start: *mut u8,
    length: usize,
}

impl Part {
    /// # Safety
    /// As for [`Bytes::as_slice`]; and the Buffer is alive for all of `'a`.
    pub(crate) unsafe fn as_slice<'a>(self) -> &'a [u8] {
        // SAFETY: `part` has checked the bounds, the caller promises the rest.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }

    /// # Safety
    /// As for [`Bytes::as_mut_slice`]; and the Buffer is alive for all of `'a`.
    pub(crate) unsafe fn as_mut_slice<'a>(self) -> &'a mut [u8] {
        // SAFETY: `part` has checked the bounds, the caller promises the rest.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.length) }
    }
}

/// A part of a Buffer; Node's binding aborts the process where this throws.
#[inline]
pub(crate) fn part(bytes: Bytes<'_>, offset: usize, length: usize) -> Result<Part, JsError> {
    if offset.checked_add(length).is_none_or(|end| end > bytes.len()) {
        return Err(out_of_bounds(bytes.len(), offset, length));
    }
    // SAFETY: the offset is within the Buffer.
    Ok(Part { start: unsafe { bytes.as_mut_ptr().add(offset) }, length })
}

#[cold]
fn out_of_bounds(room: usize, offset: usize, length: usize) -> JsError {
    JsError::range_error(
        "ERR_OUT_OF_RANGE",
        format!("{length} bytes at offset {offset} are out of the range of a buffer of {room} bytes"),
    )
}

/// Up to so many views are arguments of their own, which saves a crossing for each.
const SPREAD: usize = 8;

fn spread_views<'env>(call: &Call<'env, Fs, SPREAD>) -> Result<Vec<Bytes<'env>>, JsError> {
    if call.state().numbers()?.i32(2) == 0 {
        return views(call.argument(0));
    }
    (0..call.count().min(SPREAD)).map(|index| call.bytes(index, "buffers")).collect()
}

/// The views of an array.
pub(crate) fn views(array: Value<'_>) -> Result<Vec<Bytes<'_>>, JsError> {
    let wrong = |_| JsError::argument_type("buffers", "an array of ArrayBufferViews");
    let length = array.array_length().map_err(wrong)?;
    (0..length).map(|index| array.element(index)?.bytes().map_err(wrong)).collect()
}
