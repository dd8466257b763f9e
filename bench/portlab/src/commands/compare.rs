//! `portlab compare` and `portlab gate`: one measuring, two ways to end.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bench_gate::{LabSource, Outcome, Plan, against, decide, decide_rows, recount};
use bench_runner::{Lab, LabError, Prepared, Request, Revision, commit};
use bench_schema::{Document, Row, RunRecord, RunStatus, Status, Verdict};
use bench_store::{SqliteStore, Store as _, StoreError};

use crate::arbiter::Arbiter;
use crate::cli::{self, Measure};
use crate::commands::{calibrate, report};
use crate::exit::{Exit, Failure, cancel_on_interrupt};
use crate::output::{print, print_json, say};
use crate::progress::{Measuring, SetUp};
use crate::selected::Selected;
use crate::{explain, lab, store, table, waivers};

/// The module whose one benchmark says what a crossing costs; measured beside every other module, because what
/// crossings explain of a row needs their cost in the same run.
const BOUNDARY: &str = "boundary";

/// Measures and shows. Verdicts do not make it fail: that is the gate's.
pub(crate) fn compare(arguments: &cli::Compare) -> Result<Exit, Failure> {
    let measured = measure(&arguments.measure)?;
    show(&measured, &arguments.measure, &measured.document.rows)?;
    Ok(match exit(&decide(&measured.document)) {
        Exit::Regressed | Exit::Inconclusive => Exit::Ok,
        exit => exit,
    })
}

/// Measures, shows, and ends as the verdicts say.
pub(crate) fn gate(arguments: &cli::Gate) -> Result<Exit, Failure> {
    // A wrong run number is said before fifteen minutes are spent.
    let earlier = arguments.against.as_deref().map(|name| earlier(&arguments.measure, name)).transpose()?;
    let waivers = waivers::read(&lab::open()?, arguments.waivers.as_deref())?;
    let mut measured = measure(&arguments.measure)?;
    let Document { run, status, .. } = measured.document;
    let mut rows = measured.document.rows.clone();
    let waived = waivers.apply(&mut rows, jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date());
    if !arguments.unconfirmed {
        measured.look_into(&mut rows, &arguments.measure)?;
    }
    let mut outcome = graver(decide_rows(&rows, status), waived);
    let is_suspect = rows.iter().any(|row| row.verdict == Some(Verdict::Suspect));
    if arguments.fail_on_suspect && is_suspect && [0, Exit::Inconclusive as u8].contains(&outcome.exit_code) {
        outcome.exit_code = Exit::Regressed as u8;
    }
    if let Some(earlier) = earlier {
        let compared = against(&measured.store, run, earlier).map_err(Failure::environment)?;
        outcome = graver(outcome, decide_change(&compared, status, earlier));
        rows.extend(compared);
    }
    show(&measured, &arguments.measure, &rows)?;
    for reason in &outcome.reasons {
        say(reason);
    }
    Ok(exit(&outcome))
}

/// Judges the comparison with an earlier run, which must not pass for having had nothing to compare.
fn decide_change(compared: &[Row], status: RunStatus, earlier: i64) -> Outcome {
    if compared.iter().any(|row| row.verdict.is_some() || row.status == Status::Failed) {
        return decide_rows(compared, status);
    }
    let reason = format!("run {earlier} has none of the rows of this one: nothing was compared with it");
    Outcome { exit_code: Exit::Inconclusive as u8, reasons: vec![reason] }
}

/// What a run left.
struct Measured {
    lab: Lab,
    store: SqliteStore,
    document: Document,
    request: Request,
    prepared: Prepared,
    record: RunRecord,
    plan: Plan,
    cancel: Arc<AtomicBool>,
}

impl Measured {
    /// Looks into what regressed, and stores what was found.
    fn look_into(&mut self, rows: &mut [Row], arguments: &Measure) -> Result<(), Failure> {
        let report = report::folder(&self.lab, self.document.run, arguments.report_dir.as_deref());
        let arbiter = Arbiter {
            lab: &self.lab,
            request: &self.request,
            prepared: &self.prepared,
            record: &self.record,
            plan: &self.plan,
            no_build: arguments.no_build,
            report: &report,
            cancel: &self.cancel,
        };
        let investigations = arbiter.look_into(rows);
        if investigations.is_empty() {
            return Ok(());
        }
        // The stored rows are those without waivers.
        for (stored, row) in self.document.rows.iter_mut().zip(rows) {
            if investigations.iter().any(|found| found.is_of(row)) {
                (stored.verdict, stored.note) = (row.verdict, row.note.clone());
            }
        }
        self.document.investigations = investigations;
        recount(&mut self.document);
        self.store.amend(&self.document).map_err(Failure::environment)
    }
}

/// Set-up, measuring, storing.
fn measure(arguments: &Measure) -> Result<Measured, Failure> {
    let lab = lab::open()?;
    let mut store = store::open(&arguments.store)?;
    let (request, prepared) = prepare(&lab, arguments)?;
    let record = record(&lab, &prepared);
    let floors = calibrate::floors(&lab, &store, &record.machine)?;
    let plan = Plan { floors, ..plan(arguments) };
    let cancel = cancel_on_interrupt("interrupted: summarising what was measured")?;
    let mut progress = Measuring::new();
    let measured = bench_gate::compare(
        &mut LabSource::new(&prepared),
        &mut store,
        &record,
        &plan,
        &mut progress,
        &cancel,
    );
    progress.done();
    let document = measured.map_err(Failure::environment)?;
    Ok(Measured { lab, store, document, request, prepared, record, plan, cancel })
}

fn prepare(lab: &Lab, arguments: &Measure) -> Result<(Request, Prepared), Failure> {
    let mut request = request(lab, arguments);
    // Names are checked before anything is installed or built.
    lab.check(&request).map_err(Failure::usage)?;
    if let Some(name) = &arguments.base {
        lab.commit_of(name).map_err(unusable)?;
    }
    let selected = Selected::new(lab, &request, arguments)?;
    if arguments.node.is_none() {
        lab::hosts(lab, &request.hosts)?;
    }
    if lab.modules().contains_key(BOUNDARY)
        && arguments.node.is_none()
        && !request.modules.iter().any(|name| name == BOUNDARY)
    {
        request.modules.push(BOUNDARY.to_owned());
    }
    let progress = SetUp::new();
    if let Some(name) = &arguments.base {
        request.base = Some(base(lab, name, &request.modules, &progress)?);
    }
    let prepared = if arguments.no_build {
        lab.prepare_staged(&request, &progress)
    } else {
        lab.prepare(&request, &progress)
    };
    progress.done();
    let mut prepared = prepared.map_err(Failure::environment)?;
    if let Some(left_out) = selected.apply(&mut prepared) {
        say(&left_out);
    }
    Ok((request, prepared))
}

/// The ports of the commit that is compared with.
fn base(lab: &Lab, name: &str, modules: &[String], progress: &SetUp) -> Result<Revision, Failure> {
    let revision = lab.revision(name, modules, progress).map_err(unusable)?;
    say(&format!("base    {name} ({})", revision.commit));
    Ok(revision)
}

/// A name that does not exist is the command line's fault, everything else the machine's or the commit's.
pub(crate) fn unusable(error: LabError) -> Failure {
    match error {
        LabError::UnknownRevision { .. } => Failure::usage(error),
        other => Failure::environment(other),
    }
}

/// What was asked, with the modules spelled out: all ports when none was named.
fn request(lab: &Lab, arguments: &Measure) -> Request {
    let modules = if arguments.modules.is_empty() {
        lab.ports().keys().filter(|name| lab.modules().contains_key(*name)).cloned().collect()
    } else {
        arguments.modules.clone()
    };
    Request {
        modules,
        hosts: arguments.host.clone(),
        node: arguments.node.clone(),
        baseline: arguments.baseline.clone(),
        candidate: arguments.candidate.clone(),
        variants: arguments.variant.clone(),
        base: None,
        head: None,
    }
}

pub(crate) fn record(lab: &Lab, prepared: &Prepared) -> RunRecord {
    let commit = commit(lab.root());
    RunRecord {
        id: 0,
        started_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
        dirty: commit.as_ref().is_some_and(|commit| commit.dirty),
        commit: commit.map(|commit| commit.id),
        status: RunStatus::Running,
        machine: prepared.machine(),
        artifacts: prepared.artifacts().to_vec(),
        calibration: None,
    }
}

fn plan(arguments: &Measure) -> Plan {
    let seed = arguments.seed.unwrap_or_else(rand::random);
    say(&format!("seed {seed}"));
    if arguments.quick {
        say("--quick: six processes a row, and peak memory is not compared");
        Plan::quick(seed)
    } else {
        Plan::full(seed).with_budget(arguments.budget)
    }
}

/// Prints the table or the document, and says where the report and the store are.
fn show(measured: &Measured, arguments: &Measure, rows: &[Row]) -> Result<(), Failure> {
    let Measured { lab, store, document, .. } = measured;
    let page = report::draw(lab, store, document, arguments.report_dir.as_deref());
    let shown = Document { rows: rows.to_vec(), ..document.clone() };
    let printed = if arguments.json.json {
        print_json(&shown)
    } else {
        let explained = if arguments.explain { explain::table(&shown) } else { String::new() };
        print(&(table::document(&shown, arguments.all_metrics) + &explained))
    };
    // Whichever of the three failed, the others are there, and where they are is said.
    if let Ok(page) = &page {
        say(&format!("report  {}", page.display()));
    }
    say(&format!("store   {} (run {})", store.path().display(), document.run));
    printed.and(page.map(drop))
}

/// The run that `--against` names.
fn earlier(arguments: &Measure, name: &str) -> Result<i64, Failure> {
    let store = store::open_existing(&arguments.store)?;
    let run = store::run_id(&store, name)?;
    match store.document(run) {
        Ok(Some(_)) => Ok(run),
        Ok(None) => Err(Failure::usage(format!(
            "run {run} was never finished, so it has no rows to compare with: `scripts/lab runs` says which have"
        ))),
        Err(error @ StoreError::NoSuchRun { .. }) => Err(Failure::usage(error)),
        Err(error) => Err(Failure::environment(error)),
    }
}

/// The outcome that must not be overlooked, with the reasons of both.
fn graver(one: Outcome, other: Outcome) -> Outcome {
    const GRAVITY: [u8; 5] = [130, 3, 1, 4, 0];
    let rank = |outcome: &Outcome| GRAVITY.iter().position(|code| *code == outcome.exit_code);
    let (mut grave, light) = if rank(&other) < rank(&one) { (other, one) } else { (one, other) };
    if light.exit_code != 0 || grave.exit_code == 0 {
        grave.reasons.extend(light.reasons);
    }
    grave
}

pub(crate) fn exit(outcome: &Outcome) -> Exit {
    match outcome.exit_code {
        0 => Exit::Ok,
        1 => Exit::Regressed,
        4 => Exit::Inconclusive,
        130 => Exit::Interrupted,
        _ => Exit::Environment,
    }
}
