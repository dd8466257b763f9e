use std::path::{Path, PathBuf};
use std::sync::Arc;

use bench_schema::{
    ArmSource, Artifact, Definition, Host, Level, Machine, ModuleFile, NATIVE, PortArm, Role, WorldSpec,
    features,
};
use sha2::{Digest as _, Sha256};

use crate::discover::{self, Module, PortFolder};
use crate::stage::Stage;
use crate::{Bench, Lab, LabError, Request, ResolvedHost, Variant, machine, scratch};

/// What was built, staged and checked: ready to measure.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) benches: Vec<Bench>,
    pub(crate) driver: PathBuf,
    pub(crate) probe: PathBuf,
    pub(crate) scratch: PathBuf,
    root: PathBuf,
    hosts: Vec<Host>,
    artifacts: Vec<Artifact>,
}

impl Prepared {
    /// The rows to measure: by host, then in the order of definitions, then by level.
    pub fn benches(&self) -> &[Bench] {
        &self.benches
    }

    /// Keeps only the rows that `keep` wants.
    pub fn retain(&mut self, keep: impl FnMut(&Bench) -> bool) {
        self.benches.retain(keep);
    }

    /// The hosts that were asked for.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The `.node` files that will be measured, and with each port's JavaScript half a hash of its folder.
    pub fn artifacts(&self) -> &[Artifact] {
        &self.artifacts
    }

    /// The checkout's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where processes keep their files while they run: `PORTLAB_SCRATCH`, else `/dev/shm` if it has room, else
    /// `.portlab/scratch`. Memory is preferred: it has no journal and no write-back that would run on after a
    /// slice has ended.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// The same, with the processes' files in `folder`, which must exist.
    #[must_use]
    pub fn with_scratch(self, folder: &Path) -> Prepared {
        Prepared { scratch: folder.to_owned(), ..self }
    }

    /// This machine, as it is now.
    pub fn machine(&self) -> Machine {
        machine(&self.scratch)
    }
}

pub(crate) fn assemble(
    lab: &Lab,
    stage: &Stage,
    modules: &[&Module],
    hosts: Vec<ResolvedHost>,
    request: &Request,
) -> Result<Prepared, LabError> {
    let probe = staged(stage.probe())?;
    let mut benches = Vec::new();
    let mut artifacts = Vec::new();
    let pinned = hosts.iter().map(|resolved| resolved.host.clone()).collect();
    for host in hosts.into_iter().map(Arc::new) {
        for module in modules {
            let sides = match (lab.ports().get(&module.name), &module.addons) {
                (Some(folder), _) => Sides::of_port(stage, folder, &module.definitions, request)?,
                (None, Some(file)) => Sides::of_addons(stage, &module.name, file, &host)?,
                (None, None) => return Err(LabError::NoSubject { module: module.name.clone() }),
            };
            sides.note_artifacts(&module.name, &mut artifacts)?;
            for definition in module.definitions.iter().cloned().map(Arc::new) {
                let workload = discover::workload(lab.root(), &definition);
                for &level in &definition.levels {
                    let candidates = sides.candidates(request, &definition, level);
                    benches.extend(candidates.into_iter().enumerate().map(|(place, candidate)| Bench {
                        workload: workload.clone(),
                        definition: Arc::clone(&definition),
                        level,
                        host: Arc::clone(&host),
                        baseline: sides.baseline.clone(),
                        candidate: candidate.clone(),
                        twin: sides.twin.clone(),
                        controls: place == 0,
                        world: sides.world.clone(),
                    }));
                }
            }
        }
    }
    let driver = lab.root().join("bench/driver.mjs");
    let scratch = scratch::folder(lab.root())?;
    scratch::sweep(&scratch);
    Ok(Prepared { benches, driver, probe, scratch, root: lab.root().to_owned(), hosts: pinned, artifacts })
}

/// The arms of a module on a host.
struct Sides {
    baseline: Variant,
    /// The request's candidate, and further variants by name.
    candidates: Vec<Variant>,
    twin: Variant,
    world: Option<WorldSpec>,
}

impl Sides {
    fn of_port(
        stage: &Stage,
        folder: &PortFolder,
        definitions: &[Definition],
        request: &Request,
    ) -> Result<Sides, LabError> {
        let world = &folder.port.world;
        let mut names: Vec<&str> = definitions
            .iter()
            .flat_map(|definition| definition.levels.iter().map(move |level| (definition, *level)))
            .flat_map(|(definition, level)| request.candidates(definition, level))
            .collect();
        names.sort_unstable();
        names.dedup();
        let candidates = names.iter().map(|name| port_variant(stage, folder, name, Role::Candidate));
        Ok(Sides {
            baseline: port_variant(stage, folder, &request.baseline, Role::Baseline)?,
            candidates: candidates.collect::<Result<_, _>>()?,
            twin: port_variant(stage, folder, &request.baseline, Role::Twin)?,
            world: Some(WorldSpec {
                builtin: world.builtin.clone(),
                bindings: folder.port.bindings.keys().cloned().collect(),
                fresh: world.fresh.clone(),
            }),
        })
    }

    fn of_addons(
        stage: &Stage,
        module: &str,
        file: &ModuleFile,
        host: &ResolvedHost,
    ) -> Result<Sides, LabError> {
        let variant = |arm: &bench_schema::AddonArm, role| {
            let path = stage.copy_for_arm(module, &staged(stage.addon(&arm.addon, host))?, role)?;
            let features = owned_features(&arm.variant);
            let source = ArmSource::Addon { path, features };
            Ok(Variant { name: arm.variant.clone(), source, counted: None })
        };
        let candidates = file.arms.candidates().map(|arm| variant(arm, Role::Candidate));
        Ok(Sides {
            baseline: variant(&file.arms.baseline, Role::Baseline)?,
            candidates: candidates.collect::<Result<_, _>>()?,
            twin: variant(&file.arms.baseline, Role::Twin)?,
            world: None,
        })
    }

    /// What the benchmark is measured with at that level. A module without a port has what its module.toml names.
    fn candidates(&self, request: &Request, definition: &Definition, level: Level) -> Vec<&Variant> {
        if self.world.is_none() {
            let wanted = |variant: &&Variant| request.wants(&variant.name);
            let wanted: Vec<&Variant> = self.candidates.iter().filter(wanted).collect();
            // Variants that other modules have leave this one as it is: a crossing's cost is needed beside them.
            return if wanted.is_empty() { self.candidates.iter().take(1).collect() } else { wanted };
        }
        let wanted = request.candidates(definition, level);
        let named = |name: &&str| self.candidates.iter().find(|variant| variant.name == **name);
        wanted.iter().filter_map(named).collect()
    }

    fn note_artifacts(&self, module: &str, artifacts: &mut Vec<Artifact>) -> Result<(), LabError> {
        for variant in std::iter::once(&self.baseline).chain(&self.candidates) {
            let mut note = |path: &Path, sha256: String| {
                let (module, variant) = (module.to_owned(), variant.name.clone());
                let artifact =
                    Artifact { module, variant, path: path.to_string_lossy().into_owned(), sha256 };
                if !artifacts.contains(&artifact) {
                    artifacts.push(artifact);
                }
            };
            if let Some(path) = variant.addon() {
                note(path, sha256(&[path])?);
            }
            if let Some(half) = variant.js() {
                note(half, sha256(&discover::siblings(half)?)?);
            }
        }
        Ok(())
    }
}

/// The hash of some files, one after the other.
fn sha256(files: &[impl AsRef<Path>]) -> Result<String, LabError> {
    let mut hash = Sha256::new();
    for file in files.iter().map(AsRef::as_ref) {
        hash.update(std::fs::read(file).map_err(LabError::file(file))?);
    }
    Ok(machine::hex(&hash.finalize()))
}

fn port_variant(stage: &Stage, folder: &PortFolder, name: &str, role: Role) -> Result<Variant, LabError> {
    let port = &folder.port;
    let world = |addon: PathBuf| ArmSource::World {
        port: Some(PortArm {
            addon,
            js: folder.js_path(),
            node_majors: port.node_majors.clone(),
            features: owned_features(name),
        }),
    };
    if name == NATIVE {
        let source = ArmSource::World { port: None };
        return Ok(Variant { name: NATIVE.into(), source, counted: None });
    }
    let (file, counted) = if features(name).is_some() {
        let counted = stage.counted(&port.module);
        (staged(stage.port(&port.module))?, counted.is_file().then_some(counted))
    } else {
        (PathBuf::from(name), None)
    };
    let addon = stage.copy_for_arm(&port.module, &file, role)?;
    Ok(Variant { name: name.to_owned(), source: world(addon), counted: counted.map(world) })
}

fn owned_features(variant: &str) -> Vec<String> {
    features(variant).unwrap_or_default().into_iter().map(str::to_owned).collect()
}

fn staged(path: PathBuf) -> Result<PathBuf, LabError> {
    if path.is_file() { Ok(path) } else { Err(LabError::NotStaged { path }) }
}
