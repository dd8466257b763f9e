//! What measures: compare, gate, calibrate, bisect.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{duration, variable};
use super::{Json, Store};

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

pub(super) const CALIBRATE_HELP: &str = "\
Both arms are the same, but for known slowdowns. Stop it with Ctrl-C at any time: the next call goes on where this one
ended. On a quiet machine a whole calibration of 100 rows takes some six hours.";

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
    /// Write the raw samples and what follows from them to bench/calibration, also of what there is when it is stopped;
    /// the next call goes on from that too
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
