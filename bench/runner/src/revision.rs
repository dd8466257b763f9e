//! The ports of another commit: built in a git worktree under `.portlab/revisions`, kept there by commit.
//!
//! A revision supplies the `.node` files and the JavaScript beside them and nothing else: this checkout's driver,
//! definitions and workloads measure it. So its files are read leniently: what an older or newer format says beyond
//! these few names is not ours to judge.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use bench_schema::{ArmSource, Level, NODE_API, PortArm, Role, features};
use serde::Deserialize;

use crate::cargo::Workspace;
use crate::discover;
use crate::history::{git, resolve};
use crate::stage::{Stage, install};
use crate::{Lab, LabError, Progress, Variant};

/// What is kept of a commit's files: what a host loads or the lab reads.
const KEPT: [&str; 6] = [
    "ported/**/*.js",
    "ported/**/*.cjs",
    "ported/**/*.json",
    "ported/*/port.toml",
    "shims/**/*js",
    "bench/definitions/*/*.toml",
];
/// How much of a commit's hash names its variants.
const SHORT: usize = 10;

/// A commit whose ports are built and staged.
#[derive(Clone, Debug)]
pub struct Revision {
    /// As it was asked for: `main`, `HEAD~3`, a hash.
    pub name: String,
    /// Its full hash.
    pub commit: String,
    stage: Stage,
    ports: BTreeMap<String, ThenPort>,
    /// Levels and further variants by benchmark.
    benchmarks: BTreeMap<String, ThenBenchmark>,
}

/// What a port.toml of any age says that a host needs to know.
#[derive(Clone, Debug, Deserialize)]
struct ThenPort {
    package: String,
    #[serde(default)]
    js: Option<String>,
    node_majors: Vec<u32>,
    world: ThenWorld,
    bindings: toml::Table,
    #[serde(default)]
    variants: toml::Table,
    #[serde(skip)]
    root: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
struct ThenWorld {
    fresh: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct ThenDefinitions {
    #[serde(default)]
    benchmark: Vec<ThenBenchmark>,
}

#[derive(Clone, Debug, Deserialize)]
struct ThenBenchmark {
    id: String,
    levels: Vec<Level>,
    #[serde(default)]
    variants: Vec<String>,
}

impl Revision {
    /// The commit's hash, cut to what a person can read.
    pub fn short(&self) -> &str {
        &self.commit[..SHORT.min(self.commit.len())]
    }

    /// Whether this row could have been measured at that commit.
    pub(crate) fn has(&self, benchmark: &str, level: Level, candidate: &str) -> bool {
        let module = benchmark.split('/').next().unwrap_or_default();
        let Some(then) = self.benchmarks.get(benchmark) else { return false };
        let listed = candidate == NODE_API || then.variants.iter().any(|name| name == candidate);
        listed && then.levels.contains(&level) && self.has_variant(module, candidate)
    }

    /// Whether it has a port of that module with the variant's features.
    pub(crate) fn has_variant(&self, module: &str, candidate: &str) -> bool {
        let Some(port) = self.ports.get(module) else { return false };
        let known = |feature: &&str| port.variants.contains_key(*feature);
        features(candidate).is_some_and(|all| all.iter().all(known))
    }

    /// The arm that runs this commit's port.
    pub(crate) fn variant(
        &self,
        ours: &Stage,
        module: &str,
        candidate: &str,
        role: Role,
    ) -> Result<Variant, LabError> {
        let port = self.ports.get(module).ok_or_else(|| self.without(module))?;
        let addon = ours.copy_for_arm(module, &self.stage.port(module), role)?;
        let source = ArmSource::World {
            port: Some(PortArm {
                addon,
                js: port.js.as_ref().map(|js| port.root.join(js)),
                node_majors: port.node_majors.clone(),
                features: features(candidate).unwrap_or_default().into_iter().map(str::to_owned).collect(),
            }),
        };
        Ok(Variant { name: format!("{candidate}@{}", self.short()), source, counted: None })
    }

    /// Bindings and fresh builtins that its port of a module wants in a world.
    pub(crate) fn world(&self, module: &str) -> (Vec<String>, Vec<String>) {
        self.ports.get(module).map_or_else(Default::default, |port| {
            (port.bindings.keys().cloned().collect(), port.world.fresh.clone())
        })
    }

    fn without(&self, module: &str) -> LabError {
        LabError::RevisionWithout { name: self.name.clone(), module: module.to_owned() }
    }
}

/// Builds and stages the ports of `modules` as they were at `name`; those that an earlier call staged stay.
pub(crate) fn stage(
    lab: &Lab,
    name: &str,
    modules: &[&str],
    progress: &dyn Progress,
) -> Result<Revision, LabError> {
    let commit = resolve(lab.root(), name)?;
    let failed = |source| LabError::Revision {
        name: name.to_owned(),
        commit: commit.clone(),
        source: Box::new(source),
    };
    let place = Place::new(lab, &commit);
    // Whoever builds another revision of this checkout shares the worktree and the target folder.
    let _alone = place.lock()?;
    let mut tree = None;
    if !place.files().is_dir() {
        let made = Worktree::new(&place, progress)?;
        place.keep_files(&made.folder)?;
        tree = Some(made);
    }
    let revision = read(&place, name, &commit).map_err(failed)?;
    let missing =
        |module: &&&str| revision.ports.contains_key(**module) && !revision.stage.port(module).is_file();
    let missing: Vec<&str> = modules.iter().filter(missing).copied().collect();
    if !missing.is_empty() {
        let tree = match tree {
            Some(tree) => tree,
            None => Worktree::new(&place, progress)?,
        };
        build(&place, &tree, &revision, &missing, progress).map_err(failed)?;
    }
    Ok(revision)
}

/// The same ports with the sections of their code in another order.
pub(crate) fn relink(
    lab: &Lab,
    revision: &Revision,
    modules: &[&str],
    progress: &dyn Progress,
) -> Result<Revision, LabError> {
    let failed = |source| LabError::Revision {
        name: revision.name.clone(),
        commit: revision.commit.clone(),
        source: Box::new(source),
    };
    let place = Place::new(lab, &revision.commit);
    let _alone = place.lock()?;
    let relinked = Revision { stage: Stage::at(&place.folder.join("relinked")), ..revision.clone() };
    let missing =
        |module: &&&str| relinked.ports.contains_key(**module) && !relinked.stage.port(module).is_file();
    let missing: Vec<&str> = modules.iter().filter(missing).copied().collect();
    if !missing.is_empty() {
        let tree = Worktree::new(&place, progress)?;
        let workspace = Workspace::read(&tree.folder).map_err(failed)?;
        for module in missing {
            let package = &relinked.ports[module].package;
            let target = place.shared.join("relinked-target");
            let built = workspace.relink(package, &target, progress).map_err(failed)?;
            install(built.library(package)?, &relinked.stage.port(module))?;
        }
    }
    Ok(relinked)
}

fn build(
    place: &Place,
    tree: &Worktree,
    revision: &Revision,
    modules: &[&str],
    progress: &dyn Progress,
) -> Result<(), LabError> {
    let workspace = Workspace::read(&tree.folder)?;
    let packages: Vec<&str> = modules.iter().map(|module| revision.ports[*module].package.as_str()).collect();
    let target = format!("--target-dir={}", place.shared.join("target").display());
    let built = workspace.build(&packages, &[target], progress)?;
    for (module, package) in modules.iter().zip(packages) {
        install(built.library(package)?, &revision.stage.port(module))?;
    }
    Ok(())
}

fn read(place: &Place, name: &str, commit: &str) -> Result<Revision, LabError> {
    let files = place.files();
    let mut ports = BTreeMap::new();
    for path in discover::files(&files, "ported/*/port.toml")? {
        let mut port: ThenPort = discover::read_toml(&path)?;
        path.parent().expect("a file has a folder").clone_into(&mut port.root);
        let module = port.root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ports.insert(module, port);
    }
    let mut benchmarks = BTreeMap::new();
    for path in discover::files(&files, "bench/definitions/*/*.toml")? {
        let file: ThenDefinitions = discover::read_toml(&path)?;
        benchmarks.extend(file.benchmark.into_iter().map(|benchmark| (benchmark.id.clone(), benchmark)));
    }
    let stage = Stage::at(&place.folder.join("stage"));
    Ok(Revision { name: name.to_owned(), commit: commit.to_owned(), stage, ports, benchmarks })
}

/// Where a commit's files are kept.
struct Place<'a> {
    root: &'a Path,
    commit: &'a str,
    /// What revisions share: worktree, target folder and lock.
    shared: PathBuf,
    folder: PathBuf,
}

impl<'a> Place<'a> {
    fn new(lab: &'a Lab, commit: &'a str) -> Place<'a> {
        let shared = lab.root().join(".portlab/revisions");
        Place { root: lab.root(), commit, folder: shared.join(commit), shared }
    }

    fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Waits until nobody else works on revisions; the system gives the lock back when a program dies.
    fn lock(&self) -> Result<File, LabError> {
        std::fs::create_dir_all(&self.folder).map_err(LabError::file(&self.folder))?;
        let path = self.shared.join("lock");
        let file = File::create(&path).map_err(LabError::file(&path))?;
        file.lock().map_err(LabError::file(&path))?;
        Ok(file)
    }

    /// Copies what hosts load, in the places where it looks for each other; all of it or nothing.
    fn keep_files(&self, tree: &Path) -> Result<(), LabError> {
        let begun = tempfile::tempdir_in(&self.folder).map_err(LabError::file(&self.folder))?;
        for pattern in KEPT {
            for path in discover::files(tree, pattern)? {
                let to = begun.path().join(path.strip_prefix(tree).expect("it was found in it"));
                let folder = to.parent().expect("a file has a folder");
                std::fs::create_dir_all(folder).map_err(LabError::file(folder))?;
                std::fs::copy(&path, &to).map_err(LabError::file(&path))?;
            }
        }
        let files = self.files();
        std::fs::rename(begun.keep(), &files).map_err(LabError::file(files))
    }
}

/// A checkout of the commit beside the user's own, removed when it is dropped.
struct Worktree {
    root: PathBuf,
    folder: PathBuf,
}

impl Worktree {
    fn new(place: &Place<'_>, progress: &dyn Progress) -> Result<Worktree, LabError> {
        let tree = Worktree { root: place.root.to_owned(), folder: place.shared.join("worktree") };
        tree.remove();
        progress.step(&format!("checking out {}", place.commit));
        let folder = tree.folder.to_string_lossy();
        // A hook of the user's has no business with a tree that is only built.
        let add =
            ["-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--force", "--detach", &folder];
        let made = git(place.root, &[&add[..], &[place.commit]].concat());
        made.map_err(|message| LabError::Worktree { folder: tree.folder.clone(), message })?;
        Ok(tree)
    }

    /// Also what a program left that was killed.
    fn remove(&self) {
        let folder = self.folder.to_string_lossy();
        let _ = git(&self.root, &["worktree", "remove", "--force", "--force", &folder]);
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = git(&self.root, &["worktree", "prune"]);
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        self.remove();
    }
}
