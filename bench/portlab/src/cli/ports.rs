//! What says how far ports and addons are: conformance, coverage, scan, trace.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values::{duration, folder, pattern, variable};
use super::{Json, Store};

#[derive(Args, Debug)]
pub(crate) struct Conformance {
    /// Ports to run, such as fs; all that have test files when none is given
    pub(crate) modules: Vec<String>,
    /// A checkout of Node (the folder that holds `test`), or a folder with one a major, named 24, 26, …
    #[arg(long, value_name = "DIR", value_parser = folder)]
    pub(crate) tests: PathBuf,
    /// Hosts, separated by commas, or "all" (see `portlab hosts`); the variable `PORTLAB_HOST` sets the default
    #[arg(long, value_name = "HOST", value_delimiter = ',', default_value = variable("PORTLAB_HOST", "node26"))]
    pub(crate) host: Vec<String>,
    /// Variants, such as node-api+onehop, separated by commas, or "all"
    #[arg(long, value_name = "VARIANT", value_delimiter = ',', default_value = "node-api")]
    pub(crate) variant: Vec<String>,
    /// Only files whose folder and name, such as parallel/test-fs-stat.js, match this regular expression
    #[arg(long, value_name = "REGEX", value_parser = pattern)]
    pub(crate) filter: Option<regex::Regex>,
    /// Files that run at once; the default is the number of processors
    #[arg(long, value_name = "NUMBER")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Time that one file may take
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "2m")]
    pub(crate) timeout: Duration,
    /// Run natively what is known from earlier
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Take the ports as an earlier build staged them
    #[arg(long)]
    pub(crate) no_build: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Args, Debug)]
pub(crate) struct Coverage {
    /// One binding, such as fs; all when none is given
    pub(crate) binding: Option<String>,
    /// The host whose binary is read; the variable `PORTLAB_HOST` sets the default
    #[arg(long, value_name = "HOST", default_value = variable("PORTLAB_HOST", "node26"))]
    pub(crate) host: String,
    /// Another Node binary to read; it need not run on this machine
    #[arg(long, value_name = "PATH", conflicts_with_all = ["host", "diff"])]
    pub(crate) node: Option<PathBuf>,
    /// A checkout of Node's sources: adds the uses that the compiler inlined
    #[arg(long, value_name = "DIR")]
    pub(crate) node_src: Option<PathBuf>,
    /// Compare two hosts instead
    #[arg(long, num_args = 2, value_names = ["HOST", "HOST"], conflicts_with_all = ["host", "binding", "csv", "html"])]
    pub(crate) diff: Option<Vec<String>>,
    /// Print comma-separated rows: symbols, or with a binding its functions
    #[arg(long, conflicts_with_all = ["json", "html"])]
    pub(crate) csv: bool,
    /// Write the explorer, one HTML file, and say where it is
    #[arg(long, conflicts_with = "json")]
    pub(crate) html: bool,
    /// Where the explorer is written
    #[arg(long, value_name = "DIR", requires = "html")]
    pub(crate) report_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Args, Debug)]
pub(crate) struct Scan {
    /// The addon's folder; `node_modules`, `deps` and `build` in it are left out
    pub(crate) folder: PathBuf,
    /// Markdown, JSON, or SARIF for code hosts
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    pub(crate) format: ScanFormat,
    /// Which effort ends with exit code 1
    #[arg(long, value_name = "EFFORT", default_value = "blocked")]
    pub(crate) fail_on: FailOn,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ScanFormat {
    Markdown,
    Json,
    Sarif,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailOn {
    /// Something has no counterpart
    Blocked,
    /// Something needs a person
    Manual,
    /// Never
    Never,
}

#[derive(Args, Debug)]
pub(crate) struct Trace {
    /// Write the counts to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    pub(crate) program: Vec<OsString>,
}
