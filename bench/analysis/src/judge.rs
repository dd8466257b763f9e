use bench_schema::Verdict;

/// The confidence that a judgement requires: 95%.
pub const CONFIDENCE: f64 = 0.95;

/// An interval of a ratio that knows how sure it is. Below six processes no signed-rank interval reaches 95%;
/// such an interval exists, and says so, and decides nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    low: f64,
    high: f64,
    coverage: f64,
}

/// Where an interval lies relative to a limit. There is no fourth case, and only `Straddles` can become
/// [`Verdict::Inconclusive`]: a judgement cannot overlook it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Wholly at or below the limit.
    Below,
    /// On both sides of it, or not sure enough to say.
    Straddles,
    /// Wholly above the limit.
    Above,
}

impl Interval {
    /// An interval `low ..= high` that covers the true ratio with probability `coverage`.
    ///
    /// `None` unless `0 <= low <= high`, `high` is finite and `coverage` is a probability.
    pub fn new(low: f64, high: f64, coverage: f64) -> Option<Interval> {
        let ordered = 0.0 <= low && low <= high && high.is_finite();
        (ordered && (0.0..=1.0).contains(&coverage)).then_some(Interval { low, high, coverage })
    }

    /// Lower end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Upper end.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The probability with which such an interval covers the true ratio; exact for few processes.
    pub fn coverage(&self) -> f64 {
        self.coverage
    }

    /// Whether it is as sure as `confidence` asks.
    pub fn attains(&self, confidence: f64) -> bool {
        // The exact coverage of a 95% interval is a sum of powers of two, never a hair below by design; the
        // slack is for its floating-point sum.
        self.coverage >= confidence - 1e-9
    }

    /// Where it lies relative to `limit`, if it is at least `confidence` sure.
    pub fn side(&self, limit: f64, confidence: f64) -> Side {
        if !self.attains(confidence) {
            Side::Straddles
        } else if self.low > limit {
            Side::Above
        } else if self.high <= limit {
            Side::Below
        } else {
            Side::Straddles
        }
    }
}

/// Judges a ratio against a margin (a fraction: 0.03 tolerates 3%).
///
/// Regressed: wholly above 1 + margin. Improved: wholly at or below 1 / (1 + margin), the reciprocal rather
/// than 1 − margin, so that swapping the arms turns every regression into an improvement and back. Ok: not
/// slower by more than the margin.
///
/// A straddling interval is `Inconclusive`, never `Ok`: "we could not tell" and "it is the same" need
/// different actions. So is an interval that covers less than [`CONFIDENCE`].
pub fn judge(ratio: Interval, margin: f64) -> Verdict {
    match ratio.side(1.0 + margin, CONFIDENCE) {
        Side::Above => Verdict::Regressed,
        Side::Straddles => Verdict::Inconclusive,
        Side::Below => match ratio.side(1.0 / (1.0 + margin), CONFIDENCE) {
            Side::Below => Verdict::Improved,
            Side::Straddles | Side::Above => Verdict::Ok,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, expected: Verdict) {
        assert_eq!(judge(Interval::new(low, high, 0.95).unwrap(), 0.03), expected);
    }

    #[test]
    fn clearly_slower() {
        check(1.05, 1.09, Verdict::Regressed);
    }

    #[test]
    fn clearly_faster() {
        check(0.80, 0.90, Verdict::Improved);
    }

    #[test]
    fn the_same_within_the_margin() {
        check(0.99, 1.02, Verdict::Ok);
    }

    #[test]
    fn faster_by_less_than_can_be_told_is_ok() {
        check(0.90, 1.02, Verdict::Ok);
    }

    #[test]
    fn slower_but_within_the_margin() {
        check(1.01, 1.03, Verdict::Ok);
    }

    #[test]
    fn too_noisy_to_say() {
        check(0.97, 1.06, Verdict::Inconclusive);
        check(1.03, 1.09, Verdict::Inconclusive);
    }

    #[test]
    fn an_unsure_interval_decides_nothing() {
        for (low, high) in [(1.5, 1.6), (0.5, 0.6), (1.0, 1.0)] {
            let unsure = Interval::new(low, high, 0.9375).unwrap();
            assert_eq!(judge(unsure, 0.03), Verdict::Inconclusive);
        }
    }

    #[test]
    fn a_margin_that_is_no_number_decides_nothing() {
        let interval = Interval::new(0.5, 0.6, 0.95).unwrap();
        assert_eq!(judge(interval, f64::NAN), Verdict::Inconclusive);
    }

    #[test]
    fn impossible_intervals_cannot_be_made() {
        for (low, high, coverage) in
            [(1.1, 1.0, 0.95), (f64::NAN, 1.0, 0.95), (1.0, f64::INFINITY, 0.95), (0.9, 1.0, 1.5)]
        {
            assert_eq!(Interval::new(low, high, coverage), None);
        }
    }
}
