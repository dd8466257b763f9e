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
    let own = self::folder(lab, document.run, None);
    let folder = self::folder(lab, document.run, folder);
    keep_flame_graphs(document, &own, &folder)?;
    let analyses: BTreeMap<String, String> =
        lab.definitions().map(|definition| (definition.id.clone(), definition.analysis.clone())).collect();
    let samples = Stored { store, run: document.run };
    let docs = format!("file://{}", lab.root().join("docs").display());
    Report::new(document, &samples).analyses(&analyses).docs(docs).write(folder).map_err(Failure::environment)
}

/// Where the report of a run is written.
pub(crate) fn folder(lab: &Lab, run: i64, folder: Option<&Path>) -> PathBuf {
    folder.map_or_else(|| lab.root().join(format!(".portlab/reports/{run}")), Path::to_path_buf)
}

/// Takes the flame graphs that a gate drew along, where a report is written elsewhere.
fn keep_flame_graphs(document: &Document, from: &Path, to: &Path) -> Result<(), Failure> {
    let counts = document.investigations.iter().filter_map(|found| found.counts.as_ref());
    for name in counts.filter_map(|counts| counts.flame_graphs.as_ref()).flatten() {
        if !to.join(name).is_file() && from.join(name).is_file() {
            std::fs::create_dir_all(to)
                .and_then(|()| std::fs::copy(from.join(name), to.join(name)))
                .map_err(|error| Failure::environment(format!("{}: {error}", to.display())))?;
        }
    }
    Ok(())
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
