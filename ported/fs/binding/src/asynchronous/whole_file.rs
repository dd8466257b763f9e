//! A whole file in one job.

use std::cell::Cell;

use fs_core::{SmallFile, cached};
use node_api::{Call, JsError, StringBuffer};

use super::{Output, cached_or_submit, numbers, open_effect};
use crate::state::Fs;

/// What is read where it may have to be waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reads {
    /// Everything to its end, as Node 26.
    ToTheEnd,
    /// Regular files; what Node 24 reads in steps is left open.
    RegularFiles,
}

/// `readSmallFileAsync(path)`: numbers `[slot, flags, most]`. Delivers a Buffer, or, for a file of more than `most`
/// bytes, the words `[fd, size]`.
pub(crate) fn read_small_file(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = numbers(call)?;
    let (flags, most) = (numbers.i32(1), numbers.usize(2) as u64);
    read_file(call, "fs.readSmallFile", flags, most, Reads::ToTheEnd, Output::from)
}

/// Reads the file at the path that is the first argument, at once where it is in memory.
pub(super) fn read_file(
    call: &Call<'_, Fs, 1>,
    name: &'static str,
    flags: i32,
    most: u64,
    reads: Reads,
    output: impl Fn(SmallFile) -> Output + Copy + Send + 'static,
) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let opened = Cell::new(None);
    let cached = || match cached::read_small_file(&path, flags, most) {
        cached::Attempt::Done(read) => Some(read.map(output)),
        cached::Attempt::Opened(fd) => {
            opened.set(Some(fd));
            None
        }
        cached::Attempt::Nothing => None,
    };
    let pooled = || {
        let (path, opened) = (path.to_c_string(), opened.take());
        move || {
            if let Some(fd) = &opened {
                cached::wait_and_block(fd, flags);
            }
            let read = match (opened, reads) {
                (Some(fd), Reads::ToTheEnd) => fs_core::read_opened_file(fd, &path, most),
                (Some(fd), Reads::RegularFiles) => fs_core::read_opened_regular_file(fd, most),
                (None, Reads::ToTheEnd) => fs_core::read_small_file(&path, flags, most),
                (None, Reads::RegularFiles) => fs_core::read_regular_file(&path, flags, most),
            };
            read.map(output)
        }
    };
    cached_or_submit(call, name, open_effect(flags), cached, pooled)
}
