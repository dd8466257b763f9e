//! The looks at one row, without a lab: what the gate says of processes that come one after another.

use bench_analysis::{CONFIDENCE, Interval, Side, judge, walsh_interval};
use bench_schema::Verdict;

use crate::plan::{LOOKS, verdict_confidence};

/// What the gate says of a row, and after how many processes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// Processes until the row was settled, or all that there were.
    pub processes: u32,
}

/// Judges a row as a gate does: at each look the interval of its confidence has to lie on one side of 1 + `margin`;
/// then, or after `most` processes, the verdict is that of the interval which the looks have left. `draw` yields the
/// log-ratio of the next process.
pub fn judge_in_looks(mut draw: impl FnMut() -> f64, margin: f64, most: u32) -> Judged {
    let mut logs: Vec<f64> = Vec::new();
    for look in LOOKS.iter().filter(|look| look.processes <= most) {
        logs.extend(std::iter::repeat_with(&mut draw).take(look.processes as usize - logs.len()));
        let confidence = 1.0 - 2.0 * look.alpha;
        let settled = interval(&logs, confidence)
            .is_some_and(|interval| interval.side(1.0 + margin, confidence) != Side::Straddles);
        if settled {
            return judged(&logs, margin);
        }
    }
    logs.extend(std::iter::repeat_with(&mut draw).take((most as usize).saturating_sub(logs.len())));
    judged(&logs, margin)
}

/// The verdict on a row of which no more processes come.
pub fn judged(logs: &[f64], margin: f64) -> Judged {
    let processes = logs.len() as u32;
    let verdict = interval(logs, verdict_confidence(processes).max(CONFIDENCE))
        .map_or(Verdict::Inconclusive, |interval| judge(interval, margin));
    Judged { verdict, processes }
}

fn interval(logs: &[f64], confidence: f64) -> Option<Interval> {
    let (low, high, coverage) = walsh_interval(logs, confidence)?;
    Interval::new(low.exp(), high.exp(), coverage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: f64, most: u32, verdict: Verdict, processes: u32) {
        let mut step = 0.0_f64;
        let draw = || {
            // Symmetric about `log`, and no two alike.
            step = if step > 0.0 { -step } else { 0.0001 - step };
            log + step
        };
        assert_eq!(judge_in_looks(draw, 0.03, most), Judged { verdict, processes });
    }

    #[test]
    fn a_clear_row_is_settled_at_the_first_look_and_an_open_one_at_none() {
        check(0.0, 80, Verdict::Ok, 8);
        check(0.1, 80, Verdict::Regressed, 8);
        check(-0.1, 80, Verdict::Improved, 8);
        check(1.03_f64.ln(), 80, Verdict::Inconclusive, 80);
        check(0.0, 5, Verdict::Inconclusive, 5);
        check(0.0, 7, Verdict::Ok, 7);
    }
}
