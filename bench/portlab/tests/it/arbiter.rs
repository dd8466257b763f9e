//! What a gate does about a regression before it fails by it.

use std::process::Command;

use bench_schema::{Document, Investigation, Verdict};

use crate::sandbox::{Ended, Sandbox, run};

/// Four times the work: every instruction of it can be counted.
const DOES_MORE: &str = "\
export function binding({ binding: os, role }) {
  const ctx = {};
  const times = role === 'candidate' ? 4 : 1;
  return { run() { let name; for (let i = 0; i < times; i++) name = os.getHostname(ctx); return name.length > 0; } };
}
";

/// The same instructions, over memory that the candidate's arm walks in strides no cache holds.
const WAITS_FOR_MEMORY: &str = "\
export function binding({ binding: os, role }) {
  const ctx = {};
  const cells = new Uint8Array(1 << 26);
  const strides = new Int32Array([role === 'candidate' ? 4096 * 127 + 64 : 64]);
  let at = 0;
  return {
    run() {
      let sum = 0;
      for (let i = 0; i < 200; i++) { sum += cells[at]; at = (at + strides[0] + sum) & 0x3ffffff; }
      return os.getHostname(ctx).length > sum;
    },
  };
}
";

fn gate(sandbox: &Sandbox, further: &[&str]) -> Command {
    let mut command = sandbox.portlab(&["gate", "os", "--no-build", "--json", "--quick"]);
    command.args(further);
    command
}

fn has_valgrind() -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join("valgrind").is_file());
    if !found {
        eprintln!("valgrind is not installed: what it would count is not tested");
    }
    found
}

fn investigation(ended: &Ended) -> Investigation {
    let Document { mut investigations, .. } = ended.document();
    assert_eq!(investigations.len(), 1, "{investigations:#?}");
    investigations.remove(0)
}

#[test]
fn what_does_more_is_named_with_a_flame_graph_of_each_arm() {
    if !has_valgrind() {
        return;
    }
    let sandbox = Sandbox::with(&[("hostname", 0.5, DOES_MORE)]);
    let ended = run(&mut gate(&sandbox, &[])).with_code(1);
    let found = investigation(&ended);
    assert_eq!(found.verdict, Verdict::Regressed);
    let counts = found.counts.expect("they were counted");
    let times = counts.candidate_system_calls / counts.baseline_system_calls;
    assert!((3.5..4.5).contains(&times), "four calls for one: {counts:?}");
    assert!(
        counts.functions.iter().any(|function| function.candidate > function.baseline + 100.0),
        "{counts:?}"
    );
    let report = sandbox.root().join(".portlab/reports/1");
    let page = std::fs::read_to_string(report.join("index.html")).expect("there is a report");
    for name in counts.flame_graphs.expect("they were drawn") {
        assert!(page.contains(&name), "{name} is not linked");
        let svg = std::fs::read_to_string(report.join(&name)).expect("it is beside the report");
        assert!(svg.contains("<svg") && svg.contains("[JavaScript]"), "{name} shows nothing");
    }
    // What was found stays with the run.
    sandbox
        .run(&["export", "--format", "json"])
        .with_code(0)
        .document()
        .investigations
        .pop()
        .expect("it is stored");
}

#[test]
fn what_is_slower_without_doing_more_is_suspect_and_fails_only_on_request() {
    if !has_valgrind() {
        return;
    }
    let sandbox = Sandbox::with(&[("hostname", 0.3, WAITS_FOR_MEMORY)]);
    let ended = run(&mut gate(&sandbox, &["--fail-on-suspect"]))
        .with_code(1)
        .saying(&["suspect: ratio", "without doing more"]);
    let found = investigation(&ended);
    assert_eq!(found.verdict, Verdict::Suspect, "{found:#?}");
    let counts = found.counts.expect("they were counted");
    let difference = counts.candidate_instructions / counts.baseline_instructions - 1.0;
    // A tenth is room for the call into the port, which is not native's.
    assert!(difference.abs() < 0.1, "the arms execute the same: {counts:?}");
    assert_eq!(ended.document().summaries[0].suspect, 1);
}

#[test]
fn without_a_working_valgrind_the_gate_says_so_and_goes_on() {
    let sandbox = Sandbox::with(&[("hostname", 0.5, DOES_MORE)]);
    let missing = run(gate(&sandbox, &[]).env("PATH", "/nowhere")).with_code(1);
    missing.saying(&["valgrind is not installed", "regressed"]);

    sandbox.program("valgrind", "#!/bin/sh\necho 'valgrind: no such tool' >&2\nexit 1\n");
    let failing = run(gate(&sandbox, &[]).env("PATH", sandbox.root().join("bin"))).with_code(1);
    let found = investigation(&failing);
    assert_eq!((found.verdict, found.counts), (Verdict::Regressed, None));
    assert!(
        found.conclusion.contains("instructions were not counted")
            && found.conclusion.contains("no such tool")
    );
}
