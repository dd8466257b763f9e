//! `portlab build`: the ports as `.node` files, staged where hosts load them.

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lab;
use crate::output::say;
use crate::progress::SetUp;

/// Builds and stages, and says where.
pub(crate) fn run(arguments: &cli::Build) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    let modules = if arguments.modules.is_empty() {
        // Those without a port too: what their arms load has to be built as well.
        lab.modules().keys().cloned().collect()
    } else {
        arguments.modules.clone()
    };
    // Names are checked before anything is installed.
    lab.select_modules(&modules).map_err(Failure::usage)?;
    let hosts = lab::hosts(&lab, &["all".to_owned()])?;
    let progress = SetUp::new();
    lab.build(&modules, &hosts, &progress).map_err(Failure::environment)?;
    progress.done();
    say(&format!("staged in {}", lab.root().join(".portlab/stage").display()));
    Ok(Exit::Ok)
}
