//! `portlab doctor`: what this machine has, what it lacks, and how to mend it.

use std::process::Command;

use bench_schema::{Host, SCHEMA_VERSION};
use comfy_table::{Cell, Color, Table};
use serde::Serialize;
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::lab;
use crate::output::{columns, print, print_json};

/// One thing that portlab needs or can use.
#[derive(Serialize)]
struct Check {
    name: String,
    found: Option<String>,
    needed_for: &'static str,
    required: bool,
    fix: String,
}

/// Prints every check; fails when a required thing is missing.
pub(crate) fn run(json: bool) -> Result<Exit, Failure> {
    let mut checks = programs();
    checks.extend(hosts()?);
    let healthy = checks.iter().all(|check| check.found.is_some() || !check.required);
    if json {
        print_json(&json!({ "schema_version": SCHEMA_VERSION, "healthy": healthy, "checks": checks }))?;
    } else {
        print(&table(&checks).to_string())?;
    }
    Ok(if healthy { Exit::Ok } else { Exit::Environment })
}

fn programs() -> Vec<Check> {
    let program = |name: &str, needed_for, required, fix: &str| Check {
        name: name.to_owned(),
        found: version(name),
        needed_for,
        required,
        fix: fix.to_owned(),
    };
    vec![
        program("cargo", "building", true, "install Rust 1.95 or newer with rustup"),
        program("g++", "building v8-gap and SQLite", true, "apt-get install g++"),
        program("npm", "installing the hosts", true, "apt-get install nodejs npm"),
        program("git", "recording the commit of a run", false, "apt-get install git"),
        program("chromium", "the report's browser tests", false, "apt-get install chromium"),
    ]
}

/// The pinned hosts; each is installed by the first command that measures on it.
fn hosts() -> Result<Vec<Check>, Failure> {
    let lab = lab::open()?;
    let check = |host| Check {
        name: host_name(host),
        found: lab.resolve_host(host).ok().map(|resolved| resolved.binary.display().to_string()),
        needed_for: "measuring on it",
        required: false,
        fix: "scripts/lab hosts --install".to_owned(),
    };
    Ok(lab.hosts().iter().map(check).collect())
}

fn host_name(host: &Host) -> String {
    format!("{} ({})", host.id, host.version)
}

/// The first line of what `program --version` prints.
fn version(program: &str) -> Option<String> {
    let output =
        Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

fn table(checks: &[Check]) -> Table {
    let mut table = columns(&[]);
    for check in checks {
        let state = match (&check.found, check.required) {
            (Some(_), _) => Cell::new("✓ found").fg(Color::Green),
            (None, true) => Cell::new("✗ missing").fg(Color::Red),
            (None, false) => Cell::new("– absent").fg(Color::Yellow),
        };
        let detail =
            check.found.clone().unwrap_or_else(|| format!("for {}: {}", check.needed_for, check.fix));
        table.add_row([state, Cell::new(&check.name), Cell::new(detail)]);
    }
    table
}
