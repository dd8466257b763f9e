//! The measuring loop on a simulated lab, where the truth is known and time costs nothing.

mod budget;
mod errors;
mod faults;
mod imported;
mod memory;
mod noise;
mod sequential;
mod simulated;
mod stored;
mod summaries;
mod waivers;

use std::sync::atomic::AtomicBool;

use bench_gate::{GateError, Plan, Silent, compare};
use bench_schema::{Document, Metric, Row};
use bench_store::{SqliteStore, Store};

use simulated::{Simulated, record};

/// A store in a folder of its own, which goes when the test ends.
fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.sqlite")).unwrap();
    (folder, store)
}

fn measure_into(source: &mut Simulated, store: &mut dyn Store, plan: &Plan) -> Result<Document, GateError> {
    // Enough to be there; ten thousand would take longer than all the rest.
    let plan = Plan { resamples: 50, ..plan.clone() };
    compare(source, store, &record(), &plan, &mut Silent, &AtomicBool::new(false))
}

fn measure(source: &mut Simulated, plan: &Plan) -> Document {
    let (_folder, mut store) = store();
    measure_into(source, &mut store, plan).unwrap()
}

/// The row by which a benchmark is judged.
#[track_caller]
fn row<'a>(rows: &'a [Row], benchmark: &str, metric: Metric) -> &'a Row {
    let mut found = rows.iter().filter(|row| row.benchmark == benchmark && row.metric == metric);
    let row = found.next().unwrap_or_else(|| panic!("no row {benchmark} {metric:?}"));
    assert!(found.next().is_none(), "two rows {benchmark} {metric:?}");
    row
}
