use std::time::Duration;

/// The numbers of processes at which a row may be found settled. The first is the least with a 99% interval;
/// each next one is half as much again, so that every look adds information worth looking at.
pub const LOOKS: [u32; 7] = [8, 12, 18, 27, 40, 60, 80];

/// The confidence that settles a row before the budget ends.
pub const SETTLED_CONFIDENCE: f64 = 0.99;

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
    /// Pairs of processes that run one arm alone, for peak memory. They wait until the verdicts are in.
    pub solo_pairs: u32,
    /// Whether first processes may go without their twin and stock arms when the budget is too tight for them:
    /// rows then have verdicts, and no A/A or stock interval beside them.
    pub may_drop_arms: bool,
    /// Whether rows that are settled are narrowed down to their margin with time that is left.
    pub refine: bool,
    /// Resamples of the bootstrap intervals that are shown beside the judged ones; 0 for none.
    pub resamples: u32,
    /// Seed of the bootstrap, of the order of rows and of each process's order of rounds.
    pub seed: u64,
}

impl Plan {
    /// The default: fifteen minutes a host.
    pub fn full(seed: u64) -> Plan {
        Plan {
            budget: Duration::from_mins(15),
            first_pass: LOOKS[0],
            first_rounds: *bench_analysis::ROUNDS.start(),
            slice_ns: 10_000_000,
            least_slice_ns: 10_000_000,
            solo_pairs: bench_analysis::MIN_PROCESSES,
            may_drop_arms: false,
            refine: true,
            resamples: bench_analysis::RESAMPLES,
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
            seed,
        }
    }

    /// The same plan with another budget a host.
    #[must_use]
    pub fn with_budget(self, budget: Duration) -> Plan {
        Plan { budget, ..self }
    }
}
