//! Over a hundred random data sets with the answers of `SciPy` and statsmodels; `oracle.py` says how `oracle.json` was made.

use bench_analysis::{
    CONFIDENCE, benjamini_hochberg, bootstrap, clopper_pearson, hodges_lehmann, holm, mann_whitney, shift,
    shift_interval, walsh_interval, wilcoxon,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    one_sample: Vec<Case>,
    one_sample_ties: Vec<Case>,
    two_samples: Vec<Case>,
    two_samples_ties: Vec<Case>,
    one_sample_ties_normal: Vec<Case>,
    adjusted: Vec<Adjusted>,
    rates: Vec<Rate>,
    bootstrapped: Vec<Bootstrapped>,
}

#[derive(Deserialize)]
struct Adjusted {
    p_values: Vec<f64>,
    holm: Vec<f64>,
    benjamini_hochberg: Vec<f64>,
}

#[derive(Deserialize)]
struct Rate {
    successes: u32,
    trials: u32,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Bootstrapped {
    processes: Vec<Vec<f64>>,
    resamples: u32,
    seed: u64,
    low: f64,
    high: f64,
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

#[test]
fn one_sample_with_ties_of_the_normal_approximation() {
    let cases = oracle().one_sample_ties_normal;
    assert_eq!(cases.len(), 10);
    for case in cases {
        close(&format!("n = {}", case.values.len()), wilcoxon(&case.values), Some(case.p));
    }
}

#[test]
fn p_values_of_many_rows() {
    let cases = oracle().adjusted;
    assert_eq!(cases.len(), 10);
    for case in cases {
        for (name, ours, theirs) in [
            ("Holm", holm(&case.p_values), case.holm),
            ("Benjamini-Hochberg", benjamini_hochberg(&case.p_values), case.benjamini_hochberg),
        ] {
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.into_iter().zip(theirs) {
                close(&format!("{name} of {}", case.p_values.len()), Some(ours), Some(theirs));
            }
        }
    }
}

#[test]
fn intervals_of_rates() {
    let cases = oracle().rates;
    assert_eq!(cases.len(), 10);
    for Rate { successes, trials, low, high } in cases {
        let ours = clopper_pearson(successes, trials, CONFIDENCE);
        close(&format!("{successes} of {trials}, low"), ours.map(|(low, _)| low), Some(low));
        close(&format!("{successes} of {trials}, high"), ours.map(|(_, high)| high), Some(high));
    }
}

#[test]
fn the_bootstrap_of_the_same_draws() {
    let cases = oracle().bootstrapped;
    assert_eq!(cases.len(), 10);
    for case in cases {
        let name = format!("{} processes", case.processes.len());
        let ours = bootstrap(&case.processes, case.resamples, case.seed);
        close(&format!("{name}, low"), ours.map(|(low, _)| low), Some(case.low));
        close(&format!("{name}, high"), ours.map(|(_, high)| high), Some(case.high));
    }
}
