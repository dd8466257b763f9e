//! Row states to the document of a run.

use bench_analysis::{
    CONFIDENCE, Estimate, MIN_PROCESSES, bootstrap, judge, latency_difference, summarize, summarize_solo,
    two_groups,
};
use bench_schema::{
    Boundary, Counter, Definition, Document, Metric, Role, Row, RunRecord, RunStatus, SCHEMA_VERSION, Status,
    Verdict,
};
use bench_store::BenchKey;

use crate::Plan;
use crate::distance::distances;
use crate::looks::verdict_confidence;
use crate::row::RowState;
use crate::summary::summaries;

/// What a noop costs is the benchmark of this id.
const NOOP: &str = "boundary/noop";
/// How far a fresh world may be from stock before the row says so.
const STOCK_FLAG: f64 = 0.03;

/// The document of a run; `new_rows` stand behind those that were measured.
pub(crate) fn assemble(
    rows: &[RowState],
    new_rows: Vec<Row>,
    record: &RunRecord,
    status: RunStatus,
    plan: &Plan,
) -> Document {
    let interrupted = status == RunStatus::Interrupted;
    let with_bootstrap = |state| {
        let mut rows = main_rows(state, interrupted);
        for row in &mut rows {
            add_bootstrap(row, state, plan);
        }
        rows
    };
    let main: Vec<Row> = rows.iter().flat_map(with_bootstrap).collect();
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
        distances: distances(rows),
        investigations: Vec::new(),
        summaries: summaries(rows, &main),
        counters: counters(rows),
        uncalibrated: uncalibrated(&main, plan),
        rows: main.into_iter().chain(new_rows).collect(),
    }
}

/// What there is to say where rows are judged without knowing how noisy they are.
fn uncalibrated(rows: &[Row], plan: &Plan) -> Option<String> {
    let judged = || rows.iter().filter(|row| row.verdict.is_some());
    plan.floors.remark(judged().filter(|row| row.floor.is_some()).count(), judged().count())
}

/// The deciding rows of one target, with verdicts.
pub(crate) fn deciding_rows(row: &RowState) -> Vec<Row> {
    let deciding = row.target.definition.deciding_metrics();
    main_rows(row, false).into_iter().filter(|row| deciding.contains(&row.metric)).collect()
}

/// Adds the bootstrap interval to a row that is judged. The plan's seed makes it the same when it is repeated.
fn add_bootstrap(row: &mut Row, state: &RowState, plan: &Plan) {
    let Some(estimate) = state.estimate_of(row.metric).filter(|_| row.verdict.is_some()) else { return };
    if let Some((low, high)) = bootstrap(&estimate.rounds, plan.resamples, plan.seed) {
        (row.bootstrap_low, row.bootstrap_high) = (Some(low.exp()), Some(high.exp()));
    }
}

fn main_rows(row: &RowState, interrupted: bool) -> Vec<Row> {
    Metric::ALL.into_iter().filter_map(|metric| main_row(row, metric, interrupted)).collect()
}

/// The row of one metric. The clocks and what decides always yield one, without numbers if need be; another
/// percentile or a memory peak that was not measured, or not often enough to exist, yields none.
fn main_row(state: &RowState, metric: Metric, interrupted: bool) -> Option<Row> {
    let is_clock = matches!(metric, Metric::CpuProcess | Metric::CpuThread | Metric::Wall);
    let deciding = state.target.definition.deciding_metrics().contains(&metric);
    let mut row = blank_of(state, metric, &state.target.key.candidate);
    if let Some(absence) = absence(state, interrupted) {
        let (status, note) = match absence {
            Absence::Failed(note) => (Status::Failed, note),
            Absence::NotReached(note) => {
                row.verdict = deciding.then_some(Verdict::Inconclusive);
                (Status::Partial, note)
            }
        };
        (row.status, row.note) = (status, Some(note));
        return (is_clock || deciding).then_some(row);
    }
    let estimate = match metric {
        Metric::MaxRss => summarize_solo(&state.runs, Role::Candidate, Role::Baseline),
        _ => summarize(&state.runs, metric, Role::Candidate, Role::Baseline),
    };
    let Some(estimate) = estimate else {
        (row.status, row.note) = (Status::Failed, Some(format!("no process measured {}", metric.as_str())));
        return (is_clock || deciding).then_some(row);
    };
    fill(&mut row, &estimate);
    row.difference = latency_difference(&state.runs, metric, Role::Candidate, Role::Baseline);
    let mut notes = Vec::new();
    if deciding {
        notes.extend(state.margin(metric).remark());
        let verdict = state.verdict(metric).unwrap_or(Verdict::Inconclusive);
        row.verdict = Some(verdict);
        notes.extend(two_speeds(&estimate, row.margin));
        notes.extend(spent(verdict, &estimate, row.margin));
    }
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
    if let Some(note) = drop_unsure_interval(&mut row, &estimate) {
        row.status = Status::Partial;
        notes.push(note);
    }
    row.note = (!notes.is_empty()).then(|| notes.join("; "));
    Some(row)
}

/// Why a row has no verdict although the interval that is shown would give one.
fn spent(verdict: Verdict, estimate: &Estimate, margin: f64) -> Option<String> {
    (verdict == Verdict::Inconclusive && judge(estimate.interval, margin) != verdict).then(|| {
        let confidence = 100.0 * verdict_confidence(estimate.processes);
        format!(
            "earlier looks have spent a part of the error rate: a verdict now takes a {confidence:.1}% interval, \
             which straddles the margin"
        )
    })
}

/// A warning where processes ran at two speeds, further apart than the margin.
fn two_speeds(estimate: &Estimate, margin: f64) -> Option<String> {
    let [low, high] = two_groups(&estimate.logs)?;
    (high.ratio / low.ratio > 1.0 + margin).then(|| {
        format!(
            "processes ran at two speeds: {} around {:.3} and {} around {:.3}; the ratio lies between, see \
             docs/BIAS.md",
            low.processes, low.ratio, high.processes, high.ratio
        )
    })
}

/// Why a target has no numbers.
enum Absence {
    /// Something went wrong.
    Failed(String),
    /// Its turn did not come: nobody can tell.
    NotReached(String),
}

fn absence(state: &RowState, interrupted: bool) -> Option<Absence> {
    if let Some(rejection) = &state.rejection {
        return Some(Absence::Failed(format!("wrong value: {rejection}")));
    }
    if state.measured() {
        return None;
    }
    // Where the budget ended before any timed process, a counted or solo one may have told why it would fail.
    Some(match state.first_error.as_ref().or(state.extra_error.as_ref()) {
        Some(error) => Absence::Failed(error.clone()),
        None if interrupted => Absence::NotReached("not measured: the run was interrupted".to_owned()),
        None if state.timed == 0 => Absence::NotReached(
            "not measured: the budget was spent before its first timed process".to_owned(),
        ),
        None => Absence::Failed("its processes yielded no complete rounds of both arms".to_owned()),
    })
}

/// Takes an interval that covers the ratio with less than 95% out of its row, and says so: in a document it
/// would be taken for a 95% interval.
fn drop_unsure_interval(row: &mut Row, estimate: &Estimate) -> Option<String> {
    if estimate.interval.attains(CONFIDENCE) {
        return None;
    }
    (row.low, row.high) = (None, None);
    let processes = match estimate.processes {
        1 => "1 process has".to_owned(),
        many => format!("{many} processes have"),
    };
    Some(format!("{processes} measured it: a 95% interval needs {MIN_PROCESSES}"))
}

fn twin_rows(state: &RowState) -> Vec<Row> {
    let candidate = format!("{} (twin)", state.target.key.baseline);
    rows_aside(state, Role::Twin, &candidate, |estimate| {
        excludes_one(estimate).then(|| {
            "the interval excludes 1 although both arms are the same, as one interval in twenty should"
                .to_owned()
        })
    })
}

fn stock_rows(state: &RowState) -> Vec<Row> {
    rows_aside(state, Role::Stock, "stock", |estimate| {
        let off = estimate.ratio > 1.0 + STOCK_FLAG || estimate.ratio < 1.0 / (1.0 + STOCK_FLAG);
        let percent = 100.0 * (1.0 / estimate.ratio - 1.0);
        (off && excludes_one(estimate)).then(|| {
            format!("flagged: a fresh world costs {percent:+.1}% against the host's own; see docs/BIAS.md")
        })
    })
}

/// The deciding metrics of another arm against the baseline, with what `remark` says of a 95% interval. None
/// for a row that failed.
fn rows_aside(
    state: &RowState,
    numerator: Role,
    candidate: &str,
    remark: fn(&Estimate) -> Option<String>,
) -> Vec<Row> {
    if state.rejection.is_some() {
        return Vec::new();
    }
    let metrics = state.target.definition.deciding_metrics().iter();
    let rows = metrics.filter_map(|&metric| {
        let estimate = summarize(&state.runs, metric, numerator, Role::Baseline)?;
        let mut row = blank_of(state, metric, candidate);
        fill(&mut row, &estimate);
        row.note = drop_unsure_interval(&mut row, &estimate).or_else(|| remark(&estimate));
        Some(row)
    });
    rows.collect()
}

fn excludes_one(estimate: &Estimate) -> bool {
    estimate.interval.low() > 1.0 || estimate.interval.high() < 1.0
}

/// A row without numbers.
pub(crate) fn blank(key: &BenchKey, definition: &Definition, metric: Metric) -> Row {
    Row {
        margin: definition.margin(),
        ..Row::unmeasured(&key.benchmark, key.level, &key.host, [&key.baseline, &key.candidate], metric)
    }
}

fn blank_of(state: &RowState, metric: Metric, candidate: &str) -> Row {
    let row = blank(&state.target.key, &state.target.definition, metric);
    let margin = state.margin(metric);
    Row {
        candidate: candidate.to_owned(),
        margin: margin.in_force(),
        floor: margin.floor,
        processes: state.timed,
        ..row
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
                && (benchmark == NOOP
                    || (row.level == state.target.key.level && row.candidate == state.target.key.candidate))
        })
    };
    let explained = states.iter().filter_map(|state| {
        let crossings = state.runs.iter().find_map(|run| run.crossings.get(&Role::Candidate))?;
        let noop = median(NOOP, state)?;
        let crossing_ns = noop.candidate_median?;
        let own = median(&state.target.key.benchmark, state);
        let (baseline_ns, candidate_ns) =
            (own.and_then(|row| row.baseline_median), own.and_then(|row| row.candidate_median));
        let call_ns = noop.baseline_median;
        Some(Boundary {
            benchmark: state.target.key.benchmark.clone(),
            level: state.target.key.level,
            host: state.target.key.host.clone(),
            candidate: state.target.key.candidate.clone(),
            crossings: *crossings,
            crossing_ns,
            v8_noop_ns: call_ns,
            explained: candidate_ns.map(|own| crossings * crossing_ns / own),
            copied: state.runs.iter().find_map(|run| run.copied.get(&Role::Candidate)).copied(),
            predicted_ns: baseline_ns
                .zip(call_ns)
                .map(|(baseline, call)| (baseline - call).max(0.0) + crossings * crossing_ns),
            baseline_ns,
            candidate_ns,
        })
    });
    explained.collect()
}

fn counters(states: &[RowState]) -> Vec<Counter> {
    let runs = states.iter().flat_map(|state| &state.runs);
    runs.map(|run| &run.counters).find(|counters| !counters.is_empty()).cloned().unwrap_or_default()
}
