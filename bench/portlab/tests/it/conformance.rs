//! `portlab conformance` on a tree in miniature, with a port that breaks some of its files.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::sandbox::{Ended, Sandbox, finish, wait_until};

/// Answers `fixture` for the host's name, by way of the real port.
const HALF: &str = "\
module.exports = ({ addon }) => ({ os: { getHostname(ctx) { addon.getHostname(ctx); return 'fixture'; } } });
module.exports.features = {
  mute({ addon, requireFresh, replace }) {
    replace(requireFresh('os'), 'hostname', () => (addon.getHostname({}), 'mute'), 'os.hostname');
  },
};
";

const CONFORMANCE: &str = "\
[[suite]]
directory = \"parallel\"
pattern = \"^test-os-\"

[[suite]]
directory = \"async-hooks\"
pattern = \".\"

[[skip]]
test = \"test-os-skipped.js\"
reason = \"The fixture has no name.\"

[[skip]]
test = \"test-os-well.js\"
reason = \"It was broken once.\"

[[skip]]
test = \"test-os-elsewhere.js\"
reason = \"Not on this major.\"
node_majors = [24]
";

const HOST: &str = "require('os').hostname()";

/// Files that pass on the port.
fn good_files() -> Vec<(&'static str, String)> {
    vec![
        ("parallel/test-os-pass.js", format!("{HOST};")),
        ("parallel/test-os-unreached.js", String::new()),
        ("parallel/test-os-child.js", format!("require('child_process').execFileSync(process.execPath, ['-p', `{HOST}`]);")),
        (
            "parallel/test-os-flags.js",
            format!(
                "// Flags: --stack-trace-limit=7\n// Env: PORTLAB_FIXTURE=a=b\n{HOST};
                require('assert').deepStrictEqual([Error.stackTraceLimit, process.env.PORTLAB_FIXTURE], [7, 'a=b']);
                require('fs').writeFileSync(process.env.NODE_TEST_DIR + '/x' + process.env.TEST_THREAD_ID, '');"
            ),
        ),
        ("parallel/test-os-broken.js", "throw new Error('natively too');".to_owned()),
        ("parallel/test-os-not-here.js", "console.log('1..0 # Skipped: not here');".to_owned()),
        ("parallel/test-os-skipped.js", format!("if ({HOST} === 'fixture') throw new Error('it is');")),
        ("parallel/test-os-well.js", format!("{HOST};")),
        ("parallel/helper.js", "throw new Error('no test');".to_owned()),
        ("parallel/test-other.js", "throw new Error('no test of os');".to_owned()),
        ("async-hooks/test-name.js", format!("{HOST};")),
    ]
}

struct Tree {
    sandbox: Sandbox,
    folder: PathBuf,
}

impl Tree {
    /// With these files of a folder `test`, for Node 26 alone.
    fn with(files: &[(&str, String)], half: &str) -> Tree {
        let sandbox = Sandbox::with(&[("hostname", 0.5, "")]);
        sandbox.give_half(half, "[variants.mute]\nsummary = \"Says mute.\"\nreplaces = [\"os.hostname\"]\n");
        sandbox.write("ported/os/conformance.toml", CONFORMANCE);
        sandbox.write("trees/26/test/common/index.js", "");
        for (name, text) in files {
            sandbox.write(&format!("trees/26/test/{name}"), text);
        }
        let folder = sandbox.root().join("trees");
        Tree { sandbox, folder }
    }

    fn conform(&self, more: &[&str]) -> Ended {
        let folder = self.folder.to_str().expect("it is UTF-8");
        let first = ["conformance", "os", "--no-build", "--tests", folder, "--timeout", "5s"];
        self.sandbox.run(&[&first[..], more].concat())
    }
}

/// `verdict` of each file.
fn verdicts(document: &Value) -> Vec<(&str, &str)> {
    let files = document["files"].as_array().expect("there are files");
    let text = |file: &Value, key: &str| file[key].as_str().expect("it is a text").to_owned().leak() as &str;
    files.iter().map(|file| (text(file, "test"), text(file, "verdict"))).collect()
}

#[test]
fn files_that_pass_on_the_port_are_counted_with_their_calls() {
    let tree = Tree::with(&good_files(), HALF);
    let document = tree.conform(&["--json"]).with_code(0).json();
    assert_eq!(
        verdicts(&document),
        [
            ("parallel/test-os-broken.js", "not_native"),
            ("parallel/test-os-child.js", "pass"),
            ("parallel/test-os-flags.js", "pass"),
            ("parallel/test-os-not-here.js", "not_native"),
            ("parallel/test-os-pass.js", "pass"),
            ("parallel/test-os-skipped.js", "skipped"),
            ("parallel/test-os-unreached.js", "unreached"),
            ("parallel/test-os-well.js", "skipped"),
            ("async-hooks/test-name.js", "pass"),
        ]
    );
    assert_eq!((&document["schema_version"], &document["native_pass"]), (&json!(1), &json!(7)));
    assert_eq!((&document["ported_pass"], &document["failures"]), (&json!(5), &json!([])));
    assert_eq!(document["unreached"], json!(["parallel/test-os-unreached.js"]));
    assert_eq!(document["suites"][0]["name"], "parallel");
    assert_eq!(
        document["suites"][1],
        json!({
            "name": "async-hooks", "module": "os", "host": "node26", "variant": "node-api", "native_pass": 1,
            "ported_pass": 1, "unreached": 0, "skipped": 0, "not_native": 0, "port_calls": 1,
        })
    );
    assert_eq!(document["files"][4]["functions"], json!({ "os.getHostname": 1 }));
    let text = tree.conform(&["--filter", "skipped|well"]).with_code(0);
    let text = text.saying(&["os on node26, node-api: 0 of 2 files"]);
    assert!(
        text.stdout
            .contains("skipped parallel/test-os-skipped.js on node26, node-api: The fixture has no name.")
    );
    assert!(text.stdout.contains("parallel/test-os-well.js on node26, node-api, and it passes: take it out"));
    assert!(!text.stderr.contains("native"), "known from the first run: {}", text.stderr);
    tree.sandbox.write("trees/26/test/common/index.js", "// another tree");
    tree.conform(&["--filter", "pass"]).with_code(0).saying(&["os on node26, native: 0 of 1 files"]);
}

#[test]
fn what_the_port_breaks_is_shown_and_fails_the_run() {
    let files = [
        (
            "parallel/test-os-regress.js",
            format!("if ({HOST} === 'fixture') throw new Error('it is the fixture');"),
        ),
        ("parallel/test-os-crash.js", format!("if ({HOST} === 'fixture') process.abort();")),
        ("parallel/test-os-hang.js", format!("if ({HOST} === 'fixture') setInterval(() => {{}}, 1000);")),
        ("async-hooks/test-name.js", format!("{HOST};")),
    ];
    let tree = Tree::with(&files, HALF);
    let ended = tree.conform(&[]).with_code(1);
    for text in [
        "--- parallel/test-os-regress.js on node26, node-api: exit status: 1, 1 port calls",
        "it is the fixture",
        "test-os-crash.js on node26, node-api: signal: 6 (SIGABRT)",
        "test-os-hang.js on node26, node-api: no end within 5 s",
    ] {
        assert!(ended.stdout.contains(text), "{text} is missing in\n{}", ended.stdout);
    }
    ended.saying(&["3 files regressed against conformance.toml"]);
    // The feature answers something else.
    let document = tree.conform(&["--json", "--variant", "all"]).with_code(1).json();
    assert_eq!(document["suites"].as_array().map(Vec::len), Some(4));
    let failed: Vec<&str> = document["failures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["variant"].as_str())
        .collect();
    assert_eq!(failed, ["node-api"; 3], "{document:#}");
}

#[test]
fn a_swap_that_a_file_does_not_reach_is_a_failure_though_it_passes() {
    let files =
        [("parallel/test-os-missed.js", format!("{HOST};")), ("async-hooks/test-none.js", String::new())];
    let tree = Tree::with(&files, "module.exports = () => ({ os: {} });");
    let ended = tree.conform(&[]).with_code(1);
    let text = "it passes, but its calls of os.getHostname did not reach the port";
    assert!(ended.stdout.contains(text), "{}", ended.stdout);
    let skip = "\n[[skip]]\ntest = \"test-os-missed.js\"\nreason = \"Out of reach.\"\n";
    tree.sandbox.write("ported/os/conformance.toml", &format!("{CONFORMANCE}{skip}"));
    let ended = tree.conform(&[]).with_code(0);
    let text = "skipped parallel/test-os-missed.js on node26, node-api: Out of reach.";
    assert!(ended.stdout.contains(text), "the skip is needed: {}", ended.stdout);
}

#[test]
fn sequential_files_run_one_at_a_time_and_are_counted_with_others_of_their_suite() {
    let alone = format!(
        "const lock = process.env.NODE_TEST_DIR + '/lock';
        require('fs').mkdirSync(lock);
        setTimeout(() => require('fs').rmdirSync(lock), 300);
        require('assert').strictEqual(process.env.TEST_PARALLEL, undefined);
        {HOST};"
    );
    let files = ["a", "b", "c"].map(|name| (format!("sequential/test-os-{name}.js"), alone.clone()));
    let mut named: Vec<(&str, String)> =
        files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    named.push(("parallel/test-os-beside.js", format!("{HOST};")));
    named.push(("async-hooks/test-name.js", format!("{HOST};")));
    let tree = Tree::with(&named, HALF);
    tree.sandbox.write(
        "ported/os/conformance.toml",
        "[[suite]]\nname = \"os\"\ndirectory = \"parallel\"\npattern = \"^test-os-\"\n\n\
         [[suite]]\ndirectory = \"async-hooks\"\npattern = \".\"\n\n\
         [[suite]]\nname = \"os\"\ndirectory = \"sequential\"\npattern = \"^test-os-\"\n",
    );
    let ended = tree.conform(&["--json", "--jobs", "3"]).with_code(0);
    let document = ended.json();
    let suite =
        |index: usize| (&document["suites"][index]["name"], &document["suites"][index]["ported_pass"]);
    assert_eq!(suite(0), (&json!("os"), &json!(4)), "both folders in one: {document}");
    assert_eq!(suite(1), (&json!("async-hooks"), &json!(1)), "{document}");
    assert_eq!(document["suites"].as_array().map(Vec::len), Some(2), "{document}");
    let files = document["files"].as_array().expect("there are files");
    assert!(files.iter().all(|file| file["second_try"] == false), "none needed another try: {document}");
}

#[test]
fn what_cannot_be_run_is_said_before_anything_is() {
    let tree = Tree::with(&[("async-hooks/test-broken.js", "throw new Error('natively');".to_owned())], HALF);
    fs::create_dir_all(tree.folder.join("26/test/parallel")).expect("a folder can be made");
    tree.conform(&["--host", "node24"]).with_code(2).without_data().saying(&["holds neither", "24/test"]);
    tree.conform(&["--filter", "nothing"]).with_code(2).saying(&["no test file", "--filter is nothing"]);
    tree.conform(&["--filter", "["]).with_code(2).saying(&["--filter"]);
    tree.conform(&["--variant", "node-api+loud"]).with_code(2).saying(&["Variants: node-api, node-api+mute"]);
    tree.conform(&[]).with_code(3).saying(&["none of 1 files", "natively", "the tree of this Node's major?"]);
    tree.sandbox.run(&["conformance", "--tests", "/nowhere"]).with_code(2).saying(&["no such folder"]);
    let folder = tree.folder.to_str().expect("it is UTF-8");
    tree.sandbox
        .run(&["conformance", "zlib", "--tests", folder])
        .with_code(2)
        .saying(&["no port \"zlib\" has test files", "os"]);
}

#[test]
fn ctrl_c_ends_the_files_that_run() {
    let text = "require('fs').writeFileSync(process.env.NODE_TEST_DIR + '/../pid-of-test', String(process.pid)); setInterval(() => {}, 1000);";
    let tree = Tree::with(&[("async-hooks/test-hang.js", text.to_owned())], HALF);
    fs::create_dir_all(tree.folder.join("26/test/parallel")).expect("a folder can be made");
    let temporary = tree.sandbox.root().join("tmp");
    fs::create_dir(&temporary).expect("a folder can be made");
    let folder = tree.folder.to_str().expect("it is UTF-8");
    let mut command = tree.sandbox.portlab(&["conformance", "os", "--no-build", "--tests", folder]);
    command.env("TMPDIR", &temporary).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("it can be started");
    let file = temporary.join("pid-of-test");
    wait_until("the file runs", || fs::read_to_string(&file).is_ok_and(|pid| !pid.is_empty()));
    kill_process(Pid::from_child(&child), Signal::INT).expect("it is our child");
    finish(child).with_code(130).without_data().saying(&["interrupted"]);
    let pid = fs::read_to_string(&file).expect("it was written");
    wait_until("the test's process ends", || !PathBuf::from(format!("/proc/{pid}")).exists());
    let left = fs::read_dir(&temporary).expect("it was made").count();
    assert_eq!(left, 1, "only the file of the test: its folder is removed");
}
