//! What the headers of a host declare: V8's public API, and Node-API with its versions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::classify::Classification;
use crate::cpp::{Declared, declarations};

/// A version that no release has yet.
pub const EXPERIMENTAL: &str = "experimental";

/// What a host's headers declare.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct HeaderSurvey {
    /// Public functions of V8, overloads together.
    pub v8_functions: usize,
    /// Of these, the ones that the headers define: calls of them are inlined and leave no trace in a binary.
    pub v8_inline: usize,
    /// Of these, the ones that Node calls.
    pub v8_called: usize,
    /// Of these, the ones that are judged.
    pub v8_classified: usize,
    /// Functions of Node-API by version.
    pub node_api: BTreeMap<String, Vec<String>>,
}

/// Why headers could not be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path}: {source}; the npm package of a host has include/node, `scripts/lab hosts --install` installs it"
)]
pub struct HeaderError {
    path: PathBuf,
    source: std::io::Error,
}

/// Reads the headers in a folder such as `include/node`, and joins them with what is judged and called.
///
/// # Errors
/// When the folder or a header of Node-API cannot be read.
pub fn survey<'a>(
    folder: &Path,
    judgement: &Classification,
    called: impl Iterator<Item = &'a str>,
) -> Result<HeaderSurvey, HeaderError> {
    let declared = v8_api(folder)?;
    let names: BTreeSet<&str> = declared.iter().map(|declared| declared.name.as_str()).collect();
    Ok(HeaderSurvey {
        v8_functions: declared.len(),
        v8_inline: declared.iter().filter(|declared| declared.inline).count(),
        v8_called: called.filter(|symbol| names.contains(symbol)).count(),
        v8_classified: judgement.rows().filter(|row| names.contains(row.symbol.as_str())).count(),
        node_api: by_version(node_api(folder)?),
    })
}

/// The public functions of every `v8*.h` in a folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn v8_api(folder: &Path) -> Result<Vec<Declared>, HeaderError> {
    let mut found: BTreeMap<String, Declared> = BTreeMap::new();
    for path in entries(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("v8") && path.extension().is_some_and(|extension| extension == "h") {
            for declared in declarations(&read(&path)?, "v8") {
                // Deprecated internals and template machinery are no API.
                if !declared.name.starts_with("v8::internal::")
                    && !declared.name.starts_with("v8::api_internal::")
                {
                    let held = found.entry(declared.name.clone()).or_insert_with(|| declared.clone());
                    held.inline |= declared.inline;
                }
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Every function of Node-API with the version that has it: a number, or [`EXPERIMENTAL`].
///
/// # Errors
/// When a header is absent.
pub fn node_api(folder: &Path) -> Result<BTreeMap<String, String>, HeaderError> {
    let mut functions = BTreeMap::new();
    for name in ["js_native_api.h", "node_api.h"] {
        functions.extend(node_api_of(&read(&folder.join(name))?));
    }
    Ok(functions)
}

/// Functions of one header, by the conditions that stand around them.
pub fn node_api_of(header: &str) -> BTreeMap<String, String> {
    let mut functions = BTreeMap::new();
    let mut conditions: Vec<u32> = Vec::new();
    let mut open: Option<String> = None;
    for line in header.lines().map(str::trim) {
        if let Some(directive) = line.strip_prefix('#').map(str::trim_start) {
            if directive.starts_with("if") {
                conditions.push(version_asked(directive));
            } else if directive.starts_with("endif") {
                conditions.pop();
            }
            continue;
        }
        if line.starts_with("NAPI_EXTERN") {
            open = Some(String::new());
        }
        let Some(text) = &mut open else { continue };
        text.push(' ');
        text.push_str(line);
        if let Some((before, _)) = text.split_once('(') {
            let version = conditions.iter().copied().max().unwrap_or(1).max(1);
            let version = if version == u32::MAX { EXPERIMENTAL.to_owned() } else { version.to_string() };
            if let Some(name) = before.split_whitespace().last() {
                functions.insert(name.to_owned(), version);
            }
            open = None;
        }
    }
    functions
}

fn version_asked(condition: &str) -> u32 {
    if condition.starts_with("ifdef NAPI_EXPERIMENTAL") {
        return u32::MAX;
    }
    let version = condition.split_once("NAPI_VERSION >= ").map(|(_, version)| version.trim());
    version.and_then(|version| version.parse().ok()).unwrap_or(1)
}

fn by_version(functions: BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, version) in functions {
        versions.entry(version).or_default().push(name);
    }
    versions
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, HeaderError> {
    let failed = |source| HeaderError { path: folder.to_path_buf(), source };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, HeaderError> {
    let bytes = std::fs::read(path).map_err(|source| HeaderError { path: path.to_path_buf(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_conditions_around_a_declaration() {
        let functions = node_api_of(
            "#ifndef A_H_\nNAPI_EXTERN napi_status NAPI_CDECL\nnapi_one(napi_env env);\n#if NAPI_VERSION >= 8\n#ifdef NAPI_EXPERIMENTAL\nNAPI_EXTERN napi_status NAPI_CDECL node_api_two(\n  napi_env env);\n#endif\nNAPI_EXTERN napi_status NAPI_CDECL napi_three(napi_env env);\n#endif\n#endif\n",
        );
        let shown: Vec<_> =
            functions.iter().map(|(name, version)| (name.as_str(), version.as_str())).collect();
        assert_eq!(shown, [("napi_one", "1"), ("napi_three", "8"), ("node_api_two", "experimental")]);
    }
}
