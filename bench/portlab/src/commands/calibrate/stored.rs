//! What earlier sittings have left: in the store, and in what was published of this machine.

use std::collections::{BTreeMap, HashSet};

use bench_gate::calibration_sample;
use bench_runner::Lab;
use bench_schema::{
    CalibrationRun, CalibrationSample, ExperimentKind, Machine, Metric, PublishedCalibration, RunRecord,
    RunStatus,
};
use bench_store::{SqliteStore, Store as _};

use crate::exit::Failure;

/// The samples of one module and host that count, and why others do not.
#[derive(Default)]
pub(super) struct Stored {
    /// Oldest first.
    pub(super) samples: Vec<CalibrationSample>,
    /// When the newest run with samples began: RFC 3339, UTC; empty without one.
    pub(super) measured_at: String,
    /// Processes that were published and are no longer in the store.
    published: usize,
    /// Runs of another machine.
    pub(super) other_machine: u32,
    /// Runs that an older driver measured.
    pub(super) other_driver: u32,
    /// The newest run that was read.
    last: i64,
    /// What decides each benchmark of the module.
    deciding: BTreeMap<String, Vec<Metric>>,
}

impl Stored {
    /// Of a module of `lab`, before anything is read.
    pub(super) fn new(lab: &Lab, module: &str) -> Stored {
        let own = lab.definitions().filter(|definition| definition.module() == module);
        let deciding =
            own.map(|definition| (definition.id.clone(), definition.deciding_metrics().to_vec())).collect();
        Stored { deciding, ..Stored::default() }
    }

    /// Reads what has come since the last time, as far as `wanted` (its experiment apart) and the machine can use: samples of single pairs however their run
    /// ended, decisions only of runs that were completed, benchmarks only as they are defined now.
    pub(super) fn update(
        &mut self,
        store: &SqliteStore,
        wanted: &CalibrationRun,
        machine: &Machine,
    ) -> Result<(), Failure> {
        let mut runs = store.calibration_runs().map_err(Failure::environment)?;
        // By their numbers: a clock that was set back does not change the order in which they were made.
        runs.retain(|run| run.id > self.last);
        runs.sort_by_key(|run| run.id);
        self.last = runs.last().map_or(self.last, |run| run.id);
        for run in &runs {
            let Some(calibration) = run.calibration.as_ref() else { continue };
            if (&calibration.module, &calibration.host) != (&wanted.module, &wanted.host) {
                continue;
            }
            if run.machine.fingerprint != machine.fingerprint {
                self.other_machine += 1;
            } else if calibration.fingerprints.driver != wanted.fingerprints.driver {
                self.other_driver += 1;
            } else {
                self.add(store, run, calibration, wanted)?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        store: &SqliteStore,
        run: &RunRecord,
        calibration: &CalibrationRun,
        wanted: &CalibrationRun,
    ) -> Result<(), Failure> {
        let CalibrationRun { experiment, fingerprints, .. } = calibration;
        if experiment.kind == ExperimentKind::Decision && run.status != RunStatus::Complete {
            return Ok(());
        }
        for key in store.benches(run.id).map_err(Failure::environment)? {
            let (then, now) = (&fingerprints.definitions, &wanted.fingerprints.definitions);
            let Some(deciding) = self.deciding.get(&key.benchmark) else { continue };
            if then.get(&key.benchmark) != now.get(&key.benchmark) {
                continue;
            }
            let processes = store.process_runs(run.id, &key).map_err(Failure::environment)?;
            self.samples.extend(
                processes
                    .iter()
                    .filter_map(|own| calibration_sample(run.id, *experiment, &key, own, deciding)),
            );
            run.started_at.clone_into(&mut self.measured_at);
        }
        Ok(())
    }

    /// Takes what was published of this machine and can be used as runs of the store can: a checkout carries it to
    /// where the store did not come along. What the store has too counts once.
    pub(super) fn take_published(
        &mut self,
        calibration: &PublishedCalibration,
        samples: Vec<CalibrationSample>,
        wanted: &CalibrationRun,
        machine: &Machine,
    ) {
        let PublishedCalibration { module, host, fingerprints, .. } = calibration;
        if (module, host) != (&wanted.module, &wanted.host)
            || calibration.machine.fingerprint != machine.fingerprint
            || fingerprints.driver != wanted.fingerprints.driver
        {
            return;
        }
        let known: HashSet<String> = self.samples.iter().map(identity).collect();
        let mut numbers = BTreeMap::new();
        let mut taken = Vec::new();
        for sample in samples {
            let (then, now) = (&fingerprints.definitions, &wanted.fingerprints.definitions);
            if then.get(&sample.benchmark) != now.get(&sample.benchmark) || known.contains(&identity(&sample))
            {
                continue;
            }
            // The store counts upwards from 1: its runs and these stay apart.
            let next = -1 - numbers.len() as i64;
            let run = *numbers.entry(sample.run).or_insert(next);
            taken.push(CalibrationSample { run, ..sample });
        }
        if !taken.is_empty() && self.measured_at.is_empty() {
            calibration.measured_at.clone_into(&mut self.measured_at);
        }
        self.published += taken.len();
        taken.append(&mut self.samples);
        self.samples = taken;
    }

    /// What was taken from elsewhere, and what is in the store and does not count: a sentence each.
    pub(super) fn remarks(&self) -> Vec<String> {
        let part = |runs: u32, why: &str| (runs > 0).then(|| format!("{runs} runs {why}"));
        let parts: Vec<String> = [
            part(self.other_machine, "of another machine"),
            part(self.other_driver, "that another version of the driver measured"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let published = (self.published > 0).then(|| {
            format!("{} processes are taken from what was published of this machine", self.published)
        });
        let aside = (!parts.is_empty())
            .then(|| format!("the store has {}, which do not count here", parts.join(" and ")));
        published.into_iter().chain(aside).collect()
    }
}

/// What no two processes have alike: the row, and its slices to the nanosecond.
fn identity(sample: &CalibrationSample) -> String {
    let CalibrationSample { benchmark, level, wall_ns, cpu_process_ns, .. } = sample;
    format!("{benchmark} {level:?} {wall_ns:?} {cpu_process_ns:?}")
}
