//! What the port keeps for one environment.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::os::fd::RawFd;
use std::sync::Arc;

use fs_core::{FILE_SYSTEM_FIELDS, FileSystem, STAT_FIELDS, Stat};
use node_api::completions::Completions;
use node_api::{Call, Env, JsError, Pinned, Port, Shelf};
use node_error::SyscallError;

use crate::asynchronous::FsJob;
use crate::extended::Extended;
use crate::open_directories::OpenDirectories;
use crate::watching::Watching;

/// The state of the port in one environment.
#[derive(Default)]
pub(crate) struct Fs {
    connection: OnceCell<Connection>,
    /// Reused for the content of files, so that its pages are faulted in once.
    pub(crate) scratch: RefCell<Scratch>,
    /// Threads of the pool open directories, too.
    pub(crate) directories: Arc<OpenDirectories>,
    pub(crate) watching: Watching,
    /// What handles hold, and is closed when the environment ends.
    pub(crate) descriptors: RefCell<KeptDescriptors>,
    /// What is held by number alone (Node's "unmanaged" descriptors), likewise.
    pub(crate) unmanaged: RefCell<KeptDescriptors>,
    pub(crate) extended: Extended,
}

/// Descriptors that a worker must not leave open; the main thread leaves that to the process.
#[derive(Default)]
pub(crate) struct KeptDescriptors(BTreeSet<RawFd>);

impl KeptDescriptors {
    /// False when it was kept already.
    pub(crate) fn keep(&mut self, fd: RawFd) -> bool {
        self.0.insert(fd)
    }

    /// False when it was not kept.
    pub(crate) fn forget(&mut self, fd: RawFd) -> bool {
        self.0.remove(&fd)
    }
}

impl Drop for KeptDescriptors {
    fn drop(&mut self) {
        for fd in &self.0 {
            // Nobody is left to hear that it failed.
            let _closed = fs_core::close(*fd);
        }
    }
}

/// What the JavaScript half shares with the port.
struct Connection {
    completions: Completions<FsJob>,
    numbers: Pinned<f64>,
    stats: Pinned<f64>,
    big_stats: Pinned<i64>,
    stat_fs: Pinned<f64>,
    big_stat_fs: Pinned<i64>,
}

/// Memory for one file's content and its decoded text.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) content: Vec<u8>,
    pub(crate) units: Vec<u16>,
    pub(crate) decoder: fs_core::Decoder,
    /// Further memory of the first kind and of the decoder's, lent to strings.
    pub(crate) bytes: Shelf<u8>,
    pub(crate) wide: Shelf<u16>,
}

/// Scratch memory above this is given back after use, in bytes.
const KEPT: usize = 4 << 20;

impl Scratch {
    /// Gives back what a large file has taken.
    pub(crate) fn trim(&mut self) {
        if self.content.capacity() > KEPT {
            self.content = Vec::new();
        }
        if self.units.capacity() > KEPT {
            self.units = Vec::new();
        }
        self.decoder.trim(KEPT);
    }
}

impl Port for Fs {
    fn new(_env: Env<'_>) -> Result<Self, JsError> {
        Ok(Self::default())
    }

    fn cleanup(&self) {
        self.extended.forget();
    }
}

/// `connect(drain, entries, words, numbers, stats, bigStats, statFs, bigStatFs)`, once for an environment; all
/// worlds share the arrays.
pub(crate) fn connect(call: &Call<'_, Fs, 8>) -> Result<(), JsError> {
    let env = call.env();
    // SAFETY: ported/fs/js and shims/node-api/completions.js make these arrays and keep them to themselves,
    // or, for the arrays of stat and statfs, hand them to Node's lib, which only reads them.
    let connection = unsafe {
        Connection {
            completions: Completions::new(env, "fs", call.argument(0), call.argument(1), call.argument(2))?,
            numbers: Pinned::new(env, call.argument(3), "numbers")?,
            stats: Pinned::new(env, call.argument(4), "stats")?,
            big_stats: Pinned::new(env, call.argument(5), "bigStats")?,
            stat_fs: Pinned::new(env, call.argument(6), "statFs")?,
            big_stat_fs: Pinned::new(env, call.argument(7), "bigStatFs")?,
        }
    };
    let rooms = [
        (connection.numbers.cells().len(), NUMBERS),
        (connection.stats.cells().len(), STAT_FIELDS),
        (connection.big_stats.cells().len(), STAT_FIELDS),
        (connection.stat_fs.cells().len(), FILE_SYSTEM_FIELDS),
        (connection.big_stat_fs.cells().len(), FILE_SYSTEM_FIELDS),
    ];
    if let Some((room, least)) = rooms.into_iter().find(|(room, least)| room < least) {
        return Err(JsError::range_error(
            "ERR_OUT_OF_RANGE",
            format!("an array has {room} elements and needs {least}, as ported/fs/js/connection.js makes it"),
        ));
    }
    call.state().connection.set(connection).map_err(|_| {
        JsError::error("ERR_INVALID_STATE", "the port is connected already; all worlds share one connection")
    })
}

/// How many numbers there are; the last two are the answer of a call that failed.
const NUMBERS: usize = 6;
/// Which system call of several failed.
const STEP: usize = 4;
/// Its errno, negative; 0 as long as none failed.
const FAILED: usize = 5;
/// In place of the errno: a typed function cannot do it, ask the ordinary one.
const ASK_AGAIN: f64 = 1.0;

/// The system calls of readFileUtf8 and writeFileUtf8, in the order in which ported/fs/js/whole-file.js has them.
fn step(syscall: &str) -> f64 {
    match syscall {
        "read" => 1.0,
        "write" => 2.0,
        "close" => 3.0,
        _ => 0.0,
    }
}

impl Fs {
    #[inline]
    fn connection(&self) -> Result<&Connection, JsError> {
        self.connection.get().ok_or_else(not_connected)
    }

    /// The numbers of this call.
    #[inline]
    pub(crate) fn numbers(&self) -> Result<Numbers<'_>, JsError> {
        Ok(Numbers(self.connection()?.numbers.cells()))
    }

    /// Hands a failed system call over as numbers: the JavaScript half makes its error in half the time
    /// that it takes from here. `None` when it failed.
    #[inline]
    pub(crate) fn outcome<T>(&self, result: Result<T, SyscallError>) -> Result<Option<T>, JsError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let cells = self.connection()?.numbers.cells();
                cells[STEP].set(step(error.syscall));
                cells[FAILED].set(f64::from(error.uv_errno()));
                Ok(None)
            }
        }
    }

    /// Has the JavaScript half ask the ordinary function.
    #[cold]
    pub(crate) fn ask_again(&self) {
        if let Some(connection) = self.connection.get() {
            connection.numbers.cells()[FAILED].set(ASK_AGAIN);
        }
    }

    /// The way to the pool.
    pub(crate) fn completions(&self) -> Result<&Completions<FsJob>, JsError> {
        Ok(&self.connection()?.completions)
    }

    /// Writes the answer of a synchronous stat where the JavaScript half returns it from.
    #[inline]
    pub(crate) fn write_stat(&self, stat: &Stat, bigint: bool) -> Result<(), JsError> {
        let connection = self.connection()?;
        if bigint {
            fill(connection.big_stats.cells(), &stat.as_i64());
        } else {
            fill(connection.stats.cells(), &stat.as_f64());
        }
        Ok(())
    }

    /// Writes the answer of a synchronous statfs where the JavaScript half returns it from.
    pub(crate) fn write_stat_fs(&self, found: &FileSystem, bigint: bool) -> Result<(), JsError> {
        let connection = self.connection()?;
        if bigint {
            fill(connection.big_stat_fs.cells(), &found.as_i64());
        } else {
            fill(connection.stat_fs.cells(), &found.as_f64());
        }
        Ok(())
    }
}

#[inline]
fn fill<T: Copy>(cells: &[Cell<T>], values: &[T]) {
    for (cell, value) in cells.iter().zip(values) {
        cell.set(*value);
    }
}

#[cold]
fn not_connected() -> JsError {
    JsError::error("ERR_INVALID_STATE", "call connect() first, as ported/fs/js/connection.js does")
}

/// The numbers of one call. They are read before JavaScript can run again, so calls cannot mix theirs up.
#[derive(Clone, Copy)]
pub(crate) struct Numbers<'state>(&'state [Cell<f64>]);

impl Numbers<'_> {
    /// A descriptor, flags or a mode.
    #[inline]
    pub(crate) fn i32(self, index: usize) -> i32 {
        self.0[index].get() as i32
    }

    /// A user or a group, of which -1 is none.
    pub(crate) fn id(self, index: usize) -> u32 {
        self.0[index].get() as i64 as u32
    }

    /// A time in seconds.
    pub(crate) fn f64(self, index: usize) -> f64 {
        self.0[index].get()
    }

    /// A position.
    #[inline]
    pub(crate) fn i64(self, index: usize) -> i64 {
        self.0[index].get() as i64
    }

    /// A length or an offset.
    #[inline]
    pub(crate) fn usize(self, index: usize) -> usize {
        self.0[index].get() as usize
    }

    /// Answers with a number.
    #[inline]
    pub(crate) fn answer(self, value: f64) {
        self.0[0].set(value);
    }
}
