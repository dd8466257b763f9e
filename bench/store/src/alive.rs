//! Whether the program that measures a run still lives. It holds a lock on a file beside the store until it ends; the
//! kernel lets go of it however that happens, and a process number that somebody else has got meanwhile deceives
//! nobody.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

fn lock_file(store: &Path, run: i64) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(format!("-run-{run}"));
    path.into()
}

/// Marks a run as measured by this program until the file that is returned is dropped.
pub(crate) fn claim(store: &Path, run: i64) -> io::Result<File> {
    let file = File::options().create(true).append(true).open(lock_file(store, run))?;
    file.lock()?;
    Ok(file)
}

/// Whether some program measures the run. Where that cannot be found out, it is taken to be so.
pub(crate) fn is_claimed(store: &Path, run: i64) -> bool {
    match File::open(lock_file(store, run)) {
        // Shared, so that two who look do not take each other for the program.
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// Removes the mark of a run that has ended.
pub(crate) fn release(store: &Path, run: i64) {
    // One that stays is only untidy: nobody holds it.
    let _ = fs::remove_file(lock_file(store, run));
}
