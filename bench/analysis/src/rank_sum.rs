//! Two independent samples of log-ratios: the shift between them, its interval, the Mann-Whitney test.
//!
//! Source: Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd edition, chapter 4.

use crate::normal;
use crate::order::{doubled_midranks, median_of};

/// Up to this many values a sample, the rank-sum distribution is summed exactly.
const EXACT: usize = 40;

/// P(S <= s) for s = 0, 1, …, where S is the sum of `size` of the `weights`, drawn without replacement.
fn subset_sum_cdf(weights: &[usize], size: usize) -> Vec<f64> {
    let total: usize = weights.iter().sum();
    // ways[k][s]: subsets of k weights that sum to s. Additions of positive numbers only, so that the relative
    // error stays near one unit in the last place although the counts pass 2^53.
    let mut ways = vec![vec![0.0_f64; total + 1]; size + 1];
    ways[0][0] = 1.0;
    let mut reached = 0;
    for (index, &weight) in weights.iter().enumerate() {
        for k in (1..=size.min(index + 1)).rev() {
            let (fewer, more) = ways.split_at_mut(k);
            for sum in 0..=reached {
                more[0][sum + weight] += fewer[k - 1][sum];
            }
        }
        reached += weight;
    }
    let mut counts = ways.swap_remove(size);
    let all: f64 = counts.iter().sum();
    let mut below = 0.0;
    for count in &mut counts {
        below += *count;
        *count = below / all;
    }
    counts
}

fn mean_and_sd(m: usize, n: usize, tie_term: f64) -> (f64, f64) {
    let (m, n) = (m as f64, n as f64);
    let both = m + n;
    let variance = m * n / 12.0 * (both + 1.0 - tie_term / (both * (both - 1.0)));
    (m * n / 2.0, variance.sqrt())
}

fn differences(now: &[f64], earlier: &[f64]) -> Vec<f64> {
    now.iter().flat_map(|a| earlier.iter().map(move |b| a - b)).collect()
}

/// Hodges-Lehmann's estimate of the shift: the median of all `now − earlier`. `None` if a sample is empty.
pub fn shift(now: &[f64], earlier: &[f64]) -> Option<f64> {
    median_of(&mut differences(now, earlier))
}

/// The interval of the shift from ordered differences, `(low, high, coverage)`, with the attained coverage: the
/// narrowest with at least `confidence`, or the extremes. Two samples of four suffice for 95%. `None` if a
/// sample is empty.
///
/// # Panics
///
/// When `confidence` is not strictly between 0 and 1.
pub fn shift_interval(now: &[f64], earlier: &[f64], confidence: f64) -> Option<(f64, f64, f64)> {
    assert!(0.0 < confidence && confidence < 1.0, "confidence must be between 0 and 1, not {confidence}");
    let (m, n) = (now.len(), earlier.len());
    if m == 0 || n == 0 {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let (skipped, below) = if m.max(n) <= EXACT {
        let least = m * (m + 1) / 2;
        let cdf = &subset_sum_cdf(&(1..=m + n).collect::<Vec<_>>(), m)[least..];
        let cut = cdf.partition_point(|&p| p <= tail).max(1);
        (cut - 1, cdf[cut - 1])
    } else {
        let (mean, sd) = mean_and_sd(m, n, 0.0);
        let cut = (mean + sd * normal::quantile(tail) + 0.5).floor().max(1.0);
        (cut as usize - 1, normal::cdf((cut - 0.5 - mean) / sd))
    };
    let mut differences = differences(now, earlier);
    differences.sort_by(f64::total_cmp);
    let last = differences.len() - 1;
    Some((differences[skipped], differences[last - skipped], (1.0 - 2.0 * below).max(0.0)))
}

/// The two-sided p-value of the Mann-Whitney test that both samples come from one distribution.
///
/// Ties share their mean rank; up to 40 values a sample the distribution is exact given those ranks; above, it
/// is normal with the variance corrected for ties and with continuity correction. `None` if a sample is empty
/// or all values are equal.
pub fn mann_whitney(now: &[f64], earlier: &[f64]) -> Option<f64> {
    let (m, n) = (now.len(), earlier.len());
    let all: Vec<f64> = now.iter().chain(earlier).copied().collect();
    if m == 0 || n == 0 || all.iter().any(|v| v.is_nan()) || all.iter().all(|v| v.total_cmp(&all[0]).is_eq())
    {
        return None;
    }
    let (ranks, tie_term) = doubled_midranks(&all);
    let sum: usize = ranks[..m].iter().sum();
    let one_sided = if m.max(n) <= EXACT {
        let cdf = subset_sum_cdf(&ranks, m);
        let lower = cdf[sum];
        let upper = 1.0 - if sum == 0 { 0.0 } else { cdf[sum - 1] };
        lower.min(upper)
    } else {
        let (mean, sd) = mean_and_sd(m, n, tie_term);
        let u = sum as f64 / 2.0 - (m * (m + 1)) as f64 / 2.0;
        normal::cdf((0.5 - (u - mean).abs()) / sd)
    };
    Some((2.0 * one_sided).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two-sided 5% critical values of U: the largest u with P(U <= u) <= .025 (Milton 1964; printed in most
    /// textbooks).
    #[test]
    fn critical_values_of_the_published_table() {
        for (m, n, critical) in [
            (4, 4, 0),
            (5, 5, 2),
            (6, 6, 5),
            (7, 7, 8),
            (8, 8, 13),
            (8, 10, 17),
            (10, 10, 23),
            (15, 15, 64),
            (20, 20, 127),
        ] {
            let cdf = subset_sum_cdf(&(1..=m + n).collect::<Vec<_>>(), m);
            let least = m * (m + 1) / 2;
            assert!(cdf[least + critical] <= 0.025, "{m}, {n}");
            assert!(cdf[least + critical + 1] > 0.025, "{m}, {n}");
        }
    }

    #[test]
    fn two_threes_cannot_reach_95() {
        let (low, high, coverage) = shift_interval(&[1.0, 2.0, 3.0], &[0.0, 0.5, 0.25], 0.95).unwrap();
        assert_eq!((low, high), (0.5, 3.0));
        assert!((coverage - 0.9).abs() < 1e-12);
        assert!(shift_interval(&[0.0; 4], &[0.0; 4], 0.95).unwrap().2 >= 0.95);
    }

    #[test]
    fn no_values_no_answer() {
        assert_eq!(shift(&[], &[1.0]), None);
        assert_eq!(shift_interval(&[1.0], &[], 0.95), None);
        assert_eq!(mann_whitney(&[1.0, 1.0], &[1.0]), None);
    }
}
