use std::collections::{BTreeMap, BTreeSet};

use crate::{Node, Package};

/// A package's place in the layout, which decides whom it may import.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place<'a> {
    Core,
    Binding { module: &'a str },
    V8Gap,
    Shim { name: &'a str },
    Bench { name: &'a str },
    Dashboards,
    Scripts,
}

impl<'a> Place<'a> {
    fn of(folder: &'a str) -> Option<Place<'a>> {
        let parts: Vec<&str> = folder.split('/').collect();
        match parts.as_slice() {
            ["ported", _, "core"] => Some(Place::Core),
            ["ported", module, "binding"] => Some(Place::Binding { module }),
            // The files that traced processes leave, without Node-API.
            ["shims", "trace", "record"] => Some(Place::Shim { name: "trace-record" }),
            // What ports receive of v8-gap: types, without v8.h.
            ["shims", "v8-gap", "table" | "fixture"] => Some(Place::Shim { name: "v8-gap-table" }),
            ["shims", "v8-gap", ..] => Some(Place::V8Gap),
            ["shims", name, ..] => Some(Place::Shim { name }),
            ["bench", name] => Some(Place::Bench { name }),
            ["dashboards", ..] => Some(Place::Dashboards),
            ["scripts", _] => Some(Place::Scripts),
            _ => None,
        }
    }

    /// The import rules of the design.
    #[expect(clippy::match_same_arms, reason = "one arm a rule")]
    fn may_import(self, folder: &str) -> bool {
        let Some(other) = Place::of(folder) else { return false };
        match (self, other) {
            // Nothing links v8.h's users: ports are handed a table of functions instead.
            (_, Place::V8Gap) => false,
            (Place::Core, Place::Core | Place::Shim { name: "node-error" }) => true,
            (Place::Binding { module }, Place::Core) => folder == format!("ported/{module}/core"),
            (Place::Binding { .. } | Place::Shim { .. } | Place::V8Gap, Place::Shim { .. }) => true,
            (Place::Bench { name: "probe" | "extensions" }, Place::Shim { .. }) => true,
            (
                Place::Bench { name: "runner" | "analysis" | "store" | "exchange" | "conformance" },
                Place::Bench { name: "schema" },
            ) => true,
            (Place::Bench { name: "gate" }, Place::Bench { name }) => {
                matches!(name, "schema" | "runner" | "analysis" | "store")
            }
            (Place::Bench { name: "micro" }, Place::Core | Place::Shim { name: "node-error" }) => true,
            (Place::Bench { name: "portlab" }, other) => {
                matches!(
                    other,
                    Place::Bench { .. }
                        | Place::Dashboards
                        | Place::Shim { name: "coverage" | "trace-record" }
                )
            }
            (Place::Dashboards, Place::Bench { name }) => matches!(name, "schema" | "store"),
            (Place::Scripts, Place::Bench { name: "schema" } | Place::Shim { name: "coverage" }) => true,
            _ => false,
        }
    }
}

/// Who may depend on whom, to build, to test or to run; and nothing depends on itself by a detour.
pub fn imports_follow_the_design(packages: &[Package]) -> Vec<String> {
    let folders: BTreeMap<&str, &str> =
        packages.iter().map(|package| (package.name.as_str(), package.folder.as_str())).collect();
    let mut broken = Vec::new();
    for package in packages {
        let Some(place) = Place::of(&package.folder) else {
            broken.push(format!(
                "{} lies in {}, which the layout of DESIGN.md does not know: move it, or add its place and rule to scripts/tidy",
                package.name, package.folder
            ));
            continue;
        };
        for dependency in &package.dependencies {
            if let Some(folder) = folders.get(dependency.as_str())
                && !place.may_import(folder)
            {
                broken.push(format!(
                    "{} ({}) may not depend on {dependency} ({folder}): see who may import whom in ARCHITECTURE.md",
                    package.name, package.folder
                ));
            }
            // What has no JavaScript engine is tested without one.
            if dependency == "napi-sys" && matches!(place, Place::Core | Place::Shim { name: "node-error" }) {
                broken.push(format!(
                    "{} ({}) may not depend on napi-sys: cores and node-error know no JavaScript engine",
                    package.name, package.folder
                ));
            }
        }
    }
    broken.extend(circles(packages, &folders));
    broken
}

/// Cargo refuses a circle of ordinary dependencies, but not one that closes through tests.
fn circles(packages: &[Package], ours: &BTreeMap<&str, &str>) -> Vec<String> {
    let edges: BTreeMap<&str, Vec<&str>> = packages
        .iter()
        .map(|package| {
            let dependencies = package.dependencies.iter().map(String::as_str);
            (package.name.as_str(), dependencies.filter(|name| ours.contains_key(name)).collect())
        })
        .collect();
    let mut broken = Vec::new();
    for &start in edges.keys() {
        let mut seen = BTreeSet::new();
        let mut next = edges[start].clone();
        while let Some(name) = next.pop() {
            if name == start {
                broken.push(format!("{start} depends on itself by a detour: break the circle"));
                break;
            }
            if seen.insert(name) {
                next.extend(&edges[name]);
            }
        }
    }
    broken
}

/// A crate that must not be anywhere in the graph, and why.
pub fn graph_is_free_of(graph: &[Node], name: &str, reason: &str) -> Vec<String> {
    let found = graph.iter().any(|node| node.name == name);
    if found {
        vec![format!(
            "the crate {name} is in the graph: {reason}; `cargo tree -i {name}` shows who brought it"
        )]
    } else {
        Vec::new()
    }
}

/// With its feature `dyn-symbols`, napi-sys answers status 1 from stubs and ports export nothing.
pub fn napi_sys_is_linked_directly(graph: &[Node]) -> Vec<String> {
    let stubbed = graph
        .iter()
        .any(|node| node.name == "napi-sys" && node.features.iter().any(|feature| feature == "dyn-symbols"));
    if stubbed {
        vec![
            "napi-sys is built with dyn-symbols, which Cargo unifies for every port: take it with \
             default-features = false (`cargo tree -e features -i napi-sys` shows who turned it on)"
                .to_owned(),
        ]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &str, dependencies: &[&str]) -> Package {
        let name = folder.strip_prefix("ported/").unwrap_or(folder).replace('/', "-");
        Package {
            name,
            folder: folder.to_owned(),
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// A workspace in which the first package depends on a package in the second folder.
    fn depends(from: &str, to: &str) -> Vec<String> {
        let target = package(to, &[]);
        imports_follow_the_design(&[package(from, &[&target.name]), target])
    }

    #[track_caller]
    fn allowed(from: &str, to: &str) {
        assert_eq!(depends(from, to), Vec::<String>::new());
    }

    #[track_caller]
    fn refused(from: &str, to: &str) {
        let broken = depends(from, to);
        assert_eq!(broken.len(), 1, "{from} -> {to}: {broken:?}");
        assert!(broken[0].contains("may not depend on"), "{broken:?}");
    }

    #[test]
    fn the_design_is_allowed() {
        allowed("ported/tea/core", "shims/node-error");
        allowed("ported/tea/core", "ported/pot/core");
        allowed("ported/tea/binding", "ported/tea/core");
        allowed("ported/tea/binding", "shims/node-api");
        allowed("shims/node-api", "shims/node-error");
        allowed("bench/probe", "shims/node-api");
        allowed("bench/store", "bench/schema");
        allowed("bench/gate", "bench/analysis");
        allowed("bench/portlab", "dashboards");
        allowed("bench/micro", "ported/tea/core");
        allowed("dashboards", "bench/store");
    }

    #[test]
    fn ports_stand_alone() {
        refused("ported/tea/binding", "ported/pot/binding");
        refused("ported/tea/binding", "ported/pot/core");
        refused("ported/tea/core", "shims/node-api");
        refused("shims/node-api", "ported/tea/core");
        refused("ported/tea/binding", "bench/schema");
    }

    #[test]
    fn nothing_links_v8_gap() {
        refused("ported/tea/binding", "shims/v8-gap/node24");
        refused("shims/node-api", "shims/v8-gap/node24");
        refused("bench/portlab", "shims/v8-gap/node24");
    }

    #[test]
    fn the_bench_is_composed_by_gate_alone() {
        refused("bench/schema", "bench/store");
        refused("bench/runner", "bench/analysis");
        refused("bench/analysis", "bench/store");
        refused("bench/store", "bench/runner");
        refused("dashboards", "bench/analysis");
        refused("bench/gate", "dashboards");
        refused("scripts/tidy", "bench/gate");
    }

    #[test]
    fn cores_know_no_engine() {
        let broken = imports_follow_the_design(&[package("ported/tea/core", &["napi-sys"])]);
        assert!(broken[0].contains("know no JavaScript engine"), "{broken:?}");
    }

    #[test]
    fn a_package_outside_the_layout_is_named() {
        let broken = imports_follow_the_design(&[package("libs/tea", &[])]);
        assert!(broken[0].contains("lies in libs/tea"), "{broken:?}");
    }

    #[test]
    fn a_circle_through_tests_is_named() {
        let one = package("shims/one", &["shims-two"]);
        let two = package("shims/two", &["shims-one"]);
        assert!(imports_follow_the_design(&[one, two]).iter().any(|sentence| sentence.contains("detour")));
    }

    #[test]
    fn the_graph_is_searched() {
        let node = |name: &str, features: &[&str]| Node {
            name: name.to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
        };
        let stubbed = [node("napi", &[]), node("napi-sys", &["napi9", "dyn-symbols"])];
        assert_eq!(graph_is_free_of(&stubbed, "napi", "it turns ports into stubs").len(), 1);
        assert_eq!(napi_sys_is_linked_directly(&stubbed).len(), 1);
        let direct = [node("napi-sys", &["napi9"])];
        assert_eq!(graph_is_free_of(&direct, "napi", "").len(), 0);
        assert_eq!(napi_sys_is_linked_directly(&direct).len(), 0);
    }
}
