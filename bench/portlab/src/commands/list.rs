//! `portlab list`: the modules, what their ports serve, and their benchmarks.

use bench_runner::Lab;
use bench_schema::{Definition, FunctionStatus, Level, NODE_API, PortVariant, SCHEMA_VERSION, with_feature};
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
    check_variants(&lab, &names, &arguments.variant)?;
    let wanted = Wanted { lab: &lab, variants: &arguments.variant };
    if arguments.json.json {
        let modules: Vec<_> = names
            .iter()
            .map(|name| json!({ "name": name, "port": lab.ports().get(*name).map(|folder| &folder.port), "benchmarks": wanted.definitions(name) }))
            .collect();
        print_json(&json!({ "schema_version": SCHEMA_VERSION, "modules": modules }))?;
    } else {
        print(&names.iter().map(|name| text(&wanted, name)).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Exit::Ok)
}

/// What is listed.
struct Wanted<'a> {
    lab: &'a Lab,
    variants: &'a [String],
}

impl<'a> Wanted<'a> {
    fn definitions(&self, module: &str) -> Vec<&'a Definition> {
        let of_module = |definition: &&Definition| definition.module() == module;
        let measured = |definition: &&Definition| {
            self.variants.is_empty()
                || self.variants.iter().any(|name| {
                    (name == NODE_API && !definition.only_variants) || definition.variants.contains(name)
                })
        };
        self.lab.definitions().filter(of_module).filter(measured).collect()
    }
}

/// Says which variants there are when a name is none of them.
fn check_variants(lab: &Lab, modules: &[&str], names: &[String]) -> Result<(), Failure> {
    let ports = || modules.iter().filter_map(|module| lab.ports().get(*module));
    match names.iter().find(|name| !ports().any(|folder| folder.port.has_variant(name))) {
        None => Ok(()),
        Some(name) => {
            let mut known: Vec<String> = ports().flat_map(|folder| folder.port.variant_names()).collect();
            known.sort_unstable();
            known.dedup();
            Err(Failure::usage(format!("there is no variant \"{name}\". Variants: {}", known.join(", "))))
        }
    }
}

fn text(wanted: &Wanted<'_>, module: &str) -> String {
    let port = wanted.lab.ports().get(module);
    let heading = match port {
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
    let mut table = columns(&["  benchmark", "levels", "kind", "margin", "further variants"]);
    for definition in wanted.definitions(module) {
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
            Cell::new(definition.variants.join(", ")),
        ]);
    }
    let variants = port.map_or_else(String::new, |folder| {
        let line = |(feature, variant): (&String, &PortVariant)| {
            format!(
                "  {}: {} (replaces {})\n",
                with_feature(feature),
                variant.summary,
                variant.replaces.join(", ")
            )
        };
        folder.port.variants.iter().map(line).collect()
    });
    format!("{heading}\n{variants}{table}\n")
}
