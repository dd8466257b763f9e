//! Cargo, as far as the lab asks it: which packages there are, and their dynamic libraries.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::{LabError, Progress};

/// Any number; the same one makes the same layout again.
const SHUFFLE_SEED: u32 = 1;

/// What cargo says of the workspace.
pub(crate) struct Workspace {
    root: PathBuf,
    /// Features by package.
    pub(crate) packages: BTreeMap<String, Vec<String>>,
}

impl Workspace {
    pub(crate) fn read(root: &Path) -> Result<Workspace, LabError> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
        }
        #[derive(Deserialize)]
        struct Package {
            name: String,
            features: BTreeMap<String, Vec<String>>,
        }
        let failed = |message: String| LabError::Build { what: "the workspace".into(), message };
        let output = cargo(root)
            .args(["metadata", "--no-deps", "--format-version=1"])
            .output()
            .map_err(|error| failed(format!("cargo cannot be started: {error}")))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
        let packages = metadata
            .packages
            .into_iter()
            .map(|package| (package.name, package.features.into_keys().collect()))
            .collect();
        Ok(Workspace { root: root.to_owned(), packages })
    }

    pub(crate) fn has_feature(&self, package: &str, feature: &str) -> bool {
        self.packages.get(package).is_some_and(|features| features.iter().any(|name| name == feature))
    }

    /// `cargo build --release` of some packages, as the linker orders it by itself.
    pub(crate) fn build(
        &self,
        packages: &[&str],
        arguments: &[String],
        progress: &dyn Progress,
    ) -> Result<Built, LabError> {
        let packages_of = packages.iter().map(|package| format!("--package={package}"));
        let arguments = ["build".to_owned()].into_iter().chain(packages_of).chain(arguments.iter().cloned());
        self.cargo(&packages.join(", "), arguments, progress)
    }

    /// The same code with its sections in another order, drawn from a fixed seed: what differs between it and an
    /// ordinary build is where functions and constants lie.
    pub(crate) fn relink(
        &self,
        package: &str,
        target: &Path,
        progress: &dyn Progress,
    ) -> Result<Built, LabError> {
        let arguments = [
            "rustc".to_owned(),
            format!("--package={package}"),
            // Cargo would take this build for the ordinary one: both leave a library of one name.
            format!("--target-dir={}", target.display()),
            "--".to_owned(),
            format!("-Clink-arg=-Wl,--shuffle-sections=*={SHUFFLE_SEED}"),
        ];
        self.cargo(&format!("{package} relinked"), arguments.into_iter(), progress)
    }

    fn cargo(
        &self,
        what: &str,
        arguments: impl Iterator<Item = String>,
        progress: &dyn Progress,
    ) -> Result<Built, LabError> {
        let failed = |message: String| LabError::Build { what: what.to_owned(), message };
        progress.step(&format!("building {what}"));
        let mut arguments = arguments;
        let mut child = cargo(&self.root)
            .args(arguments.next())
            .args(["--release", "--message-format=json-render-diagnostics"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(format!("cargo cannot be started: {error}")))?;
        let mut stderr = child.stderr.take().expect("it is piped");
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            // Text that is not UTF-8 only shortens what a failure shows.
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut built = Built::default();
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok) {
            built.note(&line, progress);
        }
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        let errors = errors.join().unwrap_or_default();
        if status.success() { Ok(built) } else { Err(failed(last_lines(&errors, 40))) }
    }
}

/// The dynamic libraries and programs of a build, by target.
#[derive(Default)]
pub(crate) struct Built {
    libraries: BTreeMap<String, PathBuf>,
    programs: BTreeMap<String, PathBuf>,
}

impl Built {
    /// Reads one line of cargo's messages.
    fn note(&mut self, line: &str, progress: &dyn Progress) {
        #[derive(Deserialize)]
        struct Artifact {
            reason: String,
            target: Target,
            filenames: Vec<PathBuf>,
            executable: Option<PathBuf>,
            fresh: bool,
        }
        #[derive(Deserialize)]
        struct Target {
            name: String,
            kind: Vec<String>,
        }
        let Ok(artifact) = serde_json::from_str::<Artifact>(line) else { return };
        if artifact.reason != "compiler-artifact" {
            return;
        }
        if !artifact.fresh {
            progress.step(&format!("built {}", artifact.target.name));
        }
        if let Some(program) = artifact.executable {
            self.programs.insert(artifact.target.name, program);
            return;
        }
        let library =
            artifact.filenames.into_iter().find(|file| file.extension().is_some_and(|end| end == "so"));
        if let (true, Some(file)) = (artifact.target.kind.iter().any(|kind| kind == "cdylib"), library) {
            self.libraries.insert(artifact.target.name, file);
        }
    }

    pub(crate) fn library(&self, package: &str) -> Result<&Path, LabError> {
        // A library target is named after its package.
        self.libraries.get(&package.replace('-', "_")).map(PathBuf::as_path).ok_or_else(|| LabError::Build {
            what: package.to_owned(),
            message: "it is no cdylib: its Cargo.toml needs crate-type = [\"cdylib\"]".into(),
        })
    }

    pub(crate) fn program(&self, package: &str, name: &str) -> Result<&Path, LabError> {
        self.programs.get(name).map(PathBuf::as_path).ok_or_else(|| LabError::Build {
            what: package.to_owned(),
            message: format!("it has no program {name}: its Cargo.toml needs [[bin]] with that name"),
        })
    }
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).stdin(Stdio::null());
    command
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
