//! `portlab bisect`: which commit made a benchmark slower. Git says which commit halves the rest, the gate judges it
//! against the good one; the checkout's own files are never touched.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use bench_gate::{LabSource, Plan, compare};
use bench_runner::{Lab, LabError, Request, Revision};
use bench_schema::{Document, RunRecord, RunStatus, SCHEMA_VERSION, Status, Verdict};
use bench_store::SqliteStore;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli;
use crate::commands::compare::{record, unusable};
use crate::exit::{Exit, Failure, cancel_on_interrupt};
use crate::lab;
use crate::output::{print, print_json, say};
use crate::progress::{Measuring, SetUp};

/// What a commit was found to be, beside the good one.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Judged {
    finding: Finding,
    /// The benchmark's ratio to the good commit that stands out most.
    ratio: Option<f64>,
    /// Why, where it could not be judged.
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Finding {
    Good,
    Bad,
    /// It does not build, lacks the benchmark, or the budget could not tell.
    Skipped,
}

/// Judges commits until one is left, or only such as cannot be judged.
pub(crate) fn run(arguments: &cli::Bisect) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    let good = lab.commit_of(&arguments.good).map_err(unusable)?;
    let bad = lab.commit_of(&arguments.bad).map_err(unusable)?;
    if good == bad || !lab.is_ancestor(&good, &bad) {
        let message = format!(
            "{} does not come before {}: name a fast commit, then a later slow one",
            arguments.good, arguments.bad
        );
        return Err(Failure::usage(message));
    }
    let mut bisection = Bisection::new(&lab, arguments, &good, &bad)?;
    let cancel = cancel_on_interrupt("interrupted: the same command goes on from here")?;
    let Some(first) = bisection.judge(&bad, &cancel)? else { return Ok(Exit::Interrupted) };
    if first.finding != Finding::Bad {
        let why = first.reason.unwrap_or_else(|| "it is not slower by more than the margin".to_owned());
        say(&format!("{} against {}: {why}. There is nothing to bisect", arguments.bad, arguments.good));
        return Ok(if first.finding == Finding::Good { Exit::Usage } else { Exit::Inconclusive });
    }
    let Some(suspects) = bisection.narrow(&good, &bad, &cancel)? else { return Ok(Exit::Interrupted) };
    bisection.show(&suspects)
}

struct Bisection<'a> {
    lab: &'a Lab,
    arguments: &'a cli::Bisect,
    good: Revision,
    judged: BTreeMap<String, Judged>,
    /// Where `judged` is kept.
    file: PathBuf,
}

impl<'a> Bisection<'a> {
    fn new(lab: &'a Lab, arguments: &'a cli::Bisect, good: &str, bad: &str) -> Result<Self, Failure> {
        for id in &arguments.benchmarks {
            if !lab.definitions().any(|definition| definition.id == *id) {
                return Err(Failure::usage(format!(
                    "there is no benchmark {id:?}: `scripts/lab list` has the ids"
                )));
            }
        }
        let request = request(lab, arguments);
        lab.check(&request).map_err(Failure::usage)?;
        lab::hosts(lab, &request.hosts)?;
        let progress = SetUp::new();
        let revision = lab.revision(good, &request.modules, &progress).map_err(unusable);
        progress.done();
        // What was judged holds for these benchmarks on this host, and says nothing of others.
        let mut asked = arguments.benchmarks.clone();
        asked.sort_unstable();
        let name = format!(
            "{}-{}-{}-{}-{}",
            &good[..12],
            &bad[..12],
            arguments.host,
            arguments.variant,
            asked.join("-")
        );
        let file = lab.root().join(".portlab/bisect").join(name.replace('/', "_") + ".json");
        let judged = if arguments.fresh { BTreeMap::new() } else { read(&file)? };
        if !judged.is_empty() {
            say(&format!("{} commits were judged before ({})", judged.len(), file.display()));
        }
        Ok(Bisection { lab, arguments, good: revision?, judged, file })
    }

    /// Halves the suspects until one is left or none that is left can be judged; `None` when interrupted.
    fn narrow(&mut self, good: &str, bad: &str, cancel: &AtomicBool) -> Result<Option<Vec<String>>, Failure> {
        let (mut good, mut bad) = (vec![good.to_owned()], bad.to_owned());
        loop {
            let suspects = self.lab.suspects(&good, &bad).map_err(Failure::environment)?;
            let skipped = |commit: &&String| {
                self.judged.get(*commit).is_some_and(|judged| judged.finding == Finding::Skipped)
            };
            let next = suspects.iter().find(|commit| **commit != bad && !skipped(commit)).cloned();
            let Some(next) = next.filter(|_| suspects.len() > 1) else { return Ok(Some(suspects)) };
            say(&format!("{} suspects left: judging {}", suspects.len(), self.lab.describe_commit(&next)));
            let Some(judged) = self.judge(&next, cancel)? else { return Ok(None) };
            match judged.finding {
                Finding::Good => good.push(next),
                Finding::Bad => bad = next,
                Finding::Skipped => {}
            }
        }
    }

    /// What a commit is, from an earlier call or by measuring it; `None` when interrupted.
    fn judge(&mut self, commit: &str, cancel: &AtomicBool) -> Result<Option<Judged>, Failure> {
        if let Some(known) = self.judged.get(commit) {
            return Ok(Some(known.clone()));
        }
        let judged = match self.measure(commit, cancel)? {
            Ok(document) if document.status == RunStatus::Interrupted => return Ok(None),
            Ok(document) => conclude(&document),
            Err(reason) => Judged { finding: Finding::Skipped, ratio: None, reason: Some(reason) },
        };
        let ratio = judged.ratio.map_or_else(String::new, |ratio| format!(", ratio {ratio:.3}"));
        let reason = judged.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        say(&format!("{} is {:?}{ratio}{reason}", &commit[..12], judged.finding).to_lowercase());
        self.judged.insert(commit.to_owned(), judged.clone());
        write(&self.file, &self.judged)?;
        Ok(Some(judged))
    }

    /// The commit's ports against the good one's; the inner error says why it cannot be judged.
    fn measure(&self, commit: &str, cancel: &AtomicBool) -> Result<Result<Document, String>, Failure> {
        let mut request = request(self.lab, self.arguments);
        let progress = SetUp::new();
        let revision = self.lab.revision(commit, &request.modules, &progress);
        progress.done();
        request.head = Some(match revision {
            Ok(revision) => revision,
            Err(error @ LabError::Revision { .. }) => return Ok(Err(error.to_string())),
            Err(error) => return Err(Failure::environment(error)),
        });
        request.base = Some(self.good.clone());
        let progress = SetUp::new();
        let prepared = self.lab.prepare(&request, &progress);
        progress.done();
        let mut prepared = prepared.map_err(Failure::environment)?;
        prepared.retain(|bench| self.arguments.benchmarks.contains(&bench.definition.id));
        prepared.retain_absent(|definition| self.arguments.benchmarks.contains(&definition.id));
        if prepared.benches().is_empty() {
            return Ok(Err("it does not have the benchmark, or the good commit does not".to_owned()));
        }
        let record =
            RunRecord { commit: Some(commit.to_owned()), dirty: false, ..record(self.lab, &prepared) };
        let folder = tempfile::tempdir().map_err(Failure::environment)?;
        let mut store =
            SqliteStore::open(&folder.path().join("store.sqlite")).map_err(Failure::environment)?;
        let plan = Plan { solo_pairs: 0, refine: false, ..Plan::full(rand::random()) }
            .with_budget(self.arguments.budget);
        let mut measuring = Measuring::new();
        let mut source = LabSource::new(&prepared);
        let document = compare(&mut source, &mut store, &record, &plan, &mut measuring, cancel);
        measuring.done();
        document.map(Ok).map_err(Failure::environment)
    }

    fn show(&self, suspects: &[String]) -> Result<Exit, Failure> {
        let described = || suspects.iter().map(|commit| self.lab.describe_commit(commit));
        let culprit = match suspects {
            [only] => Some(only),
            _ => None,
        };
        if self.arguments.json.json {
            print_json(&json!({
                "schema_version": SCHEMA_VERSION,
                "culprit": culprit,
                "suspects": suspects,
                "judged": self.judged,
            }))?;
        } else if culprit.is_some() {
            print(&format!("slower since {}", described().collect::<String>()))?;
        } else {
            let lines: Vec<String> = described().collect();
            print(&format!(
                "slower since one of these, which could not be told apart:\n{}",
                lines.join("\n")
            ))?;
        }
        Ok(if culprit.is_some() { Exit::Ok } else { Exit::Inconclusive })
    }
}

fn request(lab: &Lab, arguments: &cli::Bisect) -> Request {
    let mut modules: Vec<String> = lab
        .definitions()
        .filter(|definition| arguments.benchmarks.contains(&definition.id))
        .map(|definition| definition.module().to_owned())
        .collect();
    modules.dedup();
    Request {
        modules,
        hosts: vec![arguments.host.clone()],
        candidate: arguments.variant.clone(),
        variants: vec![arguments.variant.clone()],
        ..Request::default()
    }
}

/// Any row that is slower makes a commit bad; rows that nobody could judge make it none.
fn conclude(document: &Document) -> Judged {
    let deciding =
        || document.rows.iter().filter(|row| row.verdict.is_some() || row.status == Status::Failed);
    let ratio = deciding().filter_map(|row| row.ratio).reduce(f64::max);
    let is = |verdict| deciding().any(|row| row.verdict == Some(verdict));
    let failed = deciding().find(|row| row.status == Status::Failed);
    let reason = match failed {
        Some(row) => Some(row.note.clone().unwrap_or_else(|| "the benchmark failed".to_owned())),
        None if is(Verdict::Inconclusive) => Some("the budget could not tell (--budget)".to_owned()),
        None => None,
    };
    let finding = match reason {
        _ if is(Verdict::Regressed) => Finding::Bad,
        Some(_) => Finding::Skipped,
        None => Finding::Good,
    };
    Judged { finding, ratio, reason: reason.filter(|_| finding == Finding::Skipped) }
}

fn read(file: &PathBuf) -> Result<BTreeMap<String, Judged>, Failure> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Failure::environment(format!("{}: {error}", file.display()))),
    };
    serde_json::from_slice(&text).map_err(|error| {
        Failure::environment(format!(
            "{} is damaged ({error}): --fresh judges all commits again",
            file.display()
        ))
    })
}

/// In one step: a call that is killed leaves what was known before.
fn write(file: &PathBuf, judged: &BTreeMap<String, Judged>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::environment(format!("{}: {error}", file.display()));
    let folder = file.parent().expect("it is in a folder");
    std::fs::create_dir_all(folder).map_err(failed)?;
    let begun = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    serde_json::to_writer_pretty(&begun, judged).map_err(|error| failed(error.into()))?;
    begun.persist(file).map(drop).map_err(|error| failed(error.error))
}
