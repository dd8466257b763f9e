//! The rows of a run to one line a port, host and variant.

use bench_analysis::geometric_mean;
use bench_schema::{Document, Kind, Mean, Memory, Metric, Row, Status, Summary, Verdict};

use crate::row::RowState;

/// One line a module, host and candidate, in the order of the rows.
pub(crate) fn summaries(states: &[RowState], rows: &[Row]) -> Vec<Summary> {
    let mut groups: Vec<[&str; 3]> = Vec::new();
    for row in rows {
        let group = group_of(row);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let summary = |group: [&str; 3]| {
        let own: Vec<&Row> = rows.iter().filter(|row| group_of(row) == group).collect();
        let deciding: Vec<&Row> = own.iter().copied().filter(|row| row.verdict.is_some()).collect();
        let count = |verdict| deciding.iter().filter(|row| row.verdict == Some(verdict)).count() as u32;
        // A failed target has no verdicts; its benchmark counts once.
        let mut failed: Vec<_> = own
            .iter()
            .filter(|row| row.status == Status::Failed)
            .map(|row| (&row.benchmark, row.level))
            .collect();
        failed.sort_unstable();
        failed.dedup();
        let [module, host, variant] = group.map(str::to_owned);
        let (geometric_mean, geometric_mean_high) = means_of(&deciding);
        Summary {
            module,
            host,
            variant,
            geometric_mean,
            geometric_mean_high,
            means: means_by_kind(states, &deciding),
            worst_memory: worst_memory(&own),
            ok: count(Verdict::Ok),
            regressed: count(Verdict::Regressed),
            improved: count(Verdict::Improved),
            inconclusive: count(Verdict::Inconclusive),
            suspect: count(Verdict::Suspect),
            failed: failed.len() as u32,
        }
    };
    groups.into_iter().map(summary).collect()
}

/// Counts the verdicts of a document's rows again, after some have changed.
pub fn recount(document: &mut Document) {
    let Document { summaries, rows, .. } = document;
    for summary in summaries {
        let own = [summary.module.as_str(), &summary.host, &summary.variant];
        let count = |verdict| {
            rows.iter().filter(|row| group_of(row) == own && row.verdict == Some(verdict)).count() as u32
        };
        let counts = [Verdict::Regressed, Verdict::Inconclusive, Verdict::Suspect].map(count);
        [summary.regressed, summary.inconclusive, summary.suspect] = counts;
    }
}

/// Module, host and candidate.
fn group_of(row: &Row) -> [&str; 3] {
    let module = row.benchmark.split('/').next().unwrap_or_default();
    [module, &row.host, &row.candidate]
}

/// The geometric means of the ratios and, where each has one, of the upper ends of their intervals.
fn means_of(rows: &[&Row]) -> (Option<f64>, Option<f64>) {
    let measured = || rows.iter().filter(|row| row.ratio.is_some());
    let highs: Option<Vec<f64>> = measured().map(|row| row.high).collect();
    (geometric_mean(measured().filter_map(|row| row.ratio)), highs.and_then(geometric_mean))
}

fn means_by_kind(states: &[RowState], deciding: &[&Row]) -> Vec<Mean> {
    let kind_of = |row: &Row| {
        let definition = states.iter().map(|state| &state.target.definition);
        definition.into_iter().find(|definition| definition.id == row.benchmark).map(|own| own.kind)
    };
    let combinations = [
        (Kind::Sync, Metric::CpuProcess),
        (Kind::Async, Metric::Wall),
        (Kind::Async, Metric::CpuProcess),
        (Kind::Async, Metric::P99),
    ];
    let means = combinations.into_iter().filter_map(|(kind, metric)| {
        let measured = |row: &&Row| row.metric == metric && kind_of(row) == Some(kind) && row.ratio.is_some();
        let rows: Vec<&Row> = deciding.iter().copied().filter(measured).collect();
        let (ratio, high) = means_of(&rows);
        Some(Mean { kind, metric, rows: rows.len() as u32, ratio: ratio?, high })
    });
    means.collect()
}

fn worst_memory(rows: &[&Row]) -> Option<Memory> {
    let compared = || {
        rows.iter()
            .filter(|row| row.metric == Metric::MaxRss)
            .filter_map(|row| row.ratio.map(|ratio| (ratio, row)))
    };
    let (ratio, row) = compared().max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(Memory {
        benchmark: row.benchmark.clone(),
        level: row.level,
        ratio,
        high: row.high,
        rows: compared().count() as u32,
    })
}
