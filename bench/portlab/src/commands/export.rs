//! `portlab export`: a stored run for other programs.

use bench_exchange::Export;
use bench_schema::Document;
use bench_store::Store as _;

use crate::cli::{self, ExportFormat};
use crate::exit::{Exit, Failure};
use crate::output::print;
use crate::store;

/// Prints the run's document in the format that was asked for.
pub(crate) fn run(arguments: &cli::Export) -> Result<Exit, Failure> {
    let store = store::open_existing(&arguments.store)?;
    let run = store::run_id(&store, &arguments.run)?;
    let document = store.document(run).map_err(Failure::usage)?.ok_or_else(|| {
        Failure::usage(format!(
            "run {run} was never finished, so it has no rows to export: `scripts/lab runs` says which have"
        ))
    })?;
    write(&document, arguments.format)?;
    Ok(Exit::Ok)
}

/// Prints a document in a format.
pub(crate) fn write(document: &Document, format: ExportFormat) -> Result<(), Failure> {
    let format = match format {
        ExportFormat::Json => Export::Json,
        ExportFormat::Csv => Export::Csv,
        ExportFormat::Markdown => Export::Markdown,
        ExportFormat::Bencher => Export::Bencher,
        ExportFormat::GithubAnnotations => Export::GithubAnnotations,
        ExportFormat::GithubSummary => Export::GithubSummary,
        ExportFormat::GithubComment => Export::GithubComment,
    };
    let text = bench_exchange::export(document, format).map_err(Failure::environment)?;
    // Nothing to annotate is nothing to print, not an empty line.
    if text.is_empty() { Ok(()) } else { print(&text) }
}
