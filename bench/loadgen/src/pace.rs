//! When operations start.

use std::time::{Duration, Instant};

/// Times at which operations are meant to start.
///
/// At a fixed rate these do not depend on when earlier answers came: an operation that had to wait because the
/// server, or its connection, was still busy is measured from the time at which it was meant to start. Measured from
/// when it was sent, a server that stalls would hide all the operations that it kept from being sent ("coordinated
/// omission", Gil Tene; the same correction as in wrk2).
pub(crate) struct Pace {
    start: Instant,
    /// `None`: as soon as a lane is free.
    interval_ns: Option<f64>,
}

impl Pace {
    pub(crate) fn new(start: Instant, rate: Option<f64>) -> Pace {
        Pace { start, interval_ns: rate.map(|rate| 1e9 / rate) }
    }

    /// When the operation of that number, from 0, is meant to start; `None` when it may at once.
    pub(crate) fn intended(&self, operation: u64) -> Option<Instant> {
        let interval_ns = self.interval_ns?;
        Some(self.start + Duration::from_nanos((operation as f64 * interval_ns) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_rate_does_not_drift() {
        let start = Instant::now();
        let pace = Pace::new(start, Some(30_000.0));
        assert_eq!(pace.intended(0), Some(start));
        assert_eq!(pace.intended(3_000_000), Some(start + Duration::from_secs(100)));
    }

    #[test]
    fn without_a_rate_everything_may_start_at_once() {
        assert_eq!(Pace::new(Instant::now(), None).intended(7), None);
    }
}
