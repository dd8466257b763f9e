//! Builds the `.node` files and copies them to `.portlab/stage`.
//!
//! Copies, never links: a loader that meets one inode twice maps one image with one set of statics, so two arms
//! need two files. A copy also stays what it is while cargo builds the next one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bench_schema::{AddonArm, Role, features};

use crate::cargo::Workspace;
use crate::discover::{Module, PortFolder};
use crate::{Lab, LabError, Progress, ResolvedHost};

const PROBE_PACKAGE: &str = "bench-probe";
const TRACE_PACKAGE: &str = "trace";
/// The name in module.toml of the addon that exists once a Node major.
const V8_GAP: &str = "v8-gap";
/// The feature that hands an addon or a port the extensions of v8-gap.
const EXT: &str = "ext";
/// The cargo feature of a counting build.
const COUNT_FEATURE: &str = "count";

/// Where staged files are.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    folder: PathBuf,
    count_target: PathBuf,
}

impl Stage {
    pub(crate) fn new(lab: &Lab) -> Stage {
        let portlab = lab.root().join(".portlab");
        Stage { folder: portlab.join("stage"), count_target: portlab.join("count") }
    }

    /// A stage in another folder, for what is only kept there.
    pub(crate) fn at(folder: &Path) -> Stage {
        Stage { folder: folder.to_owned(), count_target: folder.join("count") }
    }

    /// A port's `.node` file.
    pub(crate) fn port(&self, module: &str) -> PathBuf {
        self.folder.join(module).join(format!("{module}.node"))
    }

    /// What JavaScript reads of a port.
    pub(crate) fn port_json(&self, module: &str) -> PathBuf {
        self.folder.join(module).join("port.json")
    }

    /// A port's counting build.
    pub(crate) fn counted(&self, module: &str) -> PathBuf {
        self.folder.join(module).join(format!("{module}.counted.node"))
    }

    pub(crate) fn probe(&self) -> PathBuf {
        self.folder.join("probe/probe.node")
    }

    /// An addon that module.toml names: `v8-gap` has a file a Node major, any other has one, of the package
    /// `bench-<name>`.
    pub(crate) fn addon(&self, name: &str, host: &ResolvedHost) -> PathBuf {
        match name {
            V8_GAP => self.folder.join(V8_GAP).join(format!("{V8_GAP}-{}.node", host.host.modules)),
            _ => self.addon_file(name),
        }
    }

    fn addon_file(&self, name: &str) -> PathBuf {
        self.folder.join(name).join(format!("{name}.node"))
    }

    /// A program that workloads start.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.folder.join(name).join(tool_binary(name))
    }

    /// An image of `file` that the arm of `role` shares with no other arm.
    pub(crate) fn copy_for_arm(&self, module: &str, file: &Path, role: Role) -> Result<PathBuf, LabError> {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let target = self.folder.join(module).join("arms").join(format!("{stem}.{}.node", role.as_str()));
        install(file, &target)?;
        Ok(target)
    }

    /// Builds what these modules on these hosts need and copies it here.
    pub(crate) fn build(
        &self,
        lab: &Lab,
        modules: &[&Module],
        hosts: &[ResolvedHost],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        let workspace = Workspace::read(lab.root())?;
        let ports: Vec<&PortFolder> =
            modules.iter().filter_map(|module| lab.ports().get(&module.name)).collect();
        self.build_timed(&workspace, &ports, progress)?;
        self.build_counting(&workspace, &ports, progress)?;
        self.build_tools(&workspace, modules, progress)?;
        let files = modules.iter().filter_map(|module| module.addons.as_ref());
        let arms: Vec<&AddonArm> = files.flat_map(|file| file.arms.all()).collect();
        self.build_addons(&workspace, &arms, progress)?;
        let uses_ext = |arm: &&AddonArm| features(&arm.variant).is_some_and(|found| found.contains(&EXT));
        let has_ext = |folder: &&PortFolder| folder.port.variants.contains_key(EXT);
        if arms.iter().any(|arm| arm.addon == V8_GAP || uses_ext(arm)) || ports.iter().any(has_ext) {
            self.build_v8_gap(lab, &workspace, hosts, progress)?;
        }
        Ok(())
    }

    fn build_timed(
        &self,
        workspace: &Workspace,
        ports: &[&PortFolder],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        let packages: Vec<&str> =
            ports.iter().map(|folder| folder.port.package.as_str()).chain([PROBE_PACKAGE]).collect();
        let built = workspace.build(&packages, &[], progress)?;
        install(built.library(PROBE_PACKAGE)?, &self.probe())?;
        for folder in ports {
            let module = &folder.port.module;
            let addon = self.port(module);
            install(built.library(&folder.port.package)?, &addon)?;
            let json = self.port_json(module);
            std::fs::write(&json, format!("{:#}\n", folder.to_json(&addon))).map_err(LabError::file(json))?;
        }
        Ok(())
    }

    /// Builds the ports of some modules with their sections in another order, and takes everything else as `ordinary`
    /// staged it.
    pub(crate) fn build_relinked(
        &self,
        ordinary: &Stage,
        lab: &Lab,
        modules: &[&Module],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        let workspace = Workspace::read(lab.root())?;
        let target = self.folder.join("target");
        install(&ordinary.probe(), &self.probe())?;
        for folder in modules.iter().filter_map(|module| lab.ports().get(&module.name)) {
            let package = &folder.port.package;
            let built = workspace.relink(package, &target, progress)?;
            install(built.library(package)?, &self.port(&folder.port.module))?;
        }
        for name in tools(modules) {
            install(&ordinary.tool(name), &self.tool(name))?;
        }
        Ok(())
    }

    /// What modules without a port load, beside the probe and v8-gap.
    fn build_addons(
        &self,
        workspace: &Workspace,
        arms: &[&AddonArm],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        let names: BTreeSet<&str> = arms.iter().map(|arm| arm.addon.as_str()).collect();
        for name in names {
            let package = format!("bench-{name}");
            if name != V8_GAP && package != PROBE_PACKAGE {
                let built = workspace.build(&[&package], &[], progress)?;
                install(built.library(&package)?, &self.addon_file(name))?;
            }
        }
        Ok(())
    }

    /// The programs that workloads of these modules start.
    fn build_tools(
        &self,
        workspace: &Workspace,
        modules: &[&Module],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        for name in tools(modules) {
            let package = format!("bench-{name}");
            let built = workspace.build(&[&package], &[], progress)?;
            install(built.program(&package, &tool_binary(name))?, &self.tool(name))?;
        }
        Ok(())
    }

    /// The module that counts Node-API calls (shims/trace).
    pub(crate) fn build_trace(&self, lab: &Lab, progress: &dyn Progress) -> Result<PathBuf, LabError> {
        let workspace = Workspace::read(lab.root())?;
        let addon = self.addon_file(TRACE_PACKAGE);
        let built = workspace.build(&[TRACE_PACKAGE], &[], progress)?;
        install(built.library(TRACE_PACKAGE)?, &addon)?;
        Ok(addon)
    }

    fn build_counting(
        &self,
        workspace: &Workspace,
        ports: &[&PortFolder],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        let counting: Vec<&&PortFolder> = ports
            .iter()
            .filter(|folder| workspace.has_feature(&folder.port.package, COUNT_FEATURE))
            .collect();
        if counting.is_empty() {
            return Ok(());
        }
        let packages: Vec<&str> = counting.iter().map(|folder| folder.port.package.as_str()).collect();
        let features: Vec<String> =
            packages.iter().map(|package| format!("--features={package}/{COUNT_FEATURE}")).collect();
        let mut arguments = vec![format!("--target-dir={}", self.count_target.display())];
        arguments.extend(features);
        let built = workspace.build(&packages, &arguments, progress)?;
        for folder in counting {
            install(built.library(&folder.port.package)?, &self.counted(&folder.port.module))?;
        }
        Ok(())
    }

    /// One package a Node major, named after the pinned host whose headers it is built against. A host without
    /// a package is no error here: the arm that needs it says so.
    fn build_v8_gap(
        &self,
        lab: &Lab,
        workspace: &Workspace,
        hosts: &[ResolvedHost],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        for host in hosts {
            let pinned = lab.hosts().iter().filter(|pinned| pinned.modules == host.host.modules);
            let packages = pinned.map(|pinned| format!("{V8_GAP}-{}", pinned.id));
            for package in packages.filter(|package| workspace.packages.contains_key(package.as_str())) {
                let built = workspace.build(&[&package], &[], progress)?;
                install(built.library(&package)?, &self.addon(V8_GAP, host))?;
            }
        }
        Ok(())
    }
}

/// The programs that workloads of these modules start.
fn tools<'a>(modules: &[&'a Module]) -> BTreeSet<&'a String> {
    modules.iter().flat_map(|module| &module.definitions).flat_map(|definition| &definition.tools).collect()
}

/// The name of a tool's program.
fn tool_binary(name: &str) -> String {
    format!("portlab-{name}")
}

/// Copies a file under a new inode, in one step for whoever loads it meanwhile.
pub(crate) fn install(from: &Path, to: &Path) -> Result<(), LabError> {
    let folder = to.parent().expect("a staged file has a folder");
    std::fs::create_dir_all(folder).map_err(LabError::file(folder))?;
    let copy = tempfile::NamedTempFile::new_in(folder).map_err(LabError::file(folder))?;
    std::fs::copy(from, copy.path()).map_err(LabError::file(from))?;
    copy.persist(to).map_err(|error| LabError::file(to)(error.error))?;
    Ok(())
}
