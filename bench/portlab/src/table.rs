//! The table that `compare` and `gate` print.

use bench_schema::{Document, Metric, Row, Status, Unit, Verdict};
use comfy_table::{Cell, CellAlignment, Color, Table};

use crate::output::columns;
use crate::{distance, summary};

/// The rows of a document as tables, one a host, with a summary line a port.
///
/// Colour is always there; the stream that it is printed to strips it where it is not wanted.
pub(crate) fn document(document: &Document, all_metrics: bool) -> String {
    let mut hosts: Vec<&str> = document.rows.iter().map(|row| row.host.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let tables = hosts.into_iter().filter_map(|host| host_table(document, host, all_metrics));
    let summaries = document.summaries.iter().map(summary::lines);
    tables.chain([distance::distances(document), summary::notes(document)]).chain(summaries).collect()
}

fn host_table(document: &Document, host: &str, all_metrics: bool) -> Option<String> {
    let of_host: Vec<&Row> = document.rows.iter().filter(|row| row.host == host).collect();
    let rows = together(of_host.iter().copied().filter(|row| all_metrics || decides(row)).collect());
    let first = rows.first()?;
    let candidate = if candidates(&rows) > 1 { "candidate" } else { first.candidate.as_str() };
    let title =
        format!("{host}: {candidate} / {}, 95% interval; below 1 the candidate is cheaper", first.baseline);
    Some(format!("{title}\n{}\n\n", comparison(&rows, &of_host)))
}

/// Rows without a verdict are shown on request, but failed and new rows always.
fn decides(row: &Row) -> bool {
    row.verdict.is_some() || matches!(row.status, Status::Failed | Status::New)
}

fn candidates(rows: &[&Row]) -> usize {
    let mut names: Vec<&str> = rows.iter().map(|row| row.candidate.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// The rows with the variants of a benchmark, level and metric next to each other.
fn together(mut rows: Vec<&Row>) -> Vec<&Row> {
    let place = |row: &Row| (row.benchmark.clone(), row.level);
    for same in rows.chunk_by_mut(|a, b| place(a) == place(b)) {
        same.sort_by_key(|row| row.metric);
    }
    rows
}

/// Variants are named where there are several, peak memory is there where it was compared.
fn comparison(rows: &[&Row], all: &[&Row]) -> Table {
    let with_variants = candidates(rows) > 1;
    let memory = |row: &Row| {
        let same = |other: &&&Row| {
            other.metric == Metric::MaxRss
                && (&other.benchmark, other.level, &other.candidate)
                    == (&row.benchmark, row.level, &row.candidate)
        };
        all.iter().find(same).and_then(|row| row.ratio)
    };
    let with_memory = rows.iter().any(|row| memory(row).is_some());
    let mut titles = vec!["benchmark", "level", "metric", "ratio", "interval", "baseline", "candidate", "n"];
    let first_number = if with_variants { 4 } else { 3 };
    if with_variants {
        titles.insert(2, "variant");
    }
    if with_memory {
        titles.push("memory");
    }
    let last_number = titles.len() - 1;
    titles.push("verdict");
    let mut table = columns(&titles);
    for column in first_number..=last_number {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
    let amount = |value: Option<f64>, unit| value.map_or("–".to_owned(), |value| quantity(value, unit));
    let mut previous = None;
    let mut memory_shown = Vec::new();
    for row in rows {
        // A benchmark's name stands once, so that the eye finds the groups.
        let name = if previous == Some(&row.benchmark) { "" } else { row.benchmark.as_str() };
        previous = Some(&row.benchmark);
        let mut cells = vec![Cell::new(name), Cell::new(row.level.as_str())];
        if with_variants {
            cells.push(Cell::new(&row.candidate));
        }
        cells.extend([
            Cell::new(row.metric.as_str()),
            Cell::new(number(row.ratio)),
            Cell::new(interval(row)),
            Cell::new(amount(row.baseline_median, row.unit)),
            Cell::new(amount(row.candidate_median, row.unit)),
            Cell::new(row.processes),
        ]);
        if with_memory {
            // It is the benchmark's, not the metric's: once is enough.
            let place = (&row.benchmark, row.level, &row.candidate);
            let first = !memory_shown.contains(&place);
            memory_shown.push(place);
            cells.push(Cell::new(if first { number(memory(row)) } else { String::new() }));
        }
        cells.push(judgement(row));
        table.add_row(cells);
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
        (Status::New, _) => ("+ new", None),
        (_, Some(Verdict::Regressed)) => ("▲ regressed", Some(Color::Red)),
        (_, Some(Verdict::Suspect)) => ("~ suspect", Some(Color::Yellow)),
        (_, Some(Verdict::Inconclusive)) => ("? inconclusive", Some(Color::Yellow)),
        (_, Some(Verdict::Improved)) => ("▼ improved", Some(Color::Green)),
        (_, Some(Verdict::Ok)) => ("= ok", None),
        (_, None) => ("", None),
    };
    let cell =
        Cell::new(if row.status == Status::Partial { format!("{text} (partial)") } else { text.to_owned() });
    color.map_or(cell.clone(), |color| cell.fg(color))
}

/// A duration or a size with three significant digits and its unit.
pub(crate) fn quantity(value: f64, unit: Unit) -> String {
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
    use bench_schema::Level;

    use super::*;

    fn row() -> Row {
        Row {
            ratio: Some(0.8571),
            low: Some(0.84),
            high: Some(0.88),
            processes: 12,
            verdict: Some(Verdict::Improved),
            baseline_median: Some(1830.4),
            candidate_median: Some(1568.0),
            p_value: Some(0.0005),
            ..Row::unmeasured("fs/stat", Level::Binding, "node26", ["native", "node-api"], Metric::CpuProcess)
        }
    }

    #[test]
    fn a_row_shows_ratio_interval_and_verdict() {
        let text = comparison(&[&row()], &[]).to_string();
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
        assert!(comparison(&[&failed], &[]).to_string().contains("✗ failed"));
        assert!(decides(&failed));
    }

    #[test]
    fn variants_of_a_benchmark_stand_together_with_their_memory() {
        let of = |candidate: &str, metric, ratio| Row {
            candidate: candidate.into(),
            level: Level::Public,
            metric,
            ratio: Some(ratio),
            ..row()
        };
        let rows = [
            of("node-api", Metric::Wall, 0.801),
            of("node-api", Metric::CpuProcess, 0.802),
            of("node-api", Metric::MaxRss, 1.013),
            of("node-api+onehop", Metric::Wall, 0.203),
            of("node-api+onehop", Metric::CpuProcess, 0.204),
            of("node-api+onehop", Metric::MaxRss, 1.025),
        ];
        let all: Vec<&Row> = rows.iter().collect();
        let shown = all.iter().copied().filter(|row| row.metric != Metric::MaxRss).collect();
        let text = comparison(&together(shown), &all).to_string();
        let found: Vec<&str> = text
            .split_whitespace()
            .filter(|word| ["0.801", "0.802", "0.203", "0.204", "1.013", "1.025"].contains(word))
            .collect();
        assert_eq!(found, ["0.802", "1.013", "0.204", "1.025", "0.801", "0.203"], "{text}");
        assert!(text.contains("variant") && text.contains("node-api+onehop"), "{text}");
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
