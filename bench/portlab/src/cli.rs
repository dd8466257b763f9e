//! The command line, as data: clap reads it, and the completions, the man page and `--help` are made from it.

mod measuring;
mod ports;
mod stored;
mod values;

use clap::{Args, Parser, Subcommand, ValueEnum};

use measuring::CALIBRATE_HELP;
pub(crate) use measuring::{Bisect, Calibrate, Compare, Gate, Measure};
pub(crate) use ports::{Conformance, Coverage, FailOn, Scan, ScanFormat, Trace};
pub(crate) use stored::{Export, ExportFormat, Import, ImportFormat, Report, Runs, Store};

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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
