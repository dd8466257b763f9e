//! From a host's name to a binary that was seen to run and to be what its file says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bench_schema::{Host, HostKind};
use serde::Deserialize;

use crate::LabError;

/// A host whose binary is there, runs and is the version that its file pins.
#[derive(Clone, Debug)]
pub struct ResolvedHost {
    /// The host file; made up for `--node PATH`.
    pub host: Host,
    /// Absolute path of the binary.
    pub binary: PathBuf,
}

/// The binary of a pinned host, checked by running it.
pub(crate) fn resolve(host: &Host, folder: &Path) -> Result<ResolvedHost, LabError> {
    let binary = folder.join(&host.id).join(&host.binary);
    if !binary.is_file() {
        return Err(LabError::HostMissing { host: host.id.clone(), path: binary });
    }
    let found = output(&host.id, &binary, &["--version"])?;
    let found = found.trim();
    if found.trim_start_matches('v') != host.version {
        let (host, expected) = (host.id.clone(), format!("v{}", host.version));
        return Err(LabError::HostVersion { host, path: binary, found: found.to_owned(), expected });
    }
    Ok(ResolvedHost { host: host.clone(), binary })
}

/// Any other Node binary, as a host named after its version.
pub(crate) fn from_path(path: &Path) -> Result<ResolvedHost, LabError> {
    #[derive(Deserialize)]
    struct Versions {
        node: String,
        modules: String,
    }
    let id = format!("--node {}", path.display());
    // Not through links: some programs choose what they are by the name under which they are called.
    let found = std::fs::metadata(path).and_then(|_| std::path::absolute(path));
    let binary = found.map_err(|error| LabError::HostUnusable {
        host: id.clone(),
        path: path.to_owned(),
        message: format!("cannot be found: {error}"),
    })?;
    let unusable =
        |message: String| LabError::HostUnusable { host: id.clone(), path: binary.clone(), message };
    let text = output(&id, &binary, &["--print", "JSON.stringify(process.versions)"])?;
    let versions: Versions = serde_json::from_str(&text)
        .map_err(|_| unusable(format!("is no Node: it prints {}", text.trim())))?;
    let number = |text: &str| text.split('.').next().and_then(|part| part.parse().ok());
    let (Some(major), Some(modules)) = (number(&versions.node), number(&versions.modules)) else {
        return Err(unusable(format!("has a version that cannot be read: {}", versions.node)));
    };
    let host = Host {
        id: format!("node-{}", versions.node),
        kind: HostKind::Node,
        package: String::new(),
        version: versions.node,
        major,
        binary: binary.to_string_lossy().into_owned(),
        headers: None,
        modules,
        test_flags: Vec::new(),
    };
    Ok(ResolvedHost { host, binary })
}

fn output(host: &str, binary: &Path, args: &[&str]) -> Result<String, LabError> {
    let unusable =
        |message: String| LabError::HostUnusable { host: host.to_owned(), path: binary.to_owned(), message };
    let output = Command::new(binary)
        .args(args)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unusable(format!("cannot be started: {error}")))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(unusable(format!("failed ({}): {}", output.status, stderr.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
