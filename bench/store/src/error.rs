use std::path::Path;

use rusqlite::ErrorCode;

use crate::FORMAT;

/// Why a store could not be used. Each message names the file and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite found the file damaged. It is left as it is.
    #[error(
        "the store {path} is damaged ({detail}); nothing was written to it. Move it aside to start a new one: \
         mv {path} {path}.damaged (its readable part: sqlite3 {path}.damaged .recover)"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What SQLite found.
        detail: String,
    },
    /// The file is no database, or another program's.
    #[error(
        "{path} is not a portlab store ({detail}); nothing was written to it. \
         Name another file, or move this one aside: mv {path} {path}.aside"
    )]
    Foreign {
        /// The file.
        path: String,
        /// What it is instead.
        detail: String,
    },
    /// A newer portlab wrote it. It is left as it is.
    #[error(
        "the store {path} has format {found}, and this portlab knows formats up to {known}; nothing was written \
         to it. Use the newer portlab, or move it aside: mv {path} {path}.newer",
        known = FORMAT
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        found: i64,
    },
    /// The disk is full.
    #[error(
        "the disk is full: {path} cannot grow. What was measured before stays in it; free some space and run again"
    )]
    Full {
        /// The file.
        path: String,
    },
    /// The file or its folder cannot be written.
    #[error(
        "the store {path} cannot be written ({detail}): SQLite needs to create files in its folder. \
         Give yourself write permission there, or name a file in another folder"
    )]
    NotWritable {
        /// The file.
        path: String,
        /// What the system said.
        detail: String,
    },
    /// Another portlab holds it for too long.
    #[error(
        "the store {path} is in use by another portlab and did not become free in {seconds} seconds; run again"
    )]
    Busy {
        /// The file.
        path: String,
        /// How long was waited.
        seconds: u64,
    },
    /// There is no such run.
    #[error("the store {path} has no run {run}; `portlab runs` lists those that it has")]
    NoSuchRun {
        /// The file.
        path: String,
        /// The id that was asked for.
        run: i64,
    },
    /// A finished run takes nothing more.
    #[error("run {run} in {path} has ended and takes no more measurements")]
    Ended {
        /// The file.
        path: String,
        /// The run.
        run: i64,
    },
    /// A stored value is not what this program writes.
    #[error("the store {path} holds a value that cannot be read: {what}: {detail}")]
    Value {
        /// The file.
        path: String,
        /// Which value.
        what: String,
        /// Why.
        detail: String,
    },
    /// Anything else that SQLite or the file system reports.
    #[error("the store {path}: {detail}")]
    Other {
        /// The file.
        path: String,
        /// What was reported.
        detail: String,
    },
}

/// How long a statement waits for another portlab's transaction.
pub(crate) const BUSY_SECONDS: u64 = 10;

impl StoreError {
    pub(crate) fn of(path: &Path, error: &rusqlite::Error) -> StoreError {
        let detail = error.to_string();
        let path = path.display().to_string();
        // A full disk shows in the log's shared memory first when that shares the disk.
        if let rusqlite::Error::SqliteFailure(failure, _) = error
            && failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
        {
            return StoreError::Full { path };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, detail },
            Some(ErrorCode::NotADatabase) => StoreError::Foreign { path, detail },
            Some(ErrorCode::DiskFull) => StoreError::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                StoreError::NotWritable { path, detail }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StoreError::Busy { path, seconds: BUSY_SECONDS }
            }
            _ => StoreError::Other { path, detail },
        }
    }

    pub(crate) fn folder(path: &Path, error: &std::io::Error) -> StoreError {
        use std::io::ErrorKind;
        let (path, detail) = (path.display().to_string(), error.to_string());
        match error.kind() {
            ErrorKind::StorageFull => StoreError::Full { path },
            _ => StoreError::NotWritable { path, detail },
        }
    }

    pub(crate) fn value(path: &Path, what: &str, error: impl std::fmt::Display) -> StoreError {
        StoreError::Value {
            path: path.display().to_string(),
            what: what.to_owned(),
            detail: error.to_string(),
        }
    }
}
