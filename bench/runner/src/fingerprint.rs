//! By what a measurement is known to be of the code that is there now. Only what changes a figure counts: not
//! comments, not tests, not what other benchmarks do, so that a calibration of hours outlives edits beside it.

use std::path::{Path, PathBuf};

use bench_schema::{Definition, Fingerprints};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::discover::{files, workload};
use crate::machine::hex;
use crate::{Lab, LabError};

/// What times a slice.
const DRIVER: [&str; 3] = ["bench/driver.mjs", "bench/driver/*.mjs", "bench/probe/src/*.rs"];
/// Of these what is no part of a timed slice: counting instructions.
const NOT_TIMED: [&str; 2] = ["bench/driver/instructions.mjs", "bench/probe/src/callgrind.rs"];
/// What makes verdicts and rates of slices.
const ANALYSIS: [&str; 13] = [
    "bench/analysis/src/bootstrap.rs",
    "bench/analysis/src/calibration.rs",
    "bench/analysis/src/judge.rs",
    "bench/analysis/src/normal.rs",
    "bench/analysis/src/order.rs",
    "bench/analysis/src/signed_rank.rs",
    "bench/analysis/src/spread.rs",
    "bench/gate/src/looks.rs",
    "bench/gate/src/noise.rs",
    "bench/gate/src/noise/decisions.rs",
    "bench/gate/src/noise/rows.rs",
    "bench/gate/src/noise/samples.rs",
    "bench/gate/src/noise/suite.rs",
];

impl Lab {
    /// The driver, and each benchmark of a module with its workload.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn fingerprints(&self, module: &str) -> Result<Fingerprints, LabError> {
        let definitions = self.definitions().filter(|definition| definition.module() == module);
        let entries = definitions
            .map(|definition| Ok((definition.id.clone(), definition_fingerprint(self.root(), definition)?)));
        Ok(Fingerprints {
            driver: of_files(self.root(), &DRIVER)?,
            definitions: entries.collect::<Result<_, LabError>>()?,
        })
    }

    /// The statistics, and the part of the gate that uses them.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn analysis_fingerprint(&self) -> Result<String, LabError> {
        of_files(self.root(), &ANALYSIS)
    }
}

/// The definition as far as native and its copy are measured by it, and the workload with what it imports.
fn definition_fingerprint(root: &Path, definition: &Definition) -> Result<String, LabError> {
    // What a person reads beside a row changes nothing that is measured, a margin only what is said of it, and
    // further variants are rows of their own.
    let measured =
        Definition { analysis: String::new(), margin: None, variants: Vec::new(), ..definition.clone() };
    let mut value = serde_json::to_value(&measured).expect("a definition is plain data");
    if let Value::Object(fields) = &mut value {
        // A field that later versions add and that this benchmark does not use.
        fields.retain(|_, value| !value.is_null() && *value != Value::Array(vec![]));
    }
    let mut hash = Sha256::new();
    hash.update(value.to_string());
    let mut sources = vec![workload(root, definition)];
    let mut next = 0;
    while let Some(path) = sources.get(next).cloned() {
        let text = code(&read(&path)?);
        hash.update(&text);
        hash.update([0]);
        for import in relative_imports(&text, &path) {
            if !sources.contains(&import) {
                sources.push(import);
            }
        }
        next += 1;
    }
    Ok(hex(&hash.finalize()))
}

/// Names count as well as contents: a file that moves within the folder may be found no more.
fn of_files(root: &Path, patterns: &[&str]) -> Result<String, LabError> {
    let mut hash = Sha256::new();
    for pattern in patterns {
        for path in files(root, pattern)? {
            let name = path.strip_prefix(root).unwrap_or(&path);
            if NOT_TIMED.iter().any(|other| name == Path::new(other)) {
                continue;
            }
            hash.update(name.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(code(&read(&path)?));
            hash.update([0]);
        }
    }
    Ok(hex(&hash.finalize()))
}

fn read(path: &Path) -> Result<String, LabError> {
    std::fs::read_to_string(path).map_err(LabError::file(path))
}

/// The lines of Rust or JavaScript that do something: without indentation, empty lines, lines that are a comment, and
/// the tests at the end of a Rust file.
fn code(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut comment = false;
    for line in text.lines() {
        if line == "#[cfg(test)]" {
            break;
        }
        let line = line.trim();
        if comment || line.starts_with("/*") {
            comment = !line.contains("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The files that a module imports by `from './…'`.
fn relative_imports(text: &str, path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(path);
    let specifier = |line: &str| {
        let (_, rest) = line.split_once(" from '")?;
        rest.split('\'').next().filter(|name| name.starts_with('.')).map(|name| folder.join(name))
    };
    text.lines().filter_map(specifier).filter_map(|path| path.canonicalize().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    #[test]
    fn every_name_is_a_file() {
        for pattern in DRIVER.iter().chain(&NOT_TIMED).chain(&ANALYSIS) {
            assert!(!files(root(), pattern).unwrap().is_empty(), "{pattern} names nothing");
        }
    }

    #[test]
    fn comments_indentation_and_tests_do_not_count() {
        let text = "/** What it does. */\nfn a() {\n    b();\n}\n\n#[cfg(test)]\nmod tests {}\n";
        assert_eq!(code(text), "fn a() {\nb();\n}\n");
        assert_eq!(code(text), code("//! Another.\nfn a() {\nb();\n/*\n * More.\n */\n}\n"));
        assert_ne!(code(text), code("fn a() {\nc();\n}\n"));
    }

    #[test]
    fn what_a_workload_imports_counts_and_its_neighbours_do_not() {
        let path = root().join("bench/workloads/fs/stat.mjs");
        let imports = relative_imports(&read(&path).unwrap(), &path);
        let names: Vec<_> = imports.iter().filter_map(|path| path.file_name()).collect();
        assert_eq!(names, ["text.mjs", "files.mjs"]);
    }

    #[test]
    fn what_is_said_of_a_benchmark_changes_nothing() {
        let lab = Lab::open(root()).unwrap();
        let definition = lab.definitions().find(|definition| definition.id == "fs/stat").unwrap();
        let of = |definition: &Definition| definition_fingerprint(root(), definition).unwrap();
        let said = Definition {
            analysis: "Other.".into(),
            margin: Some(0.5),
            variants: vec!["node-api+x".into()],
            ..definition.clone()
        };
        assert_eq!(of(definition), of(&said));
        assert_ne!(of(definition), of(&Definition { concurrency: 7, ..definition.clone() }));
    }
}
