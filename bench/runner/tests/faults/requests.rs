//! What can be wrong with a request or with the lab's own files is said before anything runs, with the way out.

use crate::fake::{FakeLab, definition, host, request};
use bench_runner::{LabError, Request};

fn refused(lab: &FakeLab, request: &Request) -> String {
    lab.prepare(request).unwrap_err().to_string()
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in: {text}");
    }
}

#[test]
fn an_unknown_module_is_answered_with_what_there_is() {
    let lab = FakeLab::new("");
    lab.definitions("streams", &["streams/pipe"]);
    assert_says(
        &refused(&lab, &request("stream", "node24")),
        &["\"stream\"", "Did you mean \"streams\"?", "streams, toy"],
    );
    let far = refused(&lab, &request("zlib", "node24"));
    assert!(!far.contains("Did you mean"), "{far}");
}

#[test]
fn an_unknown_host_is_answered_with_what_there_is() {
    let text = refused(&FakeLab::new(""), &request("toy", "nod26"));
    assert_says(&text, &["\"nod26\"", "Did you mean \"node26\"?", "node24, node26", "--node PATH"]);
}

#[test]
fn an_unknown_variant_is_answered_with_what_there_is() {
    let lab = FakeLab::new("");
    let text = refused(&lab, &Request { candidate: "node-apii".into(), ..request("toy", "node24") });
    assert_says(&text, &["\"node-apii\"", "Did you mean \"node-api\"?", ".node file"]);
    let missing = refused(&lab, &Request { baseline: "/nowhere/fs.node".into(), ..request("toy", "node24") });
    assert_says(&missing, &["/nowhere/fs.node"]);
}

#[test]
fn a_host_that_is_not_installed_names_the_command_that_installs_it() {
    let text = refused(&FakeLab::new(""), &request("toy", "node26"));
    assert_says(&text, &["node26", "hosts/node26/bin/node", "scripts/lab", "--node PATH"]);
}

#[test]
fn a_host_of_another_version_is_refused() {
    let lab = FakeLab::new("");
    lab.host("node26", "v22.3.1");
    assert_says(
        &refused(&lab, &request("toy", "node26")),
        &["wrong Node", "v22.3.1", "v26.0.0", "scripts/lab"],
    );
}

#[test]
fn a_host_that_does_not_run_is_refused() {
    let lab = FakeLab::new("");
    lab.host("node26", "x; kill -ILL $$");
    assert_says(&refused(&lab, &request("toy", "node26")), &["node26", "does not run", "signal"]);
}

#[test]
fn a_port_is_not_loaded_into_a_major_that_it_does_not_serve() {
    let lab = FakeLab::new("");
    lab.definitions("os", &["os/hostname"]);
    lab.write(
        "ported/os/port.toml",
        "module = \"os\"\nsummary = \"s\"\npackage = \"os-binding\"\nnapi_version = 8\nnode_majors = [26]\n[world]\nbuiltin = \"os\"\nfresh = [\"os\"]\n[bindings.os.functions.getHostname]\nstatus = \"ported\"\n",
    );
    assert_says(
        &refused(&lab, &request("os", "node24")),
        &["port os is for Node 26", "node24 is Node 24", "node_majors"],
    );
    lab.host("node26", "v26.0.0");
    let text = refused(&lab, &request("os", "node26"));
    assert_says(&text, &["os.node", "scripts/lab build"]);
    lab.write(".portlab/stage/os/os.node", "bytes");
    let prepared = lab.prepare(&request("os", "node26")).unwrap();
    let bench = &prepared.benches()[0];
    assert_eq!((bench.baseline.name.as_str(), bench.candidate.name.as_str()), ("native", "node-api"));
    assert_eq!(bench.roles().len(), 4);
    let artifact = &prepared.artifacts()[0];
    // sha256("bytes")
    assert_eq!(artifact.sha256, "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9");
}

#[test]
fn an_edited_javascript_half_is_another_artifact() {
    let lab = FakeLab::new("");
    lab.definitions("fs", &["fs/stat"]);
    lab.write(
        "ported/fs/port.toml",
        "module = \"fs\"\nsummary = \"s\"\npackage = \"fs-binding\"\nnapi_version = 8\nnode_majors = [24]\njs = \"js/index.js\"\n[world]\nbuiltin = \"fs\"\nfresh = [\"fs\"]\n[bindings.fs.functions.stat]\nstatus = \"ported\"\n",
    );
    lab.write(".portlab/stage/fs/fs.node", "bytes");
    lab.write("ported/fs/js/index.js", "require('./other.js')");
    let hash = |other: &str| {
        lab.write("ported/fs/js/other.js", other);
        let prepared = lab.prepare(&request("fs", "node24")).unwrap();
        let artifacts = prepared.artifacts();
        assert_eq!(artifacts.len(), 2, "{artifacts:?}");
        assert!(artifacts[1].path.ends_with("ported/fs/js/index.js"), "{artifacts:?}");
        artifacts[1].sha256.clone()
    };
    assert_eq!(hash("1"), hash("1"));
    assert_ne!(hash("1"), hash("2"));
}

#[test]
fn two_sides_on_one_file_are_two_images() {
    use std::os::unix::fs::MetadataExt as _;
    let lab = FakeLab::new("");
    let prepared = lab.prepare(&request("toy", "node24")).unwrap();
    let bench = &prepared.benches()[0];
    let inode = |variant: &bench_runner::Variant| std::fs::metadata(variant.addon().unwrap()).unwrap().ino();
    let inodes = std::collections::BTreeSet::from([
        inode(&bench.baseline),
        inode(&bench.candidate),
        inode(&bench.twin),
    ]);
    assert_eq!(inodes.len(), 3);
}

#[test]
fn files_of_the_lab_are_checked_with_their_path() {
    let check = |path: &str, text: &str, parts: &[&str]| {
        let lab = FakeLab::new("");
        lab.write(path, text);
        assert_says(&lab.open().unwrap_err().to_string(), &[&[path], parts].concat());
    };
    check("bench/hosts/node20.toml", "id = 1", &["not valid", "line 1"]);
    check("bench/hosts/node20.toml", &host("node21", 21), &["node21", "node20"]);
    check("bench/definitions/toy/b.toml", &definition("toy/one"), &["toy/one", "also defined", "all.toml"]);
    check("bench/definitions/toy/b.toml", &definition("other/two"), &["other/two", "toy/"]);
    check(
        "bench/definitions/toy/b.toml",
        &definition("toy/two").replace("noop", "none"),
        &["none.mjs", "not there"],
    );
    check(
        "bench/definitions/toy/b.toml",
        &definition("toy/two").replace("Nothing.", " "),
        &["toy/two", "analysis"],
    );
    check(
        "bench/definitions/toy/b.toml",
        &definition("toy/two").replace("sync\"", "sync\"\nconcurrency = 4"),
        &["concurrency of 4"],
    );
    check(
        "bench/definitions/toy/b.toml",
        &definition("toy/two").replace("[\"binding\"]", "[\"private\"]"),
        &["private"],
    );
}

#[test]
fn a_module_without_benchmarks_or_arms_says_what_to_add() {
    let lab = FakeLab::new("");
    lab.definitions("zlib", &["zlib/gzip"]);
    assert_says(&refused(&lab, &request("zlib", "node24")), &["ported/zlib/port.toml", "module.toml"]);
    lab.write("bench/definitions/zlib/all.toml", "benchmark = []");
    assert!(matches!(lab.prepare(&request("zlib", "node24")), Err(LabError::NoBenchmarks { .. })));
}

#[test]
fn any_other_binary_is_asked_what_it_is() {
    let lab = FakeLab::new("");
    let node = |says: &str| Request { node: Some(lab.binary("other", says)), ..request("toy", "ignored") };
    let nowhere = Request { node: Some("/nowhere/node".into()), ..request("toy", "ignored") };
    assert_says(&refused(&lab, &nowhere), &["/nowhere/node", "cannot be found", "No such file"]);
    assert_says(&refused(&lab, &node("echo hello")), &["is no Node", "hello"]);
    let prepared = lab.prepare(&node("echo '{\"node\":\"23.1.0\",\"modules\":\"131\"}'")).unwrap();
    let host = &prepared.hosts()[0];
    assert_eq!((host.id.as_str(), host.major, host.modules), ("node-23.1.0", 23, 131));
}
