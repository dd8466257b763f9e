//! What Node's sources show that its binary hides: uses of V8's API that the compiler inlines.
//!
//! Sources are read without types. A qualified call (`String::NewFromUtf8`) names its function; a method call
//! (`->IsString()`) is counted where one class of V8 alone has such a method, and apart where several have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::classify::Classification;
use crate::cpp::{Called, uses};

/// Uses in sources beside sites in the binary.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct SourceSurvey {
    /// Files that were read.
    pub files: usize,
    /// Uses that name a function of V8.
    pub uses: usize,
    /// By symbol: uses in the sources, sites in the binary.
    pub symbols: Vec<Beside>,
    /// Methods that several classes of V8 have.
    pub ambiguous: Vec<Beside>,
    /// Places that could not be read as C++, as `file:line`.
    pub unread: Vec<String>,
}

/// Two counts of one name.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Beside {
    /// The symbol, or the method.
    pub name: String,
    /// Uses in the sources.
    pub uses: usize,
    /// Sites in the binary.
    pub sites: usize,
}

/// Why sources could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A folder or file.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Another folder.
    #[error("{0} has no C++ file: name a checkout of Node, or its folder src")]
    NoSources(PathBuf),
}

/// Reads a checkout of Node (its `src`, or the folder itself) and sets what it uses beside the binary's sites.
///
/// # Errors
/// When the folder cannot be read or has no C++.
pub fn survey(
    folder: &Path,
    judgement: &Classification,
    sites: &BTreeMap<String, usize>,
) -> Result<SourceSurvey, SourceError> {
    let inner = folder.join("src");
    let root = if inner.is_dir() { inner } else { folder.to_path_buf() };
    let files = cpp_files(&root)?;
    if files.is_empty() {
        return Err(SourceError::NoSources(folder.to_path_buf()));
    }
    let names = Names::of(judgement, sites);
    let (mut symbols, mut ambiguous) = (BTreeMap::new(), BTreeMap::new());
    let mut found = SourceSurvey { files: files.len(), ..SourceSurvey::default() };
    for path in files {
        let bytes =
            std::fs::read(&path).map_err(|source| SourceError::Read { path: path.clone(), source })?;
        let read = uses(&String::from_utf8_lossy(&bytes));
        let shown = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        found.unread.extend(read.unread.iter().map(|line| format!("{shown}:{line}")));
        for used in read.uses {
            match names.meant(&used.name) {
                Meant::Symbol(symbol) => *symbols.entry(symbol.to_owned()).or_default() += 1,
                Meant::OneOf(method) => *ambiguous.entry(method.to_owned()).or_default() += 1,
                Meant::Nothing => {}
            }
        }
    }
    found.uses = symbols.values().sum();
    found.symbols = beside(symbols, |symbol| sites.get(symbol).copied().unwrap_or(0));
    found.ambiguous = beside(ambiguous, |method| {
        let ending = format!("::{method}");
        sites.iter().filter(|(symbol, _)| symbol.ends_with(&ending)).map(|(_, sites)| sites).sum()
    });
    Ok(found)
}

fn beside(uses: BTreeMap<String, usize>, sites: impl Fn(&str) -> usize) -> Vec<Beside> {
    let mut rows: Vec<Beside> =
        uses.into_iter().map(|(name, uses)| Beside { sites: sites(&name), name, uses }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.uses));
    rows
}

/// Functions of V8 by how a source may write them.
pub(crate) struct Names {
    paths: BTreeSet<String>,
    methods: BTreeMap<String, BTreeSet<String>>,
}

/// What a call means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Meant<'a> {
    /// This function of V8.
    Symbol(&'a str),
    /// A method of this name, which several classes have.
    OneOf(&'a str),
    /// None of V8's.
    Nothing,
}

/// Names that so many other classes have too that a method call says nothing.
const ANYBODYS: [&str; 33] = [
    "Get",
    "Set",
    "New",
    "Length",
    "length",
    "Data",
    "Value",
    "IsEmpty",
    "Reset",
    "Delete",
    "Check",
    "size",
    "data",
    "get",
    "set",
    "To",
    "push_back",
    "Wrap",
    "Release",
    "Start",
    "Stop",
    "Add",
    "Dispose",
    "Enter",
    "Exit",
    "Clone",
    "Run",
    "Initialize",
    "Abort",
    "Finish",
    "Increase",
    // std::optional
    "has_value",
    "value",
];

impl Names {
    pub(crate) fn of(judgement: &Classification, sites: &BTreeMap<String, usize>) -> Names {
        let mut names = Names { paths: BTreeSet::new(), methods: BTreeMap::new() };
        let called = sites.keys().map(String::as_str);
        for symbol in judgement.rows().map(|row| row.symbol.as_str()).chain(called) {
            if symbol.contains("::internal::") || symbol.contains("::api_internal::") || symbol.contains('~')
            {
                continue;
            }
            names.paths.insert(symbol.to_owned());
            if let Some((_, method)) = symbol.rsplit_once("::") {
                names.methods.entry(method.to_owned()).or_default().insert(symbol.to_owned());
            }
        }
        names
    }

    pub(crate) fn meant<'a>(&'a self, called: &'a Called) -> Meant<'a> {
        match called {
            Called::Path(path) if path.contains("::") => {
                let path = path.strip_prefix("v8::").unwrap_or(path);
                let symbol = format!("v8::{path}");
                self.paths.get(&symbol).map_or(Meant::Nothing, |symbol| Meant::Symbol(symbol))
            }
            // `Undefined(isolate)`: a free function of V8, by `using`.
            Called::Path(path) => {
                let symbol = format!("v8::{path}");
                let free = ["Undefined", "Null", "True", "False"].contains(&path.as_str());
                self.paths
                    .get(&symbol)
                    .filter(|_| free)
                    .map_or(Meant::Nothing, |symbol| Meant::Symbol(symbol))
            }
            Called::Member { on, method } => {
                if matches!(on.as_str(), "args" | "info" | "arguments") {
                    let symbol = format!("v8::FunctionCallbackInfo::{method}");
                    if let Some(symbol) = self.paths.get(&symbol) {
                        return Meant::Symbol(symbol);
                    }
                }
                let symbols = self.methods.get(method.as_str());
                let Some(symbols) = symbols.filter(|_| !ANYBODYS.contains(&method.as_str())) else {
                    return Meant::Nothing;
                };
                match symbols.iter().next() {
                    Some(symbol) if symbols.len() == 1 => Meant::Symbol(symbol),
                    _ => Meant::OneOf(method),
                }
            }
            Called::Type(_) => Meant::Nothing,
        }
    }
}

/// C++ files below a folder, sorted. Symbolic links are not followed, so that a circle ends.
pub(crate) fn cpp_files(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    const ENDINGS: [&str; 7] = ["cc", "cpp", "cxx", "h", "hpp", "hh", "mm"];
    const SKIPPED: [&str; 4] = ["node_modules", ".git", "build", "deps"];
    let mut files = Vec::new();
    let mut next = vec![folder.to_path_buf()];
    while let Some(folder) = next.pop() {
        let failed = |source| SourceError::Read { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let path = entry.path();
            if kind.is_dir() && !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
                next.push(path);
            } else if kind.is_file()
                && path
                    .extension()
                    .and_then(|ending| ending.to_str())
                    .is_some_and(|ending| ENDINGS.contains(&ending))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_mean_the_function_that_only_one_class_has() {
        let judgement = Classification::built_in();
        let names = Names::of(&judgement, &BTreeMap::new());
        let path = Called::Path("String::NewFromUtf8".into());
        assert_eq!(names.meant(&path), Meant::Symbol("v8::String::NewFromUtf8"));
        let member = |on: &str, method: &str| Called::Member { on: on.into(), method: method.into() };
        let (quick, shared, anybodys, argument) = (
            member("x", "IsString"),
            member("x", "GetIdentityHash"),
            member("x", "Get"),
            member("args", "Length"),
        );
        assert_eq!(names.meant(&quick), Meant::Symbol("v8::Value::IsString"));
        assert_eq!(names.meant(&shared), Meant::OneOf("GetIdentityHash"));
        assert_eq!(names.meant(&anybodys), Meant::Nothing);
        assert_eq!(names.meant(&argument), Meant::Symbol("v8::FunctionCallbackInfo::Length"));
        assert_eq!(names.meant(&Called::Path("std::move".into())), Meant::Nothing);
    }
}
