//! The pinned hosts, read and compared with what they say of themselves and with objdump.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use coverage::binary::Graph;
use coverage::classify::Classification;
use coverage::exports::exports;
use coverage::headers::{node_api, survey as survey_headers, v8_api};
use coverage::survey::{Ported, Survey, Surveyor, diff};

fn host(id: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("PORTLAB_HOSTS_DIR")
        .map_or_else(|| root.join(".portlab/hosts/node_modules"), PathBuf::from)
        .join(id);
    assert!(folder.is_dir(), "{} is absent: run `scripts/lab hosts --install` first", folder.display());
    folder
}

fn graph(id: &str) -> Graph {
    Graph::read(&host(id).join("bin/node")).unwrap_or_else(|error| panic!("{error}"))
}

fn node26() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(|| graph("node26"))
}

fn survey(id: &str, graph: &Graph) -> Survey {
    let judgement = Classification::built_in();
    let surveyor = Surveyor::new(graph, &judgement);
    let exports =
        exports(&host(id).join("bin/node"), surveyor.names()).unwrap_or_else(|error| panic!("{error}"));
    surveyor.survey(id, Some(&exports), &Ported::new())
}

#[test]
fn every_symbol_that_core_calls_is_judged() {
    for (id, sites, symbols, bindings) in [("node24", 32_000, 530, 70), ("node26", 34_000, 540, 70)] {
        let graph = graph(id);
        let survey = survey(id, &graph);
        let missing: Vec<&str> =
            survey.api.iter().filter(|s| s.class.is_none()).map(|s| s.symbol.as_str()).collect();
        assert!(missing.is_empty(), "{id}: add rows to data/v8-api.csv for {missing:?}");
        assert_eq!(survey.unclassified, 0);
        assert!(survey.sites >= sites, "{id}: {} sites", survey.sites);
        assert!(survey.symbols >= symbols, "{id}: {} symbols", survey.symbols);
        assert!(survey.bindings.len() >= bindings, "{id}: {} bindings", survey.bindings.len());
        let counts = survey.classes;
        assert_eq!(counts.equivalent + counts.partial + counts.none + counts.support, survey.sites);
        for binding in &survey.bindings {
            let counts = binding.counts;
            assert_eq!(counts.equivalent + counts.partial + counts.none + counts.support, counts.sites);
            assert!(binding.own.sites <= counts.sites && counts.sites > 0, "{}", binding.name);
        }
    }
}

#[test]
fn functions_are_led_back_to_the_ones_that_the_host_exports() {
    let survey = survey("node26", node26());
    let resolved = survey.resolved.as_ref().expect("the host was asked");
    assert!(resolved.named * 100 >= resolved.exported * 96, "{resolved:?}");
    let callback = |binding: &str, name: &str| {
        let binding = survey.bindings.iter().find(|found| found.name == binding).expect("the binding");
        let export = binding.exports.iter().find(|export| export.name == name);
        export.and_then(|export| export.callback.clone()).unwrap_or_default()
    };
    // Known from Node's sources, one of each kind: a method, a class, its method, a fast function, a shared template.
    assert_eq!(callback("os", "getHostname"), "node::os::GetHostname");
    assert_eq!(callback("fs", "FileHandle"), "node::fs::FileHandle::New");
    assert_eq!(callback("fs", "FileHandle.releaseFD"), "node::fs::FileHandle::ReleaseFD");
    assert_eq!(callback("timers", "getLibuvNow"), "node::timers::BindingData::SlowGetLibuvNow");
    assert_eq!(callback("tcp_wrap", "TCP.bind6"), "node::TCPWrap::Bind6");
    // The same function object under another binding.
    assert_eq!(callback("util", "isMap"), callback("types", "isMap"));
    let os = survey.bindings.iter().find(|binding| binding.name == "os").expect("os");
    assert_eq!(os.file.as_deref(), Some("src/node_os.cc"));
    assert_eq!(os.functions, 13);
    assert!(os.uv_sites > 10, "{}", os.uv_sites);
}

/// Read off `objdump -d` of Node 26.10.0: 16 calls and 6 tail jumps into V8, 4 calls in Node, 4 into libuv; and as
/// many pairs of functions that exist and do not call each other.
#[test]
fn edges_are_those_of_objdump() {
    let graph = node26();
    let edges = |index: u32| -> HashSet<String> {
        let function = &graph.functions[index as usize];
        let outside = function.sites.iter().chain(&function.uv);
        let outside = outside.map(|site| graph.targets[site.target as usize].clone());
        let inside = function.edges.iter().filter(|edge| edge.kind == coverage::binary::EdgeKind::Call);
        let inside = inside.map(|edge| graph.functions[edge.to as usize].mangled.clone());
        outside.chain(inside).collect()
    };
    let by_name = graph.by_mangled();
    let holds = |line: &str| -> bool {
        let (from, to) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        let from = by_name.get(from).unwrap_or_else(|| panic!("{from} is no function of Node"));
        let edges = edges(*from);
        edges.contains(to) || edges.contains(&coverage::binary::qualified(to))
    };
    let there = include_str!("edges/node26-there.txt");
    let not_there = include_str!("edges/node26-not-there.txt");
    assert_eq!((there.lines().count(), not_there.lines().count()), (30, 30));
    let lost: Vec<&str> = there.lines().filter(|line| !holds(line)).collect();
    let invented: Vec<&str> = not_there.lines().filter(|line| holds(line)).collect();
    assert!(lost.is_empty(), "not found: {lost:#?}");
    assert!(invented.is_empty(), "found, and not there: {invented:#?}");
}

#[test]
fn two_hosts_differ_in_what_is_known_to_differ() {
    let (older, newer) = (graph("node24"), node26());
    let changes = diff(&survey("node24", &older), &survey("node26", newer));
    assert_eq!(changes.bindings_added, ["ffi"]);
    assert!(
        changes.functions_added.iter().any(|name| name == "fs.readdirRecursive"),
        "{:?}",
        changes.functions_added
    );
    let isolate = changes
        .symbols
        .iter()
        .find(|change| change.name == "v8::Object::GetIsolate")
        .expect("it is gone in 26");
    assert_eq!(isolate.to, 0);
}

/// Every Node-API name in the table exists, and since the version that the table says.
#[test]
fn the_table_agrees_with_the_headers() {
    let declared = node_api(&host("node26").join("include/node")).unwrap_or_else(|error| panic!("{error}"));
    // Known from Node's documentation, so that a header that reads differently is noticed.
    assert_eq!(declared.get("napi_create_bigint_int64").map(String::as_str), Some("6"));
    assert_eq!(declared.get("node_api_set_prototype").map(String::as_str), Some("experimental"));
    for row in Classification::built_in().rows() {
        let versions: Vec<&str> = row
            .node_api_names()
            .map(|name| {
                declared.get(name).unwrap_or_else(|| panic!("{}: there is no {name}", row.symbol)).as_str()
            })
            .collect();
        let rank = |version: &&str| version.parse::<u32>().unwrap_or(u32::MAX);
        let newest = versions.iter().max_by_key(|version| rank(version)).copied().unwrap_or("");
        assert_eq!(row.version, newest, "{}", row.symbol);
    }
}

#[test]
fn v8s_public_api_is_read_from_the_headers() {
    let folder = host("node26").join("include/node");
    let names: BTreeSet<String> = v8_api(&folder)
        .unwrap_or_else(|error| panic!("{error}"))
        .into_iter()
        .map(|declared| declared.name)
        .collect();
    for name in [
        "v8::String::NewFromUtf8",
        "v8::Object::SetAlignedPointerInInternalField",
        "v8::FunctionTemplate::Inherit",
        "v8::Undefined",
    ] {
        assert!(names.contains(name), "{name}");
    }
    let headers = survey_headers(&folder, &Classification::built_in(), std::iter::once("v8::Array::Length"))
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(
        headers.v8_functions > 1200 && headers.v8_inline > 200,
        "{} {}",
        headers.v8_functions,
        headers.v8_inline
    );
    assert_eq!(headers.v8_called, 1);
    let versions: BTreeMap<&str, usize> =
        headers.node_api.iter().map(|(version, names)| (version.as_str(), names.len())).collect();
    assert!(versions["1"] > 100 && versions["experimental"] > 0, "{versions:?}");
}
