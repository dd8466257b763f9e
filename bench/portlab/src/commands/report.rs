//! `portlab report`: draws the report of a stored run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bench_runner::Lab;
use bench_schema::{Document, ProcessRun, Row};
use bench_store::{BenchKey, SqliteStore, Store as _};
use dashboards::{Report, Samples, SamplesError};

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lab;
use crate::output::say;
use crate::store;

/// Draws the report and says where it is.
pub(crate) fn run(arguments: &cli::Report) -> Result<Exit, Failure> {
    let store = store::open_existing(&arguments.store)?;
    let run = store::run_id(&store, &arguments.run)?;
    let document = store.document(run).map_err(Failure::usage)?.ok_or_else(|| {
        Failure::environment(format!(
            "run {run} was never finished, so it has no verdicts to draw; its samples stay in the store"
        ))
    })?;
    let page = draw(&lab::open()?, &store, &document, arguments.folder.as_deref())?;
    say(&format!("report  {}", page.display()));
    Ok(Exit::Ok)
}

/// Writes the report of a document into `folder`, by default `.portlab/reports/<run>` of the checkout.
pub(crate) fn draw(
    lab: &Lab,
    store: &SqliteStore,
    document: &Document,
    folder: Option<&Path>,
) -> Result<PathBuf, Failure> {
    let folder = folder
        .map_or_else(|| lab.root().join(format!(".portlab/reports/{}", document.run)), Path::to_path_buf);
    let analyses: BTreeMap<String, String> =
        lab.definitions().map(|definition| (definition.id.clone(), definition.analysis.clone())).collect();
    let samples = Stored { store, run: document.run };
    let docs = format!("file://{}", lab.root().join("docs").display());
    Report::new(document, &samples).analyses(&analyses).docs(docs).write(folder).map_err(Failure::environment)
}

/// The raw samples of a run, out of the store.
struct Stored<'a> {
    store: &'a SqliteStore,
    run: i64,
}

impl Samples for Stored<'_> {
    fn processes(&self, row: &Row) -> Result<Vec<ProcessRun>, SamplesError> {
        let key = BenchKey {
            benchmark: row.benchmark.clone(),
            level: row.level,
            host: row.host.clone(),
            baseline: row.baseline.clone(),
            candidate: row.candidate.clone(),
        };
        Ok(self.store.process_runs(self.run, &key)?)
    }
}
