//! Node's fs binding over Node-API: arguments to `fs_core`, results back.
//!
//! Numbers cross in one pinned `Float64Array` that both sides know ([`state::Numbers`]): a function's
//! documentation says which element is which. A crossing costs as much as a tenth of a system call, and
//! this saves one for each number. Strings and Buffers are arguments.

mod asynchronous;
mod open_directories;
mod state;
mod strings;
mod synchronous;
mod watching;

use asynchronous as later;
use state::Fs;
use synchronous as now;

node_api::module! {
    name: "fs",
    state: Fs,
    functions: {
        "connect" => state::connect,
        "access" => now::metadata::access,
        "close" => now::descriptors::close,
        "fstat" => now::metadata::fstat,
        "isMissing" => now::metadata::is_missing,
        "listTree" => now::trees::list_tree,
        "lstat" => now::metadata::lstat,
        "mkdir" => now::directories::mkdir,
        "mkdirRecursive" => now::directories::mkdir_recursive,
        "moduleStat" => now::metadata::module_stat,
        "open" => now::descriptors::open,
        "read" => now::content::read,
        "readBuffers" => now::content::read_buffers,
        "readFileUtf8" => now::whole_file::read_file_utf8,
        "readWholeFile" => now::trees::read_whole_file,
        "readdir" => now::directories::readdir,
        "readdirBuffers" => now::directories::readdir_buffers,
        "realpath" => now::names::realpath,
        "removeNow" => now::trees::remove_now,
        "rename" => now::names::rename,
        "rmdir" => now::directories::rmdir,
        "stat" => now::metadata::stat,
        "unlink" => now::names::unlink,
        "writeBuffer" => now::content::write_buffer,
        "writeBuffers" => now::content::write_buffers,
        "writeFileUtf8" => now::whole_file::write_file_utf8,
        "writeString" => now::content::write_string,
        "closeDirectory" => now::open_directories::close,
        "openDirectory" => now::open_directories::open,
        "readDirectory" => now::open_directories::read,
        "forgetDescriptor" => now::descriptors::forget,
        "keepDescriptor" => now::descriptors::keep,
        "hold" => watching::hold,
        "letGo" => watching::let_go,
        "readChanges" => watching::read_changes,
        "startPoll" => watching::start_poll,
        "stopPoll" => watching::stop_poll,
        "unwatch" => watching::unwatch,
        "watch" => watching::watch,
        "cancel" => later::cancel,
        "completeAsync" => later::complete,
        "closeDirectoryAsync" => later::open_directories::close,
        "openDirectoryAsync" => later::open_directories::open,
        "readDirectoryAsync" => later::open_directories::read,
        "accessAsync" => later::metadata::access,
        "closeAsync" => later::descriptors::close,
        "fstatAsync" => later::metadata::fstat,
        "listTreeAsync" => later::trees::list_tree,
        "lstatAsync" => later::metadata::lstat,
        "mkdirAsync" => later::directories::mkdir,
        "mkdirRecursiveAsync" => later::directories::mkdir_recursive,
        "openAsync" => later::descriptors::open,
        "readSmallFileAsync" => later::whole_file::read_small_file,
        "readWholeFileAsync" => later::trees::read_whole_file,
        "readAsync" => later::content::read,
        "readBuffersAsync" => later::content::read_buffers,
        "readdirAsync" => later::directories::readdir,
        "realpathAsync" => later::names::realpath,
        "removeTreeAsync" => later::trees::remove_tree,
        "renameAsync" => later::names::rename,
        "rmdirAsync" => later::directories::rmdir,
        "statAsync" => later::metadata::stat,
        "unlinkAsync" => later::names::unlink,
        "writeBufferAsync" => later::content::write_buffer,
        "writeBuffersAsync" => later::content::write_buffers,
        "writeWholeFileAsync" => later::trees::write_whole_file,
        "writeStringAsync" => later::content::write_string,
    }
}
