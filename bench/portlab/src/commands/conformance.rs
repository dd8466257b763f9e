//! `portlab conformance`: Node's own test files, natively and with ports swapped in.

use std::num::NonZeroUsize;

use bench_conformance::{ConformanceError, Document, Report, Request, conform, tree_of};
use bench_runner::{Lab, PortFolder, ResolvedHost};
use comfy_table::{Cell, CellAlignment};

use crate::cli;
use crate::exit::{Exit, Failure, cancel_on_interrupt};
use crate::lab;
use crate::output::{columns, print, print_json, say};
use crate::progress::{Files, SetUp};

/// How much of a failure's output is shown; `--json` has more.
const SHOWN: usize = 3000;

/// Runs every asked-for port, host and variant, and fails on a regression against conformance.toml.
pub(crate) fn run(arguments: &cli::Conformance) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    // Names are checked before anything is installed, built or run.
    let ports = ports(&lab, &arguments.modules)?;
    let variants: Vec<Vec<String>> =
        ports.iter().map(|folder| variants(folder, &arguments.variant)).collect::<Result<_, _>>()?;
    for host in lab.select_hosts(&arguments.host).map_err(Failure::usage)? {
        tree_of(&arguments.tests, host.major).map_err(Failure::usage)?;
    }
    let hosts = lab::hosts(&lab, &arguments.host)?;
    build(&lab, &ports, &hosts, arguments.no_build)?;
    let cancel = cancel_on_interrupt("interrupted: what was found natively is kept")?;
    let progress = Files::new();
    let mut reports = Vec::new();
    for (folder, variants) in ports.iter().zip(&variants) {
        for host in hosts.iter().filter(|host| folder.port.node_majors.contains(&host.host.major)) {
            for variant in variants {
                let request = request(&lab, folder, host, variant, arguments)?;
                progress.begin(&folder.port.module, &host.host.id);
                match conform(&request, &progress, &cancel) {
                    Ok(report) => reports.push(report),
                    Err(error) => {
                        progress.done();
                        return failed(&error);
                    }
                }
            }
        }
    }
    progress.done();
    show(&reports, arguments.json.json)
}

/// The ports of these names that have test files; all such ports when none is named.
fn ports<'a>(lab: &'a Lab, names: &[String]) -> Result<Vec<&'a PortFolder>, Failure> {
    let with_tests = || lab.ports().values().filter(|folder| !folder.conformance.suite.is_empty());
    if names.is_empty() {
        return Ok(with_tests().collect());
    }
    let find = |name: &String| {
        with_tests().find(|folder| folder.port.module == *name).ok_or_else(|| {
            let known: Vec<&str> = with_tests().map(|folder| folder.port.module.as_str()).collect();
            Failure::usage(format!(
                "no port \"{name}\" has test files: ported/<module>/conformance.toml names them. Ports that have: {}",
                known.join(", ")
            ))
        })
    };
    names.iter().map(find).collect()
}

/// The variants to run of a port; those of other ports are not its concern.
fn variants(folder: &PortFolder, asked: &[String]) -> Result<Vec<String>, Failure> {
    let known = folder.port.variant_names();
    if asked.iter().any(|name| name == "all") {
        return Ok(known);
    }
    match asked.iter().find(|name| !folder.port.has_variant(name)) {
        None => Ok(asked.to_vec()),
        Some(name) => Err(Failure::usage(format!(
            "{} has no variant \"{name}\". Variants: {}, or \"all\"",
            folder.port.module,
            known.join(", ")
        ))),
    }
}

fn build(lab: &Lab, ports: &[&PortFolder], hosts: &[ResolvedHost], take_staged: bool) -> Result<(), Failure> {
    if take_staged {
        return Ok(());
    }
    let modules: Vec<String> = ports.iter().map(|folder| folder.port.module.clone()).collect();
    let progress = SetUp::new();
    let built = lab.build(&modules, hosts, &progress);
    progress.done();
    built.map_err(Failure::environment)
}

fn request(
    lab: &Lab,
    folder: &PortFolder,
    host: &ResolvedHost,
    variant: &str,
    arguments: &cli::Conformance,
) -> Result<Request, Failure> {
    let preload = lab.root().join("shims/internal-binding/install.js");
    Ok(Request {
        module: folder.port.module.clone(),
        host: host.host.clone(),
        binary: host.binary.clone(),
        tree: tree_of(&arguments.tests, host.host.major).map_err(Failure::usage)?,
        conformance: folder.conformance.clone(),
        port: lab.staged_port(&folder.port.module).map_err(Failure::environment)?,
        variant: variant.to_owned(),
        preload,
        filter: arguments.filter.clone(),
        jobs: arguments.jobs.map_or_else(processors, NonZeroUsize::get),
        timeout: arguments.timeout,
        cache: lab.root().join(".portlab/conformance"),
        fresh: arguments.fresh,
    })
}

/// Two slots at least: a file that waits should not hold up the others.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).max(2)
}

fn failed(error: &ConformanceError) -> Result<Exit, Failure> {
    match error {
        // The handler of Ctrl-C has said so.
        ConformanceError::Interrupted => Ok(Exit::Interrupted),
        ConformanceError::NoFiles { .. } => Err(Failure::usage(error)),
        _ => Err(Failure::environment(error)),
    }
}

fn show(reports: &[Report], json: bool) -> Result<Exit, Failure> {
    let document = Document::new(reports);
    if json {
        print_json(&document)?;
    } else {
        print(&text(&document))?;
    }
    let second: Vec<&str> = reports
        .iter()
        .flat_map(|report| &report.files)
        .filter(|file| file.second_try && file.verdict.is_pass())
        .map(|file| file.test.as_str())
        .collect();
    if !second.is_empty() {
        say(&format!("failed beside others and passed alone: {}", second.join(", ")));
    }
    if document.failures.is_empty() {
        return Ok(Exit::Ok);
    }
    say(&format!("{} files regressed against conformance.toml", document.failures.len()));
    Ok(Exit::Regressed)
}

/// Failures with their output, skips with their reasons, then the table. Calls file by file are the JSON's.
fn text(document: &Document) -> String {
    let mut parts: Vec<String> = document
        .failures
        .iter()
        .map(|failure| {
            let start = failure.why.len().saturating_sub(SHOWN);
            // Where errors are printed is the end.
            let shown = failure.why.get(start..).unwrap_or(&failure.why);
            let head = failure.why.lines().next().unwrap_or_default();
            let shown = if start == 0 { failure.why.clone() } else { format!("{head}\n[…]{shown}") };
            format!("--- {} on {}, {}: {shown}\n\n", failure.test, failure.host, failure.variant)
        })
        .collect();
    for skip in &document.skips {
        let place = format!("{} on {}, {}", skip.test, skip.host, skip.variant);
        parts.push(match (&skip.reason, skip.passes) {
            (Some(reason), false) => format!("skipped {place}: {reason}\n"),
            (Some(_), true) => format!("skipped {place}, and it passes: take it out of conformance.toml\n"),
            (None, _) => {
                format!("skipped {place}, which the tree does not have: take it out of conformance.toml\n")
            }
        });
    }
    if !parts.is_empty() {
        parts.push("\n".to_owned());
    }
    let titles = [
        "port",
        "host",
        "variant",
        "suite",
        "native",
        "ported",
        "skipped",
        "unreached",
        "port calls",
        "not native",
    ];
    let mut table = columns(&titles);
    for column in 4..titles.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for suite in &document.suites {
        table.add_row([
            Cell::new(&suite.module),
            Cell::new(&suite.host),
            Cell::new(&suite.variant),
            Cell::new(&suite.name),
            Cell::new(suite.native_pass),
            Cell::new(suite.ported_pass),
            Cell::new(suite.skipped),
            Cell::new(suite.unreached),
            Cell::new(suite.port_calls),
            Cell::new(suite.not_native),
        ]);
    }
    parts.push(table.to_string());
    parts.concat()
}
