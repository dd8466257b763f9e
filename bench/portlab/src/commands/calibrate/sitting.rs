//! One sitting of a calibration: step by step, until everything is measured or somebody stops it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bench_gate::{Agenda, LabSource, Plan, Step, Wanted, compare};
use bench_runner::{Busy, Lab, Prepared, Request, ResolvedHost, commit};
use bench_schema::{
    CalibrationRun, Document, Experiment, ExperimentKind, Fingerprints, Level, Machine, NATIVE, NODE_API,
    RunRecord, RunStatus, SameArms,
};
use bench_store::{SqliteStore, read_published};

use super::{Stored, published};
use crate::calibration_text;
use crate::cli;
use crate::exit::Failure;
use crate::output::say;
use crate::progress::{Calibrating, SetUp};
use crate::store;

/// No budget ends a step of single pairs.
const UNLIMITED: Duration = Duration::from_hours(24);
/// Steps in a row that yield nothing: something is broken, and would be for ever.
const FRUITLESS: u32 = 3;

/// Stands for any experiment, where only the code that measures matters.
const ANY: Experiment =
    Experiment { kind: ExperimentKind::Pairs, arms: SameArms::Native, canary: None, busy: false };

/// What is calibrated, and how far.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) module: &'a str,
    pub(super) host: &'a ResolvedHost,
    pub(super) wanted: Wanted,
    pub(super) arguments: &'a cli::Calibrate,
}

/// Everything that a sitting needs.
pub(super) struct Sitting<'a> {
    lab: &'a Lab,
    asked: Asked<'a>,
    pub(super) store: SqliteStore,
    /// Native in both arms.
    native: Prepared,
    /// Two copies of the port.
    copies: Prepared,
    machine: Machine,
    fingerprints: Fingerprints,
    stored: Stored,
    seed: u64,
}

impl<'a> Sitting<'a> {
    /// Builds and opens what is needed.
    pub(super) fn prepare(lab: &'a Lab, asked: Asked<'a>) -> Result<Sitting<'a>, Failure> {
        let store = store::open(&asked.arguments.store)?;
        let progress = SetUp::new();
        let request = |variant: &str| Request {
            modules: vec![asked.module.to_owned()],
            hosts: vec![asked.host.host.id.clone()],
            node: None,
            baseline: variant.to_owned(),
            candidate: variant.to_owned(),
            variants: vec![variant.to_owned()],
            ..Request::default()
        };
        let native = if asked.arguments.no_build {
            lab.prepare_staged(&request(NATIVE), &progress)
        } else {
            lab.prepare(&request(NATIVE), &progress)
        };
        let copies =
            native.and_then(|native| Ok((native, lab.prepare_staged(&request(NODE_API), &progress)?)));
        progress.done();
        let (native, copies) = copies.map_err(Failure::environment)?;
        let seed = asked.arguments.seed.unwrap_or_else(rand::random);
        say(&format!("seed {seed}"));
        Ok(Sitting {
            lab,
            machine: native.machine(),
            fingerprints: lab.fingerprints(asked.module).map_err(Failure::environment)?,
            asked,
            store,
            native,
            copies: copies.without_controls(),
            stored: Stored::new(lab, asked.module),
            seed,
        })
    }

    pub(super) fn module(&self) -> &str {
        self.asked.module
    }

    pub(super) fn host(&self) -> String {
        self.asked.host.host.id.clone()
    }

    pub(super) fn host_version(&self) -> String {
        self.asked.host.host.version.clone()
    }

    pub(super) fn machine(&self) -> Machine {
        self.machine.clone()
    }

    pub(super) fn fingerprints(&self) -> &Fingerprints {
        &self.fingerprints
    }

    /// What the store had when it was last looked at.
    pub(super) fn stored(&self) -> &Stored {
        &self.stored
    }

    fn update(&mut self) -> Result<Agenda, Failure> {
        let wanted = self.run(ANY);
        self.stored.update(&self.store, &wanted, &self.machine)?;
        Ok(self.agenda(&self.stored))
    }

    /// What the checkout brought along of this machine; one that cannot be read is no reason to measure nothing.
    fn take_published(&mut self) -> Result<(), Failure> {
        let wanted = self.run(ANY);
        for folder in published::folders(self.lab)? {
            match read_published(&folder) {
                Ok((calibration, samples)) => {
                    self.stored.take_published(&calibration, samples, &wanted, &self.machine);
                }
                Err(error) => say(&format!("{error}; nothing is taken from it")),
            }
        }
        Ok(())
    }

    /// Measures until nothing is left, or `cancel` is set: then it says what is left.
    pub(super) fn measure(&mut self, cancel: &AtomicBool) -> Result<Option<String>, Failure> {
        self.update()?;
        self.take_published()?;
        let mut agenda = self.agenda(&self.stored);
        self.stored.remarks().iter().for_each(|sentence| say(sentence));
        let mut pace = Pace::new(self.asked.arguments.budget);
        let (mut number, mut fruitless) = (0, 0);
        let mut progress = Calibrating::new(&format!("{} on {}", self.asked.module, self.asked.host.host.id));
        while let Some(step) = agenda.next() {
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            let (done, wanted) = agenda.decisions(step.experiment);
            let what = calibration_text::step(&step, done, wanted);
            progress.step(&what, agenda.time_left(pace.process, pace.decision));
            let before = agenda.left();
            let started = Instant::now();
            let document = self.take(&step, self.seed.wrapping_add(number), &mut progress, cancel)?;
            number += 1;
            agenda = self.update()?;
            pace.note(&step, started.elapsed(), before, agenda.left());
            fruitless = if agenda.left() == before { fruitless + 1 } else { 0 };
            if fruitless == FRUITLESS && !cancel.load(Ordering::Relaxed) {
                progress.done();
                return Err(nothing_measured(&what, &document));
            }
        }
        progress.done();
        let left = agenda.left();
        Ok((left != (0, 0))
            .then(|| calibration_text::left(left, agenda.time_left(pace.process, pace.decision))))
    }

    fn agenda(&self, stored: &Stored) -> Agenda {
        let filter = &self.asked.arguments.filter;
        let named = |id: &str| filter.is_empty() || filter.iter().any(|text| id.contains(text.as_str()));
        let rows = self.native.benches().iter().map(|bench| (bench.definition.id.clone(), bench.level));
        let rows: Vec<(String, Level)> = rows.filter(|(id, _)| named(id)).collect();
        let file = self.lab.modules().get(self.asked.module).and_then(|module| module.calibration.as_ref());
        Agenda::new(self.asked.wanted, &rows, file, &stored.samples)
    }

    /// Measures one step and stores it as a run of its own.
    fn take(
        &mut self,
        step: &Step,
        seed: u64,
        progress: &mut Calibrating,
        cancel: &AtomicBool,
    ) -> Result<Document, Failure> {
        let decision = step.experiment.kind == ExperimentKind::Decision;
        let mut prepared = match step.experiment.arms {
            SameArms::Copies => self.copies.clone(),
            // A decision is the gate's as it is, with all its arms.
            SameArms::Native if decision => self.native.clone(),
            SameArms::Native => self.native.clone().without_controls(),
        };
        prepared.retain(|bench| step.rows.contains(&(bench.definition.id.clone(), bench.level)));
        let plan = Plan { solo_pairs: 0, resamples: 0, ..Plan::full(seed) };
        let plan = if decision {
            plan.with_budget(self.asked.arguments.budget)
        } else {
            Plan { exactly: true, first_pass: step.processes, ..plan.with_budget(UNLIMITED) }
        };
        let record = self.record(step.experiment);
        let busy = step.experiment.busy.then(|| Busy::start(&self.asked.host.binary)).transpose();
        let mut busy = busy.map_err(Failure::environment)?;
        let mut source = LabSource::new(&prepared).with_canary(step.experiment.canary);
        let document = compare(&mut source, &mut self.store, &record, &plan, progress, cancel);
        if busy.as_mut().is_some_and(|busy| busy.running() == 0) {
            return Err(Failure::environment(
                "the processes that were to keep the processors busy were ended by somebody: run it again",
            ));
        }
        document.map_err(Failure::environment)
    }

    fn run(&self, experiment: Experiment) -> CalibrationRun {
        CalibrationRun {
            module: self.asked.module.to_owned(),
            host: self.host(),
            experiment,
            fingerprints: self.fingerprints.clone(),
        }
    }

    fn record(&self, experiment: Experiment) -> RunRecord {
        let commit = commit(self.lab.root());
        RunRecord {
            id: 0,
            started_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
            dirty: commit.as_ref().is_some_and(|commit| commit.dirty),
            commit: commit.map(|commit| commit.id),
            status: RunStatus::Running,
            machine: self.machine.clone(),
            artifacts: self.copies.artifacts().to_vec(),
            calibration: Some(self.run(experiment)),
        }
    }
}

/// What a process and a decision take.
struct Pace {
    process: Option<Duration>,
    decision: Duration,
}

impl Pace {
    fn new(budget: Duration) -> Pace {
        Pace { process: None, decision: budget }
    }

    fn note(&mut self, step: &Step, took: Duration, before: (u32, u32), after: (u32, u32)) {
        if step.experiment.kind == ExperimentKind::Decision {
            self.decision = (self.decision + took) / 2;
        } else if let Some(processes @ 1..) = before.0.checked_sub(after.0) {
            let each = took / processes;
            self.process = Some(self.process.map_or(each, |process| (process + each) / 2));
        }
    }
}

/// Why a calibration cannot go on.
fn nothing_measured(what: &str, document: &Document) -> Failure {
    let notes = document.rows.iter().filter_map(|row| row.note.as_deref());
    let why = notes.into_iter().next().unwrap_or("no reason was kept");
    Failure::environment(format!("{what}: {FRUITLESS} attempts measured nothing: {why}"))
}
