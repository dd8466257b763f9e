//! `portlab bisect`: the commit since which a port is slower, with builds as in `base.rs`.

use std::fs;

use crate::base::{commit, committed, git};
use crate::sandbox::{Ended, Sandbox, checkout, run};

/// A JavaScript half that asks the system so many times.
fn half(times: u32) -> String {
    format!(
        "module.exports = ({{ addon }}) => ({{ os: {{ getHostname(ctx) {{\n\
         let name; for (let i = 0; i < {times}; i++) name = addon.getHostname(ctx); return name;\n}} }} }});\n"
    )
}

fn bisect(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    let mut command = sandbox.portlab(&["bisect", "--json", "--budget", "3m"]);
    command.args(arguments).args(["--", "os/hostname"]);
    command.env("CARGO", sandbox.root().join("bin/cargo"));
    command.env("STAGED", checkout().join(".portlab/stage"));
    run(&mut command)
}

#[test]
fn the_commit_that_made_it_slower_is_found_and_what_was_judged_is_kept() {
    let sandbox = committed(&[("hostname", 0.8, "")]);
    let port = fs::read_to_string(sandbox.root().join("ported/os/port.toml")).expect("it is a port");
    let (head, rest) = port.split_once("[world]").expect("a port has a world");
    sandbox.write("ported/os/port.toml", &format!("{head}js = \"js/index.js\"\n\n[world]{rest}"));
    let mut commits = Vec::new();
    // The one that is slow, one that changes nothing of the port, and one that only touches it.
    for (file, text) in [
        ("ported/os/js/index.js", half(1)),
        ("ported/os/js/note.js", "// 1".to_owned()),
        ("ported/os/js/index.js", half(6)),
        ("README.md", "nothing".to_owned()),
        ("ported/os/js/note.js", "// 2".to_owned()),
    ] {
        sandbox.write(file, &text);
        commit(&sandbox);
        commits.push(git(&sandbox, &["rev-parse", "HEAD"]));
    }
    // What lies around uncommitted is neither measured nor touched.
    sandbox.write("ported/os/js/note.js", "// 3");
    let found = bisect(&sandbox, &[&commits[0], "HEAD"]).with_code(0);
    assert_eq!(found.json()["culprit"], commits[2].as_str(), "{:#}\n{}", found.json(), found.stderr);
    assert_eq!(git(&sandbox, &["status", "--porcelain"]), "M ported/os/js/note.js");
    assert_eq!(git(&sandbox, &["worktree", "list"]).lines().count(), 1);

    let again = bisect(&sandbox, &[&commits[0], "HEAD"]).with_code(0).saying(&["commits were judged before"]);
    assert_eq!(again.json()["culprit"], commits[2].as_str());
    assert!(!again.stderr.contains("measuring"), "it was measured again: {}", again.stderr);

    // Nothing became slower between these.
    bisect(&sandbox, &[&commits[2], "HEAD"]).with_code(2).without_data().saying(&["nothing to bisect"]);
    bisect(&sandbox, &["HEAD", &commits[0]]).with_code(2).without_data().saying(&["does not come before"]);
    bisect(&sandbox, &["nowhere", "HEAD"]).with_code(2).without_data().saying(&["\"nowhere\""]);
}
