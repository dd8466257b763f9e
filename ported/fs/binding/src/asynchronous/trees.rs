//! Whole files and trees in one job, where Node's lib takes many.

use fs_core::{Copied, CopyFailure, Encoding, Persistence, Rules, SmallFile, Target, TreeCopy, cached};
use node_api::completions::Effect;
use node_api::{Call, JsError, StringBuffer};

use super::content::Shared;
use super::whole_file::{Reads, read_file};
use super::{Output, cached_or_submit, numbers, path, submit, submit_look};
use crate::state::Fs;
use crate::synchronous::trees::TreeRequest;

/// Read everything in the job, as Node 26 does, and leave to steps what Node 24 reads in steps.
const TO_THE_END: i32 = 1;
/// The result is text, decoded from UTF-8 on the pool's thread.
const TEXT: i32 = 2;

/// `readWholeFileAsync(path)`: numbers `[slot, flags, most, options]`. Delivers a Buffer or a string; for a file of
/// more than `most` bytes, or for no regular file, the words `[fd, size]`.
pub(crate) fn read_whole_file(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let numbers = numbers(call)?;
    let (flags, most, options) = (numbers.i32(1), numbers.usize(2) as u64, numbers.i32(3));
    let reads = if options & TO_THE_END != 0 { Reads::ToTheEnd } else { Reads::RegularFiles };
    read_file(call, "fs.readWholeFile", flags, most, reads, move |file| match file {
        SmallFile::Content(bytes) if options & TEXT != 0 => Output::Text(fs_core::decode_owned(bytes)),
        file => file.into(),
    })
}

/// Data up to this size is copied, so that it may change while it is written.
const COPIED: usize = 64 * 1024;

/// `writeWholeFileAsync(buffer, path)`: numbers `[slot, flags, mode]`.
pub(crate) fn write_whole_file(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(1, "path", &mut buffer)?;
    let numbers = numbers(call)?;
    let (flags, mode) = (numbers.i32(1), numbers.i32(2) as u32);
    let data = Shared::whole(call, 0)?;
    let cached = || cached::write_small_file(&path, flags, data.bytes());
    let pooled = || {
        let path = path.to_c_string();
        let data = if data.bytes().len() <= COPIED {
            Data::Copied(data.bytes().to_vec())
        } else {
            Data::Shared(data)
        };
        move || fs_core::write_file(Target::Path(&path), flags, mode, data.bytes())
    };
    cached_or_submit(call, "fs.writeWholeFile", Effect::Changes, cached, pooled)
}

enum Data {
    Copied(Vec<u8>),
    Shared(Shared),
}

impl Data {
    fn bytes(&self) -> &[u8] {
        match self {
            Data::Copied(bytes) => bytes,
            Data::Shared(part) => part.bytes(),
        }
    }
}

/// `listTreeAsync(path, prefix?)`: numbers `[slot, encoding, options]`, as [`TreeRequest`] has them. Delivers
/// undefined when the walk gave up.
pub(crate) fn list_tree(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let request = TreeRequest::read(call, 1)?;
    submit_look(call, "fs.listTree", move || {
        let tree = request.run()?;
        Ok(match request.encoding {
            _ if !tree.is_plain() => Output::Nothing,
            Encoding::Buffer => Output::TreeOfBuffers { tree, types: request.types() },
            encoding => Output::Text(tree.join(encoding, request.types())),
        })
    })
}

/// `removeTreeAsync(path)`: numbers `[slot, recursive]`. Delivers 1 and removes nothing when the path is a directory
/// and `recursive` is 0.
pub(crate) fn remove_tree(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let (path, recursive) = (path(call)?, numbers(call)?.i32(1) != 0);
    submit(call, "fs.removeTree", move || {
        if !recursive && fs_core::lstat(&path)?.is_directory() {
            return Ok(Output::Number(1.0));
        }
        fs_core::remove_tree(&path, Persistence::Rest).map(|()| Output::Nothing)
    })
}

/// Links keep their text.
const VERBATIM: i32 = 1;
/// Copies get the times of their sources.
const TIMES: i32 = 2;
/// The checks of fs.cp come first.
const CHECKED: i32 = 4;
/// The rules of Node 26's `CpDirJob`.
const JOB: i32 = 8;

/// `copyTreeAsync(from, to)`: numbers `[slot, options, clone]`. Delivers 1 when the checks leave the copy to steps; for
/// a failure that libuv does not word, a string of parts separated by NUL: `words`, the errno, the C library's words
/// and a path, or the kind of what cannot be copied and a path.
pub(crate) fn copy_tree(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
    let from = call.path(0, "src", &mut StringBuffer::new())?.to_c_string();
    let to = call.path(1, "dest", &mut StringBuffer::new())?.to_c_string();
    let (options, clone) = (numbers(call)?.i32(1), numbers(call)?.i32(2));
    submit(call, "fs.copyTree", move || {
        let copy = TreeCopy {
            from: &from,
            to: &to,
            verbatim_links: options & VERBATIM != 0,
            preserve_times: options & TIMES != 0,
            clone,
            rules: if options & JOB != 0 { Rules::Job } else { Rules::Steps },
        };
        let copied = if options & CHECKED != 0 {
            fs_core::copy_new_tree(&copy)
        } else {
            fs_core::copy_tree(&copy).map(|()| Copied::Tree)
        };
        match copied {
            Ok(Copied::Tree) => Ok(Output::Nothing),
            Ok(Copied::Nothing) => Ok(Output::Number(1.0)),
            Err(CopyFailure::Syscall(error)) => Err(error),
            Err(CopyFailure::Words { errno, path }) => {
                let words = format!("words\0{errno}\0{}\0", fs_core::words(errno));
                Ok(Output::Text(fs_core::decode_owned([words.as_bytes(), &path].concat())))
            }
            Err(CopyFailure::Special { kind, to }) => {
                Ok(Output::Text(fs_core::decode_owned([kind.as_bytes(), b"\0", &to].concat())))
            }
        }
    })
}
