//! The asynchronous functions: what the work needs is copied, or kept alive by the request's slot, and a
//! thread of the port's pool does it. Numbers are `[slot, …]`, then as in the synchronous function.

use std::ffi::CString;

use fs_core::{Encoding, Form, IoSlice, IoSliceMut, Listing, SmallFile, Stat};
use node_api::completions::{Job, Settle, Settled, Words};
use node_api::{Call, Env, JsError, StringBuffer};
use node_error::SyscallError;

use crate::state::{Fs, Numbers};
use crate::strings;
use crate::synchronous::{BIGINT, Part, QUIET, part, stat_is_missing, views};

/// One operation for the pool.
pub(crate) struct FsJob {
    name: &'static str,
    work: Box<dyn FnOnce() -> Outcome + Send>,
}

impl Job for FsJob {
    type Output = Outcome;

    fn name(&self) -> &'static str {
        self.name
    }

    fn run(self) -> Outcome {
        (self.work)()
    }
}

/// What an operation ended with.
pub(crate) struct Outcome(Result<Output, SyscallError>);

enum Output {
    Nothing,
    Number(f64),
    Stat { stat: Stat, bigint: bool },
    Name { bytes: Vec<u8>, encoding: Encoding },
    Names { listing: Listing, encoding: Encoding, types: bool },
    File(SmallFile),
}

impl Settle for Outcome {
    fn settle<'env>(self, env: Env<'env>, words: Words<'_>) -> Result<Settled<'env>, JsError> {
        Ok(match self.0? {
            Output::Nothing => Settled::Undefined,
            Output::Number(number) => Settled::Number(number),
            Output::Stat { stat, bigint: true } => {
                stat.as_i64().into_iter().enumerate().for_each(|(i, field)| words.set_i64(i, field));
                Settled::Words
            }
            Output::Stat { stat, bigint: false } => {
                stat.as_f64().into_iter().enumerate().for_each(|(i, field)| words.set_f64(i, field));
                Settled::Words
            }
            Output::Name { bytes, encoding } => Settled::Value(strings::encoded(env, &bytes, encoding)?),
            Output::File(SmallFile::Content(bytes)) => Settled::Value(env.buffer_copy(&bytes)?),
            Output::File(SmallFile::Open { fd, size }) => {
                words.set_f64(0, f64::from(fd));
                words.set_f64(1, size as f64);
                Settled::Words
            }
            Output::Names { listing, encoding: Encoding::Buffer, .. } => {
                Settled::Value(strings::buffers(env, &listing)?)
            }
            Output::Names { listing, encoding, types } => {
                Settled::Value(strings::string(env, &listing.join(encoding, types))?)
            }
        })
    }
}

impl From<()> for Output {
    fn from((): ()) -> Self {
        Output::Nothing
    }
}

impl From<usize> for Output {
    fn from(number: usize) -> Self {
        Output::Number(number as f64)
    }
}

impl From<i32> for Output {
    fn from(number: i32) -> Self {
        Output::Number(f64::from(number))
    }
}

/// Hands the work to the pool under the slot in the numbers.
fn submit<const N: usize, O: Into<Output>>(
    call: &Call<'_, Fs, N>,
    name: &'static str,
    work: impl FnOnce() -> Result<O, SyscallError> + Send + 'static,
) -> Result<(), JsError> {
    let slot = call.state().numbers()?.i32(0);
    let work = Box::new(move || Outcome(work().map(Into::into)));
    call.state().completions()?.submit(call.env(), slot, FsJob { name, work })
}

fn numbers<'env, const N: usize>(call: &Call<'env, Fs, N>) -> Result<Numbers<'env>, JsError> {
    call.state().numbers()
}

fn path<const N: usize>(call: &Call<'_, Fs, N>) -> Result<CString, JsError> {
    Ok(call.path(0, "path", &mut StringBuffer::new())?.to_c_string())
}

/// `accessAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn access(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, mode) = (path(call)?, numbers(call)?.i32(1));
    submit(call, "fs.access", move || fs_core::access(&path, mode))
}

/// `openAsync(path)`: numbers `[slot, flags, mode]`.
pub(crate) fn open(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, numbers) = (path(call)?, numbers(call)?);
    let (flags, mode) = (numbers.i32(1), numbers.i32(2) as u32);
    submit(call, "fs.open", move || fs_core::open(&path, flags, mode))
}

/// `readSmallFileAsync(path)`: numbers `[slot, flags, most]`. Delivers a Buffer, or, for a file of more than `most`
/// bytes, the words `[fd, size]`.
pub(crate) fn read_small_file(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, numbers) = (path(call)?, numbers(call)?);
    let (flags, most) = (numbers.i32(1), numbers.usize(2) as u64);
    submit(call, "fs.readSmallFile", move || fs_core::read_small_file(&path, flags, most).map(Output::File))
}

/// `closeAsync()`: numbers `[slot, fd]`.
pub(crate) fn close(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let fd = numbers(call)?.i32(1);
    submit(call, "fs.close", move || fs_core::close(fd))
}

/// `statAsync(path)`: numbers `[slot, options]`.
pub(crate) fn stat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, options) = (path(call)?, numbers(call)?.i32(1));
    submit(call, "fs.stat", move || match fs_core::stat(&path) {
        Ok(stat) => Ok(Output::Stat { stat, bigint: options & BIGINT != 0 }),
        Err(error) if options & QUIET != 0 && stat_is_missing(error.errno) => Ok(Output::Nothing),
        Err(error) => Err(error),
    })
}

/// `lstatAsync(path)`: numbers `[slot, options]`.
pub(crate) fn lstat(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, options) = (path(call)?, numbers(call)?.i32(1));
    submit(call, "fs.lstat", move || {
        let stat = fs_core::lstat(&path)?;
        Ok(Output::Stat { stat, bigint: options & BIGINT != 0 })
    })
}

/// `fstatAsync()`: numbers `[slot, fd, options]`.
pub(crate) fn fstat(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let (fd, options) = (numbers(call)?.i32(1), numbers(call)?.i32(2));
    submit(call, "fs.fstat", move || {
        let stat = fs_core::fstat(fd)?;
        Ok(Output::Stat { stat, bigint: options & BIGINT != 0 })
    })
}

/// A part of a Buffer that JavaScript keeps alive until the slot completes.
struct Shared(Part);

// SAFETY: the pool thread alone uses the memory until the completion, as far as Rust goes; JavaScript that
// touches the Buffer meanwhile races with the kernel exactly as it does with Node's own binding.
unsafe impl Send for Shared {}

impl Shared {
    fn bytes(&self) -> &[u8] {
        // SAFETY: the slot keeps the memory alive; see above for who uses it.
        unsafe { self.0.as_slice() }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the slot keeps the memory alive; see above for who uses it.
        unsafe { self.0.as_mut_slice() }
    }
}

fn shared_part<const N: usize>(call: &Call<'_, Fs, N>) -> Result<Shared, JsError> {
    let numbers = numbers(call)?;
    Ok(Shared(part(call.bytes(0, "buffer")?, numbers.usize(2), numbers.usize(3))?))
}

fn shared_views(call: &Call<'_, Fs, 1>) -> Result<Vec<Shared>, JsError> {
    views(call.argument(0))?.into_iter().map(|view| Ok(Shared(part(view, 0, view.len())?))).collect()
}

/// `readAsync(buffer, position?)`: numbers `[slot, fd, offset, length, position]`; a bigint position is an
/// argument.
pub(crate) fn read(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let fd = numbers(call)?.i32(1);
    let position = if call.count() > 1 { call.argument(1).as_bigint_i64()?.0 } else { numbers(call)?.i64(4) };
    let mut buffer = shared_part(call)?;
    submit(call, "fs.read", move || fs_core::read(fd, buffer.bytes_mut(), position))
}

/// `readBuffersAsync(buffers)`: numbers `[slot, fd, position]`.
pub(crate) fn read_buffers(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (fd, position) = (numbers(call)?.i32(1), numbers(call)?.i64(2));
    let mut buffers = shared_views(call)?;
    submit(call, "fs.readBuffers", move || {
        let mut slices: Vec<_> =
            buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer.bytes_mut())).collect();
        fs_core::read_vectored(fd, &mut slices, position)
    })
}

/// `writeBufferAsync(buffer)`: numbers `[slot, fd, offset, length, position]`.
pub(crate) fn write_buffer(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (fd, position) = (numbers(call)?.i32(1), numbers(call)?.i64(4));
    let buffer = shared_part(call)?;
    submit(call, "fs.writeBuffer", move || fs_core::write(fd, buffer.bytes(), position))
}

/// `writeBuffersAsync(buffers)`: numbers `[slot, fd, position]`.
pub(crate) fn write_buffers(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (fd, position) = (numbers(call)?.i32(1), numbers(call)?.i64(2));
    let buffers = shared_views(call)?;
    submit(call, "fs.writeBuffers", move || {
        let mut slices: Vec<_> = buffers.iter().map(|buffer| IoSlice::new(buffer.bytes())).collect();
        fs_core::write_vectored(fd, &mut slices, position)
    })
}

/// `writeStringAsync(string)`: numbers `[slot, fd, position, encoding, length]`.
pub(crate) fn write_string(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = numbers(call)?;
    let (fd, position) = (numbers.i32(1), numbers.i64(2));
    let encoding = Encoding::from_number(numbers.i32(3) as u32);
    let mut scratch = call.state().scratch.borrow_mut();
    strings::string_bytes(call.argument(0), numbers.usize(4), encoding, &mut scratch)?;
    let bytes = std::mem::take(&mut scratch.content);
    scratch.trim();
    drop(scratch);
    submit(call, "fs.writeString", move || fs_core::write(fd, &bytes, position))
}

/// `readdirAsync(path)`: numbers `[slot, encoding, withTypes]`; delivers what `readdir`, or for Buffers
/// `readdirBuffers`, returns.
pub(crate) fn readdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, numbers) = (path(call)?, numbers(call)?);
    let (encoding, types) = (Encoding::from_number(numbers.i32(1) as u32), numbers.i32(2) != 0);
    submit(call, "fs.readdir", move || {
        Ok(Output::Names { listing: fs_core::read_directory(&path)?, encoding, types })
    })
}

/// `mkdirAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn mkdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, mode) = (path(call)?, numbers(call)?.i32(1) as u32);
    submit(call, "fs.mkdir", move || fs_core::make_directory(&path, mode))
}

/// `mkdirRecursiveAsync(path)`: numbers `[slot, mode]`.
pub(crate) fn mkdir_recursive(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, mode) = (path(call)?, numbers(call)?.i32(1) as u32);
    submit(call, "fs.mkdir", move || {
        Ok(match fs_core::make_directories(&path, mode, Form::Async)? {
            Some(first) => Output::Name { bytes: first.into_bytes(), encoding: Encoding::Utf8 },
            None => Output::Nothing,
        })
    })
}

/// `rmdirAsync(path)`: numbers `[slot]`.
pub(crate) fn rmdir(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let path = path(call)?;
    submit(call, "fs.rmdir", move || fs_core::remove_directory(&path))
}

/// `unlinkAsync(path)`: numbers `[slot]`.
pub(crate) fn unlink(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let path = path(call)?;
    submit(call, "fs.unlink", move || fs_core::unlink(&path))
}

/// `renameAsync(from, to)`: numbers `[slot]`.
pub(crate) fn rename(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let from = call.path(0, "oldPath", &mut StringBuffer::new())?.to_c_string();
    let to = call.path(1, "newPath", &mut StringBuffer::new())?.to_c_string();
    submit(call, "fs.rename", move || fs_core::rename(&from, &to))
}

/// `realpathAsync(path)`: numbers `[slot, encoding]`.
pub(crate) fn realpath(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, encoding) = (path(call)?, Encoding::from_number(numbers(call)?.i32(1) as u32));
    submit(call, "fs.realpath", move || Ok(Output::Name { bytes: fs_core::realpath(&path)?, encoding }))
}
