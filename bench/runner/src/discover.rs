//! What there is, by globs: nothing in this crate names a port, a host or a benchmark.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bench_schema::{
    CalibrationFile, Conformance, Definition, DefinitionFile, Host, Level, Metric, ModuleFile, NODE_API, Port,
};
use serde_json::json;

use crate::LabError;

/// A folder `ported/<module>/`.
#[derive(Clone, Debug)]
pub struct PortFolder {
    /// Its port.toml.
    pub port: Port,
    /// Its conformance.toml; empty where there is none.
    pub conformance: Conformance,
    /// The folder, absolute.
    pub root: PathBuf,
}

impl PortFolder {
    /// Absolute path of the JavaScript half, if there is one.
    pub fn js_path(&self) -> Option<PathBuf> {
        self.port.js.as_ref().map(|js| self.root.join(js))
    }

    /// port.json as JavaScript reads it: port.toml, and where things are.
    pub(crate) fn to_json(&self, addon: &Path) -> serde_json::Value {
        let mut value = serde_json::to_value(&self.port).expect("a port is plain data");
        value["root"] = json!(self.root);
        value["addon"] = json!(addon);
        value["js_path"] = json!(self.js_path());
        value["conformance"] = json!(self.conformance);
        value
    }
}

/// A module that can be measured: a folder of `bench/definitions`.
#[derive(Clone, Debug)]
pub struct Module {
    /// The folder's name.
    pub name: String,
    /// Its benchmarks, in the order of files and of entries in them.
    pub definitions: Vec<Definition>,
    /// Which addons its arms are, for a module without a port.
    pub addons: Option<ModuleFile>,
    /// What of it is calibrated by whole gate decisions, if its calibration.toml says so.
    pub calibration: Option<CalibrationFile>,
}

pub(crate) fn hosts(root: &Path) -> Result<Vec<Host>, LabError> {
    let mut hosts: Vec<Host> = Vec::new();
    for path in files(root, "bench/hosts/*.toml")? {
        let host: Host = read_toml(&path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if host.id != stem {
            let message = format!("its id is \"{}\", and must be the file's stem \"{stem}\"", host.id);
            return Err(LabError::Invalid { path, message });
        }
        hosts.push(host);
    }
    Ok(hosts)
}

pub(crate) fn ports(root: &Path) -> Result<BTreeMap<String, PortFolder>, LabError> {
    let mut ports = BTreeMap::new();
    for path in files(root, "ported/*/port.toml")? {
        let port: Port = read_toml(&path)?;
        let root = path.parent().expect("a file has a folder").to_owned();
        let folder = root.file_name().unwrap_or_default().to_string_lossy();
        if port.module != folder {
            let message =
                format!("its module is \"{}\", and must be the folder's name \"{folder}\"", port.module);
            return Err(LabError::Invalid { path, message });
        }
        let file = root.join("conformance.toml");
        let conformance = if file.is_file() { read_toml(&file)? } else { Conformance::default() };
        ports.insert(port.module.clone(), PortFolder { port, conformance, root });
    }
    Ok(ports)
}

pub(crate) fn modules(
    root: &Path,
    ports: &BTreeMap<String, PortFolder>,
) -> Result<BTreeMap<String, Module>, LabError> {
    let mut modules = BTreeMap::<String, Module>::new();
    let mut seen = BTreeMap::<String, PathBuf>::new();
    for path in files(root, "bench/definitions/*/*.toml")? {
        let name = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let module = modules.entry(name.clone()).or_insert_with(|| Module {
            name: name.clone(),
            definitions: Vec::new(),
            addons: None,
            calibration: None,
        });
        if path.file_name().is_some_and(|file| file == "module.toml") {
            module.addons = Some(read_toml(&path)?);
            continue;
        }
        if path.file_name().is_some_and(|file| file == "calibration.toml") {
            module.calibration = Some(read_toml(&path)?);
            continue;
        }
        for definition in read_toml::<DefinitionFile>(&path)?.benchmark {
            check(root, &name, &definition)
                .and_then(|()| check_variants(&definition, ports.get(&name)))
                .map_err(|message| LabError::Invalid { path: path.clone(), message })?;
            if let Some(first) = seen.insert(definition.id.clone(), path.clone()) {
                let message = format!("{} is also defined in {}", definition.id, first.display());
                return Err(LabError::Invalid { path, message });
            }
            module.definitions.push(definition);
        }
    }
    // A port can be built and installed before anything of it is measured.
    for name in ports.keys() {
        let without = Module { name: name.clone(), definitions: Vec::new(), addons: None, calibration: None };
        modules.entry(name.clone()).or_insert(without);
    }
    for module in modules.values() {
        check_calibration(module).map_err(|message| LabError::Invalid {
            path: root.join(format!("bench/definitions/{}/calibration.toml", module.name)),
            message,
        })?;
    }
    Ok(modules)
}

/// The rows of a calibration.toml exist, and those of the family have the default margin: a decision over them says
/// something about that margin.
fn check_calibration(module: &Module) -> Result<(), String> {
    let Some(file) = &module.calibration else { return Ok(()) };
    let find = |benchmark: &String, level: Level| {
        let found = module.definitions.iter().find(|own| own.id == *benchmark && own.levels.contains(&level));
        found.ok_or_else(|| format!("{benchmark} at level {} is no benchmark of the module", level.as_str()))
    };
    for row in &file.family {
        let margin = find(&row.benchmark, row.level)?.margin();
        if margin.total_cmp(&bench_schema::DEFAULT_MARGIN).is_ne() {
            return Err(format!(
                "{} has a margin of its own, and the family has the default one",
                row.benchmark
            ));
        }
    }
    file.canary.iter().try_for_each(|row| find(&row.benchmark, row.level).map(drop))
}

/// Where a definition's workload is.
pub(crate) fn workload(root: &Path, definition: &Definition) -> PathBuf {
    root.join("bench/workloads").join(definition.module()).join(&definition.workload)
}

/// All JavaScript files of a port's JavaScript half, sorted, from its entry file.
pub(crate) fn siblings(entry: &Path) -> Result<Vec<PathBuf>, LabError> {
    files(entry.parent().expect("a file has a folder"), "**/*.*js")
}

fn check_variants(definition: &Definition, folder: Option<&PortFolder>) -> Result<(), String> {
    let Definition { id, variants, levels, .. } = definition;
    if !variants.is_empty() && !levels.contains(&Level::Public) {
        return Err(format!(
            "{id} lists variants, which replace functions of the module's own API, and not the level public"
        ));
    }
    if variants.is_empty() && definition.only_variants {
        return Err(format!("{id} is measured with variants only, and lists none"));
    }
    let known = folder.map_or_else(Vec::new, |folder| folder.port.variant_names());
    let has = |name: &String| folder.is_some_and(|folder| folder.port.has_variant(name)) && name != NODE_API;
    match variants.iter().find(|name| !has(name)) {
        None => Ok(()),
        Some(name) => Err(format!(
            "{id} lists the variant \"{name}\", which ported/{}/port.toml does not have beside {}: add \
             [variants.<feature>] there",
            definition.module(),
            known.join(", ")
        )),
    }
}

fn check(root: &Path, module: &str, definition: &Definition) -> Result<(), String> {
    let id = &definition.id;
    let workload = workload(root, definition);
    if definition.module() != module {
        return Err(format!("{id} must begin with its folder's name, {module}/"));
    }
    if !workload.is_file() {
        return Err(format!("the workload of {id} is not there: {}", workload.display()));
    }
    if definition.levels.is_empty() {
        return Err(format!("{id} lists no level: binding, public or both"));
    }
    if definition.margin() <= 0.0 {
        return Err(format!("{id} has a margin of {}: it must be above 0", definition.margin()));
    }
    if definition.concurrency == 0
        || (definition.kind == bench_schema::Kind::Sync && definition.concurrency > 1)
    {
        return Err(format!("{id} has a concurrency of {}: synchronous work has 1", definition.concurrency));
    }
    if let Some(metric) = definition.decides.iter().find(|metric| **metric == Metric::MaxRss) {
        return Err(format!("{id} cannot be decided by {}: it is measured apart", metric.as_str()));
    }
    if let Some(metric) = definition.decides.iter().find(|metric| metric.quantile().is_some())
        && !definition.latency
    {
        return Err(format!(
            "{id} is decided by {} and records no latency: set latency = true",
            metric.as_str()
        ));
    }
    if definition.analysis.trim().is_empty() {
        return Err(format!("{id} has no analysis: say what bounds it"));
    }
    Ok(())
}

pub(crate) fn files(root: &Path, pattern: &str) -> Result<Vec<PathBuf>, LabError> {
    let escaped = glob::Pattern::escape(&root.to_string_lossy());
    let paths = glob::glob(&format!("{escaped}/{pattern}")).expect("constant patterns are valid");
    // glob sorts alphabetically.
    paths.map(|path| path.map_err(|error| LabError::file(error.path().to_owned())(error.into()))).collect()
}

pub(crate) fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, LabError> {
    let text = std::fs::read_to_string(path).map_err(LabError::file(path))?;
    toml::from_str(&text).map_err(|error| LabError::Invalid {
        path: path.to_owned(),
        message: error.to_string().trim().to_owned(),
    })
}
