//! How much of the distance between a slow and a fast way a third one closes.

use crate::{CONFIDENCE, Estimate, Interval};

/// A share of a distance, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closed {
    /// 0 when nothing is closed, 1 when all of it is; more when the third way is cheaper than the fast one, below 0
    /// when it is dearer than the slow one.
    pub share: f64,
    /// The ends of its 95% interval; `None` where too few processes give none.
    pub interval: Option<(f64, f64)>,
}

/// (slow − between) / (slow − fast), where `slow` and `between` are each compared with `fast`, in processes of their
/// own: in ratios (slow − between) / (slow − 1).
///
/// The interval holds every share that two intervals allow which together are sure enough: each alone covers its ratio
/// with √0.95 (the processes are independent, so both do with 0.95). It is a little wider than need be, and takes
/// seven processes. `None` where `slow` is not surely slower than `fast`: there is no distance to divide by.
pub fn closed(slow: &Estimate, between: &Estimate) -> Option<Closed> {
    let each = CONFIDENCE.sqrt();
    let (slow_interval, between_interval) = (slow.interval_at(each)?, between.interval_at(each)?);
    if slow_interval.low() <= 1.0 {
        return None;
    }
    let share = |slow: f64, between: f64| (slow - between) / (slow - 1.0);
    let sure = slow_interval.attains(each) && between_interval.attains(each);
    Some(Closed {
        share: share(slow.ratio, between.ratio),
        interval: sure.then(|| ends(slow_interval, between_interval, share)),
    })
}

/// The share falls with `between` and is monotone in `slow`, so its ends lie on corners.
fn ends(slow: Interval, between: Interval, share: impl Fn(f64, f64) -> f64) -> (f64, f64) {
    let over_slow = |between: f64| [slow.low(), slow.high()].map(|slow| share(slow, between));
    let [a, b] = over_slow(between.high());
    let [c, d] = over_slow(between.low());
    (a.min(b), c.max(d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProcessSummary;

    fn estimate(ratios: &[f64]) -> Estimate {
        let summaries = ratios.iter().map(|ratio| ProcessSummary {
            log: ratio.ln(),
            numerator: *ratio,
            denominator: 1.0,
            rounds: vec![],
        });
        Estimate::new(&summaries.collect::<Vec<_>>()).expect("processes")
    }

    #[test]
    fn three_quarters_of_the_way() {
        let found = closed(&estimate(&[9.0; 8]), &estimate(&[3.0; 8])).expect("a distance");
        assert!((found.share - 0.75).abs() < 1e-12, "{found:?}");
        let (low, high) = found.interval.expect("eight processes suffice");
        assert!((low - 0.75).abs() < 1e-12 && (high - 0.75).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn cheaper_than_the_fast_way_is_more_than_all_and_dearer_than_the_slow_one_below_nothing() {
        let slow = estimate(&[3.0; 8]);
        assert!(closed(&slow, &estimate(&[0.5; 8])).is_some_and(|found| found.share > 1.0));
        assert!(closed(&slow, &estimate(&[3.5; 8])).is_some_and(|found| found.share < 0.0));
    }

    #[test]
    fn the_interval_holds_what_both_intervals_allow() {
        let slow = [8.0, 8.5, 9.0, 9.5, 10.0, 8.2, 9.8, 9.1];
        let dearer = ([1.1, 1.2, 1.3, 1.15, 1.25, 1.18, 1.22, 1.2], [1.18, 1.21]);
        let cheaper = ([0.7, 0.8, 0.75, 0.72, 0.78, 0.74, 0.76, 0.75], [0.74, 0.76]);
        for (between, likely) in [dearer, cheaper] {
            let found = closed(&estimate(&slow), &estimate(&between)).expect("a distance");
            let (low, high) = found.interval.expect("an interval");
            assert!(low < found.share && found.share < high, "{found:?}");
            for own in [8.8, 9.3] {
                for other in likely {
                    let share = (own - other) / (own - 1.0);
                    assert!(low <= share && share <= high, "{share} is not in {found:?}");
                }
            }
        }
    }

    #[test]
    fn without_a_distance_there_is_no_share() {
        let between = estimate(&[0.7; 8]);
        assert_eq!(closed(&estimate(&[0.9; 8]), &between), None);
        assert_eq!(closed(&estimate(&[0.9, 1.1, 1.2, 1.0, 1.3, 0.8, 1.1, 1.05]), &between), None);
    }

    #[test]
    fn few_processes_give_a_share_without_an_interval() {
        let found = closed(&estimate(&[9.0; 5]), &estimate(&[3.0; 5])).expect("a distance");
        assert_eq!(found.interval, None);
    }
}
