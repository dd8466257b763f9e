//! Many p-values at once: what remains significant.

/// Holm's adjusted p-values (Scandinavian Journal of Statistics 6, 1979), in the order of `p_values`: rejecting
/// those at or below a level keeps the chance of any false rejection at or below it, whatever their dependence.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut adjusted = vec![0.0; count];
    let mut largest = 0.0_f64;
    for (place, index) in ascending(p_values).into_iter().enumerate() {
        largest = largest.max((count - place) as f64 * p_values[index]);
        adjusted[index] = largest.min(1.0);
    }
    adjusted
}

/// Benjamini and Hochberg's adjusted p-values (Journal of the Royal Statistical Society B 57, 1995), in the order of
/// `p_values`: rejecting those at or below a level keeps the expected share of false ones among the rejected at or
/// below it, for tests that are independent or positively dependent.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut adjusted = vec![0.0; count];
    let mut smallest = 1.0_f64;
    for (place, index) in ascending(p_values).into_iter().enumerate().rev() {
        smallest = smallest.min(p_values[index] * count as f64 / (place + 1) as f64);
        adjusted[index] = smallest;
    }
    adjusted
}

fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 15 p-values of Benjamini and Hochberg 1995, section 3.2: at .05 Holm's procedure rejects 3 and theirs 4.
    #[test]
    fn the_example_of_benjamini_and_hochberg() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let rejected = |adjusted: Vec<f64>| adjusted.into_iter().filter(|p| *p <= 0.05).count();
        assert_eq!((rejected(holm(&p)), rejected(benjamini_hochberg(&p))), (3, 4));
    }

    #[test]
    fn the_order_is_the_callers_and_nothing_exceeds_1() {
        assert_eq!(holm(&[0.9, 0.01, 0.8]), [1.0, 0.03, 1.0]);
        assert_eq!(benjamini_hochberg(&[0.04, 0.01, 1.0]), [0.06, 0.03, 1.0]);
        assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    }
}
