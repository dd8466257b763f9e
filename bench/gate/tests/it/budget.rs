use std::time::Duration;

use bench_gate::{LOOKS, Plan, Source, VisitKind, decide};
use bench_schema::{Kind, Metric, RunStatus, Status, Verdict};

use crate::simulated::{Model, Simulated, model};
use crate::{measure, row};

fn many(count: usize, host: &str) -> Vec<Model> {
    (0..count).map(|i| model(&format!("fs/b{i}"), host, 0.6, 0.01)).collect()
}

#[test]
fn clear_rows_stop_at_the_first_look_and_the_time_goes_to_the_noisy_one() {
    let mut models = many(5, "node26");
    models.push(model("fs/noisy", "node26", 0.99, 0.05));
    let mut source = Simulated::new(models, 1);
    let document = measure(&mut source, &Plan { refine: false, ..Plan::full(1) });
    for index in 0..5 {
        assert_eq!(source.timed(index), LOOKS[0].processes as usize);
        let row = row(&document.rows, &format!("fs/b{index}"), Metric::CpuProcess);
        assert_eq!((row.verdict, row.status), (Some(Verdict::Improved), Status::Ok));
        let (low, high) = (row.bootstrap_low.unwrap(), row.bootstrap_high.unwrap());
        assert!(
            0.57 < low && low < row.ratio.unwrap() && row.ratio.unwrap() < high && high < 0.63,
            "{row:?}"
        );
        assert!(row.low.unwrap() < 0.6 * 1.02 && row.high.unwrap() > 0.6 * 0.98, "{row:?}");
    }
    assert!(source.timed(5) > LOOKS[0].processes as usize);
    assert_eq!(row(&document.rows, "fs/noisy", Metric::CpuProcess).verdict, Some(Verdict::Ok));
    assert!(source.now() < Duration::from_mins(5), "nothing is left to settle: {:?}", source.now());
    assert_eq!(document.status, RunStatus::Complete);
    assert_eq!(decide(&document).exit_code, 0);
}

#[test]
fn time_that_is_left_narrows_settled_rows() {
    let models = || vec![model("fs/wide", "node26", 0.5, 0.06), model("fs/narrow", "node26", 0.5, 0.002)];
    let (mut plain, mut refined) = (Simulated::new(models(), 2), Simulated::new(models(), 2));
    measure(&mut plain, &Plan { refine: false, ..Plan::full(2) });
    let document = measure(&mut refined, &Plan::full(2));
    assert!(refined.timed(0) > plain.timed(0));
    assert_eq!(refined.timed(1), LOOKS[0].processes as usize);
    let wide = row(&document.rows, "fs/wide", Metric::CpuProcess);
    assert!((wide.high.unwrap() / wide.low.unwrap()).ln() / 2.0 <= 0.03, "{wide:?}");
}

#[test]
fn each_host_keeps_to_its_own_budget() {
    let mut models = many(30, "node26");
    models.extend(many(30, "node24"));
    let plan = Plan::full(3).with_budget(Duration::from_mins(2));
    let mut source = Simulated::new(models, 3);
    let document = measure(&mut source, &plan);
    assert!(source.now() <= Duration::from_secs(242), "{:?}", source.now());
    assert!(source.now() >= Duration::from_secs(200), "most of it is used: {:?}", source.now());
    for host in ["node26", "node24"] {
        let rows = document.rows.iter().filter(|row| row.host == host && row.metric == Metric::CpuProcess);
        assert_eq!(rows.count(), 30);
    }
    let first_of_24 = source.visits.iter().position(|(index, _)| *index >= 30).unwrap();
    assert!(source.visits[first_of_24..].iter().all(|(index, _)| *index >= 30), "hosts one after the other");
}

/// The rows of the first eighty timed processes of ten rows, pass by pass.
fn passes(seed: u64) -> Vec<Vec<usize>> {
    let mut source = Simulated::new(many(10, "node26"), 4);
    measure(&mut source, &Plan::full(seed));
    let timed = source.visits.iter().filter(|(_, visit)| visit.kind == VisitKind::Timed);
    let order: Vec<usize> = timed.map(|(index, _)| *index).take(80).collect();
    order.chunks(10).map(<[usize]>::to_vec).collect()
}

#[test]
fn rows_are_interleaved_in_an_order_drawn_anew() {
    let (one, other) = (passes(4), passes(5));
    for pass in &one {
        let mut sorted = pass.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10).collect::<Vec<_>>(), "each pass runs each row once");
    }
    // Nothing is known before the first pass, so only chance can order it.
    assert_ne!(one[0], (0..10).collect::<Vec<_>>());
    assert_ne!(one[0], other[0], "another seed, another order");
    assert_eq!(one, passes(4), "the same seed, the same order");
}

/// Start-up, warm-up and counted builds as measured on a quiet machine.
fn quick(rows: usize) -> (Simulated, bench_schema::Document) {
    let mut models = many(rows, "node26");
    for model in &mut models {
        (model.start, model.warm_up) = (Duration::from_millis(80), Duration::from_millis(30));
        model.target.counts = true;
    }
    let mut source = Simulated::new(models, 5);
    let document = measure(&mut source, &Plan::quick(5));
    assert!(source.now() <= Duration::from_secs(151), "{:?}", source.now());
    let judged: Vec<_> = document.rows.iter().filter(|row| row.metric == Metric::CpuProcess).collect();
    assert_eq!(judged.len(), rows);
    for row in judged {
        assert!(row.processes >= 6, "{row:?}");
        assert_eq!(row.verdict, Some(Verdict::Improved), "{row:?}");
    }
    assert!(document.rows.iter().all(|row| row.metric != Metric::MaxRss), "quick runs no arm alone");
    (source, document)
}

#[test]
fn quick_answers_fifty_rows_with_all_arms() {
    let (source, document) = quick(52);
    assert!(source.visits.iter().all(|(_, visit)| !visit.pair_only));
    assert!(document.twins.iter().all(|twin| twin.low.is_some()));
    assert_eq!(document.stock.len(), 52);
}

#[test]
fn quick_answers_a_hundred_rows_without_twins() {
    let (source, document) = quick(100);
    assert!(source.visits.iter().any(|(_, visit)| visit.pair_only));
    for twin in &document.twins {
        assert!(twin.low.is_some() || twin.note.as_deref().unwrap().contains("needs 6"), "{twin:?}");
    }
}

/// Twenty rows in that many seconds: inconclusive where it was too short, and never called failed.
fn far_too_small(seconds: u64) -> (usize, usize, usize) {
    let mut source = Simulated::new(many(20, "node26"), 6);
    let document = measure(&mut source, &Plan::full(6).with_budget(Duration::from_secs(seconds)));
    assert!(source.now() <= Duration::from_secs(seconds + 2), "{:?}", source.now());
    let judged: Vec<_> = document.rows.iter().filter(|row| row.metric == Metric::CpuProcess).collect();
    assert_eq!(judged.len(), 20);
    let unsure = judged.iter().filter(|row| row.processes < 6);
    for row in unsure.clone() {
        assert_eq!((row.status, row.low, row.high), (Status::Partial, None, None), "{row:?}");
        assert_eq!(row.verdict, Some(Verdict::Inconclusive));
        assert_eq!(row.ratio.is_some(), row.processes > 0);
        assert!(row.note.is_some(), "{row:?}");
    }
    assert_eq!(decide(&document).exit_code, 4);
    let unmeasured = judged.iter().filter(|row| row.processes == 0).count();
    (judged.len() - unsure.clone().count(), unsure.count(), unmeasured)
}

#[test]
fn a_small_budget_finishes_some_rows_rather_than_none() {
    let (finished, unsure, unmeasured) = far_too_small(40);
    assert!(finished >= 3 && unsure >= 3 && unmeasured == 0, "{finished} {unsure} {unmeasured}");
}

#[test]
fn rows_that_were_never_reached_are_inconclusive_and_not_failed() {
    let (finished, _, unmeasured) = far_too_small(3);
    assert!(finished == 0 && unmeasured > 0, "{finished} {unmeasured}");
}

#[test]
fn asynchronous_rows_are_judged_twice() {
    let mut models = many(1, "node26");
    models[0].target.definition.kind = Kind::Async;
    let document = measure(&mut Simulated::new(models, 7), &Plan::quick(7));
    let verdicts: Vec<_> = document.rows.iter().map(|row| (row.metric, row.verdict.is_some())).collect();
    assert_eq!(verdicts, [(Metric::CpuProcess, true), (Metric::CpuThread, false), (Metric::Wall, true)]);
    let summary = &document.summaries[0];
    assert_eq!(
        (summary.improved, summary.ok + summary.regressed + summary.inconclusive + summary.failed),
        (2, 0)
    );
}

#[test]
fn noisy_rounds_get_more_rounds() {
    let mut models = many(2, "node26");
    (models[0].within, models[0].between) = (0.3, 0.01);
    let mut source = Simulated::new(models, 8);
    measure(&mut source, &Plan::full(8));
    let most =
        |row| source.visits.iter().filter(|(index, _)| *index == row).map(|(_, visit)| visit.rounds).max();
    assert!(most(0) > Some(20), "{:?}", most(0));
    assert!(most(1) < most(0));
    assert!(source.visits.iter().all(|(_, visit)| visit.rounds <= 60));
}

#[test]
fn crossings_memory_twins_and_stock_stand_beside_the_verdicts() {
    let mut models =
        vec![model("fs/stat", "node26", 0.9, 0.005), model("boundary/noop", "node26", 2.0, 0.005)];
    models[0].target.counts = true;
    models[0].log_stock = 0.8_f64.ln();
    models[1].target.arms = 3;
    let mut source = Simulated::new(models, 9);
    let document = measure(&mut source, &Plan::full(9));

    let boundary = &document.boundary[0];
    assert_eq!((document.boundary.len(), boundary.benchmark.as_str()), (1, "fs/stat"));
    // Three crossings at 20 us, against 9 us an operation.
    let expected = 3.0 * boundary.crossing_ns
        / row(&document.rows, "fs/stat", Metric::CpuProcess).candidate_median.unwrap();
    assert!((boundary.crossings - 3.0).abs() < 1e-12);
    assert!((boundary.explained.unwrap() - expected).abs() < 1e-12);
    let predicted = boundary.baseline_ns.unwrap() - boundary.v8_noop_ns.unwrap() + 3.0 * boundary.crossing_ns;
    assert!((boundary.predicted_ns.unwrap() - predicted.max(3.0 * boundary.crossing_ns)).abs() < 1e-9);
    assert!((boundary.v8_noop_ns.unwrap() / boundary.crossing_ns - 0.5).abs() < 0.1);

    let memory = row(&document.rows, "fs/stat", Metric::MaxRss);
    assert!((memory.ratio.unwrap() - 1.1).abs() < 1e-9 && memory.verdict.is_none());
    assert_eq!((memory.processes, memory.low.is_some(), memory.note.as_deref()), (6, true, None));

    let stock = row(&document.stock, "fs/stat", Metric::CpuProcess);
    assert!((stock.ratio.unwrap() - 0.8).abs() < 0.03);
    assert!(stock.note.as_deref().unwrap().starts_with("flagged: a fresh world costs +2"), "{stock:?}");
    assert_eq!(document.stock.len(), 1);
    assert_eq!(document.twins.len(), 2);
    assert!(document.twins.iter().all(|twin| twin.verdict.is_none()));
    // Counting builds are never timed: their processes are not among the row's.
    assert_eq!(row(&document.rows, "fs/stat", Metric::CpuProcess).processes as usize, source.timed(0));
}
