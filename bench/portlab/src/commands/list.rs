//! `portlab list`: the modules, what their ports serve, and their benchmarks.

use bench_runner::Lab;
use bench_schema::{Definition, FunctionStatus, Level, SCHEMA_VERSION};
use comfy_table::{Cell, CellAlignment};
use serde_json::json;

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lab;
use crate::output::{columns, print, print_json};

/// Lists the modules asked for, or all.
pub(crate) fn run(arguments: &cli::List) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    let modules = lab.select_modules(&arguments.modules).map_err(Failure::usage)?;
    let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    if arguments.json.json {
        let modules: Vec<_> = names
            .iter()
            .map(|name| json!({ "name": name, "port": lab.ports().get(*name).map(|folder| &folder.port), "benchmarks": definitions(&lab, name) }))
            .collect();
        print_json(&json!({ "schema_version": SCHEMA_VERSION, "modules": modules }))?;
    } else {
        print(&names.iter().map(|name| text(&lab, name)).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Exit::Ok)
}

fn definitions<'a>(lab: &'a Lab, module: &str) -> Vec<&'a Definition> {
    lab.definitions().filter(|definition| definition.module() == module).collect()
}

fn text(lab: &Lab, module: &str) -> String {
    let heading = match lab.ports().get(module) {
        Some(folder) => {
            let functions = || folder.port.bindings.values().flat_map(|binding| binding.functions.values());
            let count = |status| functions().filter(|function| function.status == status).count();
            format!(
                "{module}: {} ({} ported, {} partial, {} native)",
                folder.port.summary,
                count(FunctionStatus::Ported),
                count(FunctionStatus::Partial),
                count(FunctionStatus::Native)
            )
        }
        None => format!("{module}: no port; compares whole addons"),
    };
    let mut table = columns(&["  benchmark", "levels", "kind", "margin"]);
    for definition in definitions(lab, module) {
        let levels: Vec<&str> = definition.levels.iter().copied().map(Level::as_str).collect();
        let kind = match definition.concurrency {
            1 => format!("{:?}", definition.kind).to_lowercase(),
            in_flight => format!("{:?}, {in_flight} in flight", definition.kind).to_lowercase(),
        };
        table.add_row([
            Cell::new(format!("  {}", definition.id)),
            Cell::new(levels.join(", ")),
            Cell::new(kind),
            Cell::new(format!("{:.0}%", definition.margin() * 100.0)).set_alignment(CellAlignment::Right),
        ]);
    }
    format!("{heading}\n{table}\n")
}
