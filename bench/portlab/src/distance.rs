//! The table of what extensions of Node-API close of the distance between a port and V8.

use std::fmt::Write as _;

use bench_schema::{Distance, Document, NODE_API, features};
use comfy_table::{Cell, CellAlignment};

use crate::output::columns;

/// One table; empty where the run measured no extensions. Ports of which nothing is left to close are counted.
pub(crate) fn distances(document: &Document) -> String {
    let Some(first) = document.distances.first() else { return String::new() };
    let mut table =
        columns(&["benchmark", "level", "host", "metric", NODE_API, &first.extended, "closed", "interval"]);
    for column in 4..8 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let left = || document.distances.iter().filter(|distance| distance.closed.is_some());
    for distance in left() {
        table.add_row([
            Cell::new(&distance.benchmark),
            Cell::new(distance.level.as_str()),
            Cell::new(&distance.host),
            Cell::new(distance.metric.as_str()),
            Cell::new(format!("{:.3}", distance.plain_ratio)),
            Cell::new(format!("{:.3}", distance.extended_ratio)),
            Cell::new(distance.closed.map_or_else(String::new, percent)),
            Cell::new(interval(distance)),
        ]);
    }
    let mut text = String::new();
    if left().next().is_some() {
        text = format!(
            "{}: how much of the distance between {NODE_API} and {} they close, ({NODE_API} - extended) / ({NODE_API} - {})\n{table}\n\n",
            extensions(first),
            first.baseline,
            first.baseline
        );
    }
    let none: Vec<&Distance> =
        document.distances.iter().filter(|distance| distance.closed.is_none()).collect();
    if !none.is_empty() {
        let rows = if none.len() == 1 { "row".to_owned() } else { format!("{} rows", none.len()) };
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "{}: no distance is left in {rows}, where {NODE_API} is not surely slower than {}; there they change the cost of {NODE_API} by {}\n\n",
            extensions(first),
            first.baseline,
            changes(&none)
        );
    }
    text
}

/// `+ext`.
fn extensions(distance: &Distance) -> String {
    format!("+{}", features(&distance.extended).unwrap_or_default().join("+"))
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

fn interval(distance: &Distance) -> String {
    match (distance.low, distance.high) {
        (Some(low), Some(high)) => format!("{} – {}", percent(low), percent(high)),
        _ => "–".to_owned(),
    }
}

/// `fs/stat -8.7%, fs/access -9.1%`.
fn changes(distances: &[&Distance]) -> String {
    let change = |distance: &&Distance| {
        let change = (distance.extended_ratio / distance.plain_ratio - 1.0) * 100.0;
        format!("{change:+.1}% ({}, {})", distance.benchmark, distance.host)
    };
    distances.iter().map(change).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use bench_schema::{Level, Metric};

    use super::*;

    fn distance(benchmark: &str, plain_ratio: f64, extended_ratio: f64, closed: Option<f64>) -> Distance {
        Distance {
            benchmark: benchmark.into(),
            level: Level::Binding,
            host: "node26".into(),
            metric: Metric::CpuProcess,
            baseline: "v8".into(),
            extended: "node-api+ext".into(),
            plain_ratio,
            extended_ratio,
            closed,
            low: closed.map(|share| share - 0.02),
            high: closed.map(|share| share + 0.02),
        }
    }

    fn document(distances: Vec<Distance>) -> Document {
        let empty = serde_json::json!({
            "schema_version": 1, "run": 1, "started_at": "", "commit": null, "status": "complete", "rows": [],
            "machine": { "fingerprint": "", "cpu": "", "cpus": 2, "memory_bytes": 0, "kernel": "", "os": "", "scratch_fs": "" },
            "twins": [], "stock": [], "boundary": [], "summaries": [],
            "counters": [],
        });
        Document { distances, ..serde_json::from_value(empty).expect("a document") }
    }

    #[test]
    fn shares_stand_with_their_intervals() {
        let text = distances(&document(vec![distance("extensions/method", 9.0, 1.2, Some(0.975))]));
        for part in ["+ext: how much", "extensions/method", "9.000", "1.200", "98%", "96% – 100%"] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(!text.contains("no distance is left"), "{text}");
    }

    #[test]
    fn a_port_that_is_as_fast_as_native_has_none_left() {
        let text = distances(&document(vec![distance("fs/stat", 0.9, 0.81, None)]));
        assert!(text.starts_with("+ext: no distance is left in row"), "{text}");
        assert!(text.contains("-10.0% (fs/stat, node26)"), "{text}");
    }

    #[test]
    fn a_run_without_extensions_says_nothing() {
        assert_eq!(distances(&document(vec![])), "");
    }
}
