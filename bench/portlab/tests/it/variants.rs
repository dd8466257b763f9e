//! A further variant of a port: measured beside the plain one, stored and compared by its own name.

use std::fs;

use bench_schema::{Document, Level, Metric, Role, Row};
use bench_store::{BenchKey, Store as _};

use crate::sandbox::{Sandbox, key, run};

/// Both levels, the public one through whatever lib function there is.
const BODY: &str = "\
import * as stock from 'node:os';
const expected = stock.hostname();
export function binding({ binding: os }) {
  const ctx = {};
  return { run: () => os.getHostname(ctx) === expected };
}
export function public_({ module: os }) {
  return { run: () => os.hostname() === expected };
}
export { public_ as public };
";

/// `twice` calls the port twice, and is slower by as much.
const HALF: &str = "\
module.exports = ({ addon }) => ({ os: { getHostname: (ctx) => addon.getHostname(ctx) } });
module.exports.features = {
  twice({ addon, requireFresh, replace }) {
    replace(requireFresh('os'), 'hostname', () => {
      addon.getHostname({});
      return addon.getHostname({});
    }, 'os.hostname');
  },
};
";

const PORT: &str = "[variants.twice]\nsummary = \"Asks twice.\"\nreplaces = [\"os.hostname\"]\n";
const TWICE: &str = "node-api+twice";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&[("hostname", 0.5, BODY)]);
    sandbox.give_half(HALF, PORT);
    sandbox.write(
        "bench/definitions/os/hostname.toml",
        "[[benchmark]]\nid = \"os/hostname\"\nworkload = \"hostname.mjs\"\nlevels = [\"binding\", \"public\"]\n\
         variants = [\"node-api+twice\"]\nkind = \"sync\"\nexpect = true\nmargin = 0.5\nanalysis = \"A test's.\"\n",
    );
    sandbox
}

fn cpu_rows(document: &Document) -> Vec<(&str, &str)> {
    let cpu = document.rows.iter().filter(|row| row.metric == Metric::CpuProcess);
    cpu.map(|row| (row.level.as_str(), row.candidate.as_str())).collect()
}

#[test]
fn a_variant_is_a_row_beside_the_plain_one_with_pairs_and_crossings_of_its_own() {
    let sandbox = sandbox();
    let document = run(&mut sandbox.compare("12s")).with_code(0).document();
    assert_eq!(
        cpu_rows(&document),
        [("binding", "node-api"), ("public", "node-api"), ("public", TWICE)],
        "the variant replaces lib's functions: there is nothing of it at level binding"
    );
    let ratio = |candidate: &str| {
        let own = |row: &&Row| row.level.as_str() == "public" && row.candidate == candidate;
        let row = document.rows.iter().filter(own).find(|row| row.metric == Metric::CpuProcess);
        row.and_then(|row| row.ratio).expect("it was measured")
    };
    assert!(ratio(TWICE) > 1.4 * ratio("node-api"), "{} {}", ratio(TWICE), ratio("node-api"));
    let variants: Vec<(&str, u32)> = document
        .summaries
        .iter()
        .filter(|summary| summary.module == "os")
        .map(|summary| (summary.variant.as_str(), summary.means[0].rows))
        .collect();
    assert_eq!(variants, [("node-api", 2), (TWICE, 1)]);
    let store = sandbox.open_store();
    let runs = |candidate: &str| {
        let plain = key("os/hostname");
        let key = BenchKey { level: Level::Public, candidate: candidate.into(), ..plain };
        store.process_runs(1, &key).expect("the store can be read")
    };
    let crossings = |candidate: &str| {
        let counted =
            runs(candidate).into_iter().find_map(|run| run.crossings.get(&Role::Candidate).copied());
        counted.expect("it was counted")
    };
    assert!(crossings(TWICE) > crossings("node-api"), "the counting build has the feature too");
    let timed = runs(TWICE).into_iter().find(|run| run.crossings.is_empty()).expect("it was timed");
    assert_eq!(timed.job.arms.len(), 2, "the plain row has the twin and stock arms of both");
    drop(store);

    let report = fs::read_to_string(sandbox.root().join(".portlab/reports/1/index.html"));
    assert!(report.expect("a report is written").contains("public, node-api+twice"));
    let mut gate = sandbox.portlab(&["gate", "os", "--no-build", "--budget", "8s", "--json"]);
    let rows = run(gate.args(["--against", "last", "--variant", TWICE])).document().rows;
    let compared = rows.iter().find(|row| row.candidate == "node-api+twice@2");
    assert_eq!(compared.map(|row| row.baseline.as_str()), Some("node-api+twice@1"), "{rows:?}");
}

#[test]
fn rows_are_selected_by_variant() {
    let sandbox = sandbox();
    let mut command = sandbox.compare("4s");
    let document = run(command.args(["--variant", TWICE])).with_code(0).document();
    assert_eq!(cpu_rows(&document), [("public", TWICE)]);
    for part in ["definitions/boundary", "workloads/boundary"] {
        sandbox.copy_real(&format!("bench/{part}"));
    }
    let document = run(sandbox.compare("6s").args(["--variant", TWICE])).with_code(0).document();
    assert_eq!(cpu_rows(&document).len(), 2, "what a crossing costs is measured beside every variant");
    fs::remove_dir_all(sandbox.root().join("bench/definitions/boundary")).expect("a copy can be removed");
    let document = run(sandbox.compare("4s").args(["--variant", "node-api"])).with_code(0).document();
    assert_eq!(cpu_rows(&document), [("binding", "node-api"), ("public", "node-api")]);
    let listed = sandbox.run(&["list", "os", "--variant", TWICE]).with_code(0);
    assert!(
        listed.stdout.contains("node-api+twice: Asks twice. (replaces os.hostname)"),
        "{}",
        listed.stdout
    );
}

#[test]
fn a_benchmark_of_variants_only_has_no_plain_row() {
    let sandbox = sandbox();
    let of_variants = |variants: &str| {
        sandbox.write(
            "bench/definitions/os/more.toml",
            &format!(
                "[[benchmark]]\nid = \"os/more\"\nworkload = \"hostname.mjs\"\nlevels = [\"public\"]\n{variants}\
                 only_variants = true\nkind = \"sync\"\nexpect = true\nmargin = 0.5\nanalysis = \"A test's.\"\n"
            ),
        );
    };
    of_variants("variants = [\"node-api+twice\"]\n");
    let refused = sandbox.run(&["compare", "os", "--filter", "os/more", "--variant", "node-api"]);
    refused.with_code(2).saying(&["no benchmark"]);
    let listed = sandbox.run(&["list", "os", "--variant", TWICE]).with_code(0);
    assert!(listed.stdout.contains("os/more"), "{}", listed.stdout);
    of_variants("");
    sandbox.run(&["list"]).with_code(3).saying(&["os/more is measured with variants only, and lists none"]);
}

#[test]
fn a_variant_that_is_none_is_named_with_those_that_are() {
    let sandbox = sandbox();
    let refuse = |arguments: &[&str], texts: &[&str]| {
        sandbox.run(arguments).with_code(2).without_data().saying(texts);
    };
    refuse(
        &["compare", "os", "--variant", "node-api+twcie"],
        &["no benchmark of os is measured with variant", "Did you mean \"node-api+twice\"?"],
    );
    refuse(
        &["compare", "os", "--candidate", "node-api+once"],
        &["Variants: native, node-api, node-api+twice"],
    );
    refuse(&["list", "os", "--variant", "once"], &["there is no variant \"once\""]);
    refuse(&["compare", "os", "--variant", TWICE, "--candidate", "native"], &["cannot be used with"]);
    sandbox.write(
        "bench/definitions/os/more.toml",
        "[[benchmark]]\nid = \"os/more\"\nworkload = \"hostname.mjs\"\nlevels = [\"public\"]\n\
         variants = [\"node-api+once\"]\nkind = \"sync\"\nexpect = true\nanalysis = \"A test's.\"\n",
    );
    sandbox
        .run(&["list"])
        .with_code(3)
        .saying(&["os/more lists the variant \"node-api+once\"", "[variants."]);
}
