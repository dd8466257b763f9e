use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bench_schema::{Definition, Host, Level, NATIVE, NODE_API, Port, features};

use crate::discover::{self, Module, PortFolder};
use crate::stage::Stage;
use crate::{LabError, Prepared, Progress, ResolvedHost, Revision, history, host, prepare, revision};

/// A checkout: its hosts, ports and benchmarks.
#[derive(Debug)]
pub struct Lab {
    root: PathBuf,
    hosts_folder: PathBuf,
    hosts: Vec<Host>,
    ports: BTreeMap<String, PortFolder>,
    modules: BTreeMap<String, Module>,
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct Request {
    /// Modules by name; empty: every module that has a port.
    pub modules: Vec<String>,
    /// Host ids, or `all`. Ignored when `node` is given.
    pub hosts: Vec<String>,
    /// Another Node binary, instead of the pinned hosts.
    pub node: Option<PathBuf>,
    /// `native`, `node-api`, that with features, or the path of a port's `.node` file.
    pub baseline: String,
    /// As `baseline`. With `node-api` go the further variants that definitions list.
    pub candidate: String,
    /// Only candidates of these names; empty: all.
    pub variants: Vec<String>,
    /// The commit whose ports are the baseline, each variant of a port against the same of that commit; `baseline`
    /// is not read then. Modules without a port stay as they are.
    pub base: Option<Revision>,
    /// The commit whose ports are the candidates, instead of those of this checkout.
    pub head: Option<Revision>,
}

/// What a traced program loads.
#[derive(Clone, Debug)]
pub struct TraceFiles {
    /// Counts (`PORTLAB_TRACE_ADDON`).
    pub addon: PathBuf,
    /// Loads it before the program (`--require`).
    pub preload: PathBuf,
}

impl Request {
    /// Whether a candidate of that name is to be measured.
    pub(crate) fn wants(&self, candidate: &str) -> bool {
        self.variants.is_empty() || self.variants.iter().any(|own| own == candidate)
    }

    /// The candidates to measure a benchmark with at a level, each for a row of its own.
    pub fn candidates<'a>(&'a self, definition: &'a Definition, level: Level) -> Vec<&'a str> {
        let further: &[String] = match level {
            Level::Public if self.candidate == NODE_API => &definition.variants,
            _ => &[],
        };
        let reached = |name: &&str| !definition.only_variants || *name != NODE_API;
        let wanted = |name: &&str| reached(name) && self.wants(name);
        std::iter::once(self.candidate.as_str())
            .chain(further.iter().map(String::as_str))
            .filter(wanted)
            .collect()
    }
}

impl Default for Request {
    fn default() -> Self {
        Request {
            modules: Vec::new(),
            hosts: vec!["all".into()],
            node: None,
            baseline: NATIVE.into(),
            candidate: NODE_API.into(),
            variants: Vec::new(),
            base: None,
            head: None,
        }
    }
}

impl Lab {
    /// Reads what there is under `root`, the checkout's folder.
    ///
    /// # Errors
    /// A file that is no valid host, port or definition, with its path and what is wrong with it.
    pub fn open(root: &Path) -> Result<Lab, LabError> {
        let hosts = std::env::var_os("PORTLAB_HOSTS_DIR");
        Lab::open_with_hosts(
            root,
            &hosts.map_or_else(|| root.join(".portlab/hosts/node_modules"), PathBuf::from),
        )
    }

    /// As [`Self::open`], with the pinned hosts in `hosts_folder`, one folder a host.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_hosts(root: &Path, hosts_folder: &Path) -> Result<Lab, LabError> {
        let root = std::fs::canonicalize(root).map_err(LabError::file(root))?;
        let hosts_folder = std::path::absolute(hosts_folder).map_err(LabError::file(hosts_folder))?;
        let ports = discover::ports(&root)?;
        Ok(Lab {
            hosts_folder,
            hosts: discover::hosts(&root)?,
            modules: discover::modules(&root, &ports)?,
            ports,
            root,
        })
    }

    /// The checkout's folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The pinned hosts, in the order of their ids.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The ports by module.
    pub fn ports(&self) -> &BTreeMap<String, PortFolder> {
        &self.ports
    }

    /// The modules that have definitions, with or without a port.
    pub fn modules(&self) -> &BTreeMap<String, Module> {
        &self.modules
    }

    /// Every benchmark, by module and in the order in which reports list them.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.modules.values().flat_map(|module| &module.definitions)
    }

    /// Where the pinned hosts are looked for (`PORTLAB_HOSTS_DIR`, else `.portlab/hosts/node_modules`).
    pub fn hosts_folder(&self) -> &Path {
        &self.hosts_folder
    }

    /// The pinned hosts of these names, `all` being every one. They need not be installed.
    ///
    /// # Errors
    /// [`LabError::UnknownHost`].
    pub fn select_hosts(&self, names: &[String]) -> Result<Vec<&Host>, LabError> {
        if names.iter().any(|name| name == "all") {
            return Ok(self.hosts.iter().collect());
        }
        let known = || self.hosts.iter().map(|host| host.id.clone()).collect();
        let find = |name: &String| {
            self.hosts
                .iter()
                .find(|host| host.id == *name)
                .ok_or_else(|| LabError::UnknownHost { name: name.clone(), known: known() })
        };
        names.iter().map(find).collect()
    }

    /// The binary of a pinned host, seen to run and to be the pinned version.
    ///
    /// # Errors
    /// It is not installed, does not run or is another version.
    pub fn resolve_host(&self, host: &Host) -> Result<ResolvedHost, LabError> {
        host::resolve(host, &self.hosts_folder)
    }

    /// Builds and stages the ports of some modules (all ports when none is named), without measuring. Modules
    /// that run whole addons need the hosts, for their headers.
    ///
    /// # Errors
    /// Unknown modules, failed builds, files that cannot be written.
    pub fn build(
        &self,
        modules: &[String],
        hosts: &[ResolvedHost],
        progress: &dyn Progress,
    ) -> Result<(), LabError> {
        let modules = self.select_modules(modules)?;
        Stage::new(self).build(self, &modules, hosts, progress)
    }

    /// The port.json of a port, as an earlier build staged it.
    ///
    /// # Errors
    /// [`LabError::NotStaged`].
    pub fn staged_port(&self, module: &str) -> Result<PathBuf, LabError> {
        let path = Stage::new(self).port_json(module);
        if path.is_file() { Ok(path) } else { Err(LabError::NotStaged { path }) }
    }

    /// Builds and stages what counts the Node-API calls of a program.
    ///
    /// # Errors
    /// A failed build, files that cannot be written.
    pub fn stage_trace(&self, progress: &dyn Progress) -> Result<TraceFiles, LabError> {
        let addon = Stage::new(self).build_trace(self, progress)?;
        Ok(TraceFiles { addon, preload: self.root.join("shims/trace/preload.cjs") })
    }

    /// The hash of the commit that a name stands for.
    ///
    /// # Errors
    /// It is unknown, the clone is shallow, or this is no git checkout.
    pub fn commit_of(&self, name: &str) -> Result<String, LabError> {
        history::resolve(&self.root, name)
    }

    /// The commits up to `bad` that could have made a port slower than it was at every one of `good`: those that change
    /// what ports are built from. The first of them halves the rest best.
    ///
    /// # Errors
    /// Git does not work here.
    pub fn suspects(&self, good: &[String], bad: &str) -> Result<Vec<String>, LabError> {
        history::suspects(&self.root, good, bad)
    }

    /// Whether `earlier` is `later` or one of the commits that it is built on.
    pub fn is_ancestor(&self, earlier: &str, later: &str) -> bool {
        history::is_ancestor(&self.root, earlier, later)
    }

    /// A commit in one line: short hash, day, author, subject.
    pub fn describe_commit(&self, commit: &str) -> String {
        history::describe(&self.root, commit)
    }

    /// Builds and stages the ports of some modules as they were at a commit, in a worktree that is removed again.
    /// What an earlier call staged is used as it is.
    ///
    /// # Errors
    /// As [`Self::commit_of`]; a commit that does not build or whose files cannot be read.
    pub fn revision(
        &self,
        name: &str,
        modules: &[String],
        progress: &dyn Progress,
    ) -> Result<Revision, LabError> {
        let modules = self.select_modules(modules)?;
        let ported =
            modules.iter().map(|module| module.name.as_str()).filter(|name| self.ports.contains_key(*name));
        revision::stage(self, name, &ported.collect::<Vec<_>>(), progress)
    }

    /// Says whether the names of a request exist, before anything is installed or built.
    ///
    /// # Errors
    /// Unknown modules, hosts or variants, with what there is.
    pub fn check(&self, request: &Request) -> Result<(), LabError> {
        let modules = self.select_modules(&request.modules)?;
        if request.node.is_none() {
            self.select_hosts(&request.hosts)?;
        }
        self.check_variants(request, &modules)
    }

    /// Builds and stages what the request needs and checks its hosts.
    ///
    /// # Errors
    /// Unknown modules, hosts or variants (with what there is), hosts that are missing or another version,
    /// failed builds.
    pub fn prepare(&self, request: &Request, progress: &dyn Progress) -> Result<Prepared, LabError> {
        let (modules, hosts) = self.resolve(request, progress)?;
        let stage = Stage::new(self);
        stage.build(self, &modules, &hosts, progress)?;
        prepare::assemble(self, &stage, &modules, hosts, request)
    }

    /// As [`Self::prepare`], but takes what an earlier build staged as it is.
    ///
    /// # Errors
    /// As [`Self::prepare`]; [`LabError::NotStaged`] instead of failed builds.
    pub fn prepare_staged(&self, request: &Request, progress: &dyn Progress) -> Result<Prepared, LabError> {
        let (modules, hosts) = self.resolve(request, progress)?;
        prepare::assemble(self, &Stage::new(self), &modules, hosts, request)
    }

    /// As [`Self::prepare_staged`], with the sections of the ports' code in another order than the linker's own, on
    /// both sides where the base is a commit. Modules without a port cannot be relinked and are left out.
    ///
    /// # Errors
    /// As [`Self::prepare`]; a linker that does not know `--shuffle-sections` (lld does, which Rust brings) is a failed
    /// build.
    pub fn prepare_relinked(&self, request: &Request, progress: &dyn Progress) -> Result<Prepared, LabError> {
        let (mut modules, hosts) = self.resolve(request, progress)?;
        modules.retain(|module| self.ports.contains_key(&module.name));
        let stage = Stage::at(&self.root.join(".portlab/relinked"));
        stage.build_relinked(&Stage::new(self), self, &modules, progress)?;
        let mut request = request.clone();
        for revision in [&mut request.base, &mut request.head].into_iter().flatten() {
            let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
            *revision = revision::relink(self, revision, &names, progress)?;
        }
        prepare::assemble(self, &stage, &modules, hosts, &request)
    }

    /// Everything that can be wrong with a request is said before anything is built.
    fn resolve(
        &self,
        request: &Request,
        progress: &dyn Progress,
    ) -> Result<(Vec<&Module>, Vec<ResolvedHost>), LabError> {
        let modules = self.select_modules(&request.modules)?;
        self.check_variants(request, &modules)?;
        let mut hosts = Vec::new();
        if let Some(path) = &request.node {
            hosts.push(host::from_path(path)?);
        } else {
            for host in self.select_hosts(&request.hosts)? {
                progress.step(&format!("checking host {}", host.id));
                hosts.push(self.resolve_host(host)?);
            }
        }
        for module in &modules {
            if module.definitions.is_empty() {
                return Err(LabError::NoBenchmarks { module: module.name.clone() });
            }
            self.check_majors(module, &hosts)?;
        }
        Ok((modules, hosts))
    }

    fn check_variants(&self, request: &Request, modules: &[&Module]) -> Result<(), LabError> {
        for name in [&request.baseline, &request.candidate] {
            let path = Path::new(name);
            let is_file = path.extension().is_some_and(|end| end == "node") && path.is_file();
            if name == NATIVE || is_file {
                continue;
            }
            for module in modules {
                let port = self.ports.get(&module.name).map(|folder| &folder.port);
                // Where no port is, the arms are module.toml's: any variant leaves them as they are.
                if port.map_or_else(|| features(name).is_some(), |port| port.has_variant(name)) {
                    continue;
                }
                let known = port.map_or_else(|| vec![NODE_API.to_owned()], Port::variant_names);
                let known = std::iter::once(NATIVE.to_owned()).chain(known).collect();
                let modules = module.name.clone();
                return Err(LabError::UnknownVariant { name: name.clone(), modules, known });
            }
        }
        let definitions = || modules.iter().flat_map(|module| &module.definitions);
        let mut known: Vec<String> = vec![request.candidate.clone()];
        known.extend(definitions().flat_map(|definition| definition.variants.clone()));
        let arms = modules.iter().filter_map(|module| module.addons.as_ref());
        known.extend(arms.flat_map(|file| file.arms.candidates()).map(|arm| arm.variant.clone()));
        known.sort_unstable();
        known.dedup();
        match request.variants.iter().find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let modules: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
                Err(LabError::UnmeasuredVariant { name: name.clone(), modules: modules.join(" and "), known })
            }
        }
    }

    fn check_majors(&self, module: &Module, hosts: &[ResolvedHost]) -> Result<(), LabError> {
        let Some(folder) = self.ports.get(&module.name) else { return Ok(()) };
        let majors = &folder.port.node_majors;
        match hosts.iter().find(|host| !majors.contains(&host.host.major)) {
            None => Ok(()),
            Some(host) => Err(LabError::Major {
                module: module.name.clone(),
                majors: majors.clone(),
                host: host.host.id.clone(),
                major: host.host.major,
            }),
        }
    }

    /// The modules of these names; every module that has a port when none is named.
    ///
    /// # Errors
    /// [`LabError::UnknownModule`].
    pub fn select_modules(&self, names: &[String]) -> Result<Vec<&Module>, LabError> {
        if names.is_empty() {
            return Ok(self
                .modules
                .values()
                .filter(|module| self.ports.contains_key(&module.name))
                .collect());
        }
        let find = |name: &String| {
            self.modules.get(name).ok_or_else(|| LabError::UnknownModule {
                name: name.clone(),
                known: self.modules.keys().cloned().collect(),
            })
        };
        names.iter().map(find).collect()
    }
}
