//! How often the loop is wrong, where the truth is known.

use std::time::Duration;

use bench_gate::{ALPHA, Plan};
use bench_schema::{Document, Metric, ProcessRun, PublishedCalibration, RunRecord, RunStatus, Verdict};
use bench_store::{BenchKey, Filter, Loss, Store, StoreError};

use crate::measure_into;
use crate::simulated::{Model, Simulated, model};

/// A store that keeps nothing: thousands of runs need no disk.
struct Forgetful;

impl Store for Forgetful {
    fn begin(&mut self, _: &RunRecord) -> Result<i64, StoreError> {
        Ok(1)
    }
    fn add(&mut self, _: i64, _: &BenchKey, _: &ProcessRun) -> Result<(), StoreError> {
        Ok(())
    }
    fn add_loss(&mut self, _: i64, _: &Loss) -> Result<(), StoreError> {
        Ok(())
    }
    fn finish(&mut self, _: i64, _: RunStatus, _: &Document) -> Result<(), StoreError> {
        Ok(())
    }
    fn amend(&mut self, _: &Document) -> Result<(), StoreError> {
        Ok(())
    }
    fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        Ok(vec![])
    }
    fn latest(&self, _: &Filter) -> Result<Option<RunRecord>, StoreError> {
        Ok(None)
    }
    fn document(&self, _: i64) -> Result<Option<Document>, StoreError> {
        Ok(None)
    }
    fn benches(&self, _: i64) -> Result<Vec<BenchKey>, StoreError> {
        Ok(vec![])
    }
    fn process_runs(&self, _: i64, _: &BenchKey) -> Result<Vec<ProcessRun>, StoreError> {
        Ok(vec![])
    }
    fn losses(&self, _: i64) -> Result<Vec<Loss>, StoreError> {
        Ok(vec![])
    }
    fn calibration_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        Ok(vec![])
    }
    fn keep_calibration(&mut self, _: &PublishedCalibration) -> Result<(), StoreError> {
        Ok(())
    }
    fn calibrations(&self, _: &str) -> Result<Vec<PublishedCalibration>, StoreError> {
        Ok(vec![])
    }
}

/// The verdicts of ten rows with that true ratio in each of `runs` runs, and how many twin intervals miss 1.
fn verdicts(row: impl Fn(&str) -> Model, runs: u64, plan: fn(u64) -> Plan) -> (Vec<Verdict>, usize) {
    let mut verdicts = Vec::new();
    let mut missed = 0;
    for seed in 0..runs {
        let models = (0..10).map(|i| row(&format!("fs/b{i}"))).collect();
        let document = measure_into(&mut Simulated::new(models, seed), &mut Forgetful, &plan(seed)).unwrap();
        let judged = document.rows.iter().filter(|row| row.metric == Metric::CpuProcess);
        verdicts.extend(judged.filter_map(|row| row.verdict));
        missed += document.twins.iter().filter(|twin| twin.low > Some(1.0) || twin.high < Some(1.0)).count();
    }
    (verdicts, missed)
}

/// Heavy tails, lag-1 autocorrelation within a process, and this spread between processes.
fn noisy(ratio: f64, between: f64) -> impl Fn(&str) -> Model {
    move |name| model(name, "node26", ratio, between)
}

/// The same, and one process in four runs an arm 8% slower.
fn bimodal(ratio: f64, between: f64) -> impl Fn(&str) -> Model {
    move |name| Model { second_speed: 0.08, ..model(name, "node26", ratio, between) }
}

fn share(verdicts: &[Verdict], verdict: Verdict) -> f64 {
    verdicts.iter().filter(|found| **found == verdict).count() as f64 / verdicts.len() as f64
}

/// So much time for ten rows that some are settled at early looks, some at late ones and some never.
fn tight(seed: u64) -> Plan {
    Plan { solo_pairs: 0, refine: false, resamples: 0, ..Plan::full(seed) }
        .with_budget(Duration::from_secs(150))
}

fn ample(seed: u64) -> Plan {
    tight(seed).with_budget(Duration::from_mins(15))
}

/// The binomial's upper 99.9% point, about: what a share of `p` yields by chance in `n` rows.
fn by_chance(p: f64, n: usize) -> f64 {
    p + 3.1 * (p * (1.0 - p) / n as f64).sqrt()
}

/// A true ratio of exactly 1 + margin is the worst case: every verdict but "inconclusive" is wrong.
#[track_caller]
fn assert_wrong_at_most_alpha(what: &str, row: impl Fn(&str) -> Model, runs: u64, plan: fn(u64) -> Plan) {
    let (verdicts, missed) = verdicts(row, runs, plan);
    let (regressed, ok) = (share(&verdicts, Verdict::Regressed), share(&verdicts, Verdict::Ok));
    let rows = verdicts.len();
    println!("at the margin, {what}, {rows} rows: regressed {regressed:.4}, ok {ok:.4}; twins off {missed}");
    let most = by_chance(ALPHA, rows);
    assert!(regressed <= most && ok <= most, "{what}: regressed {regressed}, ok {ok}, {most} by chance");
    assert!(regressed + ok > 0.0, "a loop that never decides would pass too");
    let twins = missed as f64 / rows as f64;
    assert!(twins <= by_chance(0.05, rows), "{what}: {missed} of {rows} twin intervals miss 1");
}

#[test]
fn at_the_margin_each_side_is_wrong_as_often_as_the_looks_may_be() {
    assert_wrong_at_most_alpha("a short budget", noisy(1.03, 0.03), 100, tight);
    assert_wrong_at_most_alpha("a long budget", noisy(1.03, 0.03), 50, ample);
    assert_wrong_at_most_alpha("two speeds", bimodal(1.03, 0.02), 100, tight);
}

#[test]
fn an_unchanged_row_is_not_called_regressed() {
    for row in [Box::new(noisy(1.0, 0.03)) as Box<dyn Fn(&str) -> Model>, Box::new(bimodal(1.0, 0.01))] {
        let (verdicts, _) = verdicts(row, 50, tight);
        println!("unchanged, {} rows: ok {:.3}", verdicts.len(), share(&verdicts, Verdict::Ok));
        assert!(share(&verdicts, Verdict::Regressed) <= 0.004, "{}", share(&verdicts, Verdict::Regressed));
    }
    let (verdicts, _) = verdicts(noisy(1.0, 0.03), 25, ample);
    assert!(share(&verdicts, Verdict::Ok) > 0.95, "{}", share(&verdicts, Verdict::Ok));
}

#[test]
fn a_slowdown_of_ten_percent_is_found() {
    let (verdicts, _) = verdicts(noisy(1.10, 0.03), 30, tight);
    println!("+10%, {} rows: regressed {:.3}", verdicts.len(), share(&verdicts, Verdict::Regressed));
    assert!(share(&verdicts, Verdict::Regressed) > 0.95, "{}", share(&verdicts, Verdict::Regressed));
    assert!(share(&verdicts, Verdict::Ok) <= 0.004);
}

#[test]
fn quick_is_less_sure_and_not_more_often_wrong() {
    let quick = |seed| Plan { resamples: 0, ..Plan::quick(seed) }.with_budget(Duration::from_secs(30));
    assert_wrong_at_most_alpha("quick", noisy(1.03, 0.03), 100, quick);
}
