//! `portlab scan`: an addon's calls into NAN and V8, and what Node-API has for each.

use coverage::scan::{Effort, Scan, markdown, sarif, scan};

use crate::cli::{self, FailOn, ScanFormat};
use crate::exit::{Exit, Failure};
use crate::output::{print, print_json};

/// Reads the sources and prints what was found; the exit code says whether something stands in the way.
pub(crate) fn run(arguments: &cli::Scan) -> Result<Exit, Failure> {
    let found = scan(&arguments.folder).map_err(Failure::usage)?;
    let format = if arguments.json.json { ScanFormat::Json } else { arguments.format };
    match format {
        ScanFormat::Markdown => print(&markdown(&found))?,
        ScanFormat::Json => print_json(&found)?,
        ScanFormat::Sarif => print_json(&sarif(&found))?,
    }
    Ok(if fails(&found, arguments.fail_on) { Exit::Regressed } else { Exit::Ok })
}

fn fails(found: &Scan, fail_on: FailOn) -> bool {
    let has = |effort| found.efforts.contains_key(&effort);
    match fail_on {
        FailOn::Blocked => has(Effort::Blocked),
        FailOn::Manual => has(Effort::Blocked) || has(Effort::Manual),
        FailOn::Never => false,
    }
}
