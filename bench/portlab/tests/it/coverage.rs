//! `portlab coverage`: what it says of a pinned host, and of what is no Node binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{Sandbox, beginning, checkout, host_binary, run};

fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

#[test]
fn the_whole_binary_as_json() {
    let sandbox = Sandbox::new();
    let survey = sandbox.run(&["coverage", "--host", "node26", "--json"]).with_code(0).json();
    assert_eq!((&survey["schema_version"], &survey["unclassified"]), (&Value::from(1), &Value::from(0)));
    assert!(count(&survey["sites"]) >= 34_000, "{}", survey["sites"]);
    assert!(count(&survey["symbols"]) >= 540, "{}", survey["symbols"]);
    assert!(survey["bindings"].as_array().expect("a list").len() >= 70);
    // What is hidden from this way of counting stands beside every count.
    assert!(survey["hidden"].as_str().expect("a text").contains("inlined is invisible"));
    let fs =
        survey["bindings"].as_array().expect("a list").iter().find(|one| one["name"] == "fs").expect("fs");
    for field in ["functions", "sites", "equivalent", "partial", "none"] {
        assert!(count(&fs[field]) > 0, "{field}");
    }
    // Joined with ported/fs/port.toml.
    assert!(count(&fs["ported"]) > 40, "{}", fs["ported"]);
    let gap = &survey["gaps"][0];
    assert!(gap["call_sites"].as_array().expect("a list").len() > 10 && gap["summary"].is_string());
}

#[test]
fn one_binding_as_a_table_and_as_rows_of_any_binary() {
    let sandbox = Sandbox::new();
    let node = host_binary("node24");
    let node = node.to_str().expect("its path is text");
    let table = sandbox.run(&["coverage", "os", "--node", node]).with_code(0).stdout;
    assert!(table.contains("getHostname") && table.contains("node::os::GetHostname"), "{table}");
    assert!(table.contains("inlined is invisible"), "{table}");
    let rows = sandbox.run(&["coverage", "os", "--host", "node24", "--csv"]).with_code(0).stdout;
    assert!(
        rows.starts_with("name,callback,method,status,sites,equivalent,partial,none,support,gaps\n"),
        "{rows}"
    );
    assert!(
        rows.lines().any(|row| row.starts_with("getHostname,node::os::GetHostname,false,ported,")),
        "{rows}"
    );
    sandbox.run(&["coverage", "oss"]).with_code(2).without_data().saying(&["no binding \"oss\"", "os, "]);
}

#[test]
fn the_explorer_is_one_file_with_the_survey() {
    let sandbox = Sandbox::new();
    let folder = sandbox.root().join("pages");
    let folder = folder.to_str().expect("its path is text");
    sandbox.run(&["coverage", "fs", "--html", "--report-dir", folder]).with_code(0).saying(&["index.html"]);
    let page = fs::read_to_string(Path::new(folder).join("index.html")).expect("it was written");
    for part in ["template-inheritance", "node::fs::", "nodejs/node#22852"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn two_hosts_are_compared() {
    let sandbox = Sandbox::new();
    let changes = sandbox.run(&["coverage", "--diff", "node24", "node26", "--json"]).with_code(0).json();
    assert_eq!(changes["bindings_added"], serde_json::json!(["ffi"]));
    assert!(count(&changes["sites"]["to"]) > count(&changes["sites"]["from"]));
    sandbox.run(&["coverage", "--diff", "node24", "node1"]).with_code(2).without_data().saying(&["node1"]);
}

#[test]
fn sources_stand_beside_the_binary() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "node/src/node_tea.cc",
        "namespace node {\nvoid Brew(const v8::FunctionCallbackInfo<v8::Value>& args) {\n  \
         if (args[0]->IsString()) return args.GetReturnValue().Set(v8::String::NewFromUtf8Literal(isolate, \"tea\"));\n}\n}\n",
    );
    sandbox.write("node/src/broken.cc", "}}} ((( class\n");
    let source = |arguments: &[&str]| {
        let all = [&["coverage", "--host", "node26", "--json", "--node-src"], arguments].concat();
        sandbox.run(&all).with_code(0).json()["source"].clone()
    };
    let read = source(&["node"]);
    assert_eq!(count(&read["files"]), 2);
    let uses = |symbol: &str| {
        let rows = read["symbols"].as_array().expect("a list");
        let row =
            rows.iter().find(|row| row["name"] == symbol).unwrap_or_else(|| panic!("{symbol}: {rows:?}"));
        (count(&row["uses"]), count(&row["sites"]))
    };
    // Inlined: the binary has no call of it.
    assert_eq!(uses("v8::Value::IsString"), (1, 0));
    let (here, there) = uses("v8::String::NewFromUtf8Literal");
    assert!(here == 1 && there > 100, "{there}");
    assert_eq!(read["unread"][0], "broken.cc:1");
    fs::create_dir(sandbox.root().join("empty")).expect("a folder can be made");
    sandbox
        .run(&["coverage", "--node-src", "empty"])
        .with_code(2)
        .without_data()
        .saying(&["empty has no C++ file"]);
}

/// The binary of a host, changed.
fn changed(sandbox: &Sandbox, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = fs::read(host_binary("node26")).expect("it can be read");
    change(&mut bytes);
    let path = sandbox.root().join("node");
    fs::write(&path, bytes).expect("a file can be written");
    path
}

/// The header of the section with this type.
fn section(bytes: &[u8], kind: u32) -> usize {
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes")) as usize;
    let (table, count) = (number(40), usize::from(u16::from_le_bytes([bytes[60], bytes[61]])));
    let headers = (0..count).map(|index| table + index * 64);
    headers.into_iter().find(|at| bytes[at + 4..at + 8] == kind.to_le_bytes()).expect("it has such a section")
}

const SYMBOLS: u32 = 2;

fn refused(sandbox: &Sandbox, node: &Path, code: i32, texts: &[&str]) {
    let node = node.to_str().expect("its path is text");
    sandbox.run(&["coverage", "--node", node, "--json"]).with_code(code).without_data().saying(texts);
}

#[test]
fn what_is_no_node_binary_says_what_it_is() {
    let sandbox = Sandbox::new();
    refused(&sandbox, Path::new("/no/such/node"), 2, &["/no/such/node"]);
    refused(&sandbox, &sandbox.write("script", "#!/bin/sh\n"), 3, &["is no ELF file", "script"]);
    refused(&sandbox, &sandbox.write("empty", ""), 3, &["it is empty"]);
    refused(
        &sandbox,
        Path::new(env!("CARGO_BIN_EXE_portlab")),
        3,
        &["none of them is in the namespace node"],
    );
    let cut = sandbox.root().join("cut");
    fs::write(&cut, beginning(&host_binary("node26"), 1 << 20)).expect("a file can be written");
    refused(&sandbox, &cut, 3, &["is damaged", "checksum"]);
}

#[test]
fn another_processor_a_stripped_and_a_truncated_binary_are_told_apart() {
    let sandbox = Sandbox::new();
    refused(
        &sandbox,
        &changed(&sandbox, |bytes| bytes[18] = 21),
        3,
        &["PowerPC", "linux-x64 or linux-arm64"],
    );
    let stripped = changed(&sandbox, |bytes| {
        let header = section(bytes, SYMBOLS);
        bytes[header + 4..header + 8].fill(0);
    });
    refused(&sandbox, &stripped, 3, &["is stripped", ".symtab"]);
    let truncated = changed(&sandbox, |bytes| {
        let header = section(bytes, SYMBOLS);
        bytes[header + 32..header + 40].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
    });
    refused(&sandbox, &truncated, 3, &["is damaged", "checksum"]);
}

#[test]
fn a_port_of_an_unknown_binding_is_a_mistake() {
    let sandbox = Sandbox::new();
    let ported = sandbox.root().join("ported");
    fs::remove_file(&ported).expect("it is a link");
    let port = fs::read_to_string(checkout().join("ported/os/port.toml")).expect("os is a port");
    sandbox
        .write("ported/os/port.toml", &port.replace("[bindings.os.functions]", "[bindings.tea.functions]"));
    fs::remove_dir_all(sandbox.root().join("bench/definitions")).expect("a copy can be removed");
    fs::create_dir(sandbox.root().join("bench/definitions")).expect("a folder can be made");
    let ended = sandbox.run(&["coverage", "--json"]).with_code(3).without_data();
    ended.saying(&["port.toml of os", "\"tea\"", "node26 has not", "async_wrap, "]);
}

#[test]
fn a_program_is_traced_and_ends_as_it_ends() {
    let sandbox = Sandbox::new();
    sandbox.copy_real("bench/hosts");
    let staged = checkout().join(".portlab/stage/os/os.node");
    let script = sandbox.write(
        "app.cjs",
        &format!(
            "const os = require({staged:?});\nfor (let i = 0; i < 7; i++) os.portCalls();\nprocess.exit(9);\n"
        ),
    );
    let (node, script) = (host_binary("node26"), script.to_string_lossy().into_owned());
    let node = node.to_str().expect("its path is text");
    // The module that counts is built in the real checkout, where cargo has built it already.
    let mut command = Command::new(env!("CARGO_BIN_EXE_portlab"));
    sandbox.settle(command.args(["trace", "--json", "--", node, &script])).env("PORTLAB_ROOT", checkout());
    let ended = run(&mut command).with_code(9);
    let trace = ended.json();
    assert_eq!(trace["exit_code"], 9);
    let module = &trace["modules"][0];
    assert!(module["path"].as_str().expect("a path").ends_with("os.node"), "{trace}");
    let functions = module["functions"].as_array().expect("a list");
    let called =
        functions.iter().find(|one| one["name"] == "napi_get_cb_info").expect("every callback calls it");
    assert!(count(&called["calls"]) >= 7, "{trace}");

    let mut command = Command::new(env!("CARGO_BIN_EXE_portlab"));
    sandbox.settle(command.args(["trace", "--", "/no/such/program"])).env("PORTLAB_ROOT", checkout());
    run(&mut command).with_code(2).without_data().saying(&["/no/such/program cannot be started"]);
}
