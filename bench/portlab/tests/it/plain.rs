//! Commands that measure nothing.

use std::fs::OpenOptions;
use std::io;
use std::process::Stdio;

use serde_json::Value;

use crate::sandbox::{Sandbox, finish, run};

const ESCAPE: char = '\u{1b}';

#[test]
fn help_version_completions_and_the_manual_are_printed() {
    let sandbox = Sandbox::new();
    for (arguments, text) in [
        (&["--help"][..], "Exit codes"),
        (&["gate", "--help"], "--against"),
        (&["--version"], env!("CARGO_PKG_VERSION")),
        (&["completions", "bash"], "complete -F _portlab"),
        (&["completions", "fish"], "complete -c portlab"),
        (&["completions", "zsh"], "#compdef portlab"),
        (&["man"], ".TH portlab"),
    ] {
        let ended = sandbox.run(arguments).with_code(0);
        assert!(ended.stdout.contains(text), "{arguments:?} does not print {text}: {}", ended.stdout);
        assert_eq!(ended.stderr, "", "{arguments:?}");
    }
}

#[test]
fn list_hosts_runs_and_doctor_print_one_json_document() {
    let sandbox = Sandbox::new();
    let json = |arguments: &[&str]| -> Value {
        let value = sandbox.run(arguments).with_code(0).json();
        assert_eq!(value["schema_version"], 1, "{arguments:?}");
        value
    };
    let list = json(&["list", "--json", "os"]);
    assert_eq!(list["modules"][0]["name"], "os");
    assert_eq!(list["modules"][0]["benchmarks"][0]["id"], "os/hostname");
    let hosts = json(&["hosts", "--json"]);
    assert_eq!(hosts["hosts"][0]["id"], "node24");
    assert_eq!(hosts["hosts"][1]["installed"], true);
    assert_eq!(json(&["runs", "--json"])["runs"], serde_json::json!([]));
    let doctor = json(&["doctor", "--json"]);
    assert_eq!(doctor["healthy"], true);
    assert!(doctor["checks"].as_array().is_some_and(|checks| checks.len() >= 7), "{doctor}");
}

#[test]
fn doctor_fails_and_names_the_fix_where_a_program_is_missing() {
    let sandbox = Sandbox::new();
    let empty = tempfile::tempdir().expect("a temporary folder can be made");
    let ended = run(sandbox.portlab(&["doctor"]).env("PATH", empty.path())).with_code(3);
    for text in ["missing", "npm", "apt-get install", "rustup"] {
        assert!(ended.stdout.contains(text), "{text} is not in {}", ended.stdout);
    }
}

#[test]
fn reading_commands_make_no_store() {
    let sandbox = Sandbox::new();
    sandbox.run(&["runs"]).with_code(0).without_data().saying(&["no run is stored yet"]);
    sandbox.run(&["report"]).with_code(2).without_data();
    assert!(!sandbox.store().exists(), "a command that only reads made a store");
}

#[test]
fn colour_is_for_who_wants_it() {
    let sandbox = Sandbox::new();
    let list = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = sandbox.portlab(&["list", "os"]);
        run(command.args(arguments).envs(variables.iter().copied())).with_code(0).stdout
    };
    assert!(!list(&[], &[]).contains(ESCAPE), "a pipe is no terminal");
    assert!(list(&[], &[("CLICOLOR_FORCE", "1")]).contains(ESCAPE));
    assert!(
        !list(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains(ESCAPE),
        "NO_COLOR goes first"
    );
    assert!(list(&["--color", "always"], &[]).contains(ESCAPE));
    assert!(list(&["--color", "always"], &[("NO_COLOR", "1")]).contains(ESCAPE), "an option goes first");
    assert!(!list(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]).contains(ESCAPE));
}

/// Whatever prints data.
const PRINTING: [&[&str]; 6] =
    [&["list", "--json"], &["list"], &["hosts"], &["doctor"], &["completions", "bash"], &["man"]];

#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let sandbox = Sandbox::new();
    for arguments in PRINTING {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has /dev/full");
        let mut command = sandbox.portlab(arguments);
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().expect("it can be started");
        finish(child).with_code(3).saying(&["standard output", "No space left"]);
    }
}

#[test]
fn a_reader_that_has_gone_ends_a_command_quietly() {
    let sandbox = Sandbox::new();
    for arguments in PRINTING.into_iter().chain([&["--help"][..]]) {
        let (reader, writer) = io::pipe().expect("a pipe can be made");
        drop(reader);
        let mut command = sandbox.portlab(arguments);
        let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("it can be started");
        let ended = finish(child).with_code(0);
        assert_eq!(ended.stderr, "", "{arguments:?}");
    }
}

#[test]
fn nobody_who_reads_standard_error_is_no_error() {
    let sandbox = Sandbox::new();
    let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has /dev/full");
    let mut command = sandbox.portlab(&["runs"]);
    let child = command.stdout(Stdio::piped()).stderr(full).spawn().expect("it can be started");
    finish(child).with_code(0);
}

#[test]
fn an_import_is_judged_and_written_in_other_formats() {
    let sandbox = Sandbox::new();
    let report = |seconds: [f64; 8]| {
        serde_json::json!({ "results": [{ "command": "ls", "times": seconds }] }).to_string()
    };
    let times = [0.100, 0.1004, 0.0997, 0.1001, 0.0999, 0.1002, 0.0998, 0.1003];
    let before = sandbox.write("before.json", &report(times));
    let after = sandbox.write("after.json", &report(times.map(|seconds| 1.2 * seconds)));
    let (before, after) = (before.to_str().expect("text"), after.to_str().expect("text"));
    let import = ["import", "--from", "hyperfine"];
    let slower = sandbox.run(&[&import[..], &[before, after]].concat()).with_code(1);
    assert!(
        slower.stdout.contains("hyperfine/ls") && slower.stdout.contains("after / before"),
        "{}",
        slower.stdout
    );
    let slower = slower.saying(&["hyperfine/ls", "regressed"]);
    assert!(!slower.stderr.contains("run 0"), "{}", slower.stderr);
    sandbox.run(&[&import[..], &[before, before]].concat()).with_code(0);
    sandbox.run(&[&import[..], &[before, after, "--margin", "0.5"]].concat()).with_code(0);
    let line = sandbox.run(&[&import[..], &[before, after, "--format", "github-annotations"]].concat());
    assert!(line.with_code(1).stdout.starts_with("::error title=hyperfine/ls regressed::"));
    sandbox
        .run(&["import", "--from", "go", before, after])
        .with_code(2)
        .without_data()
        .saying(&["before.json", "go test -bench"]);
}
