//! One host and variant: native results, ported results, control, verdicts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;

use crate::files::{self, TestFile};
use crate::judge::{self, Evidence};
use crate::native::{Cache, Known};
use crate::process::{self, Outcome, Status, Under};
use crate::slots::run_all;
use crate::{Calls, ConformanceError, Progress, Report, Request, calls};

/// Its own slot, so that a file that runs alone shares nothing with those that ran before it.
const ALONE: usize = 999;

struct Session<'a> {
    request: &'a Request,
    progress: &'a dyn Progress,
    cancel: &'a AtomicBool,
    scratch: TempDir,
    empty: PathBuf,
}

pub(crate) fn run(
    request: &Request,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Report, ConformanceError> {
    let files = files::list(request)?;
    let temporary = std::env::temp_dir();
    let scratch = tempfile::Builder::new()
        .prefix("portlab-conformance-")
        .tempdir_in(&temporary)
        .map_err(ConformanceError::file(&temporary))?;
    let empty = process::write_empty_test(request, scratch.path())?;
    let session = Session { request, progress, cancel, scratch, empty };
    let native = session.native(&files)?;
    let passing: Vec<&TestFile> =
        files.iter().filter(|file| native.get(&file.test) == Some(&Status::Pass)).collect();
    let baseline = session.common_calls(Under::Port)?;
    let (ported, second) = session.run_twice(&passing, Under::Port, &request.variant)?;
    let silent: Vec<&TestFile> = passing
        .iter()
        .copied()
        .filter(|file| {
            let outcome = &ported[&file.test];
            outcome.status == Status::Pass && calls::beyond(&baseline, &outcome.calls).is_empty()
        })
        .collect();
    let mut missed = BTreeMap::new();
    if !silent.is_empty() {
        let baseline = session.common_calls(Under::Control)?;
        let (control, ended) = session.run(&silent, Under::Control, "control");
        ended?;
        let beyond = |(test, outcome): (String, Outcome)| (test, calls::beyond(&baseline, &outcome.calls));
        missed = control.into_iter().map(beyond).collect();
    }
    let evidence =
        Evidence { native: &native, ported: &ported, second: &second, baseline: &baseline, missed: &missed };
    Ok(judge::report(request, &files, &evidence))
}

impl Session<'_> {
    /// How each file ends natively, from the cache where it knows.
    fn native(&self, files: &[TestFile]) -> Result<Known, ConformanceError> {
        let cache = Cache::new(self.request)?;
        let mut known = if self.request.fresh { Known::new() } else { cache.load() };
        let unknown: Vec<&TestFile> = files.iter().filter(|file| !known.contains_key(&file.test)).collect();
        let mut complaint = String::new();
        if !unknown.is_empty() {
            let (first, mut ended) = self.run(&unknown, Under::Native, "native");
            let mut outcomes = first;
            let again: Vec<&TestFile> =
                unknown.into_iter().filter(|file| outcomes.get(&file.test).is_some_and(failed)).collect();
            if ended.is_ok() && !again.is_empty() {
                // Files that run at once may hinder each other, and what fails natively counts for nobody.
                let (second, ended_again) =
                    self.run_alone(&again, Under::Native, "native, once more and alone");
                outcomes.extend(second);
                ended = ended_again;
            }
            complaint = outcomes
                .values()
                .find(|outcome| failed(outcome))
                .map_or_else(String::new, |outcome| format!("{}\n{}", outcome.end, outcome.output.trim()));
            known.extend(outcomes.iter().map(|(test, outcome)| (test.clone(), outcome.status)));
            cache.store(&known)?;
            ended?;
        }
        if files.iter().any(|file| known.get(&file.test) == Some(&Status::Pass)) {
            return Ok(known);
        }
        Err(ConformanceError::NoneNative {
            files: files.len(),
            tree: self.request.tree.clone(),
            host: self.request.host.id.clone(),
            output: if complaint.is_empty() { "an earlier run found so".to_owned() } else { complaint },
        })
    }

    /// All files at once, and those that fail once more alone. The second part names the latter.
    fn run_twice(
        &self,
        files: &[&TestFile],
        under: Under,
        stage: &str,
    ) -> Result<(BTreeMap<String, Outcome>, Vec<String>), ConformanceError> {
        let (mut outcomes, ended) = self.run(files, under, stage);
        ended?;
        let skipped = |file: &TestFile| judge::skip_of(self.request, file).is_some();
        let again: Vec<&TestFile> =
            files.iter().copied().filter(|file| failed(&outcomes[&file.test]) && !skipped(file)).collect();
        if !again.is_empty() {
            let (second, ended) = self.run_alone(&again, under, &format!("{stage}, once more and alone"));
            ended?;
            outcomes.extend(second);
        }
        Ok((outcomes, again.into_iter().map(|file| file.test.clone()).collect()))
    }

    fn run(
        &self,
        files: &[&TestFile],
        under: Under,
        stage: &str,
    ) -> (BTreeMap<String, Outcome>, Result<(), ConformanceError>) {
        let job = |file: &TestFile, slot| {
            process::run(self.request, &file.path, under, self.scratch.path(), slot, self.cancel)
        };
        let (sequential, parallel): (Vec<&TestFile>, Vec<&TestFile>) =
            files.iter().copied().partition(|file| files::is_sequential(&file.path));
        let step = |done: usize| self.progress.step(stage, done, files.len());
        step(0);
        let (mut outcomes, ended) = run_all(&parallel, self.request.jobs, job, step);
        if ended.is_err() {
            return (outcomes, ended);
        }
        let (rest, ended) = run_all(&sequential, 1, job, |done| step(parallel.len() + done));
        outcomes.extend(rest);
        (outcomes, ended)
    }

    fn run_alone(
        &self,
        files: &[&TestFile],
        under: Under,
        stage: &str,
    ) -> (BTreeMap<String, Outcome>, Result<(), ConformanceError>) {
        let job = |file: &TestFile, _| {
            process::run(self.request, &file.path, under, self.scratch.path(), ALONE, self.cancel)
        };
        self.progress.step(stage, 0, files.len());
        run_all(files, 1, job, |done| self.progress.step(stage, done, files.len()))
    }

    /// What Node's common test module alone calls, so that it does not pass for a test that reached the port.
    fn common_calls(&self, under: Under) -> Result<Calls, ConformanceError> {
        let outcome =
            process::run(self.request, &self.empty, under, self.scratch.path(), ALONE, self.cancel)?;
        if outcome.status == Status::Pass {
            return Ok(outcome.calls);
        }
        Err(ConformanceError::Unusable {
            module: self.request.module.clone(),
            host: self.request.host.id.clone(),
            output: format!("{}\n{}", outcome.end, outcome.output.trim()),
        })
    }
}

fn failed(outcome: &Outcome) -> bool {
    !matches!(outcome.status, Status::Pass | Status::Skip)
}
