//! Benchmarks that answer wrongly, throw, or end their process: their rows say so, all others are measured.

use bench_schema::{Document, Metric, Row, RunStatus, Status};
use bench_store::Store as _;

use crate::sandbox::{Sandbox, key};

const WRONG: &str = "\
export function binding({ binding: os, role }) {
  const ctx = {};
  return { run: () => (os.getHostname(ctx), role === 'candidate' ? { name: 'other' } : true) };
}
";

/// Right while it is checked operation by operation, wrong once a slice has many.
const WRONG_LATER: &str = "\
export function binding({ binding: os, role }) {
  const ctx = {};
  return { run: (i) => (os.getHostname(ctx), role !== 'candidate' || i < 2000) };
}
";

const THROWING: &str = "\
export function binding({ binding: os }) {
  const ctx = {};
  return { run(i) { os.getHostname(ctx); if (i > 3) throw new RangeError('out of thin air'); return true; } };
}
";

/// Kills its own process when the samples of two rounds have been handed over; `once` only in the first process.
fn killing(once: bool, mark: &str) -> String {
    format!(
        "import fs from 'node:fs';
import {{ syncBuiltinESMExports }} from 'node:module';
const mark = {mark:?};
const write = fs.writeSync;
fs.writeSync = (fd, text) => {{
  const written = write(fd, text);
  if (text.includes('\"round\":1') && !({once} && fs.existsSync(mark))) {{
    fs.writeFileSync(mark, '');
    process.kill(process.pid, 'SIGKILL');
  }}
  return written;
}};
syncBuiltinESMExports();
export function binding({{ binding: os }}) {{
  const ctx = {{}};
  return {{ run: () => typeof os.getHostname(ctx) === 'string' }};
}}
"
    )
}

fn row<'a>(document: &'a Document, benchmark: &str) -> &'a Row {
    let is_it = |row: &&Row| row.benchmark == benchmark && row.metric == Metric::CpuProcess;
    document.rows.iter().find(is_it).unwrap_or_else(|| panic!("{benchmark} has no row"))
}

#[track_caller]
fn assert_failed(document: &Document, benchmark: &str, texts: &[&str]) {
    let rows: Vec<&Row> = document.rows.iter().filter(|row| row.benchmark == benchmark).collect();
    assert!(rows.len() >= 3, "{benchmark}: its rows are missing");
    for row in rows {
        assert_eq!(row.status, Status::Failed, "{row:?}");
        let numbers = [row.ratio, row.low, row.high, row.baseline_median, row.candidate_median, row.p_value];
        assert!(numbers.iter().all(Option::is_none) && row.verdict.is_none(), "{row:?}");
        let note = row.note.as_deref().unwrap_or_default();
        for text in texts {
            assert!(note.contains(text), "\"{text}\" is not in {note}");
        }
    }
}

#[test]
fn wrong_values_and_exceptions_fail_their_row_and_the_command_and_no_other_row() {
    let sandbox = Sandbox::with(&[
        ("right", 9.0, ""),
        ("wrong", 9.0, WRONG),
        ("wrong-later", 9.0, WRONG_LATER),
        ("throwing", 9.0, THROWING),
    ]);
    let ended = sandbox.run(&["gate", "os", "--no-build", "--json", "--quick"]).with_code(3);
    let document = ended.document();
    assert_eq!(document.status, RunStatus::Complete);
    let wrong = ["wrong value", "instead of true", "{\"name\":\"other\"}", "candidate"];
    assert_failed(&document, "os/wrong", &wrong);
    assert_failed(&document, "os/wrong-later", &["wrong value", "instead of true", "false", "candidate"]);
    assert_failed(&document, "os/throwing", &["out of thin air", "throwing.mjs"]);
    let right = row(&document, "os/right");
    assert!(right.status == Status::Ok && right.ratio.is_some() && right.verdict.is_some(), "{right:?}");
    ended.saying(&[
        "os/wrong",
        "a process was lost",
        "os/throwing (binding) on node26, cpu_process: failed:",
    ]);
    let store = sandbox.open_store();
    let wrong = store.process_runs(1, &key("os/wrong-later")).expect("the store can be read");
    assert!(wrong.iter().any(|run| !run.rejections.is_empty()), "that it was wrong is not stored");
    let losses = store.losses(1).expect("the store can be read");
    assert!(losses.iter().any(|loss| loss.error.contains("out of thin air")), "{losses:?}");
}

#[test]
fn a_failed_row_is_in_the_table_with_its_reason() {
    let sandbox = Sandbox::with(&[("throwing", 9.0, THROWING)]);
    let ended = sandbox.run(&["compare", "os", "--no-build", "--budget", "3s"]).with_code(3);
    for text in ["✗ failed", "out of thin air", "1 failed"] {
        assert!(ended.stdout.contains(text), "{text} is not in {}", ended.stdout);
    }
}

#[test]
fn a_killed_process_keeps_what_it_measured_and_the_run_goes_on() {
    let sandbox = Sandbox::with(&[("right", 9.0, "")]);
    let mark = sandbox.root().join("mark");
    let mark = mark.to_str().expect("its path is text");
    for (name, once) in [("killed-once", true), ("killed-always", false)] {
        let text = std::fs::read_to_string(sandbox.root().join("bench/definitions/os/right.toml"))
            .expect("it is a definition");
        sandbox.write(&format!("bench/definitions/os/{name}.toml"), &text.replace("right", name));
        sandbox.write(&format!("bench/workloads/os/{name}.mjs"), &killing(once, &format!("{mark}-{name}")));
    }
    let ended = sandbox.run(&["compare", "os", "--no-build", "--json", "--quick"]);
    let document = ended.document();
    assert_eq!(document.status, RunStatus::Complete);
    let once = row(&document, "os/killed-once");
    assert_eq!(once.status, Status::Partial, "{once:?}");
    assert!(once.ratio.is_some(), "{once:?}");
    let note = once.note.as_deref().unwrap_or_default();
    assert!(
        note.contains("1 of ") && note.contains("processes were lost") && note.contains("SIGKILL"),
        "{note}"
    );
    let always = row(&document, "os/killed-always");
    assert!(always.status != Status::Ok, "{always:?}");
    assert!(always.note.as_deref().unwrap_or_default().contains("SIGKILL"), "{always:?}");
    assert_eq!(row(&document, "os/right").status, Status::Ok);
    ended.saying(&["os/killed-once (binding): a process was lost", "SIGKILL"]);

    let store = sandbox.open_store();
    let losses = store.losses(1).expect("the store can be read");
    for name in ["os/killed-once", "os/killed-always"] {
        let lost: Vec<u32> =
            losses.iter().filter(|loss| loss.key == key(name)).map(|loss| loss.process).collect();
        assert_eq!(lost.len() == 1, name == "os/killed-once", "{name}: {losses:?}");
        let runs = store.process_runs(1, &key(name)).expect("the store can be read");
        let partial = runs.iter().find(|run| run.process == lost[0]).expect("what it measured is not stored");
        let rounds = partial.samples.iter().map(|sample| sample.round).max();
        assert_eq!(rounds, Some(1), "{name}: two rounds were handed over");
    }
}
