use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bench_schema::{
    ArmSource, Artifact, Definition, Host, Level, Machine, ModuleFile, NATIVE, PortArm, Role, WorldSpec,
    features,
};
use sha2::{Digest as _, Sha256};

use crate::discover::{self, Module, PortFolder};
use crate::stage::Stage;
use crate::{Bench, Lab, LabError, Request, ResolvedHost, Revision, Variant, machine, scratch};

/// What was built, staged and checked: ready to measure.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) benches: Vec<Bench>,
    absent: Vec<Absent>,
    pub(crate) driver: PathBuf,
    pub(crate) probe: PathBuf,
    pub(crate) scratch: PathBuf,
    root: PathBuf,
    hosts: Vec<Host>,
    artifacts: Vec<Artifact>,
}

/// A row that the base does not have: there is nothing to compare it with.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The benchmark.
    pub definition: Arc<Definition>,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// What its baseline would be called.
    pub baseline: String,
    /// The candidate.
    pub candidate: String,
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

    /// The rows of this checkout that the base does not have, in the order of [`Self::benches`].
    pub fn absent(&self) -> &[Absent] {
        &self.absent
    }

    /// Keeps only the absent rows of definitions that `keep` wants.
    pub fn retain_absent(&mut self, mut keep: impl FnMut(&Definition) -> bool) {
        self.absent.retain(|row| keep(&row.definition));
    }

    /// The same without twin and stock arms.
    #[must_use]
    pub fn without_controls(mut self) -> Prepared {
        for bench in &mut self.benches {
            bench.controls = false;
        }
        self
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
    let mut absent = Vec::new();
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
                let tools = definition.tools.iter().map(|name| Ok((name.clone(), staged(stage.tool(name))?)));
                let tools = tools.collect::<Result<BTreeMap<_, _>, LabError>>()?;
                for &level in &definition.levels {
                    let candidates = sides.candidates(request, &definition, level);
                    for (place, side) in candidates.into_iter().enumerate() {
                        if let Some(name) = sides.absence(request, &definition, level, &side.candidate.name) {
                            absent.push(Absent {
                                definition: Arc::clone(&definition),
                                level,
                                host: host.host.id.clone(),
                                baseline: name,
                                candidate: side.candidate.name.clone(),
                            });
                            continue;
                        }
                        benches.push(Bench {
                            workload: workload.clone(),
                            tools: tools.clone(),
                            definition: Arc::clone(&definition),
                            level,
                            host: Arc::clone(&host),
                            baseline: side.baseline.clone(),
                            candidate: side.candidate.clone(),
                            twin: side.twin.clone(),
                            controls: place == 0,
                            world: sides.world.clone(),
                        });
                    }
                }
            }
        }
    }
    let driver = lab.root().join("bench/driver.mjs");
    let scratch = scratch::folder(lab.root())?;
    scratch::sweep(&scratch);
    Ok(Prepared {
        benches,
        absent,
        driver,
        probe,
        scratch,
        root: lab.root().to_owned(),
        hosts: pinned,
        artifacts,
    })
}

/// The arms of a module on a host.
struct Sides {
    /// One a candidate: the request's, and further variants by name.
    pairs: Vec<Pair>,
    world: Option<WorldSpec>,
}

/// A candidate and what it is compared with.
struct Pair {
    baseline: Variant,
    candidate: Variant,
    twin: Variant,
}

impl Sides {
    fn of_port(
        stage: &Stage,
        folder: &PortFolder,
        definitions: &[Definition],
        request: &Request,
    ) -> Result<Sides, LabError> {
        let mut names: Vec<&str> = definitions
            .iter()
            .flat_map(|definition| definition.levels.iter().map(move |level| (definition, *level)))
            .flat_map(|(definition, level)| request.candidates(definition, level))
            .collect();
        names.sort_unstable();
        names.dedup();
        let module = folder.port.module.as_str();
        let side = |revision: &Option<Revision>, own: &str, name: &str, role| match revision {
            Some(revision) if revision.has_variant(module, name) => {
                revision.variant(stage, module, name, role)
            }
            // A pair that is never measured: each of its rows is absent.
            Some(_) => Ok(Variant { name: name.to_owned(), source: ArmSource::Stock, counted: None }),
            None => port_variant(stage, folder, own, role),
        };
        let pair = |name: &str| -> Result<Pair, LabError> {
            let candidate = side(&request.head, name, name, Role::Candidate)?;
            Ok(Pair {
                baseline: side(&request.base, &request.baseline, name, Role::Baseline)?,
                // Whichever commit it comes from, its rows go by the variant's name.
                candidate: Variant { name: name.to_owned(), ..candidate },
                twin: side(&request.base, &request.baseline, name, Role::Twin)?,
            })
        };
        let pairs = names.into_iter().map(pair).collect::<Result<_, _>>()?;
        Ok(Sides { pairs, world: Some(world(folder, request)) })
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
        let pair = |candidate| {
            Ok(Pair {
                baseline: variant(&file.arms.baseline, Role::Baseline)?,
                candidate: variant(candidate, Role::Candidate)?,
                twin: variant(&file.arms.baseline, Role::Twin)?,
            })
        };
        Ok(Sides { pairs: file.arms.candidates().map(pair).collect::<Result<_, LabError>>()?, world: None })
    }

    /// What the benchmark is measured with at that level. A module without a port has what its module.toml names.
    fn candidates(&self, request: &Request, definition: &Definition, level: Level) -> Vec<&Pair> {
        if self.world.is_none() {
            let wanted = |pair: &&Pair| request.wants(&pair.candidate.name);
            let wanted: Vec<&Pair> = self.pairs.iter().filter(wanted).collect();
            // Variants that other modules have leave this one as it is: a crossing's cost is needed beside them.
            return if wanted.is_empty() { self.pairs.iter().take(1).collect() } else { wanted };
        }
        let wanted = request.candidates(definition, level);
        let named = |name: &&str| self.pairs.iter().find(|pair| pair.candidate.name == **name);
        wanted.iter().filter_map(named).collect()
    }

    /// What the row's baseline would be called, if a commit that is compared does not have the row.
    fn absence(
        &self,
        request: &Request,
        definition: &Definition,
        level: Level,
        candidate: &str,
    ) -> Option<String> {
        self.world.as_ref()?;
        let lacks = |revision: &&Revision| !revision.has(&definition.id, level, candidate);
        let without = [&request.base, &request.head].into_iter().flatten().find(lacks)?;
        Some(format!("{candidate}@{}", without.short()))
    }

    fn note_artifacts(&self, module: &str, artifacts: &mut Vec<Artifact>) -> Result<(), LabError> {
        for variant in self.pairs.iter().flat_map(|pair| [&pair.baseline, &pair.candidate]) {
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

/// What a world holds for every arm of the module: where commits differ, what either needs.
fn world(folder: &PortFolder, request: &Request) -> WorldSpec {
    let own = &folder.port.world;
    let mut bindings: Vec<String> = folder.port.bindings.keys().cloned().collect();
    let mut fresh = own.fresh.clone();
    for revision in [&request.base, &request.head].into_iter().flatten() {
        let (more_bindings, more_fresh) = revision.world(&folder.port.module);
        bindings.extend(more_bindings);
        fresh.extend(more_fresh.into_iter().filter(|id| !own.fresh.contains(id)));
    }
    bindings.sort_unstable();
    bindings.dedup();
    fresh.dedup();
    WorldSpec { builtin: own.builtin.clone(), bindings, fresh }
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
