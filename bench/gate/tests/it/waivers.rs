//! Rows that may be slower for a time.

use bench_gate::{Waivers, decide_rows};
use bench_schema::{Definition, DefinitionFile, Level, Metric, Row, RunStatus, Verdict};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 22);

fn definitions() -> Vec<Definition> {
    let text = r#"
        [[benchmark]]
        id = "fs/stat"
        workload = "stat.mjs"
        levels = ["binding"]
        kind = "sync"
        expect = 1
        analysis = "none"
    "#;
    toml::from_str::<DefinitionFile>(text).expect("it is a definition").benchmark
}

fn waiver(changes: &[(&str, &str)]) -> String {
    let fields = [
        ("benchmark", "\"fs/stat\""),
        ("level", "\"binding\""),
        ("host", "\"node26\""),
        ("metric", "\"cpu_process\""),
        ("ceiling", "1.10"),
        ("expires", "\"2026-12-31\""),
        ("issue", "\"https://example.org/issues/7\""),
        ("reason", "\"the decoder is being replaced\""),
    ];
    let mut text = "[[waiver]]\n".to_owned();
    for (name, value) in fields {
        let value = changes.iter().find(|(changed, _)| *changed == name).map_or(value, |(_, value)| value);
        text += &[name, " = ", value, "\n"].concat();
    }
    text
}

fn parse(text: &str) -> Result<Waivers, String> {
    Waivers::parse(text, definitions().iter(), &["node24".to_owned(), "node26".to_owned()])
        .map_err(|error| error.to_string())
}

fn row(low: f64, high: f64, verdict: Verdict) -> Row {
    Row {
        ratio: Some((low * high).sqrt()),
        low: Some(low),
        high: Some(high),
        processes: 12,
        verdict: Some(verdict),
        ..Row::unmeasured("fs/stat", Level::Binding, "node26", ["native", "node-api"], Metric::CpuProcess)
    }
}

/// The exit codes of the waivers and of the rows, and what both say.
fn gate(text: &str, row: Row) -> (u8, u8, String) {
    let mut rows = [row];
    let waived = parse(text).expect("the waivers are right").apply(&mut rows, TODAY);
    let decided = decide_rows(&rows, RunStatus::Complete);
    let note = rows[0].note.clone().unwrap_or_default();
    (waived.exit_code, decided.exit_code, [waived.reasons, decided.reasons, vec![note]].concat().join("\n"))
}

#[test]
fn a_regression_below_the_ceiling_passes_and_says_why() {
    let (waived, decided, said) = gate(&waiver(&[]), row(1.05, 1.08, Verdict::Regressed));
    assert_eq!((waived, decided), (0, 0), "{said}");
    assert!(said.contains("waived up to 1.1 until 2026-12-31 (https://example.org/issues/7)"), "{said}");
}

#[test]
fn a_regression_above_the_ceiling_fails() {
    let (waived, decided, said) = gate(&waiver(&[]), row(1.12, 1.15, Verdict::Regressed));
    assert_eq!((waived, decided), (0, 1), "{said}");
    assert!(said.contains("above 1.100"), "{said}");
}

#[test]
fn one_that_straddles_the_ceiling_is_inconclusive() {
    let (waived, decided, said) = gate(&waiver(&[]), row(1.05, 1.15, Verdict::Regressed));
    assert_eq!((waived, decided), (0, 4), "{said}");
}

#[test]
fn a_waiver_that_its_row_does_not_need_fails() {
    let (waived, decided, said) = gate(&waiver(&[]), row(0.98, 1.01, Verdict::Ok));
    assert_eq!((waived, decided), (1, 0), "{said}");
    assert!(said.contains("Remove the waiver"), "{said}");
}

#[test]
fn a_waiver_holds_on_its_last_day_and_not_after() {
    let slow = || row(1.05, 1.08, Verdict::Regressed);
    assert_eq!(gate(&waiver(&[("expires", "\"2026-11-22\"")]), slow()).0, 0);
    let (waived, decided, said) = gate(&waiver(&[("expires", "\"2026-11-21\"")]), slow());
    assert_eq!((waived, decided), (1, 1), "{said}");
    assert!(said.contains("expired on 2026-11-21"), "{said}");
}

#[test]
fn an_expired_waiver_fails_although_its_row_was_not_measured() {
    let mut rows = [];
    let waived = parse(&waiver(&[("expires", "\"2020-01-01\"")])).unwrap().apply(&mut rows, TODAY);
    assert_eq!(waived.exit_code, 1);
    assert_eq!(parse(&waiver(&[])).unwrap().apply(&mut rows, TODAY).exit_code, 0);
}

#[test]
fn a_waiver_is_of_one_row_only() {
    for (field, value) in [("host", "\"node24\""), ("ceiling", "1.2\nvariant = \"node-api+onehop\"")] {
        let (_, decided, said) = gate(&waiver(&[(field, value)]), row(1.05, 1.08, Verdict::Regressed));
        assert_eq!(decided, 1, "{said}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_to_write() {
    for (field, value, reason) in [
        ("benchmark", "\"fs/stta\"", "no such benchmark"),
        ("level", "\"public\"", "not measured at level public"),
        ("host", "\"node25\"", "Hosts: node24, node26"),
        ("metric", "\"wall\"", "cpu_process does"),
        ("ceiling", "1.03", "above 1.030"),
        ("ceiling", "nan", "above 1.030"),
        ("expires", "\"soon\"", "2027-01-31"),
        ("issue", "\"#7\"", "https://"),
        ("reason", "\" \"", "say why"),
        ("reason", "\"a\"\nreasons = \"b\"", "unknown field `reasons`"),
        ("ceiling", "\"high\"", "invalid type"),
    ] {
        let error = parse(&waiver(&[(field, value)])).expect_err(field);
        assert!(error.contains(reason), "{field} = {value}: {error}");
    }
    let twice = waiver(&[]).repeat(2);
    assert!(parse(&twice).expect_err("it is there twice").contains("waiver 2 (fs/stat): another waiver"));
    assert!(parse("").is_ok());
}
