//! What `portlab conformance --json` prints.

use bench_schema::SCHEMA_VERSION;
use serde::Serialize;

use crate::judge::{FileResult, Report, Verdict};

/// Several runs in one: each a port and variant on a host.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// A line a suite, host and variant.
    pub suites: Vec<SuiteLine>,
    /// Files that pass natively, over all suites.
    pub native_pass: usize,
    /// Of these, files that pass on the port, over all suites.
    pub ported_pass: usize,
    /// Calls that reached the port.
    pub port_calls: u64,
    /// Files that call no function that the port replaces; with host and variant where there are several.
    pub unreached: Vec<String>,
    /// Files that pass natively and not on the port, or whose calls did not reach it.
    pub failures: Vec<Failure>,
    /// What conformance.toml does not expect to pass.
    pub skips: Vec<SkipLine>,
    /// Every file.
    pub files: Vec<FileLine>,
}

/// A suite of a port on a host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SuiteLine {
    /// Its name in conformance.toml; without one the folder in Node's `test`, and the pattern where the port has several
    /// nameless suites there.
    pub name: String,
    /// The port.
    pub module: String,
    /// The host's id.
    pub host: String,
    /// The variant's full name.
    pub variant: String,
    /// Files that pass natively.
    pub native_pass: usize,
    /// Of these, files that pass on the port.
    pub ported_pass: usize,
    /// Of these, files that call no function that the port replaces.
    pub unreached: usize,
    /// Files that conformance.toml skips.
    pub skipped: usize,
    /// Files that do not pass natively.
    pub not_native: usize,
    /// Calls that reached the port.
    pub port_calls: u64,
}

/// A regression.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// `<directory>/<name>`.
    pub test: String,
    /// How it ended, and the end of its output.
    pub why: String,
    /// The port.
    pub module: String,
    /// The host's id.
    pub host: String,
    /// The variant's full name.
    pub variant: String,
}

/// A skip of conformance.toml.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkipLine {
    /// The file.
    pub test: String,
    /// The host's id.
    pub host: String,
    /// The variant's full name.
    pub variant: String,
    /// Why it is skipped; null for a skip of a file that the tree does not have.
    pub reason: Option<String>,
    /// Whether it passes all the same.
    pub passes: bool,
}

/// A file on a host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileLine {
    /// The host's id.
    pub host: String,
    /// The variant's full name.
    pub variant: String,
    /// Its verdict and calls.
    #[serde(flatten)]
    pub result: FileResult,
}

impl Document {
    /// Puts runs together.
    pub fn new(reports: &[Report]) -> Document {
        let suites: Vec<SuiteLine> = reports.iter().flat_map(suites).collect();
        let several = reports.len() > 1;
        let unreached = |report: &Report| -> Vec<String> {
            let files = report.files.iter().filter(|file| file.verdict == Verdict::Unreached);
            let name = |file: &FileResult| {
                let place =
                    if several { format!("{} {} ", report.host, report.variant) } else { String::new() };
                format!("{place}{}", file.test)
            };
            files.map(name).collect()
        };
        Document {
            schema_version: SCHEMA_VERSION,
            native_pass: suites.iter().map(|suite| suite.native_pass).sum(),
            ported_pass: suites.iter().map(|suite| suite.ported_pass).sum(),
            port_calls: suites.iter().map(|suite| suite.port_calls).sum(),
            suites,
            unreached: reports.iter().flat_map(unreached).collect(),
            failures: reports.iter().flat_map(failures).collect(),
            skips: reports.iter().flat_map(skips).collect(),
            files: reports.iter().flat_map(files).collect(),
        }
    }
}

fn suites(report: &Report) -> Vec<SuiteLine> {
    let line = |name: &str| {
        let files: Vec<&FileResult> = report.files.iter().filter(|file| file.suite == name).collect();
        let count = |is: fn(&Verdict) -> bool| files.iter().filter(|file| is(&file.verdict)).count();
        let not_native = count(|verdict| matches!(verdict, Verdict::NotNative { .. }));
        SuiteLine {
            name: name.to_owned(),
            module: report.module.clone(),
            host: report.host.clone(),
            variant: report.variant.clone(),
            native_pass: files.len() - not_native,
            ported_pass: count(Verdict::is_pass),
            unreached: count(|verdict| *verdict == Verdict::Unreached),
            skipped: count(|verdict| matches!(verdict, Verdict::Skipped { .. })),
            not_native,
            port_calls: files.iter().map(|file| file.port_calls).sum(),
        }
    };
    let mut names: Vec<&str> = Vec::new();
    for file in &report.files {
        if !names.contains(&file.suite.as_str()) {
            names.push(&file.suite);
        }
    }
    names.into_iter().map(line).collect()
}

fn failures(report: &Report) -> Vec<Failure> {
    let failure = |file: &FileResult| {
        let why = match &file.verdict {
            Verdict::Regressed { end, output, .. } => {
                format!("{end}, {} port calls\n{}", file.port_calls, output.trim())
            }
            Verdict::Missed { native_calls } => {
                let names: Vec<&str> = native_calls.keys().map(String::as_str).collect();
                format!("it passes, but its calls of {} did not reach the port", names.join(", "))
            }
            Verdict::NotNative { .. } | Verdict::Pass | Verdict::Unreached | Verdict::Skipped { .. } => {
                return None;
            }
        };
        Some(Failure {
            test: file.test.clone(),
            why,
            module: report.module.clone(),
            host: report.host.clone(),
            variant: report.variant.clone(),
        })
    };
    report.files.iter().filter_map(failure).collect()
}

fn skips(report: &Report) -> Vec<SkipLine> {
    let line = |test: &str, reason: Option<String>, passes| SkipLine {
        test: test.to_owned(),
        host: report.host.clone(),
        variant: report.variant.clone(),
        reason,
        passes,
    };
    let of_files = report.files.iter().filter_map(|file| match &file.verdict {
        Verdict::Skipped { reason, passes } => Some(line(&file.test, Some(reason.clone()), *passes)),
        _ => None,
    });
    let stale = report.stale_skips.iter().map(|test| line(test, None, false));
    of_files.chain(stale).collect()
}

fn files(report: &Report) -> Vec<FileLine> {
    let line = |file: &FileResult| FileLine {
        host: report.host.clone(),
        variant: report.variant.clone(),
        result: file.clone(),
    };
    report.files.iter().map(line).collect()
}
