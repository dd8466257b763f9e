//! `portlab trace`: which functions of Node-API the modules of a program really call, and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use bench_runner::TraceFiles;
use bench_schema::SCHEMA_VERSION;
use comfy_table::{Cell, CellAlignment};
use serde::Serialize;
use trace_record::Record;

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lab;
use crate::output::{columns, print, say};
use crate::progress::SetUp;

/// What every process called.
#[derive(Serialize)]
struct Trace {
    schema_version: u32,
    /// The program's, 128 + n after the signal n.
    exit_code: i32,
    /// Processes that loaded a module with Node-API.
    processes: usize,
    /// The most calls first.
    modules: Vec<Module>,
}

#[derive(Serialize)]
struct Module {
    path: String,
    calls: u64,
    /// The most calls first; what was never called is left out.
    functions: Vec<Function>,
}

#[derive(Serialize)]
struct Function {
    name: String,
    calls: u64,
}

/// Runs the program, shows what it called, and ends as it ended.
pub(crate) fn run(arguments: &cli::Trace) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    let progress = SetUp::new();
    let files = lab.stage_trace(&progress);
    progress.done();
    let folder = tempfile::tempdir().map_err(Failure::environment)?;
    let status = execute(arguments, &files.map_err(Failure::environment)?, folder.path())?;
    let exit_code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    let trace = summarize(&read_records(folder.path())?, exit_code);
    show(arguments, &trace)?;
    drop(folder);
    // The program's own code, of which Exit knows only a few.
    std::process::exit(exit_code)
}

fn execute(arguments: &cli::Trace, files: &TraceFiles, folder: &Path) -> Result<ExitStatus, Failure> {
    let (program, rest) = arguments.program.split_first().expect("clap wants a program");
    let mut command = Command::new(program);
    command.args(rest);
    command.env("NODE_OPTIONS", node_options(&files.preload));
    command.env("PORTLAB_TRACE_ADDON", &files.addon).env("PORTLAB_TRACE_DIR", folder);
    if arguments.json.json && arguments.output.is_none() {
        // Standard output is one JSON document; what the program writes goes to standard error.
        command.stdout(Stdio::from(std::io::stderr()));
    }
    // Ctrl-C is for the program: its counts are shown then, too.
    ctrlc::set_handler(|| {}).map_err(Failure::environment)?;
    command.status().map_err(|error| {
        Failure::usage(format!("{} cannot be started: {error}", Path::new(program).display()))
    })
}

/// What `NODE_OPTIONS` says already, and the preload; a path may hold spaces, quotes and backslashes.
fn node_options(preload: &Path) -> OsString {
    let mut options = std::env::var_os("NODE_OPTIONS").unwrap_or_default();
    let quoted = preload.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    options.push(format!(" --require \"{quoted}\""));
    options
}

fn read_records(folder: &Path) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::environment)? {
        let path = entry.map_err(Failure::environment)?.path();
        if path.extension() != Some(OsStr::new("trace")) {
            continue;
        }
        let bytes = fs::read(&path).map_err(Failure::environment)?;
        match trace_record::read(&bytes) {
            Ok(record) => records.push(record),
            // A process that was killed while it made the file.
            Err(error) => say(&format!("{} is left out: {error}", path.display())),
        }
    }
    Ok(records)
}

fn summarize(records: &[Record], exit_code: i32) -> Trace {
    let mut modules = BTreeMap::<&str, BTreeMap<&str, u64>>::new();
    for record in records {
        let functions = modules.entry(&record.module).or_default();
        for (name, calls) in &record.calls {
            *functions.entry(name).or_default() += calls;
        }
    }
    let mut modules: Vec<Module> = modules
        .into_iter()
        .map(|(module, functions)| {
            let called = functions.into_iter().filter(|(_, calls)| *calls > 0);
            let mut functions: Vec<Function> =
                called.map(|(name, calls)| Function { name: name.to_owned(), calls }).collect();
            functions.sort_by_key(|function| std::cmp::Reverse(function.calls));
            let calls = functions.iter().map(|function| function.calls).sum();
            Module { path: module.to_owned(), calls, functions }
        })
        .collect();
    modules.sort_by_key(|module| std::cmp::Reverse(module.calls));
    let processes = records.iter().map(|record| record.pid).collect::<BTreeSet<_>>().len();
    Trace { schema_version: SCHEMA_VERSION, exit_code, processes, modules }
}

fn show(arguments: &cli::Trace, trace: &Trace) -> Result<(), Failure> {
    let text = if arguments.json.json {
        serde_json::to_string_pretty(trace).map_err(Failure::environment)?
    } else {
        table(trace)
    };
    match &arguments.output {
        None => print(&text),
        Some(path) => fs::write(path, format!("{text}\n"))
            .map_err(|error| Failure::environment(format!("{}: {error}", path.display()))),
    }
}

fn table(trace: &Trace) -> String {
    if trace.modules.is_empty() {
        return "no module with Node-API was loaded".to_owned();
    }
    let mut parts = Vec::new();
    for module in &trace.modules {
        let mut table = columns(&["calls", "share", "function"]);
        for function in &module.functions {
            let share = 100.0 * function.calls as f64 / module.calls as f64;
            table.add_row([
                Cell::new(function.calls).set_alignment(CellAlignment::Right),
                Cell::new(format!("{share:.1}%")).set_alignment(CellAlignment::Right),
                Cell::new(&function.name),
            ]);
        }
        let Module { path, calls, functions } = module;
        parts.push(format!("{path}: {calls} calls of {} functions\n{table}\n\n", functions.len()));
    }
    let processes = if trace.processes == 1 { "process" } else { "processes" };
    parts.push(format!("{} {processes} loaded modules with Node-API", trace.processes));
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pid: u32, module: &str, calls: &[(&str, u64)]) -> Record {
        let calls = calls.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
        Record { pid, module: module.to_owned(), calls }
    }

    #[test]
    fn processes_are_summed_by_module_and_the_busiest_comes_first() {
        let records = [
            record(1, "/a.node", &[("napi_x", 1), ("napi_y", 2), ("napi_unused", 0)]),
            record(1, "/b.node", &[("napi_x", 100)]),
            record(2, "/a.node", &[("napi_x", 4)]),
        ];
        let trace = summarize(&records, 7);
        assert_eq!((trace.processes, trace.exit_code), (2, 7));
        let shown: Vec<_> = trace.modules.iter().map(|module| (module.path.as_str(), module.calls)).collect();
        assert_eq!(shown, [("/b.node", 100), ("/a.node", 7)]);
        let functions: Vec<_> = trace.modules[1]
            .functions
            .iter()
            .map(|function| (function.name.as_str(), function.calls))
            .collect();
        assert_eq!(functions, [("napi_x", 5), ("napi_y", 2)]);
        assert!(table(&trace).contains("71.4%"), "{}", table(&trace));
        assert!(table(&trace).ends_with("2 processes loaded modules with Node-API"));
    }

    #[test]
    fn a_preload_with_spaces_and_quotes_stays_one_word() {
        let options = node_options(Path::new("/a b/\"c\\d.cjs"));
        assert!(options.to_string_lossy().ends_with(" --require \"/a b/\\\"c\\\\d.cjs\""), "{options:?}");
    }
}
