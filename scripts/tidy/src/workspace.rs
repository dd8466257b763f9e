use std::error::Error;
use std::fmt;
use std::path::Path;
use std::process::Command;

use cargo_metadata::MetadataCommand;

use crate::SourceFile;

/// What Cargo and git say about the repository.
#[derive(Debug)]
pub struct Workspace {
    /// The packages of this repository.
    pub packages: Vec<Package>,
    /// Every package of the resolved graph, ours and others'.
    pub graph: Vec<Node>,
    /// Every text file that git tracks or would track.
    pub sources: Vec<SourceFile>,
}

/// A package of this repository.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, relative to the root, such as `bench/schema`.
    pub folder: String,
    /// The names of everything that it depends on, to build, to test or to run.
    pub dependencies: Vec<String>,
}

/// A package of the resolved graph.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The features with which Cargo builds it for the whole workspace.
    pub features: Vec<String>,
}

/// The repository could not be read.
#[derive(Debug)]
pub struct WorkspaceError(String);

impl fmt::Display for WorkspaceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for WorkspaceError {}

impl Workspace {
    /// Reads the repository at `root`.
    ///
    /// # Errors
    /// If cargo or git is absent or fails, or if a file cannot be read.
    pub fn read(root: &Path) -> Result<Workspace, WorkspaceError> {
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .exec()
            .map_err(|error| WorkspaceError(format!("cargo metadata failed: {error}")))?;
        let mut packages = Vec::new();
        for package in metadata.workspace_packages() {
            let folder = package
                .manifest_path
                .parent()
                .and_then(|folder| folder.as_std_path().strip_prefix(root).ok());
            let folder = folder.ok_or_else(|| {
                WorkspaceError(format!("{} lies outside {}", package.manifest_path, root.display()))
            })?;
            packages.push(Package {
                name: package.name.to_string(),
                folder: folder.to_string_lossy().into_owned(),
                dependencies: package.dependencies.iter().map(|dependency| dependency.name.clone()).collect(),
            });
        }
        let mut graph = Vec::new();
        for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
            let name = metadata[&node.id].name.to_string();
            graph.push(Node { name, features: node.features.iter().map(ToString::to_string).collect() });
        }
        Ok(Workspace { packages, graph, sources: sources(root)? })
    }
}

fn sources(root: &Path) -> Result<Vec<SourceFile>, WorkspaceError> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| WorkspaceError(format!("git could not be run ({error}): install git")))?;
    if !listing.status.success() {
        return Err(WorkspaceError(format!(
            "git ls-files failed in {}: {}",
            root.display(),
            String::from_utf8_lossy(&listing.stderr).trim()
        )));
    }
    let mut sources = Vec::new();
    for path in String::from_utf8_lossy(&listing.stdout).split_terminator('\0') {
        // A tracked file may be deleted in the checkout, and pictures are no text.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            sources.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(sources)
}
