//! The asynchronous functions, by story: what the work needs is copied, or kept alive by the request's slot, and a
//! thread of the port's pool does it, unless the kernel has the answer in memory ([`cached_or_submit`]). Numbers are
//! `[slot, …]`, then as in the synchronous function.

pub(crate) mod attributes;
pub(crate) mod content;
pub(crate) mod descriptors;
pub(crate) mod directories;
pub(crate) mod links;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod open_directories;
pub(crate) mod trees;
pub(crate) mod whole_file;

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};

use fs_core::{Encoding, FileSystem, Listing, SmallFile, Stat, Text, TreeListing, cached};
use node_api::completions::{Effect, Job, Settle, Settled, Words};
use node_api::{Call, Env, JsError, StringBuffer};
use node_error::SyscallError;

use crate::state::{Fs, Numbers};
use crate::strings;

/// One operation for the pool.
pub(crate) struct FsJob {
    name: &'static str,
    effect: Effect,
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

    fn effect(&self) -> Effect {
        self.effect
    }
}

/// What an operation ended with.
pub(crate) struct Outcome(Result<Output, SyscallError>);

impl Outcome {
    /// `undefined`
    pub(crate) fn nothing() -> Self {
        Self(Ok(Output::Nothing))
    }

    /// A number.
    pub(crate) fn number(number: i32) -> Self {
        Self(Ok(number.into()))
    }

    /// The words of a stat.
    pub(crate) fn stat(stat: Stat, bigint: bool) -> Self {
        Self(Ok(Output::Stat { stat, bigint }))
    }
}

enum Output {
    Nothing,
    Number(f64),
    Stat {
        stat: Stat,
        bigint: bool,
    },
    FileSystem {
        found: FileSystem,
        bigint: bool,
    },
    Name {
        bytes: Vec<u8>,
        encoding: Encoding,
    },
    Names {
        listing: Listing,
        encoding: Encoding,
        types: bool,
    },
    Bytes(Vec<u8>),
    /// Closed again when nobody receives it.
    Descriptor(OwnedFd),
    /// A file that is left open because of its size.
    Large {
        fd: OwnedFd,
        size: u64,
    },
    Text(Text<'static>),
    TreeOfBuffers {
        tree: TreeListing,
        types: bool,
    },
}

impl Settle for Outcome {
    fn settle<'env>(self, env: Env<'env>, words: Words<'_>) -> Result<Settled<'env>, JsError> {
        Ok(match self.0? {
            Output::Nothing => Settled::Undefined,
            Output::Number(number) => Settled::Number(number),
            Output::Stat { stat, bigint: true } => integers(words, &stat.as_i64()),
            Output::Stat { stat, bigint: false } => floats(words, &stat.as_f64()),
            Output::FileSystem { found, bigint: true } => integers(words, &found.as_i64()),
            Output::FileSystem { found, bigint: false } => floats(words, &found.as_f64()),
            Output::Name { bytes, encoding } => Settled::Value(strings::encoded(env, &bytes, encoding)?),
            Output::Bytes(bytes) => {
                let buffer = env.buffer_copy(&bytes)?;
                cached::give_back(bytes);
                Settled::Value(buffer)
            }
            Output::Descriptor(fd) => Settled::Number(f64::from(fd.into_raw_fd())),
            Output::Large { fd, size } => {
                words.set_f64(0, f64::from(fd.into_raw_fd()));
                words.set_f64(1, size as f64);
                Settled::Words
            }
            Output::Text(text) => {
                let string = strings::string(env, &text)?;
                if let Text::Latin1(Cow::Owned(bytes)) = text {
                    cached::give_back(bytes);
                }
                Settled::Value(string)
            }
            Output::TreeOfBuffers { tree, types } => {
                Settled::Value(strings::tree_buffers(env, &tree, types)?)
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

fn integers<'env>(words: Words<'_>, values: &[i64]) -> Settled<'env> {
    values.iter().enumerate().for_each(|(index, value)| words.set_i64(index, *value));
    Settled::Words
}

fn floats<'env>(words: Words<'_>, values: &[f64]) -> Settled<'env> {
    values.iter().enumerate().for_each(|(index, value)| words.set_f64(index, *value));
    Settled::Words
}

impl From<()> for Output {
    fn from((): ()) -> Self {
        Output::Nothing
    }
}

impl From<SmallFile> for Output {
    fn from(file: SmallFile) -> Self {
        match file {
            SmallFile::Content(bytes) => Output::Bytes(bytes),
            SmallFile::Open { fd, size } => Output::Large { fd: owned(fd), size },
        }
    }
}

/// Takes a descriptor that has just been opened.
fn owned(fd: RawFd) -> OwnedFd {
    // SAFETY: `fs_core` has opened it for us alone.
    unsafe { OwnedFd::from_raw_fd(fd) }
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

impl FsJob {
    fn new<O: Into<Output>>(
        name: &'static str,
        effect: Effect,
        work: impl FnOnce() -> Result<O, SyscallError> + Send + 'static,
    ) -> Self {
        Self { name, effect, work: Box::new(move || Outcome(work().map(Into::into))) }
    }
}

/// Hands work that changes something to the pool, under the slot in the numbers.
fn submit<const N: usize, O: Into<Output>>(
    call: &Call<'_, Fs, N>,
    name: &'static str,
    work: impl FnOnce() -> Result<O, SyscallError> + Send + 'static,
) -> Result<(), JsError> {
    let slot = numbers(call)?.i32(0);
    call.state().completions()?.submit(call.env(), slot, FsJob::new(name, Effect::Changes, work))
}

/// As [`submit`], for work that only looks: what is answered at once may come before it.
fn submit_look<const N: usize, O: Into<Output>>(
    call: &Call<'_, Fs, N>,
    name: &'static str,
    work: impl FnOnce() -> Result<O, SyscallError> + Send + 'static,
) -> Result<(), JsError> {
    let slot = numbers(call)?.i32(0);
    call.state().completions()?.submit(call.env(), slot, FsJob::new(name, Effect::Looks, work))
}

/// Answers at once what the kernel has in memory (`fs_core::cached`); the completion comes in a later turn of the
/// event loop all the same. What `cached` leaves, `work` makes for the pool.
fn cached_or_submit<const N: usize, O: Into<Output>, W>(
    call: &Call<'_, Fs, N>,
    name: &'static str,
    effect: Effect,
    cached: impl FnOnce() -> Option<Result<O, SyscallError>>,
    work: impl FnOnce() -> W,
) -> Result<(), JsError>
where
    W: FnOnce() -> Result<O, SyscallError> + Send + 'static,
{
    let slot = numbers(call)?.i32(0);
    let now = || cached().map(|answer| Outcome(answer.map(Into::into)));
    let job = || FsJob::new(name, effect, work());
    call.state().completions()?.finish_or_submit(call.env(), slot, name, effect, now, job)
}

/// Whether opening a file with these flags may change one.
fn open_effect(flags: i32) -> Effect {
    if flags == libc::O_RDONLY { Effect::Looks } else { Effect::Changes }
}

/// `completeAsync()`: numbers `[slot]`; delivers undefined on a later turn of the event loop.
pub(crate) fn complete(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let slot = numbers(call)?.i32(0);
    call.state().completions()?.complete(call.env(), slot, "fs.complete", Outcome::nothing())
}

/// `cancel()`: numbers `[slot]`; a request whose work has not begun fails with `ECANCELED`, as with
/// `uv_cancel`.
pub(crate) fn cancel(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let cancelled = |job: &FsJob| {
        let syscall = job.name.strip_prefix("fs.").unwrap_or(job.name);
        Outcome(Err(SyscallError::new(libc::ECANCELED, syscall)))
    };
    let _too_late = call.state().completions()?.cancel(numbers(call)?.i32(0), cancelled);
    Ok(())
}

fn numbers<'env, const N: usize>(call: &Call<'env, Fs, N>) -> Result<Numbers<'env>, JsError> {
    call.state().numbers()
}

fn path<const N: usize>(call: &Call<'_, Fs, N>) -> Result<CString, JsError> {
    Ok(call.path(0, "path", &mut StringBuffer::new())?.to_c_string())
}

/// An operation that changes what is at a path.
fn on_path<O: Into<Output> + 'static>(
    call: &Call<'_, Fs, 1>,
    name: &'static str,
    operate: impl FnOnce(&CStr) -> Result<O, SyscallError> + Send + 'static,
) -> Result<(), JsError> {
    let path = path(call)?;
    submit(call, name, move || operate(&path))
}

/// An operation that looks at what is at a path.
fn look_at<O: Into<Output> + 'static>(
    call: &Call<'_, Fs, 1>,
    name: &'static str,
    operate: impl FnOnce(&CStr) -> Result<O, SyscallError> + Send + 'static,
) -> Result<(), JsError> {
    let path = path(call)?;
    submit_look(call, name, move || operate(&path))
}

/// An operation that changes what is at two paths, of which messages know the names.
fn on_paths(
    call: &Call<'_, Fs, 2>,
    name: &'static str,
    [first, second]: [&str; 2],
    operate: impl FnOnce(&CStr, &CStr) -> Result<(), SyscallError> + Send + 'static,
) -> Result<(), JsError> {
    let from = call.path(0, first, &mut StringBuffer::new())?.to_c_string();
    let to = call.path(1, second, &mut StringBuffer::new())?.to_c_string();
    submit(call, name, move || operate(&from, &to))
}
