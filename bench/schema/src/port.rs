use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{NODE_API, features, with_feature};

/// `ported/<module>/port.toml`: what a port replaces and what it leaves.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// The folder's name and the first part of its benchmarks' ids.
    pub module: String,
    /// One sentence for people who choose a port.
    pub summary: String,
    /// The Cargo package of the `.node` file.
    pub package: String,
    /// The highest Node-API version whose names the module may import.
    pub napi_version: u32,
    /// The Node majors on which it is tested.
    pub node_majors: Vec<u32>,
    /// The `uv_*` names that the module may import. A host other than Node refuses a module with one.
    #[serde(default)]
    pub uv_imports: Vec<String>,
    /// The JavaScript half, relative to the port's folder; absent: the addon's exports replace the
    /// functions of the same names.
    #[serde(default)]
    pub js: Option<String>,
    /// What a fresh instance of the module needs.
    pub world: World,
    /// The bindings that it replaces, by the name given to `internalBinding`.
    pub bindings: BTreeMap<String, Binding>,
    /// The features that can be switched on beside the replaced bindings, by name: `onehop` makes the variant
    /// `node-api+onehop`.
    #[serde(default)]
    pub variants: BTreeMap<String, PortVariant>,
    /// What it cannot do on Node-API, or only in part.
    #[serde(default)]
    pub gaps: Vec<Gap>,
}

impl Port {
    /// Whether `name` is this port without or with features that it has: `node-api`, `node-api+onehop`.
    pub fn has_variant(&self, name: &str) -> bool {
        features(name)
            .is_some_and(|features| features.iter().all(|feature| self.variants.contains_key(*feature)))
    }

    /// `node-api`, and that with each feature.
    pub fn variant_names(&self) -> Vec<String> {
        let with_features = self.variants.keys().map(|feature| with_feature(feature));
        std::iter::once(NODE_API.to_owned()).chain(with_features).collect()
    }
}

/// What a fresh instance of the module's JavaScript needs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// The builtin that users require.
    pub builtin: String,
    /// The builtins that are instantiated anew, the public one included; all others are shared.
    pub fresh: Vec<String>,
}

/// A feature of a port: functions of Node's own JavaScript that it replaces on top of the bindings, or serves in another
/// way.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortVariant {
    /// One sentence for people who choose a variant.
    pub summary: String,
    /// The functions that differ, as a user writes them: `fs.promises.readFile`.
    pub replaces: Vec<String>,
}

/// One replaced binding.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Every function and class of the native binding, on every supported major.
    pub functions: BTreeMap<String, Function>,
}

/// One function or class of a binding.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Whether the port serves it.
    pub status: FunctionStatus,
    /// Why it is native or partial, as a sentence; empty only when ported.
    #[serde(default)]
    pub reason: String,
    /// The Node majors that have it; absent: all of the port's.
    #[serde(default)]
    pub node_majors: Option<Vec<u32>>,
}

/// Whether the port serves a function.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionStatus {
    /// The port serves every form that Node's lib uses.
    Ported,
    /// The port serves a part; `reason` says which.
    Partial,
    /// The native function stays.
    Native,
}

/// Something core does through V8 that Node-API cannot do, or only slower or partly.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// A short name.
    pub name: String,
    /// What core does, what Node-API offers, and what the port does instead.
    pub reason: String,
}

/// `ported/<module>/conformance.toml`: which of Node's own test files belong to the port.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Conformance {
    /// Where the files are.
    pub suite: Vec<Suite>,
    /// Files that are not run, each with a reason that a stranger can act on.
    #[serde(default)]
    pub skip: Vec<Skip>,
}

/// A group of test files.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// What reports call it; absent: the folder. Suites of one name are reported together.
    #[serde(default)]
    pub name: Option<String>,
    /// Folder in Node's `test`, such as `parallel`.
    pub directory: String,
    /// Regular expression on file names.
    pub pattern: String,
}

/// A test file that is not run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The file's name.
    pub test: String,
    /// Why.
    pub reason: String,
    /// The Node majors on which it is not run; absent: all of the port's.
    #[serde(default)]
    pub node_majors: Option<Vec<u32>>,
}
