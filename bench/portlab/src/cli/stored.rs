//! What reads stored runs, writes them out and takes others in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Json;
use super::values::margin;

#[derive(Args, Debug)]
pub(crate) struct Store {
    /// The database of runs
    #[arg(long = "store", value_name = "FILE", env = "PORTLAB_STORE")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Report {
    /// The run's number, or "last"
    #[arg(default_value = "last")]
    pub(crate) run: String,
    /// Where the report is written
    #[arg(long = "report-dir", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The run's number, or "last"
    #[arg(default_value = "last")]
    pub(crate) run: String,
    /// What to print
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: ExportFormat,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportFormat {
    /// The document, as compare --json prints it
    Json,
    /// A line a row and metric
    Csv,
    /// A table a host
    Markdown,
    /// Bencher Metric Format
    Bencher,
    /// Workflow commands, which GitHub shows beside the change
    GithubAnnotations,
    /// For `GITHUB_STEP_SUMMARY`
    GithubSummary,
    /// The body of a comment on a pull request
    GithubComment,
}

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// What was measured before: a file, or criterion's folder
    pub(crate) baseline: PathBuf,
    /// What was measured after
    pub(crate) candidate: PathBuf,
    /// Which tool measured
    #[arg(long, value_name = "TOOL")]
    pub(crate) from: ImportFormat,
    /// How much slower a benchmark may be, as a fraction
    #[arg(long, value_name = "FRACTION", default_value_t = bench_schema::DEFAULT_MARGIN, value_parser = margin)]
    pub(crate) margin: f64,
    /// Print this instead of a table
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExportFormat>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ImportFormat {
    /// The folder target/criterion
    Criterion,
    /// What hyperfine --export-json wrote
    Hyperfine,
    /// What node --experimental-bench --bench --bench-reporter=json printed
    NodeBench,
    /// The text of go test -bench
    Go,
    /// Bencher Metric Format, measure latency
    Bencher,
}

#[derive(Args, Debug)]
pub(crate) struct Runs {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}
