//! The table against the hosts that are installed: a libuv that names an error otherwise fails here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One error a line, sorted, so that a difference reads as a line; then names of errnos without one.
const SCRIPT: &str = r"
const util = require('node:util');
const rows = [...util.getSystemErrorMap()].map(([errno, [code, message]]) => [-errno, code, message]);
rows.sort((a, b) => a[0] - b[0]);
for (const row of rows) console.log(row.join('|'));
for (const errno of [122, 133]) console.log([errno, util.getSystemErrorName(-errno)].join('|'));
";

fn hosts() -> PathBuf {
    match std::env::var_os("PORTLAB_HOSTS_DIR") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.portlab/hosts/node_modules"),
    }
}

fn check(host: &str) {
    let binary = hosts().join(host).join("bin/node");
    assert!(
        binary.exists(),
        "host {host} is not installed: {} does not exist; `scripts/test` installs the hosts, and \
         PORTLAB_HOSTS_DIR names another folder that holds them",
        binary.display()
    );
    let output = Command::new(&binary).args(["-e", SCRIPT]).output().expect("the host starts");
    assert!(output.status.success(), "{host}: {}", String::from_utf8_lossy(&output.stderr));
    let mut expected = String::new();
    for (errno, code, message) in node_error::all() {
        writeln!(expected, "{errno}|{code}|{message}").expect("a String takes all text");
    }
    for errno in [122, 133] {
        writeln!(expected, "{errno}|{}", node_error::code(errno)).expect("a String takes all text");
    }
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "the table differs from {host}");
}

#[test]
fn table_is_that_of_node_24() {
    check("node24");
}

#[test]
fn table_is_that_of_node_26() {
    check("node26");
}
