//! Pure statistics: samples to estimates and judgements. No clock, file or process.
//!
//! The process is the unit. Within a process every round runs all arms, so a round yields one
//! ln(numerator / denominator); the process yields their median, `y`. Across processes the estimate is
//! Hodges-Lehmann's (the median of all pairwise means of `y`), its interval is read off the ordered pairwise
//! means with the signed-rank distribution, and the p-value is Wilcoxon's. None of the three assumes a normal
//! distribution; all assume that the `y` are independent and symmetric about the true log-ratio, which the
//! random order of arms provides (swapping two equal arms changes the sign of `y`).
//!
//! All logarithms are natural; all ratios are numerator / denominator, so below 1 the numerator is cheaper.

mod bootstrap;
mod calibration;
mod callgrind;
mod change;
mod distance;
mod groups;
mod judge;
mod latency;
mod multiple;
mod normal;
mod order;
mod pairs;
mod rank_sum;
mod signed_rank;
mod spread;
mod summarize;

pub use bootstrap::{RESAMPLES, bootstrap};
pub use calibration::{Detection, clopper_pearson, noise_floor};
pub use callgrind::{Difference, Profile, ProfileError, differences};
pub use change::{Change, change};
pub use distance::{Closed, closed};
pub use groups::{Group, two_groups};
pub use judge::{CONFIDENCE, Interval, Side, judge};
pub use latency::{LatencyError, decode_latency, latency_difference};
pub use multiple::{benjamini_hochberg, holm};
pub use order::{geometric_mean, median};
pub use pairs::{Round, per_operation, process_log, rounds};
pub use rank_sum::{mann_whitney, shift, shift_interval};
pub use signed_rank::{hodges_lehmann, walsh_interval, wilcoxon};
pub use spread::{MIN_PROCESSES, ROUNDS, Spread, processes_needed, processes_to_exclude, rounds_needed};
pub use summarize::{Estimate, ProcessSummary, is_timed, summarize, summarize_solo};
