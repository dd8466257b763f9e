use bench_schema::{Document, Metric, Row, Status, Verdict};
use serde::Serialize;

/// A row as a spreadsheet takes it: every value in a cell of its own.
#[derive(Serialize)]
struct Line<'a> {
    run: i64,
    started_at: &'a str,
    commit: Option<&'a str>,
    machine: &'a str,
    benchmark: &'a str,
    level: &'a str,
    host: &'a str,
    baseline: &'a str,
    candidate: &'a str,
    metric: Metric,
    ratio: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    margin: f64,
    processes: u32,
    baseline_median: Option<f64>,
    candidate_median: Option<f64>,
    p_value: Option<f64>,
    difference: Option<f64>,
    difference_low: Option<f64>,
    difference_high: Option<f64>,
    status: Status,
    verdict: Option<Verdict>,
    note: Option<&'a str>,
}

pub(super) fn csv(document: &Document) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in &document.rows {
        writer.serialize(line(document, row)).expect("memory takes every line, and a line is flat");
    }
    let bytes = writer.into_inner().expect("memory can be flushed");
    String::from_utf8(bytes).expect("cells are text")
}

fn line<'a>(document: &'a Document, row: &'a Row) -> Line<'a> {
    Line {
        run: document.run,
        started_at: &document.started_at,
        commit: document.commit.as_deref(),
        machine: &document.machine.fingerprint,
        benchmark: &row.benchmark,
        level: row.level.as_str(),
        host: &row.host,
        baseline: &row.baseline,
        candidate: &row.candidate,
        metric: row.metric,
        ratio: row.ratio,
        low: row.low,
        high: row.high,
        margin: row.margin,
        processes: row.processes,
        baseline_median: row.baseline_median,
        candidate_median: row.candidate_median,
        p_value: row.p_value,
        difference: row.difference.map(|difference| difference.estimate),
        difference_low: row.difference.and_then(|difference| difference.low),
        difference_high: row.difference.and_then(|difference| difference.high),
        status: row.status,
        verdict: row.verdict,
        note: row.note.as_deref(),
    }
}
