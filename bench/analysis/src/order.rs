/// The middle value, or the mean of the two middle values; `None` for no values.
pub fn median(values: &[f64]) -> Option<f64> {
    median_of(&mut values.to_vec())
}

/// [`median`] that may reorder its input, for hot loops.
pub(crate) fn median_of(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if !even {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(f64::midpoint(lower, upper))
}

/// The geometric mean of positive values: the mean that does not depend on which arm is the denominator.
/// `None` for no values, or when one is not a positive finite number.
pub fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for ratio in ratios {
        if !(ratio > 0.0 && ratio.is_finite()) {
            return None;
        }
        sum += ratio.ln();
        count += 1;
    }
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

/// Ranks from 1 by ascending value, doubled so that the mean rank of a tie is an integer; and
/// Σ (t³ − t) over the groups of t tied values, by which ties shrink a rank statistic's variance.
pub(crate) fn doubled_midranks(values: &[f64]) -> (Vec<usize>, f64) {
    // Adding 0 turns -0 into 0: a total order would keep the two apart, and they are a tie.
    let compare = |a: &usize, b: &usize| (values[*a] + 0.0).total_cmp(&(values[*b] + 0.0));
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(compare);
    let mut ranks = vec![0; values.len()];
    let (mut before, mut tie_term) = (0, 0.0);
    for tie in order.chunk_by(|a, b| compare(a, b).is_eq()) {
        for &index in tie {
            // Twice the mean of the ranks before+1 ..= before+len.
            ranks[index] = 2 * before + tie.len() + 1;
        }
        before += tie.len();
        let size = tie.len() as f64;
        tie_term += size * size * size - size;
    }
    (ranks, tie_term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_even_and_none() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn geometric_mean_of_a_half_and_a_double_is_one() {
        assert!((geometric_mean([0.5, 2.0]).unwrap() - 1.0).abs() < 1e-15);
        assert_eq!(geometric_mean([]), None);
        assert_eq!(geometric_mean([1.0, 0.0]), None);
    }

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(doubled_midranks(&[5.0, 1.0, 5.0, 9.0]), (vec![5, 2, 5, 8], 6.0));
        assert_eq!(doubled_midranks(&[0.0, 1.0, -0.0]), (vec![3, 6, 3], 6.0));
    }
}
