use std::collections::BTreeMap;

use bench_analysis::{CONFIDENCE, change, judge, median};
use bench_schema::{
    Document, Imported, Level, Machine, Metric, Row, RunStatus, SCHEMA_VERSION, Status, Verdict,
};

use crate::summary::summaries;

/// One side of a comparison of imports.
#[derive(Clone, Copy, Debug)]
pub struct ImportedSide<'a> {
    /// What rows call it.
    pub name: &'a str,
    /// What was measured, each benchmark once.
    pub benchmarks: &'a [Imported],
}

/// Compares what another tool measured twice: one row for each benchmark that either side has, in the order of
/// names. The samples of the two sides are not paired, so what changed on the machine between them is in the
/// ratio, and each row says so. The document is run 0 and of no machine: nothing tells on which it was measured.
///
/// `margin` is a fraction. A benchmark that one side lacks, or with too few samples for an interval, is `partial`
/// and inconclusive.
pub fn compare_imported(
    baseline: ImportedSide<'_>,
    candidate: ImportedSide<'_>,
    margin: f64,
    started_at: String,
) -> Document {
    let mut pairs: BTreeMap<&str, [Option<&Imported>; 2]> = BTreeMap::new();
    for (place, side) in [baseline, candidate].into_iter().enumerate() {
        for imported in side.benchmarks {
            pairs.entry(&imported.name).or_default()[place] = Some(imported);
        }
    }
    let rows: Vec<Row> = pairs
        .into_iter()
        .map(|(name, pair)| row(name, pair, [baseline.name, candidate.name], margin))
        .collect();
    Document {
        schema_version: SCHEMA_VERSION,
        run: 0,
        started_at,
        machine: Machine {
            fingerprint: String::new(),
            cpu: String::new(),
            cpus: 0,
            memory_bytes: 0,
            kernel: String::new(),
            os: String::new(),
            scratch_fs: String::new(),
        },
        commit: None,
        status: RunStatus::Complete,
        investigations: Vec::new(),
        summaries: summaries(&[], &rows),
        rows,
        twins: Vec::new(),
        stock: Vec::new(),
        boundary: Vec::new(),
        distances: Vec::new(),
        counters: Vec::new(),
        uncalibrated: None,
    }
}

fn row(name: &str, [before, now]: [Option<&Imported>; 2], sides: [&str; 2], margin: f64) -> Row {
    let mut row = Row {
        margin,
        status: Status::Partial,
        verdict: Some(Verdict::Inconclusive),
        baseline_median: before.and_then(|imported| median(&imported.samples_ns)),
        candidate_median: now.and_then(|imported| median(&imported.samples_ns)),
        ..Row::unmeasured(name, Level::Public, "imported", [sides[0], sides[1]], Metric::Wall)
    };
    match (before, now) {
        (Some(before), Some(now)) => fill(&mut row, &logs(before), &logs(now)),
        (None, _) => row.note = Some(format!("{} does not have it: it is new", sides[0])),
        (_, None) => row.note = Some(format!("{} does not have it: it is gone", sides[1])),
    }
    row
}

fn fill(row: &mut Row, before: &[f64], now: &[f64]) {
    let Some(change) = change(now, before) else { return };
    row.ratio = Some(change.ratio);
    row.p_value = change.p_value;
    row.processes = before.len().min(now.len()) as u32;
    row.note = Some(if change.interval.attains(CONFIDENCE) {
        (row.low, row.high) = (Some(change.interval.low()), Some(change.interval.high()));
        row.status = Status::Ok;
        row.verdict = Some(judge(change.interval, row.margin));
        "not paired: what changed on the machine between the two measurements is in this ratio".to_owned()
    } else {
        format!("{} and {} samples are too few for a 95% interval", before.len(), now.len())
    });
}

fn logs(imported: &Imported) -> Vec<f64> {
    imported.samples_ns.iter().map(|ns| ns.ln()).collect()
}
