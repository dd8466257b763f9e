//! What `portlab calibrate` prints.

use std::time::Duration;

use bench_gate::{CanaryEstimate, Noise, PLANNED_PROCESSES, RowNoise, Step};
use bench_schema::{Canary, Experiment, ExperimentKind, PublishedCalibration, SameArms};
use comfy_table::{Cell, CellAlignment, Color, Table};

use crate::output::columns;
use crate::progress::clock;

/// The power that a gate should have.
const POWER: f64 = 0.8;

/// A calibration of a module on a host: the gate as a whole, then row by row.
pub(crate) fn calibration(calibration: &PublishedCalibration, noise: &Noise) -> String {
    let PublishedCalibration { module, host, machine, .. } = calibration;
    let machine = format!(
        "{module} on {host}, machine {} ({}, {} processors, {})\n",
        machine.fingerprint, machine.cpu, machine.cpus, machine.kernel
    );
    if noise.rows.is_empty() {
        return machine + "no row has eight A/A processes yet: nothing is known of its noise\n";
    }
    let decisions = if noise.decisions.is_empty() {
        String::new()
    } else {
        format!("\nwhole gate decisions over the family; 95% intervals\n{}\n", decisions(noise))
    };
    let suite = noise.simulated_rate.map_or_else(String::new, |rate| {
        format!(
            "\nthe whole suite, {} rows: {} of runs have a false alarm (simulated from the measured noise)\n",
            noise.rows.len(),
            percent(rate)
        )
    });
    let rows = format!(
        "\nrows; sigma of the log-ratio, power and the least slowdown found with 80% power for {PLANNED_PROCESSES} \
         processes\n{}\n",
        rows(&noise.rows)
    );
    [machine, decisions, suite, rows, noisy(&noise.rows), budget(&noise.rows)].concat()
}

fn decisions(noise: &Noise) -> Table {
    let mut table =
        columns(&["  experiment", "decisions", "alarms", "interval", "rows found", "interval", "rows open"]);
    align(&mut table, 1..=6);
    for own in &noise.decisions {
        let wrong = own.experiment.canary.is_none() && own.alarms > 0;
        let alarms = Cell::new(own.alarms).set_alignment(CellAlignment::Right);
        table.add_row([
            Cell::new(format!("  {}", experiment(own.experiment))),
            Cell::new(own.decisions),
            if wrong { alarms.fg(Color::Red) } else { alarms },
            Cell::new(interval(own.alarm_interval())),
            Cell::new(share(own.regressed, own.rows)),
            Cell::new(interval(own.row_interval())),
            Cell::new(share(own.inconclusive, own.rows)),
        ]);
    }
    table
}

fn rows(rows: &[RowNoise]) -> Table {
    let mut table = columns(&[
        "  benchmark",
        "level",
        "metric",
        "policy",
        "floor",
        "margin",
        "within",
        "between",
        "n",
        "false",
        "at most",
        "least",
        "power 5%",
        "power 10%",
        "canaries found at",
    ]);
    align(&mut table, 3..=13);
    let mut previous = None;
    for row in rows {
        let name =
            if previous == Some(&row.benchmark) { String::new() } else { format!("  {}", row.benchmark) };
        previous = Some(&row.benchmark);
        let detection = row.detection();
        let floor = Cell::new(percent(row.floor)).set_alignment(CellAlignment::Right);
        table.add_row([
            Cell::new(name),
            Cell::new(row.level.as_str()),
            Cell::new(row.metric.as_str()),
            Cell::new(percent(row.policy)),
            if row.floor > row.policy { floor.fg(Color::Yellow) } else { floor },
            Cell::new(percent(row.margin())),
            Cell::new(percent(row.within)),
            Cell::new(percent(row.between)),
            Cell::new(row.processes),
            Cell::new(format!("{} of {}", row.false_positives, row.judgements)),
            Cell::new(
                row.false_positive_interval().map_or_else(|| "–".to_owned(), |(_, high)| percent(high)),
            ),
            Cell::new(percent(detection.detectable(POWER))),
            Cell::new(format!("{:.2}", detection.power(0.05))),
            Cell::new(format!("{:.2}", detection.power(0.10))),
            Cell::new(row.canaries.iter().map(canary_estimate).collect::<Vec<_>>().join(", ")),
        ]);
    }
    table
}

/// The rows that the gate judges against their noise.
fn noisy(rows: &[RowNoise]) -> String {
    let noisy = rows.iter().filter(|row| row.floor > row.policy).count();
    if noisy == 0 {
        return String::new();
    }
    format!(
        "{noisy} of {} rows have a floor above their policy: the gate judges them against the floor and says so\n",
        rows.len()
    )
}

/// What it would take to find 5% in every row that can show it.
fn budget(rows: &[RowNoise]) -> String {
    let needs: Vec<Option<u32>> = rows.iter().map(|row| row.detection().processes_for(0.05, POWER)).collect();
    let never = needs.iter().filter(|need| need.is_none()).count();
    let enough = |processes: u32| needs.iter().flatten().filter(|need| **need <= processes).count();
    let most = bench_gate::LOOKS[bench_gate::LOOKS.len() - 1].processes;
    let found = format!(
        "a slowdown of 5% is found with 80% power in {} of {} rows by {PLANNED_PROCESSES} processes, in {} by {most}, \
         the most that the gate makes",
        enough(PLANNED_PROCESSES),
        rows.len(),
        enough(most)
    );
    let noisiest = needs
        .iter()
        .flatten()
        .max()
        .map_or_else(String::new, |need| format!("; the noisiest row that can show it needs {need}"));
    let never = if never > 0 { format!("; in {never} it lies within the margin") } else { String::new() };
    format!("{found}{noisiest}{never}\n")
}

/// A step, for somebody who waits for it; of decisions which one it is.
pub(crate) fn step(step: &Step, done: u32, wanted: u32) -> String {
    let what = experiment(step.experiment);
    match step.experiment.kind {
        ExperimentKind::Pairs => format!("{what}, {} processes of {} rows", step.processes, step.rows.len()),
        ExperimentKind::Decision => format!("{what}, decision {} of {wanted}", done + 1),
    }
}

/// What is left to measure.
pub(crate) fn left((processes, decisions): (u32, u32), time: Duration) -> String {
    format!("{processes} processes and {decisions} decisions, about {}", clock(time))
}

fn experiment(experiment: Experiment) -> String {
    let arms = match experiment.arms {
        SameArms::Native => "native twice",
        SameArms::Copies => "two copies of the port",
    };
    let canary = experiment.canary.map_or(String::new(), |canary| format!(", {}", injected(canary)));
    let busy = if experiment.busy { ", busy processors" } else { "" };
    format!("{arms}{canary}{busy}")
}

fn injected(canary: Canary) -> String {
    format!("{:.0}% slower by {}", 100.0 * canary.slowdown, canary.kind.as_str())
}

fn canary_estimate(estimate: &CanaryEstimate) -> String {
    let CanaryEstimate { canary, ratio, .. } = estimate;
    format!("{:.0}% {} {:+.1}%", 100.0 * canary.slowdown, canary.kind.as_str(), 100.0 * (ratio - 1.0))
}

fn percent(fraction: f64) -> String {
    format!("{:.1}%", 100.0 * fraction)
}

fn share(part: u32, whole: u32) -> String {
    if whole == 0 { "–".to_owned() } else { percent(f64::from(part) / f64::from(whole)) }
}

fn interval(interval: Option<(f64, f64)>) -> String {
    interval.map_or_else(|| "–".to_owned(), |(low, high)| format!("{} – {}", percent(low), percent(high)))
}

fn align(table: &mut Table, numbers: std::ops::RangeInclusive<usize>) {
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
