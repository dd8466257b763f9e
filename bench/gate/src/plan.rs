use std::time::Duration;

use crate::Floors;
use crate::looks::LOOKS;

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
