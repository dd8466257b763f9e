//! Why a row costs what it does: what crosses the boundary, and how much of the gap that explains.

use bench_schema::{Boundary, Document, Unit, level_and_variant};
use comfy_table::{Cell, CellAlignment};

use crate::output::columns;
use crate::table::quantity;

const TITLES: [&str; 12] = [
    "benchmark",
    "level",
    "crossings",
    "strings",
    "bytes",
    "callbacks",
    "baseline",
    "predicted",
    "measured",
    "gap",
    "boundary",
    "body",
];
/// The first of the titles that stands over numbers.
const FIRST_NUMBER: usize = 2;

/// A table a host; empty where nothing was counted.
pub(crate) fn table(document: &Document) -> String {
    let mut hosts: Vec<&str> = document.boundary.iter().map(|row| row.host.as_str()).collect();
    hosts.dedup();
    hosts.into_iter().map(|host| host_table(document, host)).collect()
}

fn host_table(document: &Document, host: &str) -> String {
    let mut table = columns(&TITLES);
    for column in FIRST_NUMBER..TITLES.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let rows: Vec<&Boundary> = document.boundary.iter().filter(|row| row.host == host).collect();
    for row in &rows {
        table.add_row(cells(row).map(Cell::new));
    }
    let cost = rows.first().map_or(0.0, |row| row.crossing_ns);
    format!(
        "\n{host}: what crosses the boundary in one operation, at {cost:.1} ns a crossing. Predicted is the baseline \
         with its one call replaced by the port's crossings; the gap to the baseline is boundary + body\n{table}\n"
    )
}

fn cells(row: &Boundary) -> [String; 12] {
    let number = |value: Option<f64>| {
        value.map_or_else(
            || "–".to_owned(),
            |value| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") },
        )
    };
    let time =
        |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| quantity(value, Unit::Nanoseconds));
    let difference = |value: Option<f64>| {
        value.map_or_else(
            || "–".to_owned(),
            |value| {
                let sign = if value < 0.0 { '-' } else { '+' };
                format!("{sign}{}", quantity(value.abs(), Unit::Nanoseconds))
            },
        )
    };
    let gap = row.candidate_ns.zip(row.baseline_ns).map(|(candidate, baseline)| candidate - baseline);
    let boundary = row.predicted_ns.zip(row.baseline_ns).map(|(predicted, baseline)| predicted - baseline);
    let body = gap.zip(boundary).map(|(gap, boundary)| gap - boundary);
    [
        row.benchmark.clone(),
        level_and_variant(row.level, &row.candidate),
        number(Some(row.crossings)),
        number(row.copied.map(|copied| copied.strings)),
        number(row.copied.map(|copied| copied.bytes)),
        number(row.copied.map(|copied| copied.callbacks)),
        time(row.baseline_ns),
        time(row.predicted_ns),
        time(row.candidate_ns),
        difference(gap),
        difference(boundary),
        difference(body),
    ]
}

#[cfg(test)]
mod tests {
    use bench_schema::{Copied, Level};

    use super::*;

    #[test]
    fn the_gap_is_boundary_and_body() {
        let row = Boundary {
            benchmark: "fs/stat".into(),
            level: Level::Binding,
            host: "node26".into(),
            candidate: "node-api".into(),
            crossings: 5.0,
            crossing_ns: 11.0,
            v8_noop_ns: Some(5.0),
            explained: Some(0.1),
            copied: Some(Copied { strings: 1.0, bytes: 14.5, callbacks: 0.0 }),
            predicted_ns: Some(650.0),
            baseline_ns: Some(600.0),
            candidate_ns: Some(550.0),
        };
        let cells = cells(&row);
        assert_eq!(cells[2..6], ["5", "1", "14.5", "0"]);
        assert_eq!(cells[6..], ["600 ns", "650 ns", "550 ns", "-50.0 ns", "+50.0 ns", "-100 ns"]);
    }
}
