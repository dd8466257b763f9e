//! The database of runs that a command works on.

use std::path::PathBuf;

use bench_schema::RunStatus;
use bench_store::{Filter, SqliteStore, Store};

use crate::cli;
use crate::exit::Failure;
use crate::lab;

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

/// The id of the run that a person named by number or as "last", the newest complete one.
pub(crate) fn run_id(store: &SqliteStore, name: &str) -> Result<i64, Failure> {
    if name == "last" {
        let newest = Filter { status: Some(RunStatus::Complete), ..Filter::default() };
        let run = store.latest(&newest).map_err(Failure::environment)?;
        return run.map(|run| run.id).ok_or_else(|| {
            Failure::usage("no complete run is stored yet: `scripts/lab compare` makes one, `scripts/lab runs` lists them")
        });
    }
    name.parse().map_err(|_| {
        Failure::usage(format!("\"{name}\" is no run: give a number of `scripts/lab runs`, or \"last\""))
    })
}
