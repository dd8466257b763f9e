//! What earlier sittings have left in the store.

use bench_gate::calibration_sample;
use bench_schema::{CalibrationRun, CalibrationSample, ExperimentKind, Machine, RunRecord, RunStatus};
use bench_store::{SqliteStore, Store as _};

use crate::exit::Failure;

/// The samples of one module and host that count, and why others do not.
#[derive(Default)]
pub(super) struct Stored {
    /// Oldest first.
    pub(super) samples: Vec<CalibrationSample>,
    /// When the newest run with samples began: RFC 3339, UTC; empty without one.
    pub(super) measured_at: String,
    /// Runs of another machine.
    pub(super) other_machine: u32,
    /// Runs that an older driver measured.
    pub(super) other_driver: u32,
    /// The newest run that was read.
    last: i64,
}

impl Stored {
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
            if then.get(&key.benchmark) != now.get(&key.benchmark) {
                continue;
            }
            let processes = store.process_runs(run.id, &key).map_err(Failure::environment)?;
            self.samples.extend(
                processes.iter().filter_map(|own| calibration_sample(run.id, *experiment, &key, own)),
            );
            run.started_at.clone_into(&mut self.measured_at);
        }
        Ok(())
    }

    /// What is in the store and does not count, in a sentence.
    pub(super) fn left_aside(&self) -> Option<String> {
        let part = |runs: u32, why: &str| (runs > 0).then(|| format!("{runs} runs {why}"));
        let parts: Vec<String> = [
            part(self.other_machine, "of another machine"),
            part(self.other_driver, "that another version of the driver measured"),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| format!("the store has {}, which do not count here", parts.join(" and ")))
    }
}
