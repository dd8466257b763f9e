//! The survey as data: what `portlab coverage --json` prints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classify::{Class, Gap};

/// The version of the document's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// What no count of this document contains.
pub const HIDDEN: &str = "Calls and tail jumps in machine code are counted. What the compiler inlined is invisible: \
argument access, return values, As<>, quick IsString and IsUndefined, reads of fields that are known to be there; \
virtual calls and calls through a register are not followed.";

/// Sites by judgement.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counts {
    /// Calls and tail jumps into V8.
    pub sites: usize,
    /// Of these, to what Node-API has too.
    pub equivalent: usize,
    /// To what it has in part, or only slower.
    pub partial: usize,
    /// To what it lacks.
    pub none: usize,
    /// To V8's own bookkeeping.
    pub support: usize,
    /// To what nobody has judged.
    pub unclassified: usize,
}

impl Counts {
    /// Adds `sites` of one class.
    pub fn add(&mut self, class: Option<Class>, sites: usize) {
        self.sites += sites;
        *match class {
            Some(Class::Equivalent) => &mut self.equivalent,
            Some(Class::Partial) => &mut self.partial,
            Some(Class::None) => &mut self.none,
            Some(Class::Support) => &mut self.support,
            None => &mut self.unclassified,
        } += sites;
    }
}

/// One Node binary.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Survey {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The host's id, or the path of the binary.
    pub host: String,
    /// The processor.
    pub machine: String,
    /// [`HIDDEN`].
    pub hidden: String,
    /// Calls and tail jumps from Node into V8.
    pub sites: usize,
    /// Distinct functions of V8, overloads together.
    pub symbols: usize,
    /// Of these, how many nobody has judged.
    pub unclassified: usize,
    /// Functions of Node.
    pub functions: usize,
    /// Calls from Node into libuv.
    pub uv_sites: usize,
    /// All sites by judgement.
    pub classes: Counts,
    /// How much of what the host exports was found in its binary; absent when it was not asked.
    pub resolved: Option<Resolved>,
    /// By binding.
    pub bindings: Vec<BindingSurvey>,
    /// By gap, the most sites first.
    pub gaps: Vec<GapSurvey>,
    /// By source file, as far as the symbol table tells.
    pub files: Vec<Group>,
    /// By class of V8.
    pub v8_classes: Vec<Group>,
    /// By symbol.
    pub api: Vec<SymbolSurvey>,
    /// Which gaps to close first: for each number of gaps, the set that frees most bindings.
    pub cover: Vec<Cover>,
    /// What a stored run measured of the gaps; absent where none is stored.
    #[serde(default)]
    pub measured: Option<Measured>,
    /// What the sources show besides, with `--node-src`.
    pub source: Option<crate::source::SourceSurvey>,
    /// The API that the headers declare, where they are at hand.
    pub headers: Option<crate::headers::HeaderSurvey>,
}

/// How many exported functions were led back to C++.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Resolved {
    /// Functions that the host's bindings export.
    pub exported: usize,
    /// Of these, the ones whose C++ function was found.
    pub named: usize,
    /// The others, as `binding.function`: computed names, functions of V8 or of Node's JavaScript.
    pub missing: Vec<String>,
}

/// One binding.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct BindingSurvey {
    /// What `internalBinding` is asked for.
    pub name: String,
    /// The source file that registers it.
    pub file: Option<String>,
    /// Functions and classes that it exports: as the host says, else as the binary shows.
    pub functions: usize,
    /// Sites that its setting up, its functions, their callbacks and everything that they call reach.
    #[serde(flatten)]
    pub counts: Counts,
    /// Of these, the ones in functions that at most a third of all bindings reach: the binding's own.
    pub own: Counts,
    /// Calls into libuv that it reaches.
    pub uv_sites: usize,
    /// Functions that a port serves wholly.
    pub ported: usize,
    /// Functions that a port serves in part.
    pub ported_partly: usize,
    /// Gaps among its own sites, by id.
    pub gaps: BTreeMap<String, usize>,
    /// Gaps without a way around among its own sites.
    pub blocked_by: Vec<String>,
    /// Its functions.
    pub exports: Vec<ExportSurvey>,
}

/// One function or class of a binding, or a method of such a class.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct ExportSurvey {
    /// The property; a method has its class before it.
    pub name: String,
    /// The C++ function; none when it was not found.
    pub callback: Option<String>,
    /// Whether it is a method of a class and no property of the binding.
    pub method: bool,
    /// Sites that it reaches.
    #[serde(flatten)]
    pub counts: Counts,
    /// `ported`, `partial` or `native`, where a port has the binding.
    pub status: Option<String>,
    /// Gaps that it reaches by its own sites.
    pub gaps: Vec<String>,
}

/// One gap.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct GapSurvey {
    /// The id in gaps.toml.
    pub id: String,
    /// What is known about it.
    #[serde(flatten)]
    pub gap: Gap,
    /// Sites in the whole binary.
    pub sites: usize,
    /// Of these, to symbols that Node-API has in part.
    pub partial: usize,
    /// Of these, to symbols that it lacks.
    pub none: usize,
    /// Its symbols, the most used first.
    pub symbols: Vec<SymbolSurvey>,
    /// Bindings whose own sites have it: name → sites.
    pub bindings: BTreeMap<String, usize>,
    /// Where it is used.
    pub call_sites: Vec<CallSite>,
}

/// The costs of gaps, as one stored run measured them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Measured {
    /// The store's id of the run.
    pub run: i64,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// The benchmarks that gaps name, a row a variant.
    pub rows: Vec<MeasuredRow>,
}

/// One benchmark of a gap, in one variant, against plain V8.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MeasuredRow {
    /// The benchmark's id.
    pub benchmark: String,
    /// `node-api`, or `node-api+ext` with the extension.
    pub variant: String,
    /// CPU time over that of plain V8.
    pub ratio: f64,
    /// Lower end of the 95% interval; absent where too few processes ran.
    pub low: Option<f64>,
    /// Upper end of the same.
    pub high: Option<f64>,
    /// Nanoseconds of CPU time an operation in plain V8.
    pub v8_ns: Option<f64>,
    /// Nanoseconds of CPU time an operation in this variant.
    pub ns: Option<f64>,
    /// The share of the distance between Node-API alone and V8 that the extension closes: 1 is all of it.
    pub closed: Option<f64>,
    /// Lower end of its 95% interval.
    pub closed_low: Option<f64>,
    /// Upper end of the same.
    pub closed_high: Option<f64>,
}

/// A function of V8.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SymbolSurvey {
    /// The qualified name.
    pub symbol: String,
    /// Sites in the whole binary.
    pub sites: usize,
    /// The judgement; absent when there is none.
    pub class: Option<Class>,
    /// The gap's id, or empty.
    pub gap: String,
    /// What Node-API offers.
    pub node_api: String,
    /// From which version.
    pub version: String,
    /// What it costs.
    pub cost: String,
    /// Why it is judged so.
    pub reason: String,
    /// What one might say against it.
    pub arguable: String,
}

/// A function of Node that uses a symbol.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CallSite {
    /// The caller.
    pub function: String,
    /// Its source file, if known.
    pub file: Option<String>,
    /// The symbol.
    pub symbol: String,
    /// The first instruction's address.
    pub at: String,
    /// How often the caller has it.
    pub sites: usize,
}

/// Sites of a file or class.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Group {
    /// The file or class.
    pub name: String,
    /// Its sites.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A set of gaps, and what closing all of them frees.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cover {
    /// Ids.
    pub gaps: Vec<String>,
    /// Bindings that nothing blocks then, beyond those that nothing blocks now.
    pub frees: Vec<String>,
}
