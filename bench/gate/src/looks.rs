//! The looks at one row, without a lab: what the gate says of processes that come one after another.

use bench_analysis::{CONFIDENCE, Interval, Side, judge, walsh_interval};
use bench_schema::Verdict;

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
