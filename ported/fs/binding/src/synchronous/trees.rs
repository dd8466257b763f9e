//! Whole files and trees, synchronously. What fails in the middle of a tree has a path of its own, so these functions throw.

use std::ffi::CString;

use fs_core::{
    CopyRefusal, Edition, Encoding, Existing, Order, Placed, Removed, TreeListing, TreeMerge, TreeWalk,
};
use node_api::{Call, JsError, StringBuffer, Value};
use node_error::SyscallError;

use crate::state::Fs;
use crate::strings;

/// Depth first ([`Order::Stack`]).
const STACK: i32 = 1;
/// Links to directories are walked into.
const FOLLOW: i32 = 2;
/// Give up at what Node 24 looks up by a decoded name.
const PLAIN: i32 = 4;
/// Types are wanted.
const TYPES: i32 = 8;

/// What the listing of a tree needs: the arguments `path` and, where it is not the path and a slash, `prefix`; two
/// numbers, an encoding and options.
pub(crate) struct TreeRequest {
    root: CString,
    prefix: Vec<u8>,
    pub(crate) encoding: Encoding,
    options: i32,
}

impl TreeRequest {
    /// Reads the arguments, and the numbers from `first` on.
    pub(crate) fn read(call: &Call<'_, Fs, 2>, first: usize) -> Result<Self, JsError> {
        let root = call.path(0, "path", &mut StringBuffer::new())?.to_c_string();
        let prefix = if call.count() > 1 {
            call.path(1, "prefix", &mut StringBuffer::new())?.to_bytes().to_vec()
        } else {
            let slash: &[u8] = if root.to_bytes().ends_with(b"/") { b"" } else { b"/" };
            [root.to_bytes(), slash].concat()
        };
        let numbers = call.state().numbers()?;
        let encoding = Encoding::from_number(numbers.i32(first) as u32);
        Ok(Self { root, prefix, encoding, options: numbers.i32(first + 1) })
    }

    pub(crate) fn types(&self) -> bool {
        self.options & TYPES != 0
    }

    pub(crate) fn run(&self) -> Result<TreeListing, SyscallError> {
        fs_core::list_tree(&TreeWalk {
            root: &self.root,
            prefix: &self.prefix,
            order: if self.options & STACK != 0 { Order::Stack } else { Order::Breadth },
            follow: self.options & FOLLOW != 0,
            plain: self.options & PLAIN != 0,
            paths: self.encoding == Encoding::Utf8 && !self.types(),
        })
    }
}

/// `listTree(path, prefix?)`: numbers `[encoding, options]`, as [`TreeRequest`] has them; undefined when the walk gave
/// up. `TreeListing::join` says what the string holds.
pub(crate) fn list_tree<'env>(call: &Call<'env, Fs, 2>) -> Result<Option<Value<'env>>, JsError> {
    let request = TreeRequest::read(call, 0)?;
    let tree = request.run()?;
    if !tree.is_plain() {
        return Ok(None);
    }
    match request.encoding {
        Encoding::Buffer => strings::tree_buffers(call.env(), &tree, request.types()),
        encoding => strings::string(call.env(), &tree.join(encoding, request.types())),
    }
    .map(Some)
}

/// `readWholeFile(path, room)`: numbers `[flags]`. Fills the room from its beginning and answers with how many bytes
/// that are; otherwise returns the descriptor of what is larger than the room or no regular file with a size, or -1
/// when it failed.
pub(crate) fn read_whole_file(call: &Call<'_, Fs, 2>) -> Result<Option<i32>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let room = call.bytes(1, "room")?;
    let numbers = call.state().numbers()?;
    // SAFETY: no JavaScript runs during the call, and the JavaScript half keeps the room to itself.
    let room = unsafe { room.as_mut_slice() };
    Ok(match fs_core::read_regular_file_into(&path, numbers.i32(0), room) {
        Ok(Placed::Filled(length)) => {
            numbers.answer(length as f64);
            None
        }
        Ok(Placed::Open(fd)) => Some(fd),
        Err(_) => Some(-1),
    })
}

/// `removeNow(path)`: numbers `[recursive, retries, delay in ms]`. False for a directory that is not to be removed;
/// when it failed, answers with the errno and returns the C library's words for it.
pub(crate) fn remove_now<'env>(call: &Call<'env, Fs, 1>) -> Result<Option<Value<'env>>, JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let numbers = call.state().numbers()?;
    match fs_core::remove_now(&path, numbers.i32(0) != 0, numbers.i32(1), numbers.i32(2)) {
        Ok(Removed::Gone) => Ok(None),
        Ok(Removed::IsDirectory) => call.env().boolean(false).map(Some),
        Err(errno) => {
            numbers.answer(f64::from(errno));
            call.env().string(fs_core::words(errno).as_bytes()).map(Some)
        }
    }
}

/// `checkCopy(src, dest)`: numbers `[dereference, recursive]`. Returns what [`refusal`] says.
pub(crate) fn check_copy<'env>(call: &Call<'env, Fs, 2>) -> Result<Option<Value<'env>>, JsError> {
    let (mut from, mut to) = (StringBuffer::new(), StringBuffer::new());
    let (from, to) = (call.path(0, "src", &mut from)?, call.path(1, "dest", &mut to)?);
    let numbers = call.state().numbers()?;
    refusal(call, fs_core::check_copy(&from, &to, numbers.i32(0) != 0, numbers.i32(1) != 0))
}

/// `replaceFile(src, dest)`: numbers `[mode, preserve times]`. Returns what [`refusal`] says.
pub(crate) fn replace_file<'env>(call: &Call<'env, Fs, 2>) -> Result<Option<Value<'env>>, JsError> {
    let (mut from, mut to) = (StringBuffer::new(), StringBuffer::new());
    let (from, to) = (call.path(0, "src", &mut from)?, call.path(1, "dest", &mut to)?);
    let numbers = call.state().numbers()?;
    refusal(call, fs_core::replace_file(&from, &to, numbers.i32(0), numbers.i32(1) != 0))
}

/// Files that are there are written over.
const OVERWRITE: i32 = 1;
/// Files that are there are an error.
const REFUSE: i32 = 2;
const DEREFERENCE: i32 = 4;
const VERBATIM_LINKS: i32 = 8;
const PRESERVE_TIMES: i32 = 16;
/// The rules of Node 26.
const NODE_26: i32 = 32;

/// `mergeTree(src, dest)`: numbers `[options]`. Returns what [`refusal`] says.
pub(crate) fn merge_tree<'env>(call: &Call<'env, Fs, 2>) -> Result<Option<Value<'env>>, JsError> {
    let (mut from, mut to) = (StringBuffer::new(), StringBuffer::new());
    let (from, to) = (call.path(0, "src", &mut from)?, call.path(1, "dest", &mut to)?);
    let options = call.state().numbers()?.i32(0);
    let has = |option| options & option != 0;
    let outcome = fs_core::merge_tree(&TreeMerge {
        from: &from,
        to: &to,
        existing: match (has(OVERWRITE), has(REFUSE)) {
            (true, _) => Existing::Overwrite,
            (false, true) => Existing::Refuse,
            (false, false) => Existing::Keep,
        },
        dereference: has(DEREFERENCE),
        verbatim_links: has(VERBATIM_LINKS),
        preserve_times: has(PRESERVE_TIMES),
        edition: if has(NODE_26) { Edition::Node26 } else { Edition::Node24 },
    });
    refusal(call, outcome)
}

/// Undefined; a code and a message, separated by NUL; or `words`, the errno, the C library's words for it, the syscall
/// and the path. What libuv words is thrown.
fn refusal<'env>(
    call: &Call<'env, Fs, 2>,
    outcome: Result<(), CopyRefusal>,
) -> Result<Option<Value<'env>>, JsError> {
    let text = match outcome {
        Ok(()) => return Ok(None),
        Err(CopyRefusal::Syscall(error)) => return Err(error.into()),
        Err(CopyRefusal::Coded { code, message }) => [code.as_bytes(), b"\0", &message].concat(),
        Err(CopyRefusal::Words { errno, syscall, path }) => {
            let words = format!("words\0{errno}\0{}\0{syscall}\0", fs_core::words(errno));
            [words.as_bytes(), &path].concat()
        }
    };
    strings::string(call.env(), &fs_core::decode_owned(text)).map(Some)
}
