//! The table that `compare` and `gate` print.

use bench_schema::{Document, Row, Status, Summary, Unit, Verdict};
use comfy_table::{Cell, CellAlignment, Color, Table};

use crate::output::columns;

/// The rows of a document as tables, one a host, with a summary line a port.
///
/// Colour is always there; the stream that it is printed to strips it where it is not wanted.
pub(crate) fn document(document: &Document, all_metrics: bool) -> String {
    let mut hosts: Vec<&str> = document.rows.iter().map(|row| row.host.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let tables = hosts.into_iter().filter_map(|host| host_table(document, host, all_metrics));
    let summaries = document.summaries.iter().map(summary_line).map(|line| line + "\n");
    tables.chain([notes(document)]).chain(summaries).collect()
}

fn host_table(document: &Document, host: &str, all_metrics: bool) -> Option<String> {
    let shown = |row: &&Row| row.host == host && (all_metrics || decides(row));
    let rows: Vec<&Row> = document.rows.iter().filter(shown).collect();
    let first = rows.first()?;
    let title = format!(
        "{host}: {} / {}, 95% interval; below 1 the candidate is cheaper",
        first.candidate, first.baseline
    );
    Some(format!("{title}\n{}\n\n", comparison(&rows)))
}

/// Rows without a verdict are shown on request, but a failed row always.
fn decides(row: &Row) -> bool {
    row.verdict.is_some() || row.status == Status::Failed
}

fn comparison(rows: &[&Row]) -> Table {
    let mut table = columns(&[
        "benchmark",
        "level",
        "metric",
        "ratio",
        "interval",
        "baseline",
        "candidate",
        "n",
        "verdict",
    ]);
    for column in 3..=7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut previous = None;
    for row in rows {
        // A benchmark's name stands once, so that the eye finds the groups.
        let name = if previous == Some(&row.benchmark) { "" } else { row.benchmark.as_str() };
        previous = Some(&row.benchmark);
        table.add_row([
            Cell::new(name),
            Cell::new(row.level.as_str()),
            Cell::new(row.metric.as_str()),
            Cell::new(row.ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.3}"))),
            Cell::new(interval(row)),
            Cell::new(row.baseline_median.map_or("–".to_owned(), |median| quantity(median, row.unit))),
            Cell::new(row.candidate_median.map_or("–".to_owned(), |median| quantity(median, row.unit))),
            Cell::new(row.processes),
            judgement(row),
        ]);
    }
    table
}

fn interval(row: &Row) -> String {
    match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{low:.3} – {high:.3}"),
        _ => "–".to_owned(),
    }
}

fn judgement(row: &Row) -> Cell {
    let (text, color) = match (row.status, row.verdict) {
        (Status::Failed, _) => ("✗ failed", Some(Color::Red)),
        (_, Some(Verdict::Regressed)) => ("▲ regressed", Some(Color::Red)),
        (_, Some(Verdict::Inconclusive)) => ("? inconclusive", Some(Color::Yellow)),
        (_, Some(Verdict::Improved)) => ("▼ improved", Some(Color::Green)),
        (_, Some(Verdict::Ok)) => ("= ok", None),
        (_, None) => ("", None),
    };
    let cell =
        Cell::new(if row.status == Status::Partial { format!("{text} (partial)") } else { text.to_owned() });
    color.map_or(cell.clone(), |color| cell.fg(color))
}

/// What a failed or partial row has to say, one line each; the same sentence once.
fn notes(document: &Document) -> String {
    let mut lines: Vec<String> = document
        .rows
        .iter()
        .filter(|row| row.status != Status::Ok)
        .filter_map(|row| {
            Some(format!(
                "{} ({}, {}): {}\n",
                row.benchmark,
                row.level.as_str(),
                row.host,
                row.note.as_ref()?
            ))
        })
        .collect();
    lines.dedup();
    if !lines.is_empty() {
        lines.push("\n".to_owned());
    }
    lines.concat()
}

fn summary_line(summary: &Summary) -> String {
    let mean = summary
        .geometric_mean
        .map_or_else(|| "no ratio".to_owned(), |mean| format!("geometric mean of ratios {mean:.3}"));
    let counts = [
        (summary.improved, "improved"),
        (summary.ok, "ok"),
        (summary.regressed, "regressed"),
        (summary.inconclusive, "inconclusive"),
        (summary.failed, "failed"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} on {}: {mean}; {}", summary.module, summary.host, counts.join(", "))
}

/// A duration or a size with three significant digits and its unit.
fn quantity(value: f64, unit: Unit) -> String {
    let (steps, names): (&[f64], &[&str]) = match unit {
        Unit::Nanoseconds => (&[1.0, 1e3, 1e6, 1e9], &["ns", "µs", "ms", "s"]),
        Unit::Bytes => (&[1.0, 1024.0, 1_048_576.0, 1_073_741_824.0], &["B", "KiB", "MiB", "GiB"]),
    };
    let step = steps.iter().rposition(|step| value >= *step).unwrap_or(0);
    let scaled = value / steps[step];
    let digits = if scaled >= 100.0 {
        0
    } else if scaled >= 10.0 {
        1
    } else {
        2
    };
    format!("{scaled:.digits$} {}", names[step])
}

#[cfg(test)]
mod tests {
    use bench_schema::{Level, Metric};

    use super::*;

    fn row() -> Row {
        Row {
            benchmark: "fs/stat".into(),
            level: Level::Binding,
            host: "node26".into(),
            baseline: "native".into(),
            candidate: "node-api".into(),
            metric: Metric::CpuProcess,
            unit: Unit::Nanoseconds,
            ratio: Some(0.8571),
            low: Some(0.84),
            high: Some(0.88),
            margin: 0.03,
            processes: 12,
            status: Status::Ok,
            verdict: Some(Verdict::Improved),
            baseline_median: Some(1830.4),
            candidate_median: Some(1568.0),
            p_value: Some(0.0005),
            note: None,
            bootstrap_low: None,
            bootstrap_high: None,
        }
    }

    #[test]
    fn a_row_shows_ratio_interval_and_verdict() {
        let text = comparison(&[&row()]).to_string();
        for part in [
            "fs/stat",
            "binding",
            "cpu_process",
            "0.857",
            "0.840 – 0.880",
            "1.83 µs",
            "1.57 µs",
            "12",
            "improved",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }

    #[test]
    fn a_failed_row_has_dashes_and_its_note_is_printed() {
        let failed = Row {
            ratio: None,
            low: None,
            high: None,
            baseline_median: None,
            candidate_median: None,
            status: Status::Failed,
            verdict: None,
            note: Some("expected 1, the body yielded 2".into()),
            ..row()
        };
        assert!(comparison(&[&failed]).to_string().contains("✗ failed"));
        assert!(decides(&failed));
    }

    #[test]
    fn quantities_have_three_digits_and_a_unit() {
        assert_eq!(quantity(7.126, Unit::Nanoseconds), "7.13 ns");
        assert_eq!(quantity(1830.0, Unit::Nanoseconds), "1.83 µs");
        assert_eq!(quantity(48_300_000.0, Unit::Nanoseconds), "48.3 ms");
        assert_eq!(quantity(52_428_800.0, Unit::Bytes), "50.0 MiB");
        assert_eq!(quantity(0.0, Unit::Nanoseconds), "0.00 ns");
    }

    #[test]
    fn rows_without_a_verdict_wait_for_a_request() {
        assert!(!decides(&Row { verdict: None, metric: Metric::CpuThread, ..row() }));
    }
}
