//! What a stored run says of the gaps' costs.

use bench_schema::{Document, Level, Metric, Row, RunStatus};
use bench_store::{Filter, Store};
use coverage::survey::{Measured, MeasuredRow, Survey};

use crate::cli;
use crate::exit::Failure;
use crate::store;

/// The module whose benchmarks measure gaps: Node-API alone and with each extension, against plain V8.
const MODULE: &str = "extensions";

/// The benchmarks that the survey's gaps name, from the newest complete run on its host; `None` where nothing is
/// stored.
pub(super) fn measured(arguments: &cli::Store, survey: &Survey) -> Result<Option<Measured>, Failure> {
    let Some(store) = store::open_to_read(arguments)? else { return Ok(None) };
    let newest = Filter {
        module: Some(MODULE.to_owned()),
        host: Some(survey.host.clone()),
        status: Some(RunStatus::Complete),
        ..Filter::default()
    };
    let Some(run) = store.latest(&newest).map_err(Failure::environment)? else { return Ok(None) };
    let document = store.document(run.id).map_err(Failure::environment)?;
    Ok(document.map(|document| Measured {
        run: run.id,
        started_at: document.started_at.clone(),
        rows: rows(&document, survey),
    }))
}

/// In the order of the document.
fn rows(document: &Document, survey: &Survey) -> Vec<MeasuredRow> {
    let named = |row: &&Row| {
        row.host == survey.host
            && row.metric == Metric::CpuProcess
            && row.level == Level::Binding
            && survey.gaps.iter().any(|gap| gap.gap.benchmarks.contains(&row.benchmark))
    };
    document.rows.iter().filter(named).filter_map(|row| measured_row(document, row)).collect()
}

/// `None` for a row without a ratio.
fn measured_row(document: &Document, row: &Row) -> Option<MeasuredRow> {
    let distance = document.distances.iter().find(|distance| {
        (&distance.benchmark, &distance.host, &distance.extended, distance.metric)
            == (&row.benchmark, &row.host, &row.candidate, row.metric)
    });
    Some(MeasuredRow {
        benchmark: row.benchmark.clone(),
        variant: row.candidate.clone(),
        ratio: row.ratio?,
        low: row.low,
        high: row.high,
        v8_ns: row.baseline_median,
        ns: row.candidate_median,
        closed: distance.and_then(|distance| distance.closed),
        closed_low: distance.and_then(|distance| distance.low),
        closed_high: distance.and_then(|distance| distance.high),
    })
}
