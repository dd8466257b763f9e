use std::time::Duration;

use crate::Floors;

/// A number of processes at which a row may be found settled, and the error rate that this look spends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Timed processes of the row.
    pub processes: u32,
    /// The chance, on each side, that this look settles a row wrongly whose true ratio is 1 + margin.
    pub alpha: f64,
}

/// The looks, each with half as much again as the one before, so that every look adds information worth looking at.
///
/// The error rates sum to [`ALPHA`], which bounds the chance of a wrong verdict over all looks together (Bonferroni's
/// inequality over the looks; a spending function as that of Lan (Biometrika 70, 1983) would gain little,
/// because the signed-rank distribution of few processes is coarse). With eight processes the smallest p-value that
/// a signed-rank test can yield is 1/256: a first look that is given less could never decide.
pub const LOOKS: [Look; 7] = [
    Look { processes: 8, alpha: 0.004 },
    Look { processes: 12, alpha: 0.0025 },
    Look { processes: 18, alpha: 0.0025 },
    Look { processes: 27, alpha: 0.003 },
    Look { processes: 40, alpha: 0.003 },
    Look { processes: 60, alpha: 0.004 },
    Look { processes: 80, alpha: 0.006 },
];

/// The chance, on each side, of a wrong verdict on a row whose true ratio is 1 + margin.
pub const ALPHA: f64 = 0.025;

/// The look at so many processes, if there is one.
pub(crate) fn look_at(processes: u32) -> Option<Look> {
    LOOKS.into_iter().find(|look| look.processes == processes)
}

/// The look after so many processes.
pub(crate) fn look_after(processes: u32) -> Option<Look> {
    LOOKS.into_iter().find(|look| look.processes > processes)
}

/// The confidence of the interval that gives the verdict when a row ends with so many processes: what the looks
/// before have left of [`ALPHA`], on both sides.
pub(crate) fn verdict_confidence(processes: u32) -> f64 {
    let spent: f64 = LOOKS.iter().filter(|look| look.processes < processes).map(|look| look.alpha).sum();
    1.0 - 2.0 * (ALPHA - spent)
}

/// How to spend a host's time.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Time for all processes of one host, set-up and build apart.
    pub budget: Duration,
    /// Processes that every row gets before any row gets more.
    pub first_pass: u32,
    /// Rounds of a process until its row's variances are known.
    pub first_rounds: u32,
    /// The time a slice should take, in nanoseconds.
    pub slice_ns: u64,
    /// The shortest slice to which a tight budget may shrink it, in nanoseconds.
    pub least_slice_ns: u64,
    /// Pairs of processes that run one arm alone, for peak memory. A benchmark that is measured at level public has
    /// them there alone. They come before a row gets more timed processes than an interval takes.
    pub solo_pairs: u32,
    /// Whether first processes may go without their twin and stock arms when the budget is too tight for them:
    /// rows then have verdicts, and no A/A or stock interval beside them.
    pub may_drop_arms: bool,
    /// Whether rows that are settled are narrowed down to their margin with time that is left.
    pub refine: bool,
    /// Resamples of the bootstrap intervals that are shown beside the judged ones; 0 for none.
    pub resamples: u32,
    /// Whether every row gets `first_pass` processes and none more: a calibration wants equally many of each.
    pub exactly: bool,
    /// What is known of the machine's noise.
    pub floors: Floors,
    /// Seed of the bootstrap, of the order of rows and of each process's order of rounds.
    pub seed: u64,
}

impl Plan {
    /// The default: fifteen minutes a host.
    pub fn full(seed: u64) -> Plan {
        Plan {
            budget: Duration::from_mins(15),
            first_pass: LOOKS[0].processes,
            first_rounds: *bench_analysis::ROUNDS.start(),
            slice_ns: 10_000_000,
            least_slice_ns: 10_000_000,
            solo_pairs: bench_analysis::MIN_PROCESSES,
            may_drop_arms: false,
            refine: true,
            resamples: bench_analysis::RESAMPLES,
            exactly: false,
            floors: Floors::default(),
            seed,
        }
    }

    /// An answer within three minutes for one host: six processes a row, the fewest that have a 95% interval,
    /// with slices as short as the number of rows demands and, beyond some eighty rows, without twin and stock
    /// arms. Rows close to their margin stay inconclusive.
    pub fn quick(seed: u64) -> Plan {
        Plan {
            budget: Duration::from_secs(150),
            first_pass: bench_analysis::MIN_PROCESSES,
            first_rounds: *bench_analysis::ROUNDS.start(),
            slice_ns: 8_000_000,
            least_slice_ns: 2_000_000,
            solo_pairs: 0,
            may_drop_arms: true,
            refine: false,
            resamples: bench_analysis::RESAMPLES,
            exactly: false,
            floors: Floors::default(),
            seed,
        }
    }

    /// The same plan with another budget a host.
    #[must_use]
    pub fn with_budget(self, budget: Duration) -> Plan {
        Plan { budget, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_looks_spend_the_error_rate_and_no_more() {
        let spent: f64 = LOOKS.iter().map(|look| look.alpha).sum();
        assert!((spent - ALPHA).abs() < 1e-12, "{spent}");
    }

    #[test]
    fn every_look_can_decide() {
        for look in LOOKS {
            let least = 0.5_f64.powi(look.processes as i32);
            assert!(look.alpha >= least, "{} processes never yield p below {least}", look.processes);
        }
    }

    #[test]
    fn a_verdict_has_what_the_looks_have_left() {
        for (processes, confidence) in [(6, 0.95), (8, 0.95), (9, 0.958), (12, 0.958), (80, 0.988)] {
            assert!((verdict_confidence(processes) - confidence).abs() < 1e-12, "{processes}");
        }
    }
}
