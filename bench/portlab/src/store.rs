//! The database of runs that a command works on.

use std::path::PathBuf;

use bench_schema::RunStatus;
use bench_store::{Filter, SqliteStore, Store};

use crate::cli;
use crate::exit::Failure;
use crate::lab;

const NO_RUN: &str =
    "no complete run is stored yet: `scripts/lab compare` makes one, `scripts/lab runs` lists them";

/// `--store`, `PORTLAB_STORE`, else `.portlab/store.sqlite` of the checkout.
pub(crate) fn path(arguments: &cli::Store) -> Result<PathBuf, Failure> {
    match &arguments.path {
        Some(path) => Ok(path.clone()),
        None => Ok(lab::root()?.join(".portlab/store.sqlite")),
    }
}

/// Opens it, making it where there is none.
pub(crate) fn open(arguments: &cli::Store) -> Result<SqliteStore, Failure> {
    SqliteStore::open(&path(arguments)?).map_err(Failure::environment)
}

/// Opens it to read, also where nothing may be written; `None` where there is none.
pub(crate) fn open_to_read(arguments: &cli::Store) -> Result<Option<SqliteStore>, Failure> {
    let path = path(arguments)?;
    // A file without a byte is a store whose creation was cut short.
    if path.metadata().map_or(true, |metadata| metadata.is_file() && metadata.len() == 0) {
        return Ok(None);
    }
    SqliteStore::open_to_read(&path).map(Some).map_err(Failure::environment)
}

/// As [`open_to_read`], for commands that need a run.
pub(crate) fn open_existing(arguments: &cli::Store) -> Result<SqliteStore, Failure> {
    open_to_read(arguments)?.ok_or_else(|| Failure::usage(NO_RUN))
}

/// The id of the run that a person named by number or as "last", the newest complete one.
pub(crate) fn run_id(store: &SqliteStore, name: &str) -> Result<i64, Failure> {
    if name == "last" {
        let newest = Filter { status: Some(RunStatus::Complete), ..Filter::default() };
        let run = store.latest(&newest).map_err(Failure::environment)?;
        return run.map(|run| run.id).ok_or_else(|| Failure::usage(NO_RUN));
    }
    name.parse().map_err(|_| {
        Failure::usage(format!("\"{name}\" is no run: give a number of `scripts/lab runs`, or \"last\""))
    })
}
