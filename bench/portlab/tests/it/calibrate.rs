//! A calibration that is stopped, goes on, is published, and is not believed once something has changed.

use std::process::Stdio;

use bench_store::{SqliteStore, Store as _};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::sandbox::{Ended, Sandbox, finish, run, wait_until};

const SHORT: [&str; 9] =
    ["calibrate", "os", "--no-build", "--processes", "8", "--decisions", "1", "--budget", "1s"];

/// What a benchmark imports is a part of it.
const BODY: &str = "\
import { ascii } from '../../inputs/text.mjs';
export function binding({ binding: os }) {
  const ctx = {};
  return { run: () => os.getHostname(ctx).length + ascii.length > 0 };
}
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&[("hostname", 0.03, BODY)]);
    let family = "[[family]]\nbenchmark = \"os/hostname\"\nlevel = \"binding\"\n";
    sandbox.write("bench/definitions/os/calibration.toml", family);
    sandbox
}

fn published(sandbox: &Sandbox) -> Ended {
    sandbox.run(&["calibrate", "os", "--published", "--json"])
}

/// The names of an object's members, in their order.
fn names(value: &Value) -> Vec<&str> {
    value.as_object().expect("it is an object").keys().map(String::as_str).collect()
}

/// The one published file of that name.
fn file(sandbox: &Sandbox, name: &str) -> std::path::PathBuf {
    let mut folders =
        std::fs::read_dir(sandbox.root().join("bench/calibration")).expect("something is published");
    folders.next().expect("one folder").expect("it can be read").path().join(name)
}

#[test]
fn it_goes_on_where_it_was_stopped_and_what_is_published_is_checked() {
    let sandbox = sandbox();
    let mut command = sandbox.portlab(&SHORT);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it can be started");
    let measured = || -> Option<usize> {
        let store = SqliteStore::open_to_read(&sandbox.store()).ok()?;
        let run = store.calibration_runs().ok()?.pop()?.id;
        let key = store.benches(run).ok()?.pop()?;
        Some(store.process_runs(run, &key).ok()?.len())
    };
    wait_until("a process is measured", || measured() > Some(0));
    kill_process(Pid::from_child(&child), Signal::INT).expect("it is our child");
    finish(child).with_code(130).saying(&["the next call goes on from here", "left: "]);
    let before = measured().expect("something is stored");

    let document = run(sandbox.portlab(&SHORT).args(["--publish", "--json"]))
        .with_code(0)
        .saying(&["published in"])
        .json();
    assert_eq!(
        names(&document),
        ["gate", "rows", "schema_version"],
        "in the order of this test's JSON reader"
    );
    assert_eq!(names(&document["gate"]), ["decisions", "false_alarms", "high", "low", "simulated_rate"]);
    assert_eq!(
        names(&document["rows"][0]),
        ["benchmark", "floor", "host", "level", "margin", "mde80", "metric", "power10", "power5"]
    );
    assert_eq!(document["gate"]["decisions"], 1);
    assert_eq!(measured().expect("it is stored"), before, "the first run is not measured again");
    let runs: Value = sandbox.run(&["runs", "--json"]).with_code(0).json();
    assert_eq!(runs["runs"], Value::Array(vec![]), "calibrations are no comparisons");

    assert_eq!(published(&sandbox).with_code(0).json(), document);
    let text = sandbox.run(&["calibrate", "os", "--published"]).with_code(0).stdout;
    for part in ["native twice", "simulated from the measured noise", "os/hostname", "power 10%"] {
        assert!(text.contains(part), "{part}: {text}");
    }

    what_does_not_matter_is_let_be(&sandbox, &document);

    // The noise is known now: a comparison says nothing of it.
    let compared = run(&mut sandbox.compare("3s")).with_code(0).document();
    assert_eq!(compared.uncalibrated, None);
    assert!(compared.rows.iter().filter(|row| row.verdict.is_some()).all(|row| row.floor.is_some()));
    changes_are_found(&sandbox);
}

/// Hours of measuring outlive edits beside what was measured, and go on elsewhere from what is published.
fn what_does_not_matter_is_let_be(sandbox: &Sandbox, document: &Value) {
    let append = |path: &str, text: &str| {
        let path = sandbox.root().join(path);
        let before = std::fs::read_to_string(&path).expect("it is there");
        std::fs::write(path, before + text).expect("it can be written");
    };
    append("bench/driver/loops.mjs", "\n// A remark.\n\n/**\n * More of it.\n */\n");
    append("bench/driver/instructions.mjs", "\nexport const counted = 1;\n");
    append("bench/inputs/pages.mjs", "\nexport const other = 1;\n");
    append("bench/definitions/os/hostname.toml", "\n# A remark.\n");
    assert_eq!(published(sandbox).with_code(0).json(), *document);

    std::fs::remove_dir_all(sandbox.root().join("runs")).expect("it is the store");
    let again = run(sandbox.portlab(&SHORT).args(["--publish", "--json"])).with_code(0);
    assert_eq!(again.json(), *document, "nothing is measured that was published");
    again.saying(&["taken from what was published of this machine"]);
    let store = SqliteStore::open_to_read(&sandbox.store()).expect("a new one");
    assert_eq!(store.calibration_runs().expect("it can be read").len(), 0);
    assert_eq!(published(sandbox).with_code(0).json(), *document);
}

/// Every hash is compared, and a file that cannot be read is named.
fn changes_are_found(sandbox: &Sandbox) {
    let concluded = file(sandbox, "calibration.json");
    for (path, wrong) in [
        (
            sandbox.root().join("bench/workloads/os/hostname.mjs"),
            "the definition or workload of os/hostname does not match",
        ),
        (
            sandbox.root().join("bench/inputs/text.mjs"),
            "the definition or workload of os/hostname does not match",
        ),
        (sandbox.root().join("bench/driver/loops.mjs"), "the driver does not match"),
        (sandbox.write("bench/gate/src/looks.rs", "struct Look;\n"), "the analysis does not match"),
    ] {
        let right = std::fs::read(&path).expect("it is there");
        let changed = [right.as_slice(), b"\nexport const changed = 1;\n"].concat();
        if path.ends_with("looks.rs") {
            published(sandbox).with_code(3).without_data().saying(&["the hash of", wrong, "publish again"]);
            std::fs::remove_file(&path).expect("it was written");
            continue;
        }
        std::fs::write(&path, changed).expect("it can be written");
        published(sandbox).with_code(3).without_data().saying(&["the hash of", wrong, "measure again"]);
        std::fs::write(&path, right).expect("it can be written");
    }
    let text = std::fs::read_to_string(&concluded).expect("it is there");
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} is not in {text}");
        std::fs::write(&concluded, text.replacen(from, to, 1)).expect("it can be written");
        let ended = published(sandbox).with_code(3).without_data();
        std::fs::write(&concluded, &text).expect("it can be written");
        ended
    };
    with("\"cpus\": ", "\"cpus\": 1").saying(&["the machine does not match", "restore it"]);
    with("\"measured_at\": \"20", "\"measured_at\": \"30").saying(&["has not come yet", "clock"]);
    with("\"measured_at\": \"20", "\"measured_at\": \"x20").saying(&["no time", "restore"]);
    with("\"false_alarms\": ", "\"false_alarms\": 1").saying(&["the samples yield other figures"]);
    with("\"schema_version\": 1", "\"schema_version\": 7").saying(&["schema version 7", "newer portlab"]);
    with("\"schema_version\": 1", "schema_version").saying(&["calibration.json", "publish again"]);

    // A gate would judge by floors that nobody can read.
    std::fs::write(&concluded, "{").expect("it can be written");
    run(&mut sandbox.compare("1s")).with_code(3).without_data().saying(&["calibration.json", "restore it"]);
    std::fs::write(&concluded, &text).expect("it can be written");

    std::fs::write(file(sandbox, "samples.ndjson.gz"), "other").expect("it can be written");
    published(sandbox).with_code(3).without_data().saying(&["samples.ndjson.gz", "SHA-256"]);
    published(sandbox).with_code(3);
}

#[test]
fn what_cannot_be_calibrated_is_said() {
    let sandbox = sandbox();
    published(&sandbox)
        .with_code(3)
        .without_data()
        .saying(&["has no calibration of os", "calibrate --publish"]);
    sandbox.run(&["calibrate", "tea"]).with_code(2).without_data().saying(&["tea"]);
    sandbox.run(&["calibrate", "os", "--host", "node1"]).with_code(2).without_data().saying(&["node1"]);
    sandbox.run(&["calibrate", "os", "--published", "--busy"]).with_code(2).without_data();
    let family = "[[family]]\nbenchmark = \"os/other\"\nlevel = \"binding\"\n";
    sandbox.write("bench/definitions/os/calibration.toml", family);
    sandbox.run(&SHORT).with_code(3).without_data().saying(&["calibration.toml", "os/other"]);
}

#[test]
fn another_machines_progress_does_not_count() {
    let sandbox = sandbox();
    let mut short = SHORT.to_vec();
    short.extend(["--busy"]);
    let document = run(sandbox.portlab(&short).arg("--json")).with_code(0).json();
    assert_eq!(document["gate"]["decisions"], 0, "a busy machine's decisions are no quiet one's");
    let connection = rusqlite::Connection::open(sandbox.store()).expect("it is a database");
    connection
        .execute("UPDATE runs SET machine = json_set(machine, '$.fingerprint', 'another')", [])
        .expect("it can be changed");
    drop(connection);
    let ended = run(sandbox.portlab(&short).arg("--json")).with_code(0);
    ended.saying(&["1 runs of another machine", "do not count"]);
}
