//! What it takes to move an addon from NAN or raw V8 to Node-API, call by call. Sources are read, never written.

mod markdown;
mod sarif;

pub use markdown::markdown;
pub use sarif::sarif;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::classify::{Class, Classification};
use crate::cpp::{Called, Use, uses};
use crate::source::{Meant, Names, SourceError, cpp_files};

/// The version of the document's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// What somebody has to do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// One call for another, by rule.
    Auto,
    /// A decision, or code of one's own.
    Manual,
    /// Node-API has no way.
    Blocked,
}

impl Effort {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Effort::Auto => "auto",
            Effort::Manual => "manual",
            Effort::Blocked => "blocked",
        }
    }
}

/// A row of `data/nan.csv`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    effort: Effort,
    node_api: String,
    version: String,
    change: String,
    hazard: String,
}

/// What was found in a folder.
#[derive(Clone, Debug, Serialize)]
pub struct Scan {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// C++ files below the folder.
    pub files: usize,
    /// The least Node-API version that all of it needs, `experimental`, or empty when nothing needs any.
    pub version: String,
    /// Calls by effort.
    pub efforts: BTreeMap<Effort, usize>,
    /// By file and line.
    pub findings: Vec<Finding>,
    /// Places that could not be read as C++, as `file:line`: calls there are missing.
    pub unread: Vec<String>,
}

/// One call, type or macro.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Relative to the folder.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is used: `Nan::Set`, `v8::String::NewFromUtf8`.
    pub api: String,
    /// What takes its place.
    pub node_api: String,
    /// The version that has it.
    pub version: String,
    /// What somebody has to do.
    pub effort: Effort,
    /// What behaves differently afterwards.
    pub change: String,
    /// What goes wrong with several threads or workers.
    pub hazard: String,
    /// Why the call may be hot.
    pub hot: String,
    /// The source line.
    pub text: String,
}

/// Reads every C++ file below a folder.
///
/// # Errors
/// When the folder cannot be read, or has no C++.
///
/// # Panics
/// Never: a test reads the data that is built in.
pub fn scan(folder: &Path) -> Result<Scan, SourceError> {
    let files = cpp_files(folder)?;
    if files.is_empty() {
        return Err(SourceError::NoSources(folder.to_path_buf()));
    }
    let scanner = Scanner::new();
    let (mut findings, mut unread) = (Vec::new(), Vec::new());
    for path in &files {
        let bytes = std::fs::read(path).map_err(|source| SourceError::Read { path: path.clone(), source })?;
        let shown = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let source = String::from_utf8_lossy(&bytes);
        if !touches_engine(&source) {
            continue;
        }
        let read = uses(&source);
        unread.extend(read.unread.iter().map(|line| format!("{shown}:{line}")));
        findings.extend(read.uses.iter().filter_map(|used| scanner.finding(&shown, used)));
    }
    let mut efforts = BTreeMap::new();
    for finding in &findings {
        *efforts.entry(finding.effort).or_default() += 1;
    }
    let rank = |version: &&str| version.parse::<u32>().unwrap_or(u32::MAX);
    let versions =
        findings.iter().map(|finding| finding.version.as_str()).filter(|version| !version.is_empty());
    let version = versions.max_by_key(rank).unwrap_or_default().to_owned();
    Ok(Scan { schema_version: SCHEMA_VERSION, files: files.len(), version, efforts, findings, unread })
}

/// Whether a file has anything to do with the engine: a bundled library's own `IsObject` means something else.
fn touches_engine(source: &str) -> bool {
    ["Nan::", "NAN_", "nan.h", "v8", "node.h", "NODE_MODULE", "uv_"].iter().any(|word| source.contains(word))
}

struct Scanner {
    rules: BTreeMap<String, Rule>,
    judgement: Classification,
    names: Names,
}

impl Scanner {
    fn new() -> Scanner {
        let table = include_str!("../../data/nan.csv");
        let rules: Result<Vec<Rule>, csv::Error> =
            csv::Reader::from_reader(table.as_bytes()).deserialize().collect();
        let rules = rules.expect("a test reads the data that is built in");
        let judgement = Classification::built_in();
        let names = Names::of(&judgement, &BTreeMap::new());
        Scanner { rules: rules.into_iter().map(|rule| (rule.name.clone(), rule)).collect(), judgement, names }
    }

    fn finding(&self, file: &str, used: &Use) -> Option<Finding> {
        let found = self.by_rule(&used.name).or_else(|| self.by_judgement(&used.name))?;
        let hot = match used.loops {
            0 => String::new(),
            1 => "in a loop: each turn crosses into the engine; gather and cross once".to_owned(),
            deep => format!("{deep} loops deep: each turn crosses into the engine; gather and cross once"),
        };
        let hazard = if found.hazard.is_empty() { shared_state(used) } else { found.hazard };
        Some(Finding {
            file: file.to_owned(),
            line: used.line,
            column: used.column,
            // What costs nothing on Node-API is not hot.
            hot: if found.node_api.is_empty() { String::new() } else { hot },
            hazard,
            text: used.text.clone(),
            ..found
        })
    }

    fn by_rule(&self, called: &Called) -> Option<Finding> {
        let name = match called {
            Called::Path(name) | Called::Type(name) => name,
            Called::Member { .. } => return None,
        };
        let short = name.strip_prefix("node::").map_or_else(|| format!("node::{name}"), str::to_owned);
        let rule = self.rules.get(name.as_str()).or_else(|| {
            // `Buffer::Data` and `ObjectWrap`, by `using namespace node`.
            self.rules.get(&short).filter(|_| name.contains("::") || name == "ObjectWrap")
        })?;
        Some(Finding {
            file: String::new(),
            line: 0,
            column: 0,
            api: rule.name.clone(),
            node_api: rule.node_api.clone(),
            version: rule.version.clone(),
            effort: rule.effort,
            change: rule.change.clone(),
            hazard: rule.hazard.clone(),
            hot: String::new(),
            text: String::new(),
        })
    }

    fn by_judgement(&self, called: &Called) -> Option<Finding> {
        let Meant::Symbol(symbol) = self.names.meant(called) else { return None };
        let row = self.judgement.row(symbol)?;
        let blocks = self.judgement.gaps().get(&row.gap).is_some_and(|gap| gap.blocks);
        let effort = match row.class {
            Class::Equivalent | Class::Support => Effort::Auto,
            Class::None if blocks => Effort::Blocked,
            Class::Partial | Class::None => Effort::Manual,
        };
        Some(Finding {
            file: String::new(),
            line: 0,
            column: 0,
            api: row.symbol.clone(),
            node_api: row.node_api.clone(),
            version: row.version.clone(),
            effort,
            change: row.reason.clone(),
            hazard: String::new(),
            hot: String::new(),
            text: String::new(),
        })
    }
}

/// A handle outside any function, or static in one, is one for all workers.
fn shared_state(used: &Use) -> String {
    let Called::Type(kind) = &used.name else { return String::new() };
    let holds = ["Persistent", "Global", "Callback", "Eternal"].iter().any(|handle| kind.ends_with(handle));
    let outside = used.function.is_empty() && !used.inside_class;
    if holds && (outside || used.text.starts_with("static ")) {
        return "shared by all workers and threads: keep it in the instance data of each environment \
                (napi_set_instance_data)"
            .to_owned();
    }
    String::new()
}
