//! Standard output and standard error: data to the one, everything else to the other.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Table, presets};

use crate::cli::Color;
use crate::exit::Failure;

/// Applies `--color`; without it `NO_COLOR`, `CLICOLOR` and the terminal decide.
pub(crate) fn set_color(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Writes data to standard output, without colour where it is not wanted.
///
/// A reader that has gone (`portlab list | head -1`) has what it wanted, and the exit code stays what it would have
/// been; a full disk is an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.write_all(end.as_bytes()))
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::environment(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON document to standard output.
pub(crate) fn print_json(document: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::environment(format!("the result cannot be written as JSON: {error}")))?;
    print(&text)
}

/// Writes a line for a person to standard error. Nothing can be done when that fails.
pub(crate) fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// An empty table as all of portlab's are drawn: no lines, bold titles. Colour is always there; [`print`] strips it
/// where it is not wanted.
pub(crate) fn columns(titles: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).enforce_styling();
    if !titles.is_empty() {
        table.set_header(titles.iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    }
    table
}
