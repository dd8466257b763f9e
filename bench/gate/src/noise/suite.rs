//! The whole suite's false alarms, simulated: measuring them would take thousands of runs of fifteen minutes.

use bench_schema::Verdict;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::RowNoise;
use crate::looks::{LOOKS, judge_in_looks};

/// Runs that are simulated: a rate of 1% is then known to ±0.4%.
const RUNS: u32 = 2_000;
const SEED: u64 = 20_261_122;

/// The rate of runs over all of these rows, unchanged, in which at least one is called regressed. Each row's processes
/// are drawn with replacement from its A/A processes as they were measured, its bias included, and looked at as the
/// gate looks, up to the last look. `None` without a row.
pub(super) fn simulated_rate(rows: &[RowNoise]) -> Option<f64> {
    if rows.is_empty() {
        return None;
    }
    let mut random = StdRng::seed_from_u64(SEED);
    let most = LOOKS[LOOKS.len() - 1].processes;
    let mut alarmed = 0_u32;
    for _ in 0..RUNS {
        let alarm = rows.iter().any(|row| {
            let draw = || row.logs[random.random_range(0..row.logs.len())];
            judge_in_looks(draw, row.margin(), most).verdict == Verdict::Regressed
        });
        alarmed += u32::from(alarm);
    }
    Some(f64::from(alarmed) / f64::from(RUNS))
}
