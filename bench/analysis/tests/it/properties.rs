use bench_analysis::{
    CONFIDENCE, Interval, Side, hodges_lehmann, judge, mann_whitney, shift, summarize, walsh_interval,
    wilcoxon,
};
use bench_schema::{Metric, Role, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::runs::run;

/// Log-ratios of a set of processes.
fn logs() -> impl Strategy<Value = Vec<f64>> {
    vec(-0.5..0.5_f64, 1..40)
}

/// Rounds of some processes: (candidate, baseline) in nanoseconds.
fn processes() -> impl Strategy<Value = Vec<Vec<(u64, u64)>>> {
    vec(vec((100..10_000_u64, 100..10_000_u64), 8..12), 6..12)
}

fn estimate(processes: &[Vec<(u64, u64)>], numerator: Role, denominator: Role) -> bench_analysis::Estimate {
    let runs: Vec<_> = processes.iter().map(|costs| run(costs.len() as u32, costs)).collect();
    summarize(&runs, Metric::CpuProcess, numerator, denominator).unwrap()
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1.0)
}

proptest! {
    #[test]
    fn a_machine_of_another_speed_gives_the_same_ratio(processes in processes(), factor in 2..50_u64) {
        let slower: Vec<Vec<_>> = processes
            .iter()
            .map(|costs| costs.iter().map(|(c, b)| (c * factor, b * factor)).collect())
            .collect();
        let (one, other) = (
            estimate(&processes, Role::Candidate, Role::Baseline),
            estimate(&slower, Role::Candidate, Role::Baseline),
        );
        prop_assert!(close(one.ratio, other.ratio));
        prop_assert!(close(one.interval.low(), other.interval.low()));
        prop_assert!(close(one.numerator_median * factor as f64, other.numerator_median));
    }

    #[test]
    fn swapping_the_arms_gives_the_reciprocal(processes in processes()) {
        let forward = estimate(&processes, Role::Candidate, Role::Baseline);
        let backward = estimate(&processes, Role::Baseline, Role::Candidate);
        prop_assert!(close(forward.ratio, 1.0 / backward.ratio));
        prop_assert!(close(forward.interval.low(), 1.0 / backward.interval.high()));
        prop_assert!(close(forward.interval.high(), 1.0 / backward.interval.low()));
        prop_assert_eq!(forward.p_value.is_some(), backward.p_value.is_some());
        if let (Some(one), Some(other)) = (forward.p_value, backward.p_value) {
            prop_assert!(close(one, other));
        }
    }

    #[test]
    fn the_order_of_processes_does_not_matter(values in logs(), seed in any::<u64>()) {
        let mut shuffled = values.clone();
        shuffled.sort_by_key(|value| value.to_bits().wrapping_mul(seed | 1));
        prop_assert_eq!(hodges_lehmann(&values), hodges_lehmann(&shuffled));
        prop_assert_eq!(walsh_interval(&values, CONFIDENCE), walsh_interval(&shuffled, CONFIDENCE));
        prop_assert_eq!(wilcoxon(&values), wilcoxon(&shuffled));
    }

    #[test]
    fn a_shift_of_all_moves_everything_by_itself(values in logs(), by in 0.0..1.0_f64) {
        let moved: Vec<f64> = values.iter().map(|value| value + by).collect();
        let (low, high, coverage) = walsh_interval(&values, CONFIDENCE).unwrap();
        let (moved_low, moved_high, moved_coverage) = walsh_interval(&moved, CONFIDENCE).unwrap();
        prop_assert!(close(low + by, moved_low) && close(high + by, moved_high));
        prop_assert!(close(coverage, moved_coverage));
        prop_assert!(close(hodges_lehmann(&values).unwrap() + by, hodges_lehmann(&moved).unwrap()));
        prop_assert!(close(shift(&moved, &values).unwrap(), shift(&values, &values).unwrap() + by));
    }

    #[test]
    fn one_slower_process_never_makes_the_estimate_faster(values in logs(), at in any::<usize>(), by in 0.0..1.0_f64) {
        let mut slower = values.clone();
        slower[at % values.len()] += by;
        prop_assert!(hodges_lehmann(&slower) >= hodges_lehmann(&values));
        let ends = |values: &[f64]| walsh_interval(values, CONFIDENCE).map(|(low, high, _)| (low, high)).unwrap();
        prop_assert!(ends(&slower).0 >= ends(&values).0 && ends(&slower).1 >= ends(&values).1);
    }

    #[test]
    fn the_estimate_lies_in_its_interval(values in logs()) {
        let (low, high, _) = walsh_interval(&values, CONFIDENCE).unwrap();
        let centre = hodges_lehmann(&values).unwrap();
        prop_assert!(low <= centre && centre <= high);
    }

    /// The interval and the test tell the same story: 1 is outside the interval exactly when p is at most the
    /// interval's error.
    #[test]
    fn the_interval_excludes_zero_exactly_when_the_test_rejects(values in vec(-0.2..0.3_f64, 6..40)) {
        let (low, high, coverage) = walsh_interval(&values, CONFIDENCE).unwrap();
        let p = wilcoxon(&values).unwrap();
        let excluded = low > 0.0 || high < 0.0;
        prop_assert_eq!(excluded, p <= 1.0 - coverage + 1e-12, "p = {}, coverage {}", p, coverage);
    }

    #[test]
    fn p_values_are_probabilities(values in logs(), others in logs()) {
        for p in [wilcoxon(&values), mann_whitney(&values, &others)].into_iter().flatten() {
            prop_assert!(p > 0.0 && p <= 1.0, "{}", p);
        }
    }

    #[test]
    fn a_straddling_interval_is_never_anything_but_inconclusive(
        low in 0.5..1.5_f64, width in 0.0..0.5_f64, margin in 0.0..0.2_f64,
    ) {
        let interval = Interval::new(low, low + width, CONFIDENCE).unwrap();
        let straddles = interval.side(1.0 + margin, CONFIDENCE) == Side::Straddles;
        prop_assert_eq!(judge(interval, margin) == Verdict::Inconclusive, straddles);
    }

    /// Regressed one way is improved the other way.
    #[test]
    fn judging_is_symmetric(low in 0.5..1.5_f64, width in 1e-6..0.5_f64, margin in 0.001..0.2_f64) {
        let interval = Interval::new(low, low + width, CONFIDENCE).unwrap();
        let swapped = Interval::new(1.0 / (low + width), 1.0 / low, CONFIDENCE).unwrap();
        let regressed = judge(interval, margin) == Verdict::Regressed;
        prop_assert_eq!(regressed, judge(swapped, margin) == Verdict::Improved);
    }

    #[test]
    fn a_wider_margin_never_turns_ok_into_regressed(
        low in 0.9..1.1_f64, width in 0.0..0.1_f64, margin in 0.0..0.1_f64, more in 0.0..0.1_f64,
    ) {
        let interval = Interval::new(low, low + width, CONFIDENCE).unwrap();
        if judge(interval, margin) != Verdict::Regressed {
            prop_assert_ne!(judge(interval, margin + more), Verdict::Regressed);
        }
    }
}
