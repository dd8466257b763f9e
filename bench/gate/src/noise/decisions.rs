//! Whole gate decisions over unchanged or slowed code: how often they were right.

use bench_analysis::{CONFIDENCE, clopper_pearson};
use bench_schema::{CalibrationSample, Definition, Experiment, ExperimentKind, GateRates, Level, Verdict};

use super::samples::process_log;
use crate::looks::judged;

/// What the decisions of one experiment said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecisionRates {
    /// The experiment.
    pub experiment: Experiment,
    /// Decisions.
    pub decisions: u32,
    /// Those that found a regression: false alarms without a canary, right with one.
    pub alarms: u32,
    /// Those without a regression and with a row that could not be decided.
    pub undecided: u32,
    /// Rows judged, over all decisions.
    pub rows: u32,
    /// Rows that regressed.
    pub regressed: u32,
    /// Rows that could not be decided.
    pub inconclusive: u32,
}

impl DecisionRates {
    fn new(experiment: Experiment) -> DecisionRates {
        DecisionRates {
            experiment,
            decisions: 0,
            alarms: 0,
            undecided: 0,
            rows: 0,
            regressed: 0,
            inconclusive: 0,
        }
    }

    /// The 95% interval of the rate of decisions that found a regression.
    pub fn alarm_interval(&self) -> Option<(f64, f64)> {
        clopper_pearson(self.alarms, self.decisions, CONFIDENCE)
    }

    /// The 95% interval of the rate of rows that regressed. Rows of one decision were measured side by side; the
    /// interval takes them for independent, which their processes are.
    pub fn row_interval(&self) -> Option<(f64, f64)> {
        clopper_pearson(self.regressed, self.rows, CONFIDENCE)
    }

    fn add(&mut self, verdicts: &[Verdict]) {
        let count = |verdict| verdicts.iter().filter(|own| **own == verdict).count() as u32;
        let (regressed, inconclusive) = (count(Verdict::Regressed), count(Verdict::Inconclusive));
        self.decisions += 1;
        self.alarms += u32::from(regressed > 0);
        self.undecided += u32::from(regressed == 0 && inconclusive > 0);
        self.rows += verdicts.len() as u32;
        self.regressed += regressed;
        self.inconclusive += inconclusive;
    }
}

/// Judges every decision again from its slices, at the margins of the definitions: it was made before floors were
/// known. One line an experiment, in the order of their first decisions.
pub(super) fn decision_rates(
    definitions: &[&Definition],
    samples: &[CalibrationSample],
) -> Vec<DecisionRates> {
    let mut runs: Vec<(i64, Vec<&CalibrationSample>)> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.experiment.kind == ExperimentKind::Decision) {
        match runs.iter_mut().find(|(run, _)| *run == sample.run) {
            Some((_, own)) => own.push(sample),
            None => runs.push((sample.run, vec![sample])),
        }
    }
    let mut rates: Vec<DecisionRates> = Vec::new();
    for (_, run) in runs {
        let experiment = run[0].experiment;
        let at = rates.iter().position(|own| own.experiment == experiment).unwrap_or_else(|| {
            rates.push(DecisionRates::new(experiment));
            rates.len() - 1
        });
        rates[at].add(&verdicts(definitions, &run));
    }
    rates
}

/// Of the A/A decisions on a machine that had nothing else to do.
pub(super) fn gate_rates(rates: &[DecisionRates], simulated_rate: Option<f64>) -> GateRates {
    let quiet = |own: &&DecisionRates| own.experiment.canary.is_none() && !own.experiment.busy;
    let quiet = rates.iter().find(quiet);
    let interval = quiet.and_then(DecisionRates::alarm_interval);
    GateRates {
        decisions: quiet.map_or(0, |own| own.decisions),
        false_alarms: quiet.map_or(0, |own| own.alarms),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        simulated_rate,
    }
}

/// The verdicts of one decision's rows.
fn verdicts(definitions: &[&Definition], run: &[&CalibrationSample]) -> Vec<Verdict> {
    let mut places: Vec<(&str, Level)> =
        run.iter().map(|sample| (sample.benchmark.as_str(), sample.level)).collect();
    places.sort_unstable();
    places.dedup();
    let mut verdicts = Vec::new();
    for (benchmark, level) in places {
        let Some(definition) = definitions.iter().find(|own| own.id == benchmark) else { continue };
        for &metric in definition.deciding_metrics() {
            let own = run.iter().filter(|sample| sample.benchmark == benchmark && sample.level == level);
            let logs: Vec<f64> = own.filter_map(|sample| process_log(sample, metric)).collect();
            verdicts.push(judged(&logs, definition.margin()).verdict);
        }
    }
    verdicts
}
