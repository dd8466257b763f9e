//! `gate --base REV`: another commit's ports, built beside the checkout and measured by this checkout's benchmarks.
//!
//! Cargo is a script here, which takes what is staged for what it built: that a port compiles is not the question.

use std::fs;
use std::path::Path;
use std::process::Command;

use bench_schema::{Status, Verdict};

use crate::sandbox::{Ended, Sandbox, checkout, run};

/// Answers what the lab asks cargo. A tree with a file `broken` does not build.
const CARGO: &str = r#"#!/bin/sh
case "$1" in
metadata)
  echo '{"packages":[{"name":"os-binding","features":{}},{"name":"bench-probe","features":{}},
    {"name":"v8-gap-node26","features":{}}]}' ;;
build | rustc)
  if [ -e broken ]; then echo 'error: expected item, found `broken`' >&2; exit 101; fi
  mkdir -p "$PORTLAB_ROOT/.portlab/built"
  echo "$*" >> "$PORTLAB_ROOT/.portlab/built/log"
  for argument; do
    case "$argument" in
    --package=os-binding) name=os_binding file=os/os.node ;;
    --package=bench-probe) name=bench_probe file=probe/probe.node ;;
    --package=v8-gap-node26) name=v8_gap_node26 file=v8-gap/v8-gap-147.node ;;
    *) continue ;;
    esac
    cp "$STAGED/$file" "$PORTLAB_ROOT/.portlab/built/$name.so"
    printf '{"reason":"compiler-artifact","target":{"name":"%s","kind":["cdylib"]},"filenames":["%s"],"fresh":true}\n' \
      "$name" "$PORTLAB_ROOT/.portlab/built/$name.so"
  done ;;
esac
"#;

/// A checkout under git with the port os of its own, and one commit of all of it.
pub(crate) fn committed(benchmarks: &[(&str, f64, &str)]) -> Sandbox {
    let sandbox = Sandbox::with(benchmarks);
    fs::remove_file(sandbox.root().join("ported")).expect("it is a link");
    let port = fs::read_to_string(checkout().join("ported/os/port.toml")).expect("os is a port");
    sandbox.write("ported/os/port.toml", &port);
    sandbox.write(".gitignore", "/.portlab\n/runs\n/bin\n");
    sandbox.program("cargo", CARGO);
    git(&sandbox, &["init", "--quiet"]);
    commit(&sandbox);
    sandbox
}

pub(crate) fn commit(sandbox: &Sandbox) {
    git(sandbox, &["add", "--all"]);
    git(
        sandbox,
        &["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message=t"],
    );
}

pub(crate) fn git(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output =
        Command::new("git").current_dir(sandbox.root()).args(arguments).output().expect("git is there");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Three times the work in the candidate's arm.
const DOES_MORE: &str = "\
export function binding({ binding: os, role }) {
  const ctx = {};
  const times = role === 'candidate' ? 3 : 1;
  return { run() { let name; for (let i = 0; i < times; i++) name = os.getHostname(ctx); return name.length > 0; } };
}
";

#[test]
fn a_regression_is_confirmed_on_a_relinked_build_of_both_sides() {
    let sandbox = committed(&[("hostname", 0.3, DOES_MORE)]);
    // As in every gate what a crossing costs is measured beside it, by addons that nobody relinks.
    sandbox.copy_real("bench/definitions/boundary");
    commit(&sandbox);
    let ended = gate(&sandbox, "HEAD").with_code(1).saying(&["os/hostname", "regressed"]);
    let document = ended.document();
    let [found] = document.investigations.as_slice() else { panic!("{:#?}", document.investigations) };
    assert!(found.conclusion.contains("confirmed on a relinked build"), "{found:#?}");
    let again = found.relinked.as_ref().expect("it was measured again");
    assert_eq!((again.verdict, found.verdict), (Verdict::Regressed, Verdict::Regressed));
    let built = fs::read_to_string(sandbox.root().join(".portlab/built/log")).expect("cargo was called");
    let relinked: Vec<&str> = built.lines().filter(|line| line.contains("--shuffle-sections")).collect();
    assert_eq!(relinked.len(), 2, "this checkout's port and the commit's: {built}");
    assert!(relinked.iter().all(|line| line.contains("--package=os-binding")), "{relinked:?}");
    assert_left_alone(&sandbox);
}

fn gate(sandbox: &Sandbox, base: &str) -> Ended {
    let mut command = sandbox.portlab(&["gate", "os", "--json", "--quick", "--base", base]);
    command.env("CARGO", sandbox.root().join("bin/cargo"));
    command.env("STAGED", checkout().join(".portlab/stage"));
    run(&mut command)
}

#[test]
fn head_is_compared_with_a_commit_and_what_that_lacks_is_new() {
    let sandbox = committed(&[("hostname", 9.0, "")]);
    let base = git(&sandbox, &["rev-parse", "HEAD"]);
    let definition = fs::read_to_string(sandbox.root().join("bench/definitions/os/hostname.toml"))
        .expect("it is a definition");
    sandbox.write("bench/definitions/os/later.toml", &definition.replace("os/hostname", "os/later"));
    let ended = gate(&sandbox, "HEAD").with_code(0).saying(&["base    HEAD", &base]);
    let document = ended.document();
    let decided: Vec<_> = document.rows.iter().filter(|row| row.verdict.is_some()).collect();
    assert_eq!(decided.len(), 1, "{decided:#?}");
    assert_eq!((decided[0].benchmark.as_str(), decided[0].candidate.as_str()), ("os/hostname", "node-api"));
    assert_eq!(decided[0].baseline, format!("node-api@{}", &base[..10]));
    assert!(matches!(decided[0].verdict, Some(Verdict::Ok | Verdict::Improved)));
    let new: Vec<_> = document.rows.iter().filter(|row| row.status == Status::New).collect();
    assert_eq!(new.len(), 1);
    assert!(new[0].benchmark == "os/later" && new[0].ratio.is_none(), "{:?}", new[0]);
    // Two images: a loader that meets one inode twice would share the statics of the arms.
    let images = sandbox.root().join(".portlab/stage/os/arms");
    assert!(images.join("os.baseline.node").is_file() && images.join("os.candidate.node").is_file());
    assert_left_alone(&sandbox);

    // What is staged is used again.
    gate(&sandbox, &base).with_code(0);
    let built = fs::read_to_string(sandbox.root().join(".portlab/built/log")).expect("cargo was called");
    assert_eq!(built.lines().filter(|line| line.contains("revisions/target")).count(), 1, "{built}");
}

#[test]
fn a_base_that_cannot_be_had_is_said_before_anything_is_measured() {
    let sandbox = committed(&[("hostname", 9.0, "")]);
    gate(&sandbox, "no-such-branch")
        .with_code(2)
        .without_data()
        .saying(&["\"no-such-branch\"", "git log --all"]);
    // Git must not take a name for an option.
    gate(&sandbox, "--output=x").with_code(2).without_data();

    sandbox.write("broken", "");
    commit(&sandbox);
    fs::remove_file(sandbox.root().join("broken")).expect("it is a file");
    commit(&sandbox);
    let broken = gate(&sandbox, "HEAD~1").with_code(3).without_data();
    broken.saying(&["HEAD~1", "cannot be measured", "os-binding could not be built", "expected item"]);
    assert_left_alone(&sandbox);

    sandbox.write("ported/os/port.toml", "package = 7");
    commit(&sandbox);
    fs::write(
        sandbox.root().join("ported/os/port.toml"),
        fs::read(checkout().join("ported/os/port.toml")).expect("os is a port"),
    )
    .expect("it can be written");
    gate(&sandbox, "HEAD")
        .with_code(3)
        .without_data()
        .saying(&["cannot be measured", "port.toml is not valid"]);

    fs::write(sandbox.root().join(".git/shallow"), git(&sandbox, &["rev-parse", "HEAD"]))
        .expect("it can be written");
    gate(&sandbox, "HEAD~2").with_code(3).without_data().saying(&["shallow", "git fetch --unshallow"]);
    fs::remove_dir_all(sandbox.root().join(".git")).expect("it is a folder");
    gate(&sandbox, "HEAD").with_code(3).without_data().saying(&["git does not work in"]);
}

/// No worktree, branch or change is left behind.
fn assert_left_alone(sandbox: &Sandbox) {
    assert_eq!(git(sandbox, &["worktree", "list"]).lines().count(), 1);
    let changed = git(sandbox, &["status", "--porcelain"]);
    assert!(changed.lines().all(|line| line.contains("later.toml")), "{changed}");
    assert!(!Path::new(&sandbox.root().join(".portlab/revisions/worktree")).exists());
}
