//! How much slower a row may be: what its definition allows, or the noise of the machine where that is more.

use std::collections::BTreeMap;

use bench_schema::{Definition, Fingerprints, Level, Machine, Metric, PublishedCalibration};
use bench_store::BenchKey;

/// The noise floors of a machine, by row. A row without one is uncalibrated, and its margin is its definition's.
#[derive(Clone, Debug, Default)]
pub struct Floors {
    floors: BTreeMap<Place, f64>,
    /// Why calibrations that there are do not count.
    reasons: Vec<String>,
}

type Place = (String, Level, String, Metric);

impl Floors {
    /// The floors of `machine` that `calibrations` have, as far as they were measured with the code that is there now:
    /// `current` yields a module's fingerprints. Of two calibrations of one row the later one in the list counts.
    pub fn new(
        calibrations: &[PublishedCalibration],
        machine: &Machine,
        current: impl Fn(&str) -> Option<Fingerprints>,
    ) -> Floors {
        let mut floors = Floors::default();
        for calibration in calibrations {
            if calibration.machine.fingerprint == machine.fingerprint {
                floors.add(calibration, current(&calibration.module));
            }
        }
        floors
    }

    fn add(&mut self, calibration: &PublishedCalibration, current: Option<Fingerprints>) {
        let Some(current) = current else { return };
        let PublishedCalibration { module, host, fingerprints, .. } = calibration;
        if fingerprints.driver != current.driver {
            self.reasons.push(format!("{module} on {host} was calibrated with another driver"));
            return;
        }
        let mut changed = 0;
        for row in &calibration.document.rows {
            let same =
                fingerprints.definitions.get(&row.benchmark) == current.definitions.get(&row.benchmark);
            if same {
                let place = (row.benchmark.clone(), row.level, row.host.clone(), row.metric);
                self.floors.insert(place, row.floor);
            } else {
                changed += 1;
            }
        }
        if changed > 0 {
            self.reasons.push(format!(
                "{changed} rows of {module} on {host} have changed since they were calibrated"
            ));
        }
    }

    /// The floor of a row, a fraction; `None` for one that is not calibrated.
    pub fn of(&self, key: &BenchKey, metric: Metric) -> Option<f64> {
        self.floors.get(&(key.benchmark.clone(), key.level, key.host.clone(), metric)).copied()
    }

    /// What to tell a reader of `rows` rows of which `calibrated` have a floor; nothing when all have.
    pub(crate) fn remark(&self, calibrated: usize, rows: usize) -> Option<String> {
        if calibrated == rows {
            return None;
        }
        let what = if calibrated == 0 {
            "uncalibrated: the noise of this machine is not known".to_owned()
        } else {
            format!("{} of {rows} judged rows are uncalibrated", rows - calibrated)
        };
        let why =
            if self.reasons.is_empty() { String::new() } else { format!(" ({})", self.reasons.join("; ")) };
        Some(format!(
            "{what}{why}, and the margins are the definitions'; `scripts/lab calibrate` measures how far estimates of \
             unchanged code are off"
        ))
    }
}

/// How much slower a row may be by one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Margin {
    /// What its definition allows.
    pub(crate) policy: f64,
    /// The noise floor, where it is calibrated.
    pub(crate) floor: Option<f64>,
}

impl Margin {
    pub(crate) fn of(definition: &Definition, floor: Option<f64>) -> Margin {
        Margin { policy: definition.margin(), floor }
    }

    /// The margin in force.
    pub(crate) fn in_force(self) -> f64 {
        in_force(self.policy, self.floor)
    }

    /// What a row says whose floor exceeds its policy.
    pub(crate) fn remark(self) -> Option<String> {
        let floor = self.floor.filter(|floor| *floor > self.policy)?;
        Some(format!(
            "the noise floor of {:.1}% exceeds the policy of {:.1}%: it is judged against the floor",
            100.0 * floor,
            100.0 * self.policy
        ))
    }
}

/// The policy or the floor, whichever is wider.
pub(crate) fn in_force(policy: f64, floor: Option<f64>) -> f64 {
    floor.map_or(policy, |floor| policy.max(floor))
}
