//! What stands below the table: remarks on rows, and what each variant of a port comes to.

use bench_schema::{Document, Kind, Status, Summary, level_and_variant};

/// Rows with the same remark that are named one by one; more are counted.
const NAMED: usize = 3;

/// What failed, partial and judged rows have to say, a line each. A sentence that many rows share is said once.
pub(crate) fn notes(document: &Document) -> String {
    let mut sentences: Vec<(&str, Vec<String>)> = Vec::new();
    let remarked = document.rows.iter().filter(|row| row.status != Status::Ok || row.verdict.is_some());
    for row in remarked {
        let Some(note) = row.note.as_deref() else { continue };
        let place =
            format!("{} ({}, {})", row.benchmark, level_and_variant(row.level, &row.candidate), row.host);
        match sentences.iter_mut().find(|(sentence, _)| *sentence == note) {
            Some((_, places)) if places.contains(&place) => {}
            Some((_, places)) => places.push(place),
            None => sentences.push((note, vec![place])),
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for (sentence, places) in &sentences {
        match &places[..] {
            [first, .., last] if places.len() > NAMED => {
                lines.push(format!("{} rows from {first} to {last}: {sentence}\n", places.len()));
            }
            _ => lines.extend(places.iter().map(|place| format!("{place}: {sentence}\n"))),
        }
    }
    lines.extend(document.uncalibrated.iter().map(|sentence| format!("{sentence}\n")));
    if !lines.is_empty() {
        lines.push("\n".to_owned());
    }
    lines.concat()
}

/// A variant of a port on a host: means, verdicts and, where it was compared, the worst peak memory.
pub(crate) fn lines(summary: &Summary) -> String {
    let mut lines = vec![format!(
        "{} on {}, {}: {}{}; {}\n",
        summary.module,
        summary.host,
        summary.variant,
        summary
            .geometric_mean
            .map_or_else(|| "no ratio".to_owned(), |mean| format!("geometric mean of ratios {mean:.3}")),
        upper(summary.geometric_mean_high),
        verdicts(summary)
    )];
    // One kind and metric is what the line above says.
    for mean in summary.means.iter().filter(|_| summary.means.len() > 1) {
        let kind = match mean.kind {
            Kind::Sync => "synchronous",
            Kind::Async => "asynchronous",
        };
        lines.push(format!(
            "  {kind}, {}: {:.3}{} ({})\n",
            mean.metric.as_str(),
            mean.ratio,
            upper(mean.high),
            rows(mean.rows)
        ));
    }
    if let Some(worst) = &summary.worst_memory {
        lines.push(format!(
            "  peak memory, each arm alone: at most {:.3}{} ({}, {}; of {})\n",
            worst.ratio,
            worst.high.map_or_else(String::new, |high| format!(", upper end {high:.3}")),
            worst.benchmark,
            worst.level.as_str(),
            rows(worst.rows)
        ));
    }
    lines.concat()
}

fn upper(high: Option<f64>) -> String {
    high.map_or_else(String::new, |high| format!(", of upper ends {high:.3}"))
}

fn verdicts(summary: &Summary) -> String {
    let counts = [
        (summary.improved, "improved"),
        (summary.ok, "ok"),
        (summary.regressed, "regressed"),
        (summary.inconclusive, "inconclusive"),
        (summary.suspect, "suspect"),
        (summary.failed, "failed"),
    ];
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

fn rows(count: u32) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

#[cfg(test)]
mod tests {
    use bench_schema::{Level, Mean, Memory, Metric};

    use super::*;

    #[test]
    fn a_summary_states_upper_ends_by_kind_and_the_worst_memory() {
        let mean = |kind, metric, ratio, high| Mean { kind, metric, rows: 3, ratio, high };
        let summary = Summary {
            module: "fs".into(),
            host: "node26".into(),
            variant: "node-api+onehop".into(),
            geometric_mean: Some(0.3),
            geometric_mean_high: Some(0.34),
            means: vec![
                mean(Kind::Sync, Metric::CpuProcess, 0.5, Some(0.55)),
                mean(Kind::Async, Metric::Wall, 0.2, None),
            ],
            worst_memory: Some(Memory {
                benchmark: "fs/cp-tree".into(),
                level: Level::Public,
                ratio: 1.04,
                high: Some(1.06),
                rows: 6,
            }),
            ok: 0,
            regressed: 0,
            improved: 6,
            inconclusive: 0,
            suspect: 0,
            failed: 0,
        };
        assert_eq!(
            lines(&summary),
            "fs on node26, node-api+onehop: geometric mean of ratios 0.300, of upper ends 0.340; 6 improved\n  \
             synchronous, cpu_process: 0.500, of upper ends 0.550 (3 rows)\n  \
             asynchronous, wall: 0.200 (3 rows)\n  \
             peak memory, each arm alone: at most 1.040, upper end 1.060 (fs/cp-tree, public; of 6 rows)\n"
        );
    }
}
