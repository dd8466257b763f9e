//! criterion writes `<group>/<function>/<value>/new/{benchmark,sample}.json`; `sample.json` has, for each sample, how
//! many iterations it made and how long all of them took.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Format, ImportError, Samples};

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    /// Nanoseconds.
    times: Vec<f64>,
}

pub(super) fn read(folder: &Path) -> Result<Samples, ImportError> {
    let mut samples = Samples::new();
    visit(folder, 0, &mut samples)?;
    Ok(samples)
}

/// criterion nests group, function and value below its folder, and `new` below them.
const DEPTH: u32 = 5;

fn visit(folder: &Path, depth: u32, samples: &mut Samples) -> Result<(), ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_type().map_err(unreadable)?.is_dir() {
            continue;
        }
        let path = entry.path();
        if entry.file_name() == "new" && path.join("sample.json").is_file() {
            let Benchmark { full_id } = json(&path.join("benchmark.json"))?;
            let Sample { iters, times } = json(&path.join("sample.json"))?;
            samples.insert(full_id, times.iter().zip(&iters).map(|(time, iters)| time / iters).collect());
        } else if depth < DEPTH {
            visit(&path, depth + 1, samples)?;
        }
    }
    Ok(())
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, ImportError> {
    let bytes = fs::read(path).map_err(|source| ImportError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|error| ImportError::Malformed {
        path: path.to_owned(),
        format: Format::Criterion,
        reason: error.to_string(),
    })
}
