//! Connections: how the file is opened, created, and found with runs whose program has died.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::alive;
use crate::error::BUSY_SECONDS;
use crate::format::{APPLICATION, CREATE, FORMAT, FROM_1_TO_2};

/// A read-only connection. Where even SQLite's index of the write-ahead log cannot be created (a read-only
/// folder) and there is no log, the file is opened as immutable: nobody can be writing it.
pub(crate) fn open_read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
    let first = connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0));
    match first {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen) && path.exists() => {
            Connection::open_with_flags(format!("{}?immutable=1", file_uri(path)), flags)
        }
        Err(error) => Err(error),
        Ok(_) => Ok(connection),
    }
}

fn file_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            other => {
                uri.push('%');
                uri.extend(
                    [other >> 4, other & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
                );
            }
        }
    }
    uri
}

pub(crate) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // With a write-ahead log, NORMAL loses no committed transaction when a program dies; only a power failure
    // can undo the last ones, and even that leaves the file consistent.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Creates the tables, or brings those of an older program up to date.
pub(crate) fn create_or_migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let format: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format == 0 {
        transaction.execute_batch(CREATE)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    if format < 2 {
        transaction.execute_batch(FROM_1_TO_2)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()
}

/// Ends the runs that say that they are measured and whose program has died.
pub(crate) fn end_dead_runs(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT id FROM runs WHERE status = 'running'")?;
    let running =
        statement.query_map([], |row| row.get::<_, i64>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    for run in running.into_iter().filter(|run| !alive::is_claimed(path, *run)) {
        connection
            .execute("UPDATE runs SET status = 'failed' WHERE id = ?1 AND status = 'running'", [run])?;
        alive::release(path, run);
    }
    Ok(())
}
