//! What git says of the checkout's history.

use std::path::Path;
use std::process::Command;

use crate::LabError;

/// What a port is built from. Commits that change nothing of it cannot have made it slower.
const SOURCES: [&str; 6] = ["ported", "shims", "Cargo.toml", "Cargo.lock", ".cargo", "rust-toolchain.toml"];

/// The commit that a name stands for.
pub(crate) fn resolve(root: &Path, name: &str) -> Result<String, LabError> {
    let commit = format!("{name}^{{commit}}");
    if let Ok(id) = git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]) {
        return Ok(id);
    }
    let name = name.to_owned();
    Err(match git(root, &["rev-parse", "--is-shallow-repository"]).as_deref() {
        Ok("true") => LabError::ShallowClone { name },
        Ok(_) => LabError::UnknownRevision { name },
        Err(message) => LabError::NoCheckout { name, root: root.to_owned(), message: message.clone() },
    })
}

/// The commits that could have made `bad` slower than every one of `good`, the one first that halves them best
/// (`git rev-list --bisect-all`); empty where `bad` has nothing that they lack.
pub(crate) fn suspects(root: &Path, good: &[String], bad: &str) -> Result<Vec<String>, LabError> {
    let mut arguments = vec!["rev-list", "--bisect-all", bad, "--not"];
    arguments.extend(good.iter().map(String::as_str));
    arguments.push("--");
    arguments.extend(SOURCES);
    let listed = git(root, &arguments).map_err(|message| LabError::NoCheckout {
        name: bad.to_owned(),
        root: root.to_owned(),
        message,
    })?;
    Ok(listed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Whether `earlier` is `later` or one of the commits that it is built on.
pub(crate) fn is_ancestor(root: &Path, earlier: &str, later: &str) -> bool {
    git(root, &["merge-base", "--is-ancestor", earlier, later]).is_ok()
}

/// A commit in one line, for people.
pub(crate) fn describe(root: &Path, commit: &str) -> String {
    git(root, &["log", "-1", "--format=%h %as %an: %s", commit]).unwrap_or_else(|_| commit.to_owned())
}

/// What git prints, or its complaint.
pub(crate) fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .map_err(|error| format!("git cannot be started: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
