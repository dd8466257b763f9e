//! From the raw slices of experiments whose truth is known to what is known of the gate: noise floors, error rates,
//! power. Pure: the same samples give the same document on every machine.

mod decisions;
mod rows;
mod samples;
mod suite;

use bench_analysis::{CONFIDENCE, clopper_pearson};
use bench_schema::{
    CalibratedRow, CalibrationDocument, CalibrationSample, Definition, GateRates, SCHEMA_VERSION,
};

pub use decisions::DecisionRates;
use decisions::decision_rates;
pub use rows::{CanaryEstimate, PLANNED_PROCESSES, RowNoise};
pub use samples::calibration_sample;
use suite::simulated_rate;

/// Everything that a calibration says of one module on one host.
#[derive(Clone, Debug)]
pub struct Noise {
    /// Each row and deciding metric that was measured often enough.
    pub rows: Vec<RowNoise>,
    /// Whole gate decisions, a line an experiment.
    pub decisions: Vec<DecisionRates>,
    /// The rate of runs of all rows with a false alarm, simulated from their noise.
    pub simulated_rate: Option<f64>,
}

impl Noise {
    /// Concludes from samples of one module on one host. Samples of benchmarks that `definitions` lack are left out.
    pub fn new<'a>(
        host: &str,
        definitions: impl Iterator<Item = &'a Definition>,
        samples: &[CalibrationSample],
    ) -> Noise {
        let definitions: Vec<&Definition> = definitions.collect();
        let rows = rows::rows(host, &definitions, samples);
        Noise {
            decisions: decision_rates(&definitions, samples),
            simulated_rate: simulated_rate(&rows),
            rows,
        }
    }

    /// The document that `portlab calibrate --json` prints.
    pub fn document(&self) -> CalibrationDocument {
        CalibrationDocument {
            schema_version: SCHEMA_VERSION,
            gate: decisions::gate_rates(&self.decisions, self.simulated_rate),
            rows: self.rows.iter().map(RowNoise::calibrated).collect::<Vec<CalibratedRow>>(),
        }
    }
}

/// One document of several modules and hosts, as if one gate had run over all of them.
pub fn combine(documents: &[CalibrationDocument]) -> CalibrationDocument {
    let gates = || documents.iter().map(|document| document.gate);
    let (decisions, false_alarms) =
        (gates().map(|gate| gate.decisions).sum(), gates().map(|gate| gate.false_alarms).sum());
    let interval = clopper_pearson(false_alarms, decisions, CONFIDENCE);
    let rates: Vec<f64> = gates().filter_map(|gate| gate.simulated_rate).collect();
    // A run over all has no alarm when none of its parts has one.
    let simulated_rate =
        (!rates.is_empty()).then(|| 1.0 - rates.iter().map(|rate| 1.0 - rate).product::<f64>());
    CalibrationDocument {
        schema_version: SCHEMA_VERSION,
        gate: GateRates {
            decisions,
            false_alarms,
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            simulated_rate,
        },
        rows: documents.iter().flat_map(|document| document.rows.clone()).collect(),
    }
}
