//! The command line, as data: clap reads it, and the completions, the man page and `--help` are made from it.

mod values;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use values::{duration, folder, margin, pattern, variable};

/// How much of Node core can live on Node-API alone, at what cost, and what is missing.
#[derive(Debug, Parser)]
#[command(name = "portlab", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// When to colour what is printed (the variable `NO_COLOR` is honoured)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 ok, 1 regressed, 2 usage, 3 environment or a failed benchmark, 4 inconclusive, 130 interrupted.
Data goes to standard output, everything else to standard error.";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether this machine has what portlab needs, and how to mend it
    Doctor(Json),
    /// List the hosts, and install them
    Hosts(Hosts),
    /// List the modules and their benchmarks
    List(List),
    /// Build the ports and stage them where hosts load them
    Build(Build),
    /// Measure ports against native in pairs; print, store and draw the result
    Compare(Compare),
    /// As compare, with the verdicts as the exit code
    Gate(Gate),
    /// Measure how noisy this machine is: what the gate then takes for a change, and how often it is wrong
    #[command(after_help = CALIBRATE_HELP)]
    Calibrate(Calibrate),
    /// Find the commit that made benchmarks slower: builds commits between two and gates each against the first
    #[command(
        after_help = "Example: portlab bisect v1.2 HEAD -- fs/stat\n\nCommits that were judged are kept: the same command goes on where it was ended."
    )]
    Bisect(Bisect),
    /// Run Node's own test files natively and with ports swapped in, and say what the ports break
    Conformance(Conformance),
    /// Draw the report of a stored run again
    Report(Report),
    /// List the stored runs
    Runs(Runs),
    /// Print a stored run in a format that other programs read
    Export(Export),
    /// Judge what another benchmark tool measured twice; the verdicts are the exit code
    Import(Import),
    /// Say what core does through V8 and what Node-API has for it, read from a Node binary
    Coverage(Coverage),
    /// Say what it takes to move an addon's C++ from NAN or V8 to Node-API; nothing is written
    Scan(Scan),
    /// Run a program and count the Node-API calls of every module that it loads
    #[command(
        after_help = "Example: portlab trace -- node app.js\n\nWorkers and child processes count too; the exit code is the program's."
    )]
    Trace(Trace),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

#[derive(Args, Debug)]
pub(crate) struct Json {
    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
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

#[derive(Args, Debug)]
pub(crate) struct Hosts {
    /// Install the hosts that are missing
    #[arg(long)]
    pub(crate) install: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Modules to list; all when none is given
    pub(crate) modules: Vec<String>,
    /// Only benchmarks that are measured with this variant, such as node-api+onehop
    #[arg(long, value_name = "VARIANT", value_delimiter = ',')]
    pub(crate) variant: Vec<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Args, Debug)]
pub(crate) struct Build {
    /// Modules to build; all when none is given
    pub(crate) modules: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) measure: Measure,
}

#[derive(Args, Debug)]
pub(crate) struct Gate {
    #[command(flatten)]
    pub(crate) measure: Measure,
    /// Also fail where a ratio got worse than in this stored run: its number, or "last" for the newest
    /// complete run
    #[arg(long, value_name = "RUN")]
    pub(crate) against: Option<String>,
    /// Also fail where a row is slower although it does no more: by the layout of code, or the environment
    #[arg(long, conflicts_with = "unconfirmed")]
    pub(crate) fail_on_suspect: bool,
    /// Fail by time alone: neither count the instructions of what regressed nor measure it on a relinked build
    #[arg(long)]
    pub(crate) unconfirmed: bool,
    /// Rows that may be slower for a time; portlab.waivers.toml of the checkout when it is there
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,
}

const CALIBRATE_HELP: &str = "\
Both arms are the same, but for known slowdowns. Stop it with Ctrl-C at any time: the next call goes on where this one
ended. On a quiet machine a whole calibration of 100 rows takes some five hours.";

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Calibrate {
    /// The module, such as fs; all that have a calibration.toml when none is given
    pub(crate) module: Option<String>,
    /// Hosts, separated by commas, or "all" (see `portlab hosts`); the variable `PORTLAB_HOST` sets the default
    #[arg(long, value_name = "HOST", value_delimiter = ',', default_value = variable("PORTLAB_HOST", "node26"))]
    pub(crate) host: Vec<String>,
    /// Only pairs of benchmarks whose id contains this text (may be repeated); decisions have the family's rows
    #[arg(long, value_name = "TEXT", conflicts_with = "published")]
    pub(crate) filter: Vec<String>,
    /// A/A processes of each row, natively and with two copies of the port
    #[arg(long, value_name = "NUMBER", default_value_t = 24, value_parser = clap::value_parser!(u32).range(8..=80))]
    pub(crate) processes: u32,
    /// A/A gate decisions; a quarter as many follow with each canary and on a busy machine. The default is 80, with
    /// --busy 20
    #[arg(long, value_name = "NUMBER")]
    pub(crate) decisions: Option<u32>,
    /// Only decisions while other processes keep all processors busy
    #[arg(long)]
    pub(crate) busy: bool,
    /// Time for one decision at most, such as 90s or 2m
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "2m")]
    pub(crate) budget: Duration,
    /// Write the raw samples and what follows from them to bench/calibration when all is measured
    #[arg(long, conflicts_with = "published")]
    pub(crate) publish: bool,
    /// Measure nothing: recompute what bench/calibration has, and fail where a hash does not match
    #[arg(long, conflicts_with_all = ["busy", "decisions", "processes", "budget", "no_build", "seed"])]
    pub(crate) published: bool,
    /// Take the ports as an earlier build staged them
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Seed of every random order; the default differs from run to run and is stored
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Args, Debug)]
pub(crate) struct Bisect {
    /// A commit at which the benchmarks were fast
    pub(crate) good: String,
    /// A later one at which they are slow
    pub(crate) bad: String,
    /// The host to measure on; the variable `PORTLAB_HOST` sets the default
    #[arg(long, value_name = "HOST", default_value = variable("PORTLAB_HOST", "node26"))]
    pub(crate) host: String,
    /// The variant of the port that got slower
    #[arg(long, value_name = "VARIANT", default_value = "node-api")]
    pub(crate) variant: String,
    /// Time to measure one commit
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "3m")]
    pub(crate) budget: Duration,
    /// Forget what earlier calls have judged
    #[arg(long)]
    pub(crate) fresh: bool,
    #[command(flatten)]
    pub(crate) json: Json,
    /// The benchmarks, by their ids
    #[arg(last = true, required = true, value_name = "BENCHMARK")]
    pub(crate) benchmarks: Vec<String>,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Measure {
    /// Modules to measure, such as fs; all ports when none is given
    pub(crate) modules: Vec<String>,
    /// Hosts, separated by commas, or "all" (see `portlab hosts`); the variable `PORTLAB_HOST` sets the default
    #[arg(long, value_name = "HOST", value_delimiter = ',', default_value = variable("PORTLAB_HOST", "node26"))]
    pub(crate) host: Vec<String>,
    /// Another Node binary to measure on, instead of a pinned host
    #[arg(long, value_name = "PATH", conflicts_with = "host")]
    pub(crate) node: Option<PathBuf>,
    /// What the ratio's denominator runs: native, node-api, node-api+FEATURE, or the path of a port's .node file
    #[arg(long, value_name = "VARIANT", default_value = "native")]
    pub(crate) baseline: String,
    /// What the ratio's numerator runs: as --baseline; with node-api, benchmarks that list further variants are
    /// measured with these too
    #[arg(long, value_name = "VARIANT", default_value = "node-api")]
    pub(crate) candidate: String,
    /// Only candidates of these names, such as node-api+onehop, separated by commas (see `portlab list`)
    #[arg(long, value_name = "VARIANT", value_delimiter = ',', conflicts_with = "candidate")]
    pub(crate) variant: Vec<String>,
    /// Compare with the ports of this commit instead of native: it is built beside the checkout, and this
    /// checkout's benchmarks drive both
    #[arg(long, value_name = "REV", conflicts_with_all = ["baseline", "no_build"])]
    pub(crate) base: Option<String>,
    /// Only benchmarks whose id contains this text (may be repeated)
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Vec<String>,
    /// Leave out benchmarks whose id contains this text (may be repeated)
    #[arg(long, value_name = "TEXT")]
    pub(crate) exclude: Vec<String>,
    /// Time to measure a host, set-up and build apart, such as 90s, 15m or 1h; the variable `PORTLAB_BUDGET` sets
    /// the default
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = variable("PORTLAB_BUDGET", "15m"))]
    pub(crate) budget: Duration,
    /// Answer within three minutes, with wider intervals
    #[arg(long, conflicts_with = "budget")]
    pub(crate) quick: bool,
    /// Take the ports as an earlier build staged them
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Seed of every random order; the default differs from run to run and is stored
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Show every metric, not only the deciding ones
    #[arg(long)]
    pub(crate) all_metrics: bool,
    /// Also print why each row costs what it does: crossings, what they copy, and the time that they explain
    #[arg(long, conflicts_with = "json")]
    pub(crate) explain: bool,
    /// Where the report is written
    #[arg(long, value_name = "DIR")]
    pub(crate) report_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
