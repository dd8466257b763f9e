//! What a row that was slower by more than its margin comes to, once its instructions were counted and a relinked
//! build was measured.
//!
//! Time depends on where code lies (aliasing in caches and branch predictors) by more than many margins. Instructions
//! do not: a change that makes a port do more shows in them, and one that only moved it does not.

use bench_analysis::{Profile, differences};
use bench_schema::{Counts, FunctionCount, Investigation, Kind, Relinked, Row, Verdict};

/// Functions that are listed.
const LISTED: usize = 12;
/// A function that differs by less, in instructions an operation, is not listed.
const LEAST_DIFFERENCE: f64 = 0.5;
/// The share of a row's margin by which instructions may differ and still be called equal: more of them could be half
/// of why it is slower.
const EQUAL: f64 = 0.5;
/// System calls an operation that do not count as one more: rare ones, such as those of a collection of garbage.
const RARE_CALLS: f64 = 0.05;

/// One arm's profile and the operations it covers.
pub type Counted = (Profile, u64);

/// Instructions and system calls an operation of both arms, and where they differ.
pub fn counts(baseline: &Counted, candidate: &Counted) -> Counts {
    let per_operation = |count: u64, (_, operations): &Counted| count as f64 / (*operations).max(1) as f64;
    let found = differences((&baseline.0, baseline.1), (&candidate.0, candidate.1), LEAST_DIFFERENCE);
    let functions = found.into_iter().take(LISTED).map(|difference| FunctionCount {
        function: difference.function,
        baseline: difference.baseline,
        candidate: difference.candidate,
    });
    Counts {
        operations: candidate.1,
        baseline_instructions: per_operation(baseline.0.instructions, baseline),
        candidate_instructions: per_operation(candidate.0.instructions, candidate),
        baseline_system_calls: per_operation(baseline.0.system_calls, baseline),
        candidate_system_calls: per_operation(candidate.0.system_calls, candidate),
        functions: functions.collect(),
        flame_graphs: None,
    }
}

/// Whether the candidate does no more than the baseline, as far as instructions and system calls tell. Only
/// synchronous rows can be told so: what an asynchronous one waits for is not in its instructions.
pub fn does_no_more(counts: &Counts, kind: Kind, margin: f64) -> bool {
    kind == Kind::Sync
        && counts.candidate_instructions <= counts.baseline_instructions * (1.0 + EQUAL * margin)
        && counts.candidate_system_calls <= counts.baseline_system_calls + RARE_CALLS
}

/// Concludes on a row that regressed. `counted` and `relinked` are what was found, or why nothing was; `relinked` is
/// `None` where the counts made it needless.
pub fn arbitrate(
    row: &mut Row,
    kind: Kind,
    counted: Result<Counts, String>,
    relinked: Option<Result<Row, String>>,
) -> Investigation {
    let mut said = Vec::new();
    let mut verdict = Verdict::Regressed;
    match &counted {
        Err(reason) => said.push(format!("instructions were not counted: {reason}")),
        Ok(counts) => {
            said.push(describe(counts));
            if does_no_more(counts, kind, row.margin) {
                verdict = Verdict::Suspect;
                said.push(
                    "so it is slower without doing more: suspect are layout and environment".to_owned(),
                );
            }
        }
    }
    let mut again = None;
    match relinked {
        None => {}
        Some(Err(reason)) => said.push(format!("it was not confirmed on a relinked build: {reason}")),
        Some(Ok(other)) => {
            let found = other.verdict.unwrap_or(Verdict::Inconclusive);
            let figures = match (other.ratio, other.low, other.high) {
                (Some(ratio), Some(low), Some(high)) => format!("{ratio:.3} ({low:.3} to {high:.3})"),
                (Some(ratio), ..) => format!("{ratio:.3} of too few processes"),
                (None, ..) => "no ratio".to_owned(),
            };
            match found {
                Verdict::Regressed => said.push(format!("confirmed on a relinked build: {figures}")),
                Verdict::Ok | Verdict::Improved => {
                    verdict = Verdict::Suspect;
                    said.push(format!(
                        "a relinked build is not slower by more than the margin, {figures}: suspect is layout"
                    ));
                }
                Verdict::Inconclusive | Verdict::Suspect => {
                    verdict = Verdict::Inconclusive;
                    said.push(format!(
                        "a relinked build could not confirm it: {figures}; measure it longer (--budget)"
                    ));
                }
            }
            again = Some(Relinked { ratio: other.ratio, low: other.low, high: other.high, verdict: found });
        }
    }
    let conclusion = said.join("; ");
    row.verdict = Some(verdict);
    row.note = Some(row.note.take().map_or(conclusion.clone(), |note| format!("{note}; {conclusion}")));
    Investigation {
        benchmark: row.benchmark.clone(),
        level: row.level,
        host: row.host.clone(),
        candidate: row.candidate.clone(),
        metric: row.metric,
        verdict,
        conclusion,
        counts: counted.ok(),
        relinked: again,
    }
}

/// The counts in a sentence, with the functions that grew.
fn describe(counts: &Counts) -> String {
    let Counts { baseline_instructions: before, candidate_instructions: after, .. } = counts;
    let mut text = format!(
        "{after:.0} instead of {before:.0} instructions an operation ({:+.1}%), {:.2} instead of {:.2} system calls",
        100.0 * (after / before - 1.0),
        counts.candidate_system_calls,
        counts.baseline_system_calls,
    );
    let grew = counts.functions.iter().filter(|function| function.candidate > function.baseline);
    let names: Vec<String> = grew
        .take(3)
        .map(|function| format!("{} {:+.0}", function.function, function.candidate - function.baseline))
        .collect();
    if !names.is_empty() {
        text.push_str(", most in ");
        text.push_str(&names.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use bench_schema::{Level, Metric};

    use super::*;

    fn row(ratio: f64, low: f64, high: f64, verdict: Verdict) -> Row {
        Row {
            ratio: Some(ratio),
            low: Some(low),
            high: Some(high),
            processes: 12,
            verdict: Some(verdict),
            ..Row::unmeasured(
                "fs/stat",
                Level::Binding,
                "node26",
                ["node-api@0123456789", "node-api"],
                Metric::CpuProcess,
            )
        }
    }

    fn regressed() -> Row {
        row(1.08, 1.06, 1.10, Verdict::Regressed)
    }

    fn counted(instructions: f64, system_calls: f64) -> Counts {
        Counts {
            operations: 100,
            baseline_instructions: 1000.0,
            candidate_instructions: instructions,
            baseline_system_calls: 1.0,
            candidate_system_calls: system_calls,
            functions: vec![FunctionCount { function: "decode".into(), baseline: 100.0, candidate: 180.0 }],
            flame_graphs: None,
        }
    }

    #[track_caller]
    fn check(
        counted: Result<Counts, String>,
        relinked: Option<Result<Row, String>>,
        verdict: Verdict,
        said: &str,
    ) {
        let mut row = regressed();
        let found = arbitrate(&mut row, Kind::Sync, counted, relinked);
        assert_eq!((found.verdict, row.verdict), (verdict, Some(verdict)), "{}", found.conclusion);
        assert!(found.conclusion.contains(said) && row.note.is_some(), "{}", found.conclusion);
    }

    #[test]
    fn slower_without_doing_more_is_suspect() {
        check(Ok(counted(1010.0, 1.0)), None, Verdict::Suspect, "without doing more");
    }

    #[test]
    fn more_instructions_that_a_relinked_build_confirms_are_a_regression_with_a_name() {
        check(Ok(counted(1080.0, 1.0)), Some(Ok(regressed())), Verdict::Regressed, "decode +80");
    }

    #[test]
    fn one_more_system_call_is_doing_more() {
        assert!(!does_no_more(&counted(1000.0, 2.0), Kind::Sync, 0.03));
    }

    #[test]
    fn instructions_do_not_tell_what_an_asynchronous_row_waits_for() {
        assert!(!does_no_more(&counted(1000.0, 1.0), Kind::Async, 0.03));
    }

    #[test]
    fn what_another_layout_does_not_show_is_suspect_and_what_it_cannot_tell_is_inconclusive() {
        let more = || Ok(counted(1080.0, 1.0));
        let ok = row(1.0, 0.99, 1.01, Verdict::Ok);
        check(more(), Some(Ok(ok)), Verdict::Suspect, "suspect is layout");
        let unsure = row(1.04, 1.0, 1.08, Verdict::Inconclusive);
        check(more(), Some(Ok(unsure)), Verdict::Inconclusive, "could not confirm");
    }

    #[test]
    fn what_could_not_be_looked_into_stays_regressed_and_says_why() {
        check(Err("no valgrind".into()), Some(Err("--no-build".into())), Verdict::Regressed, "no valgrind");
    }
}
