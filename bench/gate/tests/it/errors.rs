//! How often the loop is wrong, where the truth is known.

use std::time::Duration;

use bench_gate::Plan;
use bench_schema::{Document, Metric, ProcessRun, RunRecord, RunStatus, Verdict};
use bench_store::{BenchKey, Filter, Loss, Store, StoreError};

use crate::measure_into;
use crate::simulated::{Simulated, model};

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
}

/// The verdicts of `rows` rows with that true ratio, in runs of ten rows, and how many twin intervals miss 1.
fn verdicts(ratio: f64, between: f64, runs: u64, plan: fn(u64) -> Plan) -> (Vec<Verdict>, usize) {
    let mut verdicts = Vec::new();
    let mut missed = 0;
    for seed in 0..runs {
        let models = (0..10).map(|i| model(&format!("fs/b{i}"), "node26", ratio, between)).collect();
        let document = measure_into(&mut Simulated::new(models, seed), &mut Forgetful, &plan(seed)).unwrap();
        let judged = document.rows.iter().filter(|row| row.metric == Metric::CpuProcess);
        verdicts.extend(judged.filter_map(|row| row.verdict));
        missed += document.twins.iter().filter(|twin| twin.low > Some(1.0) || twin.high < Some(1.0)).count();
    }
    (verdicts, missed)
}

fn share(verdicts: &[Verdict], verdict: Verdict) -> f64 {
    verdicts.iter().filter(|found| **found == verdict).count() as f64 / verdicts.len() as f64
}

fn tight(seed: u64) -> Plan {
    Plan { solo_pairs: 0, refine: false, ..Plan::full(seed) }.with_budget(Duration::from_secs(150))
}

/// The worst case: a ratio of exactly 1 + margin, where each verdict but "inconclusive" is a coin on its edge.
#[test]
fn at_the_margin_each_wrong_side_stays_below_six_percent() {
    let (verdicts, missed) = verdicts(1.03, 0.03, 60, tight);
    let (regressed, ok) = (share(&verdicts, Verdict::Regressed), share(&verdicts, Verdict::Ok));
    println!(
        "at the margin, {} rows: regressed {regressed:.4}, ok {ok:.4}; twins off {missed}",
        verdicts.len()
    );
    assert!(regressed < 0.06 && ok < 0.06, "regressed {regressed}, ok {ok}");
    assert!(regressed + ok > 0.0, "a loop that never decides would pass too");
    // Of 600 twin intervals 30 should miss; the binomial's 99.9% point is 48.
    assert!(missed <= 48, "{missed} of {} twin intervals miss 1", verdicts.len());
}

#[test]
fn an_unchanged_row_is_not_called_regressed() {
    let (verdicts, _) = verdicts(1.0, 0.03, 25, tight);
    println!("unchanged, {} rows: ok {:.3}", verdicts.len(), share(&verdicts, Verdict::Ok));
    assert!(share(&verdicts, Verdict::Regressed) <= 0.004, "{}", share(&verdicts, Verdict::Regressed));
    assert!(share(&verdicts, Verdict::Ok) > 0.8, "{}", share(&verdicts, Verdict::Ok));
}

#[test]
fn a_slowdown_of_ten_percent_is_found() {
    let (verdicts, _) = verdicts(1.10, 0.03, 30, tight);
    println!("+10%, {} rows: regressed {:.3}", verdicts.len(), share(&verdicts, Verdict::Regressed));
    assert!(share(&verdicts, Verdict::Regressed) > 0.95, "{}", share(&verdicts, Verdict::Regressed));
    assert!(share(&verdicts, Verdict::Ok) <= 0.004);
}

#[test]
fn quick_is_less_sure_and_hardly_more_often_wrong() {
    let (verdicts, missed) =
        verdicts(1.03, 0.03, 60, |seed| Plan::quick(seed).with_budget(Duration::from_secs(30)));
    let (regressed, ok) = (share(&verdicts, Verdict::Regressed), share(&verdicts, Verdict::Ok));
    println!(
        "quick at the margin, {} rows: regressed {regressed:.4}, ok {ok:.4}; twins off {missed}",
        verdicts.len()
    );
    assert!(regressed < 0.06 && ok < 0.06, "regressed {regressed}, ok {ok}");
    assert!(missed <= 48, "{missed} of {} twin intervals miss 1", verdicts.len());
}
