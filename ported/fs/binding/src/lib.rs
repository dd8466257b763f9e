//! Node's fs binding over Node-API: arguments to `fs_core`, results back.
//!
//! Numbers cross in one pinned `Float64Array` that both sides know ([`state::Numbers`]): a function's
//! documentation says which element is which. A crossing costs as much as a tenth of a system call, and
//! this saves one for each number. Strings and Buffers are arguments.

mod asynchronous;
mod state;
mod strings;
mod synchronous;

use asynchronous as later;
use state::Fs;
use synchronous as now;

node_api::module! {
    name: "fs",
    state: Fs,
    functions: {
        "connect" => state::connect,
        "access" => now::access,
        "close" => now::close,
        "fstat" => now::fstat,
        "isMissing" => now::is_missing,
        "lstat" => now::lstat,
        "mkdir" => now::mkdir,
        "mkdirRecursive" => now::mkdir_recursive,
        "moduleStat" => now::module_stat,
        "open" => now::open,
        "read" => now::read,
        "readBuffers" => now::read_buffers,
        "readFileUtf8" => now::read_file_utf8,
        "readdir" => now::readdir,
        "readdirBuffers" => now::readdir_buffers,
        "realpath" => now::realpath,
        "rename" => now::rename,
        "rmdir" => now::rmdir,
        "stat" => now::stat,
        "unlink" => now::unlink,
        "writeBuffer" => now::write_buffer,
        "writeBuffers" => now::write_buffers,
        "writeFileUtf8" => now::write_file_utf8,
        "writeString" => now::write_string,
        "accessAsync" => later::access,
        "closeAsync" => later::close,
        "fstatAsync" => later::fstat,
        "lstatAsync" => later::lstat,
        "mkdirAsync" => later::mkdir,
        "mkdirRecursiveAsync" => later::mkdir_recursive,
        "openAsync" => later::open,
        "readSmallFileAsync" => later::read_small_file,
        "readAsync" => later::read,
        "readBuffersAsync" => later::read_buffers,
        "readdirAsync" => later::readdir,
        "realpathAsync" => later::realpath,
        "renameAsync" => later::rename,
        "rmdirAsync" => later::rmdir,
        "statAsync" => later::stat,
        "unlinkAsync" => later::unlink,
        "writeBufferAsync" => later::write_buffer,
        "writeBuffersAsync" => later::write_buffers,
        "writeStringAsync" => later::write_string,
    }
}
