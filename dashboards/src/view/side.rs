//! The tables after the table: controls, the boundary, the environment.

use bench_schema::{DEFAULT_MARGIN, Document, Row};

use super::table::distinct;
use crate::display::{self, Quantity};

/// A row that compares a baseline with itself, fresh or stock.
pub(crate) struct Control {
    pub(crate) benchmark: String,
    pub(crate) level: &'static str,
    pub(crate) host: String,
    pub(crate) metric: &'static str,
    pub(crate) ratio: String,
    pub(crate) change: String,
    pub(crate) interval: String,
    pub(crate) processes: u32,
    pub(crate) flagged: bool,
    pub(crate) note: String,
}

/// The A/A rows.
pub(crate) struct Twins {
    pub(crate) rows: Vec<Control>,
    pub(crate) sentence: String,
}

/// What an empty call costs on a host.
pub(crate) struct Noop {
    pub(crate) host: String,
    pub(crate) node_api: String,
    pub(crate) v8: String,
}

/// What crossings explain of a row.
pub(crate) struct Crossing {
    pub(crate) benchmark: String,
    pub(crate) level: &'static str,
    pub(crate) host: String,
    pub(crate) candidate: String,
    pub(crate) crossings: String,
    pub(crate) cost: String,
    pub(crate) explained: String,
}

/// Where the numbers come from.
pub(crate) struct Environment {
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) supported: String,
    pub(crate) unsupported: Vec<(String, String)>,
}

/// Whether stock differs from a fresh instance by more than the 3% at which documents flag it, either way.
pub(crate) fn flagged(row: &Row) -> bool {
    let near = 1.0 / (1.0 + DEFAULT_MARGIN)..=1.0 + DEFAULT_MARGIN;
    row.ratio.is_some_and(|ratio| !near.contains(&ratio))
}

/// What a fresh instance costs over stock: a stock row's ratio the other way round.
pub(crate) fn fresh_over_stock(row: &Row) -> String {
    row.ratio.filter(|ratio| *ratio > 0.0).map(|ratio| display::change(1.0 / ratio)).unwrap_or_default()
}

pub(crate) fn controls(rows: &[Row]) -> Vec<Control> {
    rows.iter().map(|row| control(row, flagged(row))).collect()
}

fn control(row: &Row, flagged: bool) -> Control {
    Control {
        benchmark: row.benchmark.clone(),
        level: row.level.as_str(),
        host: row.host.clone(),
        metric: row.metric.as_str(),
        ratio: display::ratio(row.ratio),
        change: fresh_over_stock(row),
        interval: display::interval(row),
        processes: row.processes,
        flagged,
        note: row.note.clone().unwrap_or_default(),
    }
}

impl Twins {
    pub(crate) fn new(rows: &[Row]) -> Twins {
        let contains = |row: &Row| Some(row.low? <= 1.0 && row.high? >= 1.0);
        let with: Vec<bool> = rows.iter().filter_map(contains).collect();
        let inside = with.iter().filter(|inside| **inside).count();
        let sentence = if with.is_empty() {
            "This run has no A/A intervals.".to_owned()
        } else {
            format!(
                "{inside} of {} contain 1 ({:.1}%; the method promises about 95%).",
                display::count(with.len(), "A/A interval", "A/A intervals"),
                inside as f64 * 100.0 / with.len() as f64,
            )
        };
        Twins { rows: rows.iter().map(|row| control(row, contains(row) == Some(false))).collect(), sentence }
    }
}

/// The noops, once a host: every boundary entry repeats its host's.
pub(crate) fn noops(document: &Document) -> Vec<Noop> {
    let hosts = distinct(document.boundary.iter().map(|entry| entry.host.as_str()));
    let first = |host: &str| document.boundary.iter().find(|entry| entry.host == host);
    hosts
        .into_iter()
        .filter_map(first)
        .map(|entry| Noop {
            host: entry.host.clone(),
            node_api: display::nanoseconds(entry.crossing_ns),
            v8: entry.v8_noop_ns.map_or_else(|| display::NONE.to_owned(), display::nanoseconds),
        })
        .collect()
}

pub(crate) fn crossings(document: &Document) -> Vec<Crossing> {
    document
        .boundary
        .iter()
        .map(|entry| Crossing {
            benchmark: entry.benchmark.clone(),
            level: entry.level.as_str(),
            host: entry.host.clone(),
            candidate: entry.candidate.clone(),
            crossings: display::grouped(&format!("{:.1}", entry.crossings)),
            cost: display::nanoseconds(entry.crossings * entry.crossing_ns),
            explained: explained(entry.explained),
        })
        .collect()
}

/// A share as a percentage.
pub(crate) fn explained(share: Option<f64>) -> String {
    share.filter(|share| share.is_finite()).map_or_else(
        || display::NONE.to_owned(),
        |share| {
            let decimals = usize::from(share < 0.1);
            format!("{:.decimals$}%", share * 100.0)
        },
    )
}

impl Environment {
    pub(crate) fn new(document: &Document) -> Environment {
        let machine = &document.machine;
        let Quantity { number, unit } =
            display::quantity(Some(machine.memory_bytes as f64), bench_schema::Unit::Bytes, None);
        let hosts = distinct(document.rows.iter().map(|row| row.host.as_str())).join(", ");
        let or_none = |text: &str| if text.is_empty() { display::NONE.to_owned() } else { text.to_owned() };
        Environment {
            facts: vec![
                ("Run", document.run.to_string()),
                ("Started", or_none(&document.started_at)),
                ("Commit", document.commit.clone().unwrap_or_else(|| "not a checkout".to_owned())),
                ("Hosts", or_none(&hosts)),
                (
                    "CPU",
                    format!(
                        "{}, {}",
                        or_none(&machine.cpu),
                        display::count(machine.cpus as usize, "CPU", "CPUs")
                    ),
                ),
                ("Memory", format!("{number} {unit}")),
                ("Kernel", or_none(&machine.kernel)),
                ("System", or_none(&machine.os)),
                ("Scratch folder", or_none(&machine.scratch_fs)),
                ("Machine fingerprint", or_none(&machine.fingerprint)),
            ],
            supported: {
                let names = document.counters.iter().filter(|counter| counter.supported);
                let names: Vec<String> = names.map(|counter| counter.name.clone()).collect();
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            },
            unsupported: document
                .counters
                .iter()
                .filter(|counter| !counter.supported)
                .map(|counter| {
                    (
                        counter.name.clone(),
                        counter.reason.clone().unwrap_or_else(|| "no reason given".to_owned()),
                    )
                })
                .collect(),
        }
    }
}
