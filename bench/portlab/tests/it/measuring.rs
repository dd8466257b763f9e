//! A comparison that goes well: what it prints, writes and stores.

use bench_schema::RunStatus;
use bench_store::Store as _;

use crate::sandbox::{Sandbox, host_binary, run};

const KEYS: [&str; 13] = [
    "benchmark",
    "level",
    "host",
    "baseline",
    "candidate",
    "metric",
    "unit",
    "ratio",
    "low",
    "high",
    "margin",
    "processes",
    "status",
];
const METRICS: [&str; 7] = ["cpu_process", "cpu_thread", "wall", "p50", "p99", "p9999", "max_rss"];
const VERDICTS: [&str; 4] = ["ok", "regressed", "improved", "inconclusive"];
const ESCAPE: char = '\u{1b}';

#[test]
fn compare_prints_one_document_and_stores_it_and_the_report_can_be_drawn_again() {
    let sandbox = Sandbox::new();
    let ended = run(sandbox.compare("10s").args(["--filter", "os/hostname"])).with_code(0);
    let document = ended.json();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["status"], "complete");
    let rows = document["rows"].as_array().expect("rows are a list");
    for row in rows {
        for key in KEYS {
            assert!(row.get(key).is_some(), "{key} is missing in {row}");
        }
        let metric = row["metric"].as_str().expect("a metric is a word");
        assert!(METRICS.contains(&metric), "{metric}");
        assert_eq!(row["host"], "node26");
        let verdict = row.get("verdict").expect("verdict is missing");
        let decides = metric == "cpu_process";
        assert_eq!(verdict.as_str().is_some_and(|word| VERDICTS.contains(&word)), decides, "{row}");
        let ratio = row["ratio"].as_f64().expect("a measured row has a ratio");
        // On a busy machine there may be too few processes for an interval, or none would have both ends.
        match (row["low"].as_f64(), row["high"].as_f64()) {
            (Some(low), Some(high)) => assert!(low <= ratio && ratio <= high, "{row}"),
            (None, None) => assert!(row["processes"].as_u64() < Some(6) && !row["note"].is_null(), "{row}"),
            _ => panic!("half an interval: {row}"),
        }
    }
    let decided = |benchmark: &str, level: &str| {
        rows.iter()
            .any(|row| row["benchmark"] == benchmark && row["level"] == level && !row["verdict"].is_null())
    };
    assert!(decided("os/hostname", "binding") && decided("os/hostname", "public"), "{document:#}");
    assert!(decided("boundary/noop", "binding"), "what a crossing costs is not measured beside it");
    assert!(rows.iter().all(|row| row["benchmark"] != "os/cpus"), "the filter lets others through");

    let page = sandbox.root().canonicalize().expect("it is there").join(".portlab/reports/1/index.html");
    let said =
        ended.saying(&["measuring, at most 0:10", "node26", "store", "(run 1)", &page.display().to_string()]);
    assert!(
        !said.stdout.contains(ESCAPE) && !said.stderr.contains(ESCAPE),
        "colour where nobody asked for it"
    );
    let html = std::fs::read_to_string(&page).expect("the report is a file");
    assert!(html.contains("os/hostname") && html.contains("</html>"), "the report is cut short");

    let runs = sandbox.run(&["runs", "--json"]).with_code(0).json();
    assert_eq!((&runs["runs"][0]["id"], &runs["runs"][0]["status"]), (&1.into(), &"complete".into()));
    let store = sandbox.open_store();
    let stored = store.document(1).expect("the store can be read").expect("the run is finished");
    assert_eq!(stored.status, RunStatus::Complete);
    assert_eq!(serde_json::to_value(&stored.rows).expect("rows are plain data"), document["rows"]);

    std::fs::remove_file(&page).expect("it is a file");
    sandbox.run(&["report"]).with_code(0).without_data().saying(&[&page.display().to_string()]);
    assert_eq!(std::fs::read_to_string(&page).ok().as_deref(), Some(html.as_str()), "drawn otherwise");
    let elsewhere = sandbox.root().join("elsewhere");
    let folder = elsewhere.to_str().expect("its path is text");
    sandbox.run(&["report", "1", "--report-dir", folder]).with_code(0);
    assert!(elsewhere.join("index.html").is_file());
    sandbox.run(&["report", "999"]).with_code(2).without_data().saying(&["no run 999", "runs"]);
}

#[test]
fn the_table_has_ratio_interval_and_verdict_and_colour_on_request() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let arguments = ["compare", "os", "--no-build", "--budget", "4s"];
    let plain = sandbox.run(&arguments).with_code(0);
    for text in [
        "benchmark",
        "os/hostname",
        "cpu_process",
        "node-api / native",
        "verdict",
        "os on node26, node-api: geometric mean",
    ] {
        assert!(plain.stdout.contains(text), "{text} is not in {}", plain.stdout);
    }
    assert!(!plain.stdout.contains(ESCAPE), "colour where nobody asked for it");
    let coloured = run(sandbox.portlab(&arguments).args(["--color", "always", "--all-metrics"])).with_code(0);
    assert!(coloured.stdout.contains(ESCAPE));
    assert!(coloured.stdout.contains("cpu_thread"), "--all-metrics shows no more: {}", coloured.stdout);
}

#[test]
fn a_page_that_cannot_be_written_costs_no_verdict() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let taken = sandbox.write("taken", "a file, no folder");
    let ended = run(sandbox.compare("3s").arg("--report-dir").arg(&taken)).with_code(3);
    assert_eq!(ended.document().status, RunStatus::Complete);
    ended.saying(&[taken.to_str().expect("its path is text")]);
}

#[test]
fn every_host_that_is_asked_for_has_its_rows() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    let hosts = |arguments: &[&str]| {
        let ended = run(sandbox.compare("2s").args(arguments)).with_code(0);
        let mut hosts: Vec<String> = ended.document().rows.into_iter().map(|row| row.host).collect();
        hosts.dedup();
        hosts
    };
    assert_eq!(hosts(&["--host", "all"]), ["node24", "node26"]);
    assert_eq!(hosts(&["--host", "node24"]), ["node24"]);
    let other = sandbox.root().join("other-node");
    std::os::unix::fs::symlink(host_binary("node24"), &other).expect("a link can be made");
    let named = hosts(&["--node", "other-node"]);
    assert!(named.len() == 1 && named[0].starts_with("node-24."), "{named:?}");
}

#[test]
fn any_node_file_of_the_port_can_be_measured() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    std::fs::copy(sandbox.root().join(".portlab/stage/os/os.node"), sandbox.root().join("mine.node"))
        .expect("a file can be copied");
    let ended = run(sandbox.compare("3s").args(["--candidate", "mine.node"])).with_code(0);
    assert!(ended.document().rows.iter().all(|row| row.candidate == "mine.node" && row.ratio.is_some()));
}

#[test]
fn what_was_never_staged_is_asked_to_be_built() {
    let sandbox = Sandbox::with(&[("hostname", 9.0, "")]);
    std::fs::remove_file(sandbox.root().join(".portlab/stage/os/os.node")).expect("it is a copy");
    run(&mut sandbox.compare("3s")).with_code(3).without_data().saying(&["os.node", "scripts/lab build"]);
}
