//! `portlab import`: another tool's two measurements, judged as a gate judges.

use std::path::Path;

use bench_exchange::Format;
use bench_gate::{ImportedSide, compare_imported, decide};

use crate::cli::{self, ImportFormat};
use crate::commands::{compare, export};
use crate::exit::{Exit, Failure};
use crate::output::{print, say};
use crate::table;

/// Reads both sides, prints the rows, and ends as their verdicts say.
pub(crate) fn run(arguments: &cli::Import) -> Result<Exit, Failure> {
    let cli::Import { baseline, candidate, .. } = arguments;
    let format = match arguments.from {
        ImportFormat::Criterion => Format::Criterion,
        ImportFormat::Hyperfine => Format::Hyperfine,
        ImportFormat::NodeBench => Format::NodeBench,
        ImportFormat::Go => Format::Go,
        ImportFormat::Bencher => Format::Bencher,
    };
    let read = |path: &Path| bench_exchange::import(path, format).map_err(Failure::usage);
    let (before, now) = (read(baseline)?, read(candidate)?);
    let [baseline, candidate] = names(baseline, candidate);
    let document = compare_imported(
        ImportedSide { name: &baseline, benchmarks: &before },
        ImportedSide { name: &candidate, benchmarks: &now },
        arguments.margin,
        jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    );
    match arguments.format {
        Some(format) => export::write(&document, format)?,
        None => print(&table::document(&document, false))?,
    }
    let outcome = decide(&document);
    for reason in &outcome.reasons {
        say(reason);
    }
    Ok(compare::exit(&outcome))
}

/// What rows call the two sides: their files' names where these differ.
fn names(baseline: &Path, candidate: &Path) -> [String; 2] {
    let stems =
        [baseline, candidate].map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    match stems {
        [Some(baseline), Some(candidate)] if baseline != candidate => [baseline, candidate],
        _ => ["baseline".to_owned(), "candidate".to_owned()],
    }
}
