//! `portlab hosts`: the pinned hosts, and whether they are installed.

use bench_runner::Lab;
use bench_schema::{Host, SCHEMA_VERSION};
use comfy_table::{Cell, Color, Table};
use serde_json::json;

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lab;
use crate::output::{columns, print, print_json};

/// Installs what is missing if asked, then lists.
pub(crate) fn run(arguments: &cli::Hosts) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    if arguments.install {
        lab::install(&lab, &lab.hosts().iter().collect::<Vec<_>>())?;
    }
    if arguments.json.json {
        print_json(
            &json!({ "schema_version": SCHEMA_VERSION, "hosts": lab.hosts().iter().map(|host| as_json(&lab, host)).collect::<Vec<_>>() }),
        )?;
    } else {
        print(&table(&lab).to_string())?;
    }
    Ok(Exit::Ok)
}

fn as_json(lab: &Lab, host: &Host) -> serde_json::Value {
    let resolved = lab.resolve_host(host);
    json!({
        "id": host.id, "version": host.version, "modules": host.modules, "installed": resolved.is_ok(),
        "binary": resolved.as_ref().ok().map(|resolved| resolved.binary.display().to_string()),
        "note": resolved.err().map(|error| error.to_string()),
    })
}

fn table(lab: &Lab) -> Table {
    let mut table = columns(&["host", "version", "modules", "state"]);
    for host in lab.hosts() {
        let state = match lab.resolve_host(host) {
            Ok(resolved) => Cell::new(format!("✓ {}", resolved.binary.display())).fg(Color::Green),
            Err(error) => Cell::new(format!("– {error}")).fg(Color::Yellow),
        };
        table.add_row([Cell::new(&host.id), Cell::new(&host.version), Cell::new(host.modules), state]);
    }
    table
}
