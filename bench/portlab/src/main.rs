//! The portlab command line: reads what is asked, calls the part that does it, prints what it says.

mod arbiter;
mod calibration_text;
mod cli;
mod commands;
mod coverage_text;
mod distance;
mod exit;
mod explain;
mod lab;
mod output;
mod progress;
mod selected;
mod store;
mod summary;
mod table;
mod waivers;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};

fn main() -> ExitCode {
    let cli = Cli::parse();
    output::set_color(cli.color);
    match run(&cli.command) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::say(&format!("portlab: {}", failure.message));
            failure.exit.into()
        }
    }
}

fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Doctor(json) => commands::doctor::run(json.json),
        Command::Hosts(arguments) => commands::hosts::run(arguments),
        Command::List(arguments) => commands::list::run(arguments),
        Command::Build(arguments) => commands::build::run(arguments),
        Command::Compare(arguments) => commands::compare::compare(arguments),
        Command::Gate(arguments) => commands::compare::gate(arguments),
        Command::Calibrate(arguments) => commands::calibrate::run(arguments),
        Command::Bisect(arguments) => commands::bisect::run(arguments),
        Command::Conformance(arguments) => commands::conformance::run(arguments),
        Command::Report(arguments) => commands::report::run(arguments),
        Command::Runs(arguments) => commands::runs::run(arguments),
        Command::Export(arguments) => commands::export::run(arguments),
        Command::Import(arguments) => commands::import::run(arguments),
        Command::Coverage(arguments) => commands::coverage::run(arguments),
        Command::Scan(arguments) => commands::scan::run(arguments),
        Command::Trace(arguments) => commands::trace::run(arguments),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "portlab", &mut text);
            output::print(&String::from_utf8_lossy(&text))?;
            Ok(Exit::Ok)
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text).map_err(Failure::environment)?;
            output::print(&String::from_utf8_lossy(&text))?;
            Ok(Exit::Ok)
        }
    }
}
