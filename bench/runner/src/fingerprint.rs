//! By what a measurement is known to be of the code that is there now.

use std::path::Path;

use bench_schema::{Definition, Fingerprints};
use sha2::{Digest as _, Sha256};

use crate::discover::{files, workload};
use crate::machine::hex;
use crate::{Lab, LabError};

/// What times a slice.
const DRIVER: [&str; 3] = ["bench/driver.mjs", "bench/driver/**/*.mjs", "bench/probe/src/**/*.rs"];
/// What makes verdicts and rates of slices.
const ANALYSIS: [&str; 4] = [
    "bench/analysis/src/**/*.rs",
    "bench/gate/src/plan.rs",
    "bench/gate/src/looks.rs",
    "bench/gate/src/noise/*.rs",
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

fn definition_fingerprint(root: &Path, definition: &Definition) -> Result<String, LabError> {
    let mut hash = Sha256::new();
    // What a person reads beside a row changes nothing that is measured, and a margin only what is said of it.
    let measured = Definition { analysis: String::new(), margin: None, ..definition.clone() };
    hash.update(serde_json::to_vec(&measured).expect("a definition is plain data"));
    let workload = workload(root, definition);
    hash.update(std::fs::read(&workload).map_err(LabError::file(workload))?);
    Ok(hex(&hash.finalize()))
}

/// Names count as well as contents: a file that moves within the folder may be found no more.
fn of_files(root: &Path, patterns: &[&str]) -> Result<String, LabError> {
    let mut hash = Sha256::new();
    for pattern in patterns {
        for path in files(root, pattern)? {
            let name = path.strip_prefix(root).unwrap_or(&path);
            hash.update(name.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(std::fs::read(&path).map_err(LabError::file(path))?);
            hash.update([0]);
        }
    }
    Ok(hex(&hash.finalize()))
}
