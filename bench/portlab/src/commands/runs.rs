//! `portlab runs`: what the store holds.

use bench_schema::{RunRecord, SCHEMA_VERSION};
use bench_store::Store as _;
use comfy_table::Table;
use serde_json::json;

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::output::{columns, print, print_json, say};
use crate::store;

/// Lists the runs, newest first.
pub(crate) fn run(arguments: &cli::Runs) -> Result<Exit, Failure> {
    let store = store::open_to_read(&arguments.store)?;
    let runs = store.map_or(Ok(Vec::new()), |store| store.runs()).map_err(Failure::environment)?;
    if arguments.json.json {
        print_json(&json!({ "schema_version": SCHEMA_VERSION, "runs": runs }))?;
    } else if runs.is_empty() {
        say("no run is stored yet: `scripts/lab compare` makes one");
    } else {
        print(&table(&runs).to_string())?;
    }
    Ok(Exit::Ok)
}

fn table(runs: &[RunRecord]) -> Table {
    let mut table = columns(&["run", "started", "status", "commit", "command"]);
    for run in runs {
        let commit = run.commit.as_deref().map_or("–", |commit| &commit[..commit.len().min(10)]);
        table.add_row([
            run.id.to_string(),
            run.started_at.clone(),
            format!("{:?}", run.status).to_lowercase(),
            format!("{commit}{}", if run.dirty { "+" } else { "" }),
            run.command.clone(),
        ]);
    }
    table
}
