use bench_schema::{Document, Row, RunStatus, Status, Verdict, level_and_variant};

/// What a gate concludes: an exit code and why, one sentence each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// 0 ok, 1 regressed, 3 a benchmark failed, 4 inconclusive, 130 interrupted.
    pub exit_code: u8,
    /// One line for each row that is not ok, gravest first; one line when all are.
    pub reasons: Vec<String>,
}

/// Judges a document. The gravest finding gives the exit code: interrupted (130) before failed (3), because an
/// incomplete gate has to be repaired before its verdict means anything; then regressed (1), then inconclusive
/// (4): noise must not pass as success.
pub fn decide(document: &Document) -> Outcome {
    decide_rows(&document.rows, document.status)
}

/// As [`decide`], for rows from elsewhere, such as [`crate::against`].
pub fn decide_rows(rows: &[Row], status: RunStatus) -> Outcome {
    let mut findings: Vec<(u8, u8, String)> = rows.iter().filter_map(finding).collect();
    match status {
        RunStatus::Interrupted => {
            findings.push((
                0,
                130,
                "the run was interrupted; its rows cover what was measured until then".into(),
            ));
        }
        RunStatus::Failed => findings.push((1, 3, "the run failed".into())),
        RunStatus::Running => {
            findings.push((1, 3, "the run has not ended: its program is still at work, or died".into()));
        }
        RunStatus::Complete => {}
    }
    if rows.is_empty() {
        findings.push((1, 3, "there is no row to judge".into()));
    }
    findings.sort_by_key(|(gravity, ..)| *gravity);
    match findings.first() {
        None => {
            let judged = rows.iter().filter(|row| row.verdict.is_some()).count();
            Outcome {
                exit_code: 0,
                reasons: vec![format!("none of {judged} judged rows is slower by more than its margin")],
            }
        }
        Some((_, exit_code, _)) => Outcome {
            exit_code: *exit_code,
            reasons: findings.into_iter().map(|(.., reason)| reason).collect(),
        },
    }
}

/// What is wrong with a row: gravity, exit code, sentence.
fn finding(row: &Row) -> Option<(u8, u8, String)> {
    let place = level_and_variant(row.level, &row.candidate);
    let name = format!("{} ({place}) on {}, {}", row.benchmark, row.host, row.metric.as_str());
    if row.status == Status::Failed {
        return Some((
            1,
            3,
            format!("{name}: failed: {}", row.note.as_deref().unwrap_or("no reason was kept")),
        ));
    }
    let figures = match (row.ratio, row.low, row.high) {
        (Some(ratio), Some(low), Some(high)) => format!("ratio {ratio:.3} ({low:.3} to {high:.3})"),
        (Some(ratio), ..) => format!("ratio {ratio:.3} of too few processes for an interval"),
        (None, ..) => "no ratio".to_owned(),
    };
    let limit = 1.0 + row.margin;
    match row.verdict? {
        Verdict::Regressed => Some((2, 1, format!("{name}: regressed: {figures} is above {limit:.3}"))),
        Verdict::Inconclusive => {
            let why = match (&row.note, row.ratio) {
                (Some(note), None) => note.clone(),
                _ => format!(
                    "{figures} does not tell on which side of {limit:.3}; measure it longer (--budget)"
                ),
            };
            Some((3, 4, format!("{name}: inconclusive: {why}")))
        }
        Verdict::Suspect => Some((
            4,
            0,
            format!(
                "{name}: suspect: {figures} is above {limit:.3}; {}",
                row.note.as_deref().unwrap_or_default()
            ),
        )),
        Verdict::Ok | Verdict::Improved => None,
    }
}

#[cfg(test)]
mod tests {
    use bench_schema::{Level, Metric};

    use super::*;

    fn row(status: Status, verdict: Option<Verdict>) -> Row {
        Row {
            ratio: Some(1.071),
            low: Some(1.052),
            high: Some(1.09),
            processes: 12,
            status,
            verdict,
            ..Row::unmeasured("fs/stat", Level::Binding, "node26", ["native", "node-api"], Metric::CpuProcess)
        }
    }

    #[track_caller]
    fn check(verdicts: &[Verdict], status: RunStatus, exit_code: u8) {
        let rows: Vec<Row> = verdicts.iter().map(|verdict| row(Status::Ok, Some(*verdict))).collect();
        assert_eq!(decide_rows(&rows, status).exit_code, exit_code);
    }

    #[test]
    fn nothing_slower() {
        check(&[Verdict::Ok, Verdict::Improved], RunStatus::Complete, 0);
    }

    #[test]
    fn noise_does_not_pass_as_success() {
        check(&[Verdict::Ok, Verdict::Inconclusive], RunStatus::Complete, 4);
    }

    #[test]
    fn what_is_slower_without_doing_more_is_said_and_passes() {
        check(&[Verdict::Ok, Verdict::Suspect], RunStatus::Complete, 0);
        check(&[Verdict::Inconclusive, Verdict::Suspect], RunStatus::Complete, 4);
        let suspect = Row { note: Some("layout".into()), ..row(Status::Ok, Some(Verdict::Suspect)) };
        assert!(decide_rows(&[suspect], RunStatus::Complete).reasons[0].contains("suspect: ratio 1.071"));
    }

    #[test]
    fn a_regression_outweighs_noise() {
        check(&[Verdict::Inconclusive, Verdict::Regressed, Verdict::Ok], RunStatus::Complete, 1);
    }

    #[test]
    fn an_interruption_outweighs_everything() {
        check(&[Verdict::Regressed], RunStatus::Interrupted, 130);
    }

    #[test]
    fn a_run_that_failed_or_never_ended_is_no_success() {
        check(&[Verdict::Ok], RunStatus::Failed, 3);
        check(&[Verdict::Ok], RunStatus::Running, 3);
        check(&[], RunStatus::Complete, 3);
    }

    #[test]
    fn a_failed_benchmark_comes_before_a_regression_and_both_are_told() {
        let mut failed = row(Status::Failed, None);
        (failed.ratio, failed.note) = (None, Some("signal 9".into()));
        let outcome = decide_rows(&[row(Status::Ok, Some(Verdict::Regressed)), failed], RunStatus::Complete);
        assert_eq!(outcome.exit_code, 3);
        assert_eq!(
            outcome.reasons,
            [
                "fs/stat (binding) on node26, cpu_process: failed: signal 9",
                "fs/stat (binding) on node26, cpu_process: regressed: ratio 1.071 (1.052 to 1.090) is above 1.030",
            ]
        );
    }

    #[test]
    fn a_further_variant_is_named() {
        let variant =
            Row { candidate: "node-api+onehop".into(), ..row(Status::Ok, Some(Verdict::Regressed)) };
        let outcome = decide_rows(&[variant], RunStatus::Complete);
        assert!(
            outcome.reasons[0].starts_with("fs/stat (binding, node-api+onehop) on node26, cpu_process: ")
        );
    }

    #[test]
    fn a_metric_that_does_not_decide_does_not_decide() {
        assert_eq!(decide_rows(&[row(Status::Ok, None)], RunStatus::Complete).exit_code, 0);
    }

    #[test]
    fn a_row_of_lost_processes_is_judged_by_what_is_left() {
        assert_eq!(decide_rows(&[row(Status::Partial, Some(Verdict::Ok))], RunStatus::Complete).exit_code, 0);
    }
}
