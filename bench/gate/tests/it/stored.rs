use bench_gate::{AgainstError, Plan, against, decide_rows};
use bench_schema::{Metric, RunStatus, Status, Verdict};
use bench_store::Store;

use crate::simulated::{Model, Simulated, model, record};
use crate::{measure_into, row, store};

#[test]
fn a_ratio_that_got_worse_is_a_regression_even_below_one() {
    let (_folder, mut store) = store();
    let mut run = |ratios: &[(&str, f64)], seed| {
        // So quiet that two runs of the same differ by less than the margin with any seed.
        let quiet =
            |(name, ratio): &(&str, f64)| Model { within: 0.005, ..model(name, "node26", *ratio, 0.003) };
        let models = ratios.iter().map(quiet).collect();
        measure_into(&mut Simulated::new(models, seed), &mut store, &Plan::full(seed)).unwrap().run
    };
    let earlier = run(&[("fs/worse", 0.60), ("fs/same", 0.60), ("fs/better", 0.60)], 1);
    let now = run(&[("fs/worse", 0.70), ("fs/same", 0.60), ("fs/better", 0.50), ("fs/new", 0.5)], 2);
    let rows = against(&store, now, earlier).unwrap();
    let verdict = |name: &str| row(&rows, name, Metric::CpuProcess).verdict;
    assert_eq!(rows.len(), 4, "only what decides");
    assert_eq!(verdict("fs/worse"), Some(Verdict::Regressed));
    assert_eq!(verdict("fs/same"), Some(Verdict::Ok));
    assert_eq!(verdict("fs/better"), Some(Verdict::Improved));
    let worse = row(&rows, "fs/worse", Metric::CpuProcess);
    assert!((worse.ratio.unwrap() - 0.70 / 0.60).abs() < 0.05, "{worse:?}");
    assert_eq!(worse.baseline, format!("node-api@{earlier}"));
    let new = row(&rows, "fs/new", Metric::CpuProcess);
    assert_eq!((new.verdict, new.status, new.ratio), (None, Status::Partial, None));
    assert!(new.note.as_deref().unwrap().contains("does not have this row"));
    assert_eq!(decide_rows(&rows, RunStatus::Complete).exit_code, 1);
}

#[test]
fn a_run_that_never_ended_has_no_rows() {
    let (_folder, mut store) = store();
    let dead = store.begin(&record()).unwrap();
    let now = measure_into(
        &mut Simulated::new(vec![model("fs/a", "node26", 1.0, 0.01)], 1),
        &mut store,
        &Plan::quick(1),
    );
    let error = against(&store, now.unwrap().run, dead).unwrap_err();
    assert!(matches!(error, AgainstError::NoDocument(run) if run == dead));
}
