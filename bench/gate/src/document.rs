//! Row states to the document of a run.

use bench_analysis::{CONFIDENCE, Estimate, MIN_PROCESSES, geometric_mean, judge, summarize, summarize_solo};
use bench_schema::{
    Boundary, Counter, Document, Metric, Role, Row, RunRecord, RunStatus, SCHEMA_VERSION, Status, Summary,
    Verdict,
};

use crate::row::RowState;

/// What a noop costs is the benchmark of this id.
const NOOP: &str = "boundary/noop";
/// How far a fresh world may be from stock before the row says so.
const STOCK_FLAG: f64 = 0.03;

/// The document of a run.
pub(crate) fn assemble(rows: &[RowState], record: &RunRecord, status: RunStatus) -> Document {
    let interrupted = status == RunStatus::Interrupted;
    let main: Vec<Row> = rows.iter().flat_map(|row| main_rows(row, interrupted)).collect();
    Document {
        schema_version: SCHEMA_VERSION,
        run: record.id,
        started_at: record.started_at.clone(),
        machine: record.machine.clone(),
        commit: record.commit.clone(),
        status,
        twins: rows.iter().flat_map(twin_rows).collect(),
        stock: rows.iter().flat_map(stock_rows).collect(),
        boundary: boundary(rows, &main),
        summaries: summaries(&main),
        counters: counters(rows),
        rows: main,
    }
}

/// The deciding rows of one target, with verdicts.
pub(crate) fn deciding_rows(row: &RowState) -> Vec<Row> {
    let deciding = row.target.definition.deciding_metrics();
    main_rows(row, false).into_iter().filter(|row| deciding.contains(&row.metric)).collect()
}

fn main_rows(row: &RowState, interrupted: bool) -> Vec<Row> {
    Metric::ALL.into_iter().filter_map(|metric| main_row(row, metric, interrupted)).collect()
}

/// The row of one metric. The clocks always yield one, failed if need be; a percentile or a memory peak that
/// was not measured, or not often enough to exist, yields none.
fn main_row(state: &RowState, metric: Metric, interrupted: bool) -> Option<Row> {
    let is_clock = matches!(metric, Metric::CpuProcess | Metric::CpuThread | Metric::Wall);
    let deciding = state.target.definition.deciding_metrics().contains(&metric);
    let failure = failure(state, interrupted);
    let estimate = match metric {
        _ if failure.is_some() => None,
        Metric::MaxRss => summarize_solo(&state.runs, Role::Candidate, Role::Baseline),
        _ => summarize(&state.runs, metric, Role::Candidate, Role::Baseline),
    };
    if estimate.is_none() && !is_clock {
        return None;
    }
    let mut row = blank(state, metric, &state.target.key.candidate);
    let Some(estimate) = estimate else {
        row.status = Status::Failed;
        row.note = Some(failure.unwrap_or_else(|| format!("no process measured {}", metric.as_str())));
        return Some(row);
    };
    fill(&mut row, &estimate);
    if deciding {
        row.verdict = Some(judge(estimate.interval, row.margin));
    }
    let mut notes = Vec::new();
    if state.lost > 0 && metric != Metric::MaxRss {
        row.status = Status::Partial;
        let error = state.first_error.as_deref().unwrap_or("unknown");
        notes.push(format!(
            "{} of {} timed processes were lost; the first: {error}",
            state.lost,
            state.timed + state.lost
        ));
    }
    if let (Some(error), true) = (&state.extra_error, deciding) {
        notes.push(format!("crossings or memory were not measured: {error}"));
    }
    if interrupted && !state.settled {
        row.status = Status::Partial;
        notes.push("the run was interrupted before this row was settled".to_owned());
    }
    notes.extend(coverage_note(&estimate));
    row.note = (!notes.is_empty()).then(|| notes.join("; "));
    Some(row)
}

/// Why a target has no numbers, if it has none.
fn failure(state: &RowState, interrupted: bool) -> Option<String> {
    if let Some(rejection) = &state.rejection {
        return Some(format!("wrong value: {rejection}"));
    }
    if state.measured() {
        return None;
    }
    Some(match &state.first_error {
        Some(error) => error.clone(),
        None if interrupted => "not measured: the run was interrupted".to_owned(),
        None if state.started == 0 => {
            "not measured: the budget was spent before its first process".to_owned()
        }
        None => "its processes yielded no complete rounds of both arms".to_owned(),
    })
}

fn coverage_note(estimate: &Estimate) -> Option<String> {
    let interval = estimate.interval;
    (!interval.attains(CONFIDENCE)).then(|| {
        format!(
            "low and high are the extremes of {} processes and cover the ratio with {:.1}% confidence; \
             a 95% interval needs {}",
            estimate.processes,
            100.0 * interval.coverage(),
            MIN_PROCESSES
        )
    })
}

fn twin_rows(state: &RowState) -> Vec<Row> {
    let metrics = state.target.definition.deciding_metrics();
    let rows = metrics.iter().filter_map(|&metric| {
        let estimate = aside(state, metric, Role::Twin)?;
        let mut row = blank(state, metric, &format!("{} (twin)", state.target.key.baseline));
        fill(&mut row, &estimate);
        let excludes_one = estimate.interval.low() > 1.0 || estimate.interval.high() < 1.0;
        row.note = coverage_note(&estimate).or_else(|| {
            excludes_one.then(|| {
                "the interval excludes 1 although both arms are the same: one in twenty should".into()
            })
        });
        Some(row)
    });
    rows.collect()
}

fn stock_rows(state: &RowState) -> Vec<Row> {
    if !state.target.stock {
        return Vec::new();
    }
    let metrics = state.target.definition.deciding_metrics();
    let rows = metrics.iter().filter_map(|&metric| {
        let estimate = aside(state, metric, Role::Stock)?;
        let mut row = blank(state, metric, "stock");
        fill(&mut row, &estimate);
        let off = estimate.ratio > 1.0 + STOCK_FLAG || estimate.ratio < 1.0 / (1.0 + STOCK_FLAG);
        row.note = drop_unsure_interval(&mut row, &estimate).or_else(|| {
            let percent = 100.0 * (1.0 / estimate.ratio - 1.0);
            (off && excludes_one(&estimate)).then(|| {
                format!(
                    "flagged: a fresh world costs {percent:+.1}% against the host's own; see docs/BIAS.md"
                )
            })
        });
        Some(row)
    });
    rows.collect()
}

fn excludes_one(estimate: &Estimate) -> bool {
    estimate.interval.low() > 1.0 || estimate.interval.high() < 1.0
}

/// Rows that stand beside the verdicts exist to be counted and flagged by their 95% intervals; another interval
/// would be taken for one.
fn drop_unsure_interval(row: &mut Row, estimate: &Estimate) -> Option<String> {
    if estimate.interval.attains(CONFIDENCE) {
        return None;
    }
    (row.low, row.high) = (None, None);
    Some(format!("{} processes ran this arm: a 95% interval needs {MIN_PROCESSES}", estimate.processes))
}

/// The estimate of another arm against the baseline; none for a row that failed.
fn aside(state: &RowState, metric: Metric, numerator: Role) -> Option<Estimate> {
    if state.rejection.is_some() {
        return None;
    }
    summarize(&state.runs, metric, numerator, Role::Baseline)
}

fn blank(state: &RowState, metric: Metric, candidate: &str) -> Row {
    let key = &state.target.key;
    Row {
        benchmark: key.benchmark.clone(),
        level: key.level,
        host: key.host.clone(),
        baseline: key.baseline.clone(),
        candidate: candidate.to_owned(),
        metric,
        unit: metric.unit(),
        ratio: None,
        low: None,
        high: None,
        margin: state.target.definition.margin(),
        processes: state.timed,
        status: Status::Ok,
        verdict: None,
        baseline_median: None,
        candidate_median: None,
        p_value: None,
        note: None,
    }
}

fn fill(row: &mut Row, estimate: &Estimate) {
    row.ratio = Some(estimate.ratio);
    row.low = Some(estimate.interval.low());
    row.high = Some(estimate.interval.high());
    row.processes = estimate.processes;
    row.baseline_median = Some(estimate.denominator_median);
    row.candidate_median = Some(estimate.numerator_median);
    row.p_value = estimate.p_value;
}

/// How much of each row's time its crossings explain, where a counting build counted and the host's noop was
/// measured in this run.
fn boundary(states: &[RowState], rows: &[Row]) -> Vec<Boundary> {
    let median = |benchmark: &str, state: &RowState| {
        rows.iter().find(|row| {
            row.benchmark == benchmark
                && row.metric == Metric::CpuProcess
                && row.host == state.target.key.host
                && (benchmark == NOOP || row.level == state.target.key.level)
        })
    };
    let explained = states.iter().filter_map(|state| {
        let crossings = state.runs.iter().find_map(|run| run.crossings.get(&Role::Candidate))?;
        let noop = median(NOOP, state)?;
        let crossing_ns = noop.candidate_median?;
        let own = median(&state.target.key.benchmark, state).and_then(|row| row.candidate_median);
        Some(Boundary {
            benchmark: state.target.key.benchmark.clone(),
            level: state.target.key.level,
            host: state.target.key.host.clone(),
            crossings: *crossings,
            crossing_ns,
            v8_noop_ns: noop.baseline_median,
            explained: own.map(|own| crossings * crossing_ns / own),
        })
    });
    explained.collect()
}

/// One line a module and host, in the order of the rows.
pub(crate) fn summaries(rows: &[Row]) -> Vec<Summary> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    let module = |row: &Row| row.benchmark.split('/').next().unwrap_or_default().len();
    for row in rows {
        let group = (&row.benchmark[..module(row)], row.host.as_str());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let summary = |(name, host): (&str, &str)| {
        let of_group =
            || rows.iter().filter(move |row| &row.benchmark[..module(row)] == name && row.host == host);
        let count = |verdict| of_group().filter(|row| row.verdict == Some(verdict)).count() as u32;
        let deciding = of_group().filter(|row| row.verdict.is_some());
        // A failed target has no verdicts; its benchmark counts once.
        let mut failed: Vec<_> = of_group()
            .filter(|row| row.status == Status::Failed)
            .map(|row| (&row.benchmark, row.level))
            .collect();
        failed.sort_unstable();
        failed.dedup();
        Summary {
            module: name.to_owned(),
            host: host.to_owned(),
            geometric_mean: geometric_mean(deciding.filter_map(|row| row.ratio)),
            ok: count(Verdict::Ok),
            regressed: count(Verdict::Regressed),
            improved: count(Verdict::Improved),
            inconclusive: count(Verdict::Inconclusive),
            failed: failed.len() as u32,
        }
    };
    groups.into_iter().map(summary).collect()
}

fn counters(states: &[RowState]) -> Vec<Counter> {
    let runs = states.iter().flat_map(|state| &state.runs);
    runs.map(|run| &run.counters).find(|counters| !counters.is_empty()).cloned().unwrap_or_default()
}
