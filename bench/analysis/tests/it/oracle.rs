//! A hundred random data sets with the answers of `SciPy`; `oracle.py` says how `oracle.json` was made.

use bench_analysis::{
    CONFIDENCE, hodges_lehmann, mann_whitney, shift, shift_interval, walsh_interval, wilcoxon,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    one_sample: Vec<Case>,
    one_sample_ties: Vec<Case>,
    two_samples: Vec<Case>,
    two_samples_ties: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    values: Vec<f64>,
    #[serde(default)]
    now: Vec<f64>,
    #[serde(default)]
    earlier: Vec<f64>,
    p: f64,
    estimate: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("oracle.json")).unwrap()
}

#[track_caller]
fn close(what: &str, ours: Option<f64>, theirs: Option<f64>) {
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    assert!((ours - theirs).abs() <= 1e-6, "{what}: {ours} here, {theirs} there");
}

#[test]
fn one_sample_of_continuous_values() {
    let cases = oracle().one_sample;
    assert_eq!(cases.len(), 50);
    for case in cases {
        let name = format!("n = {}", case.values.len());
        let (low, high, coverage) = walsh_interval(&case.values, CONFIDENCE).unwrap();
        close(&format!("{name}, estimate"), hodges_lehmann(&case.values), case.estimate);
        close(&format!("{name}, low"), Some(low), case.low);
        close(&format!("{name}, high"), Some(high), case.high);
        close(&format!("{name}, p"), wilcoxon(&case.values), Some(case.p));
        assert!((CONFIDENCE - 1e-9..0.98).contains(&coverage), "{name}: {coverage}");
    }
}

#[test]
fn one_sample_with_ties_and_zeros() {
    let cases = oracle().one_sample_ties;
    assert_eq!(cases.len(), 10);
    for case in cases {
        close(&format!("{:?}", case.values), wilcoxon(&case.values), Some(case.p));
    }
}

#[test]
fn two_samples_of_continuous_values() {
    let cases = oracle().two_samples;
    assert_eq!(cases.len(), 30);
    for case in cases {
        let name = format!("{} and {}", case.now.len(), case.earlier.len());
        let (low, high, coverage) = shift_interval(&case.now, &case.earlier, CONFIDENCE).unwrap();
        close(&format!("{name}, estimate"), shift(&case.now, &case.earlier), case.estimate);
        close(&format!("{name}, low"), Some(low), case.low);
        close(&format!("{name}, high"), Some(high), case.high);
        close(&format!("{name}, p"), mann_whitney(&case.now, &case.earlier), Some(case.p));
        assert!(coverage >= CONFIDENCE - 1e-9, "{name}: {coverage}");
    }
}

#[test]
fn two_samples_with_ties() {
    let cases = oracle().two_samples_ties;
    assert_eq!(cases.len(), 10);
    for case in cases {
        close(
            &format!("{:?} {:?}", case.now, case.earlier),
            mann_whitney(&case.now, &case.earlier),
            Some(case.p),
        );
    }
}
