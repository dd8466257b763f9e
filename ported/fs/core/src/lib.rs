//! File system semantics of Node's fs binding, without a JavaScript engine.
//!
//! Every function is one operation of `internalBinding('fs')` as libuv and Node's C++ carry it out on
//! Linux: the same system calls in the same order, the same retries, the same name in `syscall` when
//! it fails. Paths are NUL-terminated, as the kernel takes them. Nothing here knows JavaScript, so
//! everything here is tested by `cargo test`.

mod attributes;
pub mod cached;
mod copy_checks;
mod copy_file;
mod copy_new;
mod copy_sync;
mod directory;
mod encoding;
mod file;
mod file_system;
mod inotify;
mod lexical;
mod link;
mod loader;
mod open_directory;
mod path;
mod regular_file;
mod remove_now;
mod stat;
mod stat_poll;
mod std_filesystem;
mod syscall;
mod temporary;
mod text;
mod threads;
mod tree_copy;
mod tree_listing;
mod tree_merge;
mod tree_removal;
mod watcher;
mod whole_file;
mod widen;

pub use attributes::{
    Times, change_link_owner, change_link_times, change_mode, change_mode_of, change_owner, change_owner_of,
    change_times, change_times_of,
};
pub use copy_checks::{Copied, copy_new_tree};
pub use copy_file::{CopyMode, Reflink, copy_file};
pub use copy_new::Existing;
pub use copy_sync::{CopyRefusal, check_copy, replace_file};
pub use directory::{Form, Listing, make_directories, make_directory, read_directory, remove_directory};
pub use encoding::{Encoded, Encoding, decode_owned};
pub use file::{
    IoSlice, IoSliceMut, close, open, read, read_vectored, sync, sync_data, truncate, write, write_vectored,
};
pub use file_system::{FILE_SYSTEM_FIELDS, FileSystem, file_system};
pub use inotify::{Change, Inotify};
pub use link::{link, read_link, symlink};
pub use loader::{is_webassembly, legacy_main};
pub use open_directory::OpenDirectory;
pub use path::{access, exists, module_stat, realpath, rename, unlink};
pub use regular_file::{Placed, read_opened_regular_file, read_regular_file, read_regular_file_into};
pub use remove_now::{Removed, remove_now, words};
pub use stat::{STAT_FIELDS, Stat, fstat, lstat, stat};
pub use stat_poll::StatPoll;
pub use temporary::make_temporary_directory;
pub use text::{Decoder, Text, decode_utf8, encode_utf8};
pub use tree_copy::{CopyFailure, Rules, TreeCopy, copy_tree};
pub use tree_listing::{Folder, Order, TreeListing, TreeWalk, list_tree};
pub use tree_merge::{Edition, TreeMerge, merge_tree};
pub use tree_removal::{Persistence, remove_tree};
pub use watcher::{Notice, Watcher};
pub use whole_file::{SmallFile, Target, read_opened_file, read_small_file, read_text, write_file};
