//! What other tools measured, as samples of nanoseconds.

mod bencher;
mod criterion;
mod go;
mod hyperfine;
mod node_bench;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bench_schema::Imported;

/// Whose results they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// criterion 0.3 and newer: the folder `target/criterion`, of which the newest measurement is read.
    Criterion,
    /// `hyperfine --export-json`.
    Hyperfine,
    /// `node --experimental-bench --bench --bench-reporter=json` (Node 26.9 and newer): one JSON record a line.
    NodeBench,
    /// `go test -bench`, and what else prints its text format.
    Go,
    /// Bencher Metric Format; only the measure `latency`.
    Bencher,
}

impl Format {
    /// The name on the command line, and the beginning of every imported name.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Criterion => "criterion",
            Format::Hyperfine => "hyperfine",
            Format::NodeBench => "node-bench",
            Format::Go => "go",
            Format::Bencher => "bencher",
        }
    }
}

/// Why nothing was imported. Nothing is imported in part.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read at all.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not in the format.
    #[error("{} is no result of {}: {reason}", path.display(), format.as_str())]
    Malformed {
        /// What.
        path: PathBuf,
        /// Which format was asked for.
        format: Format,
        /// Where and why.
        reason: String,
    },
    /// The format is right and there is no benchmark in it.
    #[error("{} has no benchmark with a result: {hint}", path.display())]
    Empty {
        /// What.
        path: PathBuf,
        /// What the format needs.
        hint: &'static str,
    },
}

/// Reads every benchmark of a file (criterion: a folder), sorted by name.
///
/// # Errors
///
/// When it cannot be read, is not in the format, is of a newer format, or holds no result.
pub fn import(path: &Path, format: Format) -> Result<Vec<Imported>, ImportError> {
    let malformed = |reason| ImportError::Malformed { path: path.to_owned(), format, reason };
    let samples = match format {
        Format::Criterion => criterion::read(path)?,
        Format::Hyperfine => hyperfine::read(&text(path)?).map_err(malformed)?,
        Format::NodeBench => node_bench::read(&text(path)?).map_err(malformed)?,
        Format::Go => go::read(&text(path)?).map_err(malformed)?,
        Format::Bencher => bencher::read(&text(path)?).map_err(malformed)?,
    };
    let samples: Samples = samples.into_iter().filter(|(_, samples)| !samples.is_empty()).collect();
    if samples.is_empty() {
        let hint = match format {
            Format::Criterion => "give the folder target/criterion after `cargo bench`",
            Format::Hyperfine => "give what `hyperfine --export-json` wrote",
            Format::NodeBench => {
                "give what `--bench-reporter=json` printed; failed benchmarks have no samples"
            }
            Format::Go => "give what `go test -bench` printed, with lines that end in ns/op",
            Format::Bencher => "only the measure `latency`, in nanoseconds, is read",
        };
        return Err(ImportError::Empty { path: path.to_owned(), hint });
    }
    if let Some((name, wrong)) = samples
        .iter()
        .find_map(|(name, all)| Some((name, all.iter().find(|ns| !(ns.is_finite() && **ns > 0.0))?)))
    {
        return Err(malformed(format!("{name} has a sample of {wrong} ns: a time is above zero")));
    }
    let named = |(name, samples_ns)| Imported { name: format!("{}/{name}", format.as_str()), samples_ns };
    Ok(samples.into_iter().map(named).collect())
}

/// Nanoseconds of one operation by benchmark.
type Samples = BTreeMap<String, Vec<f64>>;

fn text(path: &Path) -> Result<String, ImportError> {
    fs::read_to_string(path).map_err(|source| ImportError::Unreadable { path: path.to_owned(), source })
}
