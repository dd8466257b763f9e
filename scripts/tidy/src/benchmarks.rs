use std::collections::{BTreeMap, BTreeSet};

use bench_schema::{CalibrationFile, Definition, DefinitionFile, Kind, ModuleFile};

use crate::SourceFile;

/// The benchmarks of one module, as its folders have them.
#[derive(Debug, Default)]
pub struct Benchmarks {
    definitions: Vec<(String, Definition)>,
    has_arms: bool,
    workloads: BTreeSet<String>,
}

impl Benchmarks {
    /// Sorts `bench/definitions/<module>/*.toml` and `bench/workloads/<module>/*.mjs` by module; the second
    /// part are sentences about files that are no definitions.
    pub fn by_module(files: &[SourceFile]) -> (BTreeMap<String, Benchmarks>, Vec<String>) {
        let mut modules: BTreeMap<String, Benchmarks> = BTreeMap::new();
        let mut broken = Vec::new();
        for file in files {
            let parts: Vec<&str> = file.path.split('/').collect();
            let ["bench", kind, module, name] = parts.as_slice() else { continue };
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            match (*kind, extension) {
                ("definitions", Some("toml")) => {
                    let benchmarks = modules.entry((*module).to_owned()).or_default();
                    if let Err(error) = benchmarks.add(&file.path, name, &file.text) {
                        broken.push(format!("{}: {error}", file.path));
                    }
                }
                ("workloads", Some("mjs")) => {
                    modules.entry((*module).to_owned()).or_default().workloads.insert((*name).to_owned());
                }
                _ => {}
            }
        }
        (modules, broken)
    }

    fn add(&mut self, path: &str, name: &str, text: &str) -> Result<(), toml::de::Error> {
        if name == "module.toml" {
            toml::from_str::<ModuleFile>(text)?;
            self.has_arms = true;
        } else if name == "calibration.toml" {
            toml::from_str::<CalibrationFile>(text)?;
        } else {
            let file: DefinitionFile = toml::from_str(text)?;
            self.definitions
                .extend(file.benchmark.into_iter().map(|definition| (path.to_owned(), definition)));
        }
        Ok(())
    }
}

/// Every definition has its workload and every workload its definition; ids are unique and say their module;
/// a module has a port or says what its arms load.
pub fn benchmarks_and_workloads_match(
    modules: &BTreeMap<String, Benchmarks>,
    ports: &BTreeSet<String>,
) -> Vec<String> {
    let mut broken = Vec::new();
    for (module, benchmarks) in modules {
        let mut unused = benchmarks.workloads.clone();
        let mut ids = BTreeSet::new();
        for (path, definition) in &benchmarks.definitions {
            let id = &definition.id;
            unused.remove(&definition.workload);
            if !benchmarks.workloads.contains(&definition.workload) {
                broken.push(format!(
                    "{path}: {id} names the workload {}, which bench/workloads/{module} lacks",
                    definition.workload
                ));
            }
            if definition.module() != module || id.split('/').count() != 2 {
                broken.push(format!("{path}: the id {id} is not {module}/<name>"));
            }
            if !ids.insert(id) {
                broken.push(format!("{path}: the id {id} is taken; stored runs are compared by it"));
            }
            if definition.levels.is_empty() {
                broken.push(format!("{path}: {id} is measured at no level"));
            }
            if definition.analysis.trim().is_empty() {
                broken.push(format!("{path}: {id} does not say what bounds its result"));
            }
            if definition.kind == Kind::Sync && definition.concurrency != 1 {
                broken.push(format!("{path}: {id} is synchronous, so its concurrency can only be 1"));
            }
        }
        for workload in unused {
            broken
                .push(format!("bench/workloads/{module}/{workload} has no definition: add one or delete it"));
        }
        if ports.contains(module) == benchmarks.has_arms {
            broken.push(format!(
                "bench/definitions/{module}: a module has either a port (ported/{module}/port.toml) or arms (module.toml)"
            ));
        }
    }
    for port in ports {
        if modules.get(port).is_none_or(|benchmarks| benchmarks.definitions.is_empty()) {
            broken.push(format!("the port {port} has no benchmark in bench/definitions/{port}"));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = "[[benchmark]]
        id = 'tea/brew'
        workload = 'brew.mjs'
        levels = ['binding']
        kind = 'sync'
        expect = 1
        analysis = 'Bounded by the kettle.'";

    fn check(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files
            .iter()
            .map(|&(path, text)| SourceFile { path: path.to_owned(), text: text.to_owned() })
            .collect();
        let (modules, mut broken) = Benchmarks::by_module(&files);
        broken.extend(benchmarks_and_workloads_match(&modules, &BTreeSet::from(["tea".to_owned()])));
        broken
    }

    const WORKLOAD: (&str, &str) = ("bench/workloads/tea/brew.mjs", "");

    #[track_caller]
    fn one(files: &[(&str, &str)], expected: &str) {
        let broken = check(files);
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].contains(expected), "{broken:?}");
    }

    #[test]
    fn a_pair_is_fine() {
        assert_eq!(check(&[("bench/definitions/tea/a.toml", DEFINITION), WORKLOAD]), Vec::<String>::new());
    }

    #[test]
    fn a_half_is_named() {
        one(&[("bench/definitions/tea/a.toml", DEFINITION)], "brew.mjs, which bench/workloads/tea lacks");
        let stray = ("bench/workloads/tea/stray.mjs", "");
        one(&[("bench/definitions/tea/a.toml", DEFINITION), WORKLOAD, stray], "stray.mjs has no definition");
    }

    #[test]
    fn a_definition_that_says_too_little_is_named() {
        let changes = [
            ("tea/brew", "pot/brew", "is not tea/<name>"),
            ("['binding']", "[]", "at no level"),
            ("Bounded by the kettle.", "", "does not say what bounds"),
            ("expect = 1", "expect = 1\nconcurrency = 4", "can only be 1"),
            ("expect = 1", "", "missing field `expect`"),
        ];
        for (from, to, expected) in changes {
            let text = DEFINITION.replace(from, to);
            assert_ne!(text, DEFINITION);
            let broken = check(&[("bench/definitions/tea/a.toml", &text), WORKLOAD]);
            assert!(broken.iter().any(|sentence| sentence.contains(expected)), "{expected}: {broken:?}");
        }
    }

    #[test]
    fn an_id_is_taken_once() {
        let files = [
            ("bench/definitions/tea/a.toml", DEFINITION),
            ("bench/definitions/tea/b.toml", DEFINITION),
            WORKLOAD,
        ];
        one(&files, "is taken");
    }

    #[test]
    fn a_port_without_benchmarks_and_a_module_without_arms_are_named() {
        one(&[], "the port tea has no benchmark");
        let broken = check(&[
            ("bench/definitions/tea/a.toml", DEFINITION),
            WORKLOAD,
            ("bench/definitions/pot/a.toml", &DEFINITION.replace("tea/", "pot/")),
            ("bench/workloads/pot/brew.mjs", ""),
        ]);
        assert!(broken[0].contains("either a port"), "{broken:?}");
    }
}
