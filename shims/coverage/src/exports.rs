//! What a host's bindings really export: asked of the host itself, to say how much of it reading the binary found.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

/// Functions by binding: name → where the same function object is registered, when another binding has it too.
pub type Exports = BTreeMap<String, BTreeMap<String, Option<String>>>;

/// How long a host may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// `--expose-internals` is the flag by which Node's own tests reach bindings.
const SCRIPT: &str = "
const { internalBinding } = require('internal/test/binding');
const exports = {}, owners = new Map();
for (const name of process.argv.slice(1)) {
  let binding;
  try { binding = internalBinding(name); } catch { continue; }
  exports[name] = {};
  for (const key of Object.getOwnPropertyNames(binding)) {
    const { value } = Object.getOwnPropertyDescriptor(binding, key);
    if (typeof value !== 'function') continue;
    exports[name][key] = null;
    const owner = owners.get(value);
    if (owner === undefined) owners.set(value, [[name, key]]); else owner.push([name, key]);
  }
}
for (const owner of owners.values()) {
  for (const [name, key] of owner) {
    const other = owner.find(([otherName]) => otherName !== name);
    if (other) exports[name][key] = other.join('.');
  }
}
console.log(JSON.stringify(exports));
";

/// Why the host was not asked.
#[derive(Debug, thiserror::Error)]
pub enum ExportsError {
    /// It cannot be run here.
    #[error("{0} cannot be run here: {1}")]
    Start(String, std::io::Error),
    /// It ran and did not answer.
    #[error("{0} did not say what its bindings export: {1}")]
    Answer(String, String),
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Answer(Exports);

/// Runs `node` and asks for the functions of the bindings of these names. A name that it has not is left out.
///
/// # Errors
/// When it cannot be run, fails, or takes longer than half a minute.
pub fn exports<'a>(node: &Path, names: impl Iterator<Item = &'a str>) -> Result<Exports, ExportsError> {
    let program = node.display().to_string();
    let mut child = Command::new(node)
        .args(["--expose-internals", "--no-warnings", "--eval", SCRIPT, "--"])
        .args(names)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| ExportsError::Start(program.clone(), error))?;
    let mut output = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.as_mut().map_or(Ok(0), |output| output.read_to_string(&mut text)).map(|_| text)
    });
    let started = Instant::now();
    let failed = |what: String| ExportsError::Answer(program.clone(), what);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if started.elapsed() > PATIENCE => {
                // It is killed, and its answer no longer waited for.
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("no answer within {} s", PATIENCE.as_secs())));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => return Err(failed(error.to_string())),
        }
    };
    if !status.success() {
        return Err(failed(format!("{status}")));
    }
    let text = reader.join().ok().and_then(Result::ok).unwrap_or_default();
    let Answer(exports) = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    Ok(exports)
}
