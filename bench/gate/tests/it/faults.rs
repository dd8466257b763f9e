use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_gate::{GateError, Plan, Silent, compare, decide};
use bench_schema::{Metric, RunStatus, Status, Verdict};
use bench_store::{Store, StoreError};

use crate::simulated::{Behaviour, Simulated, model, record};
use crate::{measure, measure_into, row, store};

fn with(behaviour: Behaviour) -> Simulated {
    let mut models = vec![model("fs/a", "node26", 0.7, 0.01), model("fs/b", "node26", 0.7, 0.01)];
    models[0].behaviour = behaviour;
    Simulated::new(models, 1)
}

#[test]
fn a_wrong_value_fails_the_row_and_no_other() {
    let mut source = with(Behaviour::WrongValue);
    let document = measure(&mut source, &Plan::quick(1));
    let failed: Vec<_> = document.rows.iter().filter(|row| row.benchmark == "fs/a").collect();
    assert_eq!(failed.len(), 3, "one row a clock");
    for row in failed {
        assert_eq!((row.status, row.verdict), (Status::Failed, None));
        assert_eq!((row.ratio, row.low, row.high), (None, None, None));
        assert!(row.note.as_deref().unwrap().contains("yielded 7 instead of true"), "{row:?}");
    }
    assert_eq!(row(&document.rows, "fs/b", Metric::CpuProcess).verdict, Some(Verdict::Improved));
    assert_eq!(source.timed(0), 1, "a wrong value does not become right");
    let outcome = decide(&document);
    assert_eq!(outcome.exit_code, 3);
    assert!(outcome.reasons[0].contains("fs/a (binding) on node26"), "{outcome:?}");
    assert_eq!(document.summaries[0].failed, 1);
}

#[test]
fn a_row_whose_processes_all_die_is_given_up() {
    let mut source = with(Behaviour::Dies);
    let document = measure(&mut source, &Plan::quick(1));
    let failed = row(&document.rows, "fs/a", Metric::CpuProcess);
    assert_eq!((failed.status, failed.ratio), (Status::Failed, None));
    assert!(failed.note.as_deref().unwrap().contains("signal 9"));
    assert_eq!(source.timed(0), 2);
    assert_eq!(decide(&document).exit_code, 3);
}

#[test]
fn a_row_whose_budget_went_to_a_counted_process_that_died_says_why() {
    // The order is drawn: some seeds begin with the timed process.
    for seed in 0..6 {
        let mut dies = model("fs/a", "node26", 0.7, 0.01);
        (dies.behaviour, dies.target.counts) = (Behaviour::Dies, true);
        let plan = Plan::quick(seed).with_budget(Duration::from_millis(350));
        let document = measure(&mut Simulated::new(vec![dies], seed), &plan);
        let failed = row(&document.rows, "fs/a", Metric::CpuProcess);
        assert_eq!(failed.status, Status::Failed, "{failed:?}");
        assert!(failed.note.as_deref().unwrap().contains("signal 9"), "{failed:?}");
    }
}

#[test]
fn a_row_whose_budget_went_to_a_counted_process_is_not_called_failed() {
    let mut not_reached = 0;
    for seed in 0..6 {
        let mut counts = model("fs/a", "node26", 0.7, 0.01);
        counts.target.counts = true;
        let plan = Plan::quick(seed).with_budget(Duration::from_millis(350));
        let document = measure(&mut Simulated::new(vec![counts], seed), &plan);
        let row = row(&document.rows, "fs/a", Metric::CpuProcess);
        assert_eq!(row.verdict, Some(Verdict::Inconclusive), "{row:?}");
        not_reached += u32::from(row.note.as_deref().unwrap().contains("before its first timed process"));
    }
    assert!(not_reached > 0, "each seed began with the timed process");
}

#[test]
fn a_row_that_loses_some_processes_is_partial() {
    let (_folder, mut store) = store();
    let mut source = with(Behaviour::DiesEvery(4));
    let document = measure_into(&mut source, &mut store, &Plan::full(1)).unwrap();
    let partial = row(&document.rows, "fs/a", Metric::CpuProcess);
    assert_eq!((partial.status, partial.verdict), (Status::Partial, Some(Verdict::Improved)));
    assert!(partial.note.as_deref().unwrap().contains("processes were lost; the first: killed by signal 9"));
    assert_eq!(row(&document.rows, "fs/b", Metric::CpuProcess).status, Status::Ok);
    let losses = store.losses(document.run).unwrap();
    assert!(!losses.is_empty() && losses.iter().all(|loss| loss.process % 4 == 3));
    // What a lost process had measured is kept, but a third of its rounds is too little to count.
    let runs = store.process_runs(document.run, &losses[0].key).unwrap();
    let timed = || runs.iter().filter(|run| run.job.arms.len() > 1);
    let whole = timed().filter(|run| run.samples.len() == 4 * run.job.rounds as usize).count();
    assert!(timed().count() > whole);
    assert_eq!(partial.processes as usize, whole);
}

#[test]
fn everything_failing_fails_the_run() {
    let mut models = vec![model("fs/a", "node26", 0.7, 0.01)];
    models[0].behaviour = Behaviour::Dies;
    let document = measure(&mut Simulated::new(models, 1), &Plan::quick(1));
    assert_eq!(document.status, RunStatus::Failed);
    assert_eq!(decide(&document).exit_code, 3);
}

#[test]
fn ctrl_c_keeps_and_says_what_was_measured() {
    let (_folder, mut store) = store();
    let mut source = with(Behaviour::Works);
    source.cancel_at = Some(9);
    let document =
        compare(&mut source, &mut store, &record(), &Plan::quick(1), &mut Silent, &AtomicBool::new(false))
            .unwrap();
    assert_eq!(source.visits.len(), 10, "nothing starts after it");
    assert_eq!(document.status, RunStatus::Interrupted);
    assert_eq!(decide(&document).exit_code, 130);
    for benchmark in ["fs/a", "fs/b"] {
        let row = row(&document.rows, benchmark, Metric::CpuProcess);
        assert_eq!(row.status, Status::Partial);
        assert!(row.ratio.is_some() && row.note.as_deref().unwrap().contains("interrupted"), "{row:?}");
    }
    let stored = store.document(document.run).unwrap().unwrap();
    assert_eq!(serde_json::to_value(&stored).unwrap(), serde_json::to_value(&document).unwrap());
    assert_eq!(store.runs().unwrap()[0].status, RunStatus::Interrupted);
    let kept: usize = store
        .benches(document.run)
        .unwrap()
        .iter()
        .map(|key| store.process_runs(document.run, key).unwrap().len())
        .sum();
    assert_eq!(kept, 10, "the process that was cut off is kept too");
}

#[test]
fn ctrl_c_before_the_first_process() {
    let mut source = with(Behaviour::Works);
    let (_folder, mut store) = store();
    let document =
        compare(&mut source, &mut store, &record(), &Plan::quick(1), &mut Silent, &AtomicBool::new(true))
            .unwrap();
    assert_eq!((document.status, source.visits.len()), (RunStatus::Interrupted, 0));
    assert_eq!(document.rows.len(), 6);
    assert!(document.rows.iter().all(|row| row.status == Status::Partial && row.note.is_some()));
    assert_eq!(decide(&document).exit_code, 130);
}

#[test]
fn a_full_disk_ends_the_run_at_once() {
    let (_folder, mut store) = store();
    store.leave_room_for_test(6);
    let mut source = with(Behaviour::Works);
    let error = measure_into(&mut source, &mut store, &Plan::full(1)).unwrap_err();
    assert!(matches!(error, GateError::Store(StoreError::Full { .. })), "{error:?}");
    let run = store.runs().unwrap()[0].id;
    let kept: usize =
        store.benches(run).unwrap().iter().map(|key| store.process_runs(run, key).unwrap().len()).sum();
    assert_eq!(kept, source.visits.len() - 1, "all but the one that did not fit");
}

#[test]
fn nothing_to_measure_is_an_error() {
    let (_folder, mut store) = store();
    let error = measure_into(&mut Simulated::new(vec![], 1), &mut store, &Plan::quick(1)).unwrap_err();
    assert!(matches!(error, GateError::NothingToMeasure));
    assert!(store.runs().unwrap().is_empty());
}
