//! Peak memory is compared for every benchmark, also where rows are many and noisy ones would take all the time.

use std::time::Duration;

use bench_gate::{Plan, VisitKind};
use bench_schema::{Level, Metric, Verdict};

use crate::measure;
use crate::simulated::{Model, Simulated, model};

#[test]
fn a_hundred_rows_have_their_memory_compared_within_the_default_budget() {
    // A fifth of them lies so close to the margin that no time would settle it, the others have verdicts soon and
    // could be settled more surely for long.
    let ratio = |index| if index % 5 == 0 { 1.03 } else { 0.94 };
    let models = (0..100).map(|index| model(&format!("fs/b{index}"), "node26", ratio(index), 0.06)).collect();
    let mut source = Simulated::new(models, 1);
    let document = measure(&mut source, &Plan::full(1));
    let of = |metric| document.rows.iter().filter(move |row| row.metric == metric);
    assert!(
        of(Metric::CpuProcess).any(|row| row.verdict == Some(Verdict::Inconclusive)),
        "they are hopeless"
    );
    let compared = of(Metric::MaxRss).filter(|row| row.high.is_some()).count();
    assert_eq!(compared, 100);
    assert_eq!(document.summaries[0].worst_memory.as_ref().map(|worst| worst.rows), Some(100));
}

/// fs as it was measured on a quiet machine: a process takes a second, and six of each row most of twelve minutes.
fn as_long_as_fs() -> Vec<Model> {
    let both = (0..108).map(|index| {
        let mut model = model(&format!("fs/b{}", index / 2), "node26", 0.9, 0.02);
        model.warm_up = Duration::from_millis(100);
        model.target.key.level = if index % 2 == 0 { Level::Binding } else { Level::Public };
        model
    });
    both.collect()
}

#[test]
fn a_benchmark_of_two_levels_has_its_memory_compared_at_public_before_rows_are_narrowed() {
    for minutes in [12, 15] {
        let mut source = Simulated::new(as_long_as_fs(), 1);
        let plan = Plan::full(1).with_budget(Duration::from_mins(minutes));
        let document = measure(&mut source, &plan);
        let compared: Vec<_> = document.rows.iter().filter(|row| row.metric == Metric::MaxRss).collect();
        let whole = compared.iter().filter(|row| row.level == Level::Public && row.high.is_some()).count();
        assert_eq!((compared.len(), whole), (54, 54), "in {minutes} minutes");
        let judged = document.rows.iter().filter(|row| row.metric == Metric::CpuProcess);
        assert_eq!(judged.filter(|row| row.high.is_some()).count(), 108, "in {minutes} minutes");
    }
}

#[test]
fn both_arms_do_as_much_as_in_the_timed_processes() {
    let mut source = Simulated::new(vec![model("fs/b", "node26", 0.5, 0.02)], 1);
    measure(&mut source, &Plan::full(1));
    let operations = |solo: bool| {
        let of_kind =
            source.visits.iter().filter(move |(_, visit)| matches!(visit.kind, VisitKind::Solo(_)) == solo);
        of_kind.map(|(_, visit)| visit.operations).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(operations(false), [None].into(), "a timed slice is as long as it has to be");
    let alone = operations(true);
    assert!(alone.len() == 1 && !alone.contains(&None), "{alone:?}");
}

#[test]
fn memory_takes_nothing_from_the_processes_that_an_interval_needs() {
    let mut source = Simulated::new(as_long_as_fs(), 1);
    let document = measure(&mut source, &Plan::full(1).with_budget(Duration::from_mins(7)));
    let judged = document.rows.iter().filter(|row| row.metric == Metric::CpuProcess);
    let with_interval = judged.filter(|row| row.high.is_some()).count();
    let alone = source.visits.iter().filter(|(_, visit)| matches!(visit.kind, VisitKind::Solo(_))).count();
    assert!(with_interval == 108 || alone == 0, "{with_interval} rows, {alone} processes alone");
}
