//! Every rule, applied to this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bench_schema::{Host, Port};
use tidy::{Benchmarks, Workspace};

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the repository's root")
}

fn workspace() -> &'static Workspace {
    static WORKSPACE: OnceLock<Workspace> = OnceLock::new();
    WORKSPACE.get_or_init(|| Workspace::read(&root()).unwrap_or_else(|error| panic!("{error}")))
}

/// The ports by their folders.
fn ports() -> BTreeMap<String, Port> {
    let mut ports = BTreeMap::new();
    for file in &workspace().sources {
        if let Some(folder) = file.path.strip_suffix("/port.toml")
            && folder.starts_with("ported/")
        {
            let port = toml::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
            ports.insert(folder.to_owned(), port);
        }
    }
    ports
}

fn modules() -> BTreeSet<String> {
    ports().into_values().map(|port| port.module).collect()
}

#[track_caller]
fn holds(broken: &[String]) {
    assert!(broken.is_empty(), "\n  {}", broken.join("\n  "));
}

#[test]
fn imports_follow_the_design() {
    holds(&tidy::imports_follow_the_design(&workspace().packages));
}

#[test]
fn no_generated_glue_in_the_graph() {
    let graph = &workspace().graph;
    assert!(graph.iter().any(|node| node.name == "napi-sys"), "the graph was not read");
    for (name, reason) in [
        ("napi", "Cargo would unify dyn-symbols on for every port"),
        ("napi-derive", "ports are on raw Node-API, through shims/node-api"),
        ("v8", "ports run in a host's V8 and never bring their own"),
    ] {
        holds(&tidy::graph_is_free_of(graph, name, reason));
    }
    holds(&tidy::napi_sys_is_linked_directly(graph));
}

#[test]
fn v8_is_included_only_by_v8_gap() {
    holds(&tidy::v8_is_included_only_by_v8_gap(&workspace().sources));
}

#[test]
fn names_say_something() {
    holds(&tidy::names_say_something(&workspace().packages, &workspace().sources));
}

#[test]
fn no_list_names_a_port() {
    holds(&tidy::no_list_names_a_port(&modules(), &workspace().sources));
}

#[test]
fn files_are_short() {
    holds(&tidy::files_are_short(&workspace().sources));
}

#[test]
fn nothing_is_put_off() {
    holds(&tidy::nothing_is_put_off(&workspace().sources));
}

#[test]
fn lints_are_on() {
    holds(&tidy::lints_are_on(&workspace().sources));
}

#[test]
fn licences_are_there() {
    holds(&tidy::licences_are_there(&workspace().sources));
}

#[test]
fn no_machine_paths() {
    holds(&tidy::no_machine_paths(&workspace().sources));
}

#[test]
fn ports_are_whole() {
    let packages: BTreeMap<&str, &str> =
        workspace().packages.iter().map(|package| (package.folder.as_str(), package.name.as_str())).collect();
    for (folder, port) in ports() {
        holds(&tidy::port_is_whole(&root(), &folder, &port));
        let binding = packages.get(format!("{folder}/binding").as_str());
        assert_eq!(binding.copied(), Some(port.package.as_str()), "{folder}/port.toml names its package");
    }
}

#[test]
fn benchmarks_and_workloads_match() {
    let (benchmarks, broken) = Benchmarks::by_module(&workspace().sources);
    holds(&broken);
    holds(&tidy::benchmarks_and_workloads_match(&benchmarks, &modules()));
}

/// The symbol tables of the built ports, timed and counting.
#[test]
fn ports_import_only_what_they_may() {
    const FIX: &str = "run scripts/test, which installs the hosts and stages the ports first";
    let node_api = node_api_versions().unwrap_or_else(|error| panic!("{error}: {FIX}"));
    for port in ports().into_values() {
        let module = &port.module;
        let stage = root().join(".portlab/stage").join(module);
        let timed = stage.join(format!("{module}.node"));
        assert!(timed.is_file(), "{} is absent: {FIX}", timed.display());
        for path in [timed, stage.join(format!("{module}.counted.node"))] {
            if path.is_file() {
                let bytes =
                    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let imports =
                    tidy::imports_of(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                assert!(
                    imports.names.keys().any(|name| name.starts_with("napi_")),
                    "{} is no port",
                    path.display()
                );
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                holds(&tidy::module_imports_only_what_it_may(&name, &imports, &port, &node_api));
            }
        }
    }
}

/// From the headers of the newest pinned host that has any.
fn node_api_versions() -> Result<BTreeMap<String, u32>, String> {
    let mut hosts: Vec<Host> = Vec::new();
    for file in workspace().sources.iter().filter(|file| file.path.starts_with("bench/hosts/")) {
        hosts.push(toml::from_str(&file.text).map_err(|error| format!("{}: {error}", file.path))?);
    }
    hosts.sort_by_key(|host| host.major);
    let host = hosts.into_iter().rfind(|host| host.headers.is_some()).ok_or("no host ships headers")?;
    let installed = std::env::var_os("PORTLAB_HOSTS_DIR").map(PathBuf::from);
    let installed = installed.unwrap_or_else(|| root().join(".portlab/hosts/node_modules"));
    let folder = installed.join(&host.id).join(host.headers.unwrap_or_default());
    let declared = coverage::headers::node_api(&folder).map_err(|error| error.to_string())?;
    let versions: BTreeMap<String, u32> = declared
        .into_iter()
        .map(|(name, version)| (name, version.parse().unwrap_or(tidy::EXPERIMENTAL)))
        .collect();
    // Known from Node's documentation, so that a header that reads differently is noticed.
    for (name, version) in [
        ("napi_create_object", 1),
        ("napi_create_bigint_int64", 6),
        ("napi_set_instance_data", 6),
        ("napi_object_freeze", 8),
        ("node_api_symbol_for", 9),
        ("node_api_create_property_key_latin1", 10),
        ("node_api_create_object_with_properties", tidy::EXPERIMENTAL),
    ] {
        if versions.get(name) != Some(&version) {
            return Err(format!(
                "{} gives {name} version {:?}, not {version}",
                folder.display(),
                versions.get(name)
            ));
        }
    }
    Ok(versions)
}
