//! `portlab build`: the ports as `.node` files, staged where hosts load them.

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lab;
use crate::output::say;
use crate::progress::SetUp;

/// Builds and stages, and says where.
pub(crate) fn run(arguments: &cli::Build) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    // Names are checked before anything is installed.
    lab.select_modules(&arguments.modules).map_err(Failure::usage)?;
    let hosts = lab::hosts(&lab, &["all".to_owned()])?;
    let progress = SetUp::new();
    lab.build(&arguments.modules, &hosts, &progress).map_err(Failure::environment)?;
    progress.done();
    say(&format!("staged in {}", lab.root().join(".portlab/stage").display()));
    Ok(Exit::Ok)
}
