use std::collections::BTreeSet;

use crate::{Package, SourceFile};

/// Names under which anything can be put, so that anything is.
const EMPTY_NAMES: [&str; 9] =
    ["common", "util", "utils", "helper", "helpers", "types", "misc", "manager", "data2"];

/// No crate and no file is called `utils` or the like: name the story.
pub fn names_say_something(packages: &[Package], files: &[SourceFile]) -> Vec<String> {
    let mut broken = Vec::new();
    for package in packages {
        if let Some(name) = package.name.split(['-', '_']).find(|part| EMPTY_NAMES.contains(part)) {
            broken.push(format!("the crate {} is called {name:?}: name what it does", package.name));
        }
    }
    for file in files.iter().filter(|file| file.is_code()) {
        let mut parts = file.path.split('/').map(|part| part.split('.').next().unwrap_or_default());
        if let Some(name) = parts.find(|part| EMPTY_NAMES.contains(part)) {
            broken.push(format!("{} is called {name:?}: name what it does", file.path));
        }
    }
    broken
}

/// A port is found by globs: no source outside its own folders names it, so that a new port touches nothing
/// else. Tests, prose and comments may take one as their example, and criterion's benchmarks must import the cores that
/// they measure, which Cargo cannot do by a glob.
pub fn no_list_names_a_port(modules: &BTreeSet<String>, files: &[SourceFile]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        let prose = file.extension() == Some("md") || file.path == "Cargo.lock";
        if prose || file.is_test() || file.path.starts_with("bench/micro/") {
            continue;
        }
        for (number, line) in file.lines_before_tests().filter(|(_, line)| !is_comment(line)) {
            for module in modules.iter().filter(|module| !is_of(&file.path, module)) {
                if let Some(name) = names_of(module).into_iter().find(|name| contains_word(line, name)) {
                    broken.push(format!(
                        "{}:{number} names the port {module} ({name}): find ports by ported/*/port.toml",
                        file.path
                    ));
                }
            }
            let listed: Vec<&str> = modules
                .iter()
                .map(String::as_str)
                .filter(|module| {
                    ['"', '\''].iter().any(|quote| line.contains(&format!("{quote}{module}{quote}")))
                })
                .collect();
            if listed.len() > 1 && !listed.iter().any(|module| is_of(&file.path, module)) {
                broken.push(format!(
                    "{}:{number} lists the ports {}: find ports by ported/*/port.toml",
                    file.path,
                    listed.join(", ")
                ));
            }
        }
    }
    broken
}

/// Whether the whole line is a comment, in any of our languages.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("* ") || line.starts_with("/*") || line.starts_with("# ")
}

/// Whether a file belongs to a port.
fn is_of(path: &str, module: &str) -> bool {
    ["ported", "bench/definitions", "bench/workloads"]
        .iter()
        .any(|folder| path.starts_with(&format!("{folder}/{module}/")))
}

/// The names by which a source would refer to a port.
fn names_of(module: &str) -> [String; 7] {
    [
        format!("{module}-core"),
        format!("{module}-binding"),
        format!("{module}_core"),
        format!("{module}_binding"),
        format!("ported/{module}"),
        format!("definitions/{module}"),
        format!("workloads/{module}"),
    ]
}

fn contains_word(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(inside) && !line[at + word.len()..].starts_with(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        let modules = BTreeSet::from(["tea".to_owned(), "pot".to_owned()]);
        no_list_names_a_port(&modules, &[SourceFile { path: path.to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn empty_names_are_named() {
        let package = Package { name: "tea-utils".to_owned(), ..Package::default() };
        let file = SourceFile { path: "bench/tea/src/helpers.rs".to_owned(), text: String::new() };
        let broken = names_say_something(&[package], &[file]);
        assert_eq!(broken.len(), 2, "{broken:?}");
        let package = Package { name: "utility-belt".to_owned(), ..Package::default() };
        assert_eq!(names_say_something(&[package], &[]), Vec::<String>::new());
    }

    #[test]
    fn a_port_that_is_named_elsewhere_is_named() {
        for text in
            ["tea-core = { path = \"x\" }", "use tea_binding::x;", "import('../ported/tea/js/index.js')"]
        {
            let broken = check("bench/runner/src/stage.rs", text);
            assert_eq!(broken.len(), 1, "{text}: {broken:?}");
            assert!(broken[0].contains("names the port tea"), "{broken:?}");
        }
    }

    #[test]
    fn a_list_of_ports_is_named() {
        let broken = check("bench/portlab/src/list.rs", "const PORTS: [&str; 2] = [\"pot\", \"tea\"];");
        assert!(broken[0].contains("lists the ports pot, tea"), "{broken:?}");
    }

    #[test]
    fn its_own_folders_prose_and_tests_may_name_a_port() {
        for path in [
            "ported/tea/binding/Cargo.toml",
            "bench/definitions/tea/brew.toml",
            "docs/GUIDE.md",
            "bench/runner/tests/stage.rs",
            "bench/micro/benches/tea.rs",
        ] {
            assert_eq!(check(path, "tea-core = 1"), Vec::<String>::new(), "{path}");
        }
        assert_eq!(
            check("bench/runner/src/x.rs", "fn f() {}\n#[cfg(test)]\nuse tea_core::x;"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_comment_may_take_a_port_as_its_example() {
        for text in ["//! use tea_core::x;", " * ported/tea", "# ported/tea"] {
            assert_eq!(check("shims/node-api/src/lib.rs", text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(check("shims/node-api/src/lib.rs", "use tea_core::x; // as an example").len(), 1);
    }

    #[test]
    fn other_words_are_no_port() {
        assert_eq!(
            check("bench/runner/src/x.rs", "steatea_core tea-core2 ported/teapot \"tea\""),
            Vec::<String>::new()
        );
    }
}
