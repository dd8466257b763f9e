//! The gate's exit codes: 0 ok, 1 regressed, 4 inconclusive.

use std::io;
use std::process::{Command, Stdio};

use bench_schema::{Metric, Verdict};

use crate::sandbox::{Ended, Sandbox, finish, run};

/// Far more work in the candidate's arm than any noise.
const SLOWER: &str = "\
export function binding({ binding: os, role }) {
  const ctx = {};
  const times = role === 'candidate' ? 4 : 1;
  return { run() { let name; for (let i = 0; i < times; i++) name = os.getHostname(ctx); return name.length > 0; } };
}
";

/// Measures until the row is settled: soon, with margins like these.
fn quick(sandbox: &Sandbox, command: &str) -> Command {
    sandbox.portlab(&[command, "os", "--no-build", "--json", "--quick"])
}

fn verdicts(ended: &Ended) -> Vec<Verdict> {
    ended.document().rows.iter().filter_map(|row| row.verdict).collect()
}

#[test]
fn nothing_is_slower_by_more_than_its_margin() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let ended = run(&mut quick(&sandbox, "gate")).with_code(0);
    assert!(verdicts(&ended).iter().all(|verdict| matches!(verdict, Verdict::Ok | Verdict::Improved)));
    ended.saying(&["none of 1 judged rows is slower by more than its margin"]);
}

#[test]
fn a_regression_is_1_for_the_gate_and_0_for_compare() {
    let sandbox = Sandbox::with(&[("hostname", 0.5, SLOWER)]);
    let ended = run(&mut quick(&sandbox, "compare")).with_code(0);
    assert_eq!(verdicts(&ended), [Verdict::Regressed]);

    // A reader that has gone must not turn it into a success.
    let (reader, writer) = io::pipe().expect("a pipe can be made");
    drop(reader);
    let mut command = quick(&sandbox, "gate");
    command.arg("--unconfirmed");
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("it can be started");
    finish(child)
        .with_code(1)
        .saying(&["os/hostname (binding) on node26, cpu_process: regressed: ratio", "is above 1.500"]);
}

#[test]
fn too_few_processes_to_tell_are_inconclusive() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let ended = sandbox.run(&["gate", "os", "--no-build", "--json", "--budget", "0.001s"]).with_code(4);
    assert_eq!(verdicts(&ended), [Verdict::Inconclusive]);
    let document = ended.document();
    let row = document.rows.iter().find(|row| row.metric == Metric::CpuProcess).expect("it has a row");
    assert!(row.processes < 6 && row.note.as_deref().unwrap_or_default().contains("95%"), "{row:?}");
    ended.saying(&["inconclusive: ratio", "too few processes", "--budget"]);
    run(&mut sandbox.compare("0.001s")).with_code(0);
}

#[test]
fn against_an_earlier_run_it_is_the_ratio_that_is_compared() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    run(&mut quick(&sandbox, "compare")).with_code(0);
    let same = run(quick(&sandbox, "gate").args(["--against", "last"])).with_code(0);
    let rows = same.document().rows;
    let compared = rows.iter().find(|row| row.candidate == "node-api@2").expect("the runs are compared");
    assert_eq!(compared.baseline, "node-api@1");
    assert!(matches!(compared.verdict, Some(Verdict::Ok | Verdict::Improved)), "{compared:?}");
    assert!(compared.ratio.is_some_and(|ratio| (0.2..5.0).contains(&ratio)), "{compared:?}");
    assert!(rows.iter().any(|row| row.candidate == "node-api" && row.verdict.is_some()));

    // The port now does four times the work: within the margin of port / native, not of now / then.
    let definition = sandbox.root().join("bench/definitions/os/hostname.toml");
    let text = std::fs::read_to_string(definition).expect("it is a definition");
    sandbox.write("bench/definitions/os/hostname.toml", &text.replace("margin = 9.0", "margin = 1.5"));
    sandbox.write("bench/workloads/os/hostname.mjs", &SLOWER.replace("'candidate' ? 4", "'candidate' ? 6"));
    let worse = run(quick(&sandbox, "gate").args(["--against", "1", "--unconfirmed"])).with_code(1);
    worse.saying(&["regressed", "above 2.500"]);
}

#[test]
fn an_earlier_run_without_any_of_the_rows_is_no_success() {
    let sandbox = Sandbox::with(&[("other", 9.0, "")]);
    run(&mut sandbox.compare("2s")).with_code(0);
    let definition = sandbox.root().join("bench/definitions/os/other.toml");
    let text = std::fs::read_to_string(&definition).expect("it is a definition");
    std::fs::write(definition, text.replace("id = \"os/other\"", "id = \"os/hostname\""))
        .expect("it can be written");
    let ended = run(quick(&sandbox, "gate").args(["--against", "last"])).with_code(4);
    ended.saying(&["run 1 has none of the rows"]);
}

const WAIVER: &str = "\
[[waiver]]
benchmark = \"os/hostname\"
level = \"binding\"
host = \"node26\"
metric = \"cpu_process\"
ceiling = 100.0
expires = \"2999-12-31\"
issue = \"https://example.org/issues/7\"
reason = \"a test\"
";

#[test]
fn a_waived_regression_passes_and_a_waiver_with_a_typo_is_said_before_measuring() {
    let sandbox = Sandbox::with(&[("hostname", 0.5, SLOWER)]);
    let file = sandbox.write("portlab.waivers.toml", WAIVER);
    let ended = run(&mut quick(&sandbox, "gate")).with_code(0);
    let notes: Vec<String> = ended.document().rows.into_iter().filter_map(|row| row.note).collect();
    assert!(notes.iter().any(|note| note.contains("https://example.org/issues/7")), "{notes:?}");

    std::fs::write(&file, WAIVER.replace("hostname", "hostnaem")).expect("it can be written");
    let ended = run(&mut quick(&sandbox, "gate")).with_code(2).without_data();
    ended.saying(&["portlab.waivers.toml", "waiver 1 (os/hostnaem)", "scripts/lab list"]);
    let path = file.with_file_name("elsewhere.toml");
    let path = path.to_str().expect("its path is text");
    run(quick(&sandbox, "gate").args(["--waivers", path])).with_code(2).without_data().saying(&[path]);
}
