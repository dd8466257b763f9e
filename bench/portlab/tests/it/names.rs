//! Names and numbers that do not exist: exit code 2, what there is on standard error, nothing on standard output.

use crate::sandbox::{Ended, Sandbox, host_binary, run};

#[track_caller]
fn refused(ended: Ended, texts: &[&str]) {
    ended.with_code(2).without_data().saying(texts);
}

#[test]
fn an_unknown_module() {
    let sandbox = Sandbox::new();
    for command in ["compare", "gate", "list", "build"] {
        refused(
            sandbox.run(&[command, "oss"]),
            &["no module \"oss\"", "Did you mean \"os\"?", "Modules: boundary, extensions, fs, os"],
        );
    }
}

#[test]
fn an_unknown_host() {
    let sandbox = Sandbox::new();
    refused(
        sandbox.run(&["compare", "os", "--no-build", "--host", "node24,node25"]),
        &["no host \"node25\"", "Did you mean \"node2", "Hosts: node24, node26", "--node PATH"],
    );
}

#[test]
fn an_unknown_variant() {
    let sandbox = Sandbox::new();
    for side in ["--baseline", "--candidate"] {
        refused(
            sandbox.run(&["compare", "os", "--no-build", side, "natve"]),
            &["no variant \"natve\"", "Did you mean \"native\"?", "native, node-api", ".node file"],
        );
    }
    refused(
        sandbox.run(&["compare", "os", "--no-build", "--candidate", "missing.node"]),
        &["no variant \"missing.node\""],
    );
}

#[test]
fn a_filter_that_matches_nothing_is_answered_with_the_ids_before_anything_is_built() {
    let sandbox = Sandbox::new();
    // Without --no-build: nothing but the names may have been looked at.
    let ended = sandbox.run(&["compare", "os", "--filter", "os/hostnme"]);
    assert!(!ended.stderr.contains("building"), "{}", ended.stderr);
    refused(ended, &["--filter", "os/hostname", "os/cpus"]);
    refused(sandbox.run(&["gate", "os", "--exclude", "os/", "--no-build"]), &["--exclude", "os/hostname"]);
}

#[test]
fn a_run_that_is_not_stored() {
    let sandbox = Sandbox::new();
    for run in ["last", "7", "-1", "first", "9223372036854775807", "92233720368547758080"] {
        let against = format!("--against={run}");
        refused(sandbox.run(&["report", "--", run]), &["scripts/lab"]);
        refused(sandbox.run(&["gate", "os", "--no-build", &against]), &["scripts/lab"]);
    }
}

#[test]
fn a_budget_that_is_no_time() {
    let sandbox = Sandbox::new();
    for budget in ["soon", "0", "-5m", "5d", "", "1e99h", "nan"] {
        refused(sandbox.run(&["compare", "os", "--no-build", &format!("--budget={budget}")]), &["--budget"]);
    }
}

#[test]
fn an_unknown_command_or_option() {
    let sandbox = Sandbox::new();
    refused(sandbox.run(&["compair"]), &["compair", "compare"]);
    refused(sandbox.run(&["compare", "--jsn"]), &["--jsn", "--json"]);
    refused(sandbox.run(&["compare", "os", "--quick", "--budget", "1m"]), &["--quick", "--budget"]);
    refused(sandbox.run(&["compare", "os", "--host", "all", "--node", "node"]), &["--host", "--node"]);
    refused(sandbox.run(&[]), &["Usage"]);
}

#[test]
fn options_on_the_command_line_win_over_variables() {
    let sandbox = Sandbox::new();
    let binary = host_binary("node24");
    let node = binary.to_str().expect("its path is text");
    // The unknown module is what must be complained about, not that a variable is set as well.
    let ended = run(sandbox.portlab(&["compare", "oss", "--node", node]).env("PORTLAB_HOST", "node26"));
    refused(ended, &["no module \"oss\""]);
    let ended = run(sandbox.portlab(&["compare", "oss", "--quick"]).env("PORTLAB_BUDGET", "5m"));
    refused(ended, &["no module \"oss\""]);
}

#[test]
fn outside_a_checkout() {
    let sandbox = Sandbox::new();
    let elsewhere = tempfile::tempdir().expect("a temporary folder can be made");
    let ended = run(sandbox.portlab(&["list"]).env_remove("PORTLAB_ROOT").current_dir(&elsewhere));
    refused(ended, &["is not inside a portlab checkout", "scripts/lab"]);
    let ended = run(sandbox.portlab(&["list"]).env("PORTLAB_ROOT", elsewhere.path()));
    refused(ended, &["PORTLAB_ROOT", "bench/definitions", "scripts/lab"]);
}
