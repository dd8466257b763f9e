//! Outcomes to verdicts: pure.

use std::collections::BTreeMap;

use bench_schema::Skip;
use serde::Serialize;

use crate::files::TestFile;
use crate::native::Known;
use crate::process::{Outcome, Status};
use crate::{Calls, Request, calls};

/// What is concluded about a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It does not pass natively, so it says nothing.
    NotNative {
        /// How it ends natively.
        native: Status,
    },
    /// It passes on the port and reaches it.
    Pass,
    /// It passes and calls no function that the port replaces.
    Unreached,
    /// It passes, and its calls of these functions ran natively: the swap does not hold for it.
    Missed {
        /// Native calls by function.
        native_calls: Calls,
    },
    /// It passes natively and not on the port.
    Regressed {
        /// How it ends on the port.
        status: Status,
        /// The same in words: `exit status: 1`.
        end: String,
        /// The end of its output.
        output: String,
    },
    /// conformance.toml does not expect it to pass.
    Skipped {
        /// Its reason.
        reason: String,
        /// Whether it passes all the same: the skip can go.
        passes: bool,
    },
}

impl Verdict {
    /// Whether it passes on the port.
    pub fn is_pass(&self) -> bool {
        matches!(self, Verdict::Pass | Verdict::Unreached)
    }
}

/// A file and its verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileResult {
    /// The suite's name.
    #[serde(skip)]
    pub suite: String,
    /// `<directory>/<name>`.
    pub test: String,
    /// What is concluded.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Calls that reached the port, beyond those of Node's common test module.
    pub port_calls: u64,
    /// The same by function.
    pub functions: Calls,
    /// Whether it failed on the port beside others, and this is what it did alone.
    pub second_try: bool,
}

/// One port and variant on one host.
#[derive(Clone, Debug)]
pub struct Report {
    /// The port.
    pub module: String,
    /// The host's id.
    pub host: String,
    /// The variant's full name.
    pub variant: String,
    /// Every file of the port's suites.
    pub files: Vec<FileResult>,
    /// Skips of conformance.toml that name no file of the tree.
    pub stale_skips: Vec<String>,
}

/// What the processes yielded.
pub(crate) struct Evidence<'a> {
    pub(crate) native: &'a Known,
    pub(crate) ported: &'a BTreeMap<String, Outcome>,
    pub(crate) second: &'a [String],
    /// What Node's common test module alone calls.
    pub(crate) baseline: &'a Calls,
    /// Native calls of functions that the port replaces, by file without a port call.
    pub(crate) missed: &'a BTreeMap<String, Calls>,
}

pub(crate) fn report(request: &Request, files: &[TestFile], evidence: &Evidence<'_>) -> Report {
    let names = |skip: &&Skip| !files.iter().any(|file| file.path.ends_with(&skip.test));
    let stale = request.conformance.skip.iter().filter(|skip| applies(request, skip)).filter(names);
    Report {
        module: request.module.clone(),
        host: request.host.id.clone(),
        variant: request.variant.clone(),
        files: files.iter().map(|file| result(request, file, evidence)).collect(),
        // Of a part of the files nothing can be said.
        stale_skips: stale.filter(|_| request.filter.is_none()).map(|skip| skip.test.clone()).collect(),
    }
}

fn result(request: &Request, file: &TestFile, evidence: &Evidence<'_>) -> FileResult {
    let functions = evidence
        .ported
        .get(&file.test)
        .map_or_else(Calls::new, |outcome| calls::beyond(evidence.baseline, &outcome.calls));
    FileResult {
        suite: file.suite.clone(),
        test: file.test.clone(),
        verdict: verdict(request, file, evidence, &functions),
        port_calls: functions.values().sum(),
        functions,
        second_try: evidence.second.contains(&file.test),
    }
}

fn verdict(request: &Request, file: &TestFile, evidence: &Evidence<'_>, functions: &Calls) -> Verdict {
    let native = evidence.native.get(&file.test).copied().unwrap_or(Status::Skip);
    let Some(ported) = evidence.ported.get(&file.test) else { return Verdict::NotNative { native } };
    let missed = evidence.missed.get(&file.test).filter(|missed| !missed.is_empty());
    if let Some(skip) = skip_of(request, file) {
        let passes = ported.status == Status::Pass && missed.is_none();
        return Verdict::Skipped { reason: skip.reason.clone(), passes };
    }
    if ported.status != Status::Pass {
        let Outcome { status, end, output, .. } = ported.clone();
        return Verdict::Regressed { status, end, output };
    }
    match missed {
        Some(missed) => Verdict::Missed { native_calls: missed.clone() },
        None if functions.is_empty() => Verdict::Unreached,
        None => Verdict::Pass,
    }
}

/// What conformance.toml says of a file on the request's host.
pub(crate) fn skip_of<'a>(request: &'a Request, file: &TestFile) -> Option<&'a Skip> {
    let of_file = |skip: &&Skip| file.path.ends_with(&skip.test);
    request.conformance.skip.iter().filter(|skip| applies(request, skip)).find(of_file)
}

fn applies(request: &Request, skip: &Skip) -> bool {
    skip.node_majors.as_ref().is_none_or(|majors| majors.contains(&request.host.major))
}
