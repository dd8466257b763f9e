//! The directories that JavaScript holds open, by the numbers that it has for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fs_core::OpenDirectory;
use node_error::SyscallError;

/// Of one environment; those that are left open are closed with it. Threads of the pool add to it.
#[derive(Default)]
pub(crate) struct OpenDirectories(Mutex<Table>);

#[derive(Default)]
struct Table {
    last: i32,
    open: HashMap<i32, Arc<OpenDirectory>>,
}

impl OpenDirectories {
    /// Keeps a directory open; returns its number.
    pub(crate) fn add(&self, directory: OpenDirectory) -> i32 {
        let mut table = self.lock();
        // Skips what is still open after two thousand million others.
        let number = loop {
            table.last = table.last.wrapping_add(1) & i32::MAX;
            if !table.open.contains_key(&table.last) {
                break table.last;
            }
        };
        table.open.insert(number, Arc::new(directory));
        number
    }

    /// # Errors
    /// `EBADF` when it is closed.
    pub(crate) fn get(&self, number: i32) -> Result<Arc<OpenDirectory>, SyscallError> {
        self.lock().open.get(&number).cloned().ok_or_else(|| SyscallError::new(libc::EBADF, "readdir"))
    }

    /// Takes one out, to be closed.
    ///
    /// # Errors
    /// `EBADF` when it is closed already.
    pub(crate) fn remove(&self, number: i32) -> Result<Arc<OpenDirectory>, SyscallError> {
        self.lock().open.remove(&number).ok_or_else(|| SyscallError::new(libc::EBADF, "closedir"))
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
