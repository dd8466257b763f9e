//! Everything about one binary, joined: sites, bindings, judgement, what is ported.

mod cover;
mod diff;
mod document;
mod groups;

pub use diff::{Change, Diff, diff};
pub use document::{
    BindingSurvey, CallSite, Counts, Cover, ExportSurvey, GapSurvey, Group, HIDDEN, Measured, MeasuredRow,
    Resolved, SCHEMA_VERSION, Survey, SymbolSurvey,
};

use std::collections::{BTreeMap, BTreeSet};

use crate::binary::{Edge, EdgeKind, Graph};
use crate::bindings::{Binding, bindings, reach};
use crate::classify::{Classification, Row};
use crate::exports::Exports;
use crate::registration::Registration;

/// What ports say about the functions of each binding: `ported`, `partial` or `native`.
pub type Ported = BTreeMap<String, BTreeMap<String, String>>;

/// A function that more than this share of all bindings reach is no binding's own.
const SHARED: usize = 3;

/// Where following stops: the start of an environment or a thread belongs to no binding that can cause one, and calling
/// back into JavaScript is one function of Node-API (`napi_make_callback`).
const BOUNDARIES: [&str; 12] = [
    "node::CreateEnvironment",
    "node::LoadEnvironment",
    "node::NewContext",
    "node::Environment::Environment",
    "node::FreeEnvironment",
    "node::InitializeContext",
    "node::worker::Worker::Run",
    "node::Abort",
    "node::errors::TriggerUncaughtException",
    "node::InternalCallbackScope::InternalCallbackScope",
    "node::InternalCallbackScope::Close",
    "node::InternalMakeCallback",
];

/// A binary with its bindings, ready to be counted.
pub struct Surveyor<'a> {
    graph: &'a Graph,
    judgement: &'a Classification,
    bindings: Vec<Reached>,
    /// By function: whether it is no binding's own.
    shared: Vec<bool>,
}

/// A binding and the functions that it reaches.
struct Reached {
    binding: Binding,
    functions: Vec<u32>,
}

impl<'a> Surveyor<'a> {
    /// Finds the bindings and what they reach.
    pub fn new(graph: &'a Graph, judgement: &'a Classification) -> Self {
        let mut surveyor =
            Surveyor { graph, judgement, bindings: Vec::new(), shared: vec![false; graph.functions.len()] };
        let mut reached_by = vec![0usize; graph.functions.len()];
        for binding in bindings(graph) {
            let callbacks = binding.registrations.iter().filter_map(|registration| registration.callback);
            let callbacks = callbacks.filter_map(|callback| graph.function_at(callback));
            let from: Vec<u32> = binding.entries.iter().copied().chain(callbacks).collect();
            let functions = surveyor.reach(&from);
            for index in &functions {
                reached_by[*index as usize] += 1;
            }
            surveyor.bindings.push(Reached { binding, functions });
        }
        let limit = (surveyor.bindings.len() / SHARED).max(1);
        surveyor.shared = reached_by.into_iter().map(|bindings| bindings > limit).collect();
        surveyor
    }

    /// Functions that run once these do: by calls and callbacks, not by tables of virtual functions, and not into the
    /// start of an environment.
    fn reach(&self, from: &[u32]) -> Vec<u32> {
        let graph = self.graph;
        reach(graph, from, |edge: &Edge| {
            edge.kind != EdgeKind::Virtual
                && !BOUNDARIES.contains(&graph.functions[edge.to as usize].name.as_str())
        })
    }

    /// The names of the bindings.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bindings.iter().map(|reached| reached.binding.name.as_str())
    }

    /// Counts everything.
    pub fn survey(&self, host: &str, exports: Option<&Exports>, ported: &Ported) -> Survey {
        let api = groups::symbols(self.graph, self.judgement);
        let mut classes = Counts::default();
        for symbol in &api {
            classes.add(symbol.class, symbol.sites);
        }
        let bindings: Vec<BindingSurvey> =
            self.bindings.iter().map(|reached| self.binding(reached, exports, ported)).collect();
        let blocked: BTreeMap<String, BTreeSet<String>> = bindings
            .iter()
            .map(|binding| (binding.name.clone(), binding.blocked_by.iter().cloned().collect()))
            .collect();
        Survey {
            schema_version: SCHEMA_VERSION,
            host: host.to_owned(),
            machine: self.graph.image.machine.name().to_owned(),
            hidden: HIDDEN.to_owned(),
            sites: classes.sites,
            symbols: api.len(),
            unclassified: api.iter().filter(|symbol| symbol.class.is_none()).count(),
            functions: self.graph.functions.len(),
            uv_sites: self.graph.functions.iter().map(|function| function.uv.len()).sum(),
            classes,
            resolved: exports.map(|exports| resolved(exports, &bindings)),
            gaps: groups::gaps(self.graph, self.judgement, &api, &bindings),
            files: groups::files(self.graph, self.judgement),
            v8_classes: groups::v8_classes(&api),
            cover: cover::covers(&blocked),
            bindings,
            api,
            measured: None,
            source: None,
            headers: None,
        }
    }

    fn row(&self, target: u32) -> Option<&Row> {
        self.judgement.row(&self.graph.targets[target as usize])
    }

    fn count(&self, functions: impl Iterator<Item = u32>) -> Counts {
        let mut counts = Counts::default();
        for index in functions {
            for site in &self.graph.functions[index as usize].sites {
                counts.add(self.row(site.target).map(|row| row.class), 1);
            }
        }
        counts
    }

    /// Gaps of these functions: id → sites, and whether one of them has no way around.
    fn gaps_of(&self, functions: impl Iterator<Item = u32>) -> (BTreeMap<String, usize>, BTreeSet<String>) {
        let (mut gaps, mut blocking) = (BTreeMap::new(), BTreeSet::new());
        for index in functions {
            for site in &self.graph.functions[index as usize].sites {
                let Some(row) = self.row(site.target).filter(|row| !row.gap.is_empty()) else { continue };
                *gaps.entry(row.gap.clone()).or_default() += 1;
                if row.class == crate::classify::Class::None && self.judgement.gaps()[&row.gap].blocks {
                    blocking.insert(row.gap.clone());
                }
            }
        }
        (gaps, blocking)
    }

    fn binding(&self, reached: &Reached, exports: Option<&Exports>, ported: &Ported) -> BindingSurvey {
        let Reached { binding, functions } = reached;
        let own = || functions.iter().copied().filter(|index| !self.shared[*index as usize]);
        let (gaps, blocking) = self.gaps_of(own());
        let statuses = ported.get(&binding.name);
        let exported = exports.and_then(|exports| exports.get(&binding.name));
        let exports = self.exports(binding, exports, statuses);
        let with = |status: &str| {
            statuses.map_or(0, |statuses| statuses.values().filter(|held| *held == status).count())
        };
        BindingSurvey {
            name: binding.name.clone(),
            file: binding.file.clone(),
            functions: exported
                .map_or_else(|| exports.iter().filter(|export| !export.method).count(), BTreeMap::len),
            counts: self.count(functions.iter().copied()),
            own: self.count(own()),
            uv_sites: functions.iter().map(|index| self.graph.functions[*index as usize].uv.len()).sum(),
            ported: with("ported"),
            ported_partly: with("partial"),
            gaps,
            blocked_by: blocking.into_iter().collect(),
            exports,
        }
    }

    /// The functions of a binding: what the host exports, with what was found for each, then methods of its classes.
    fn exports(
        &self,
        binding: &Binding,
        exports: Option<&Exports>,
        statuses: Option<&BTreeMap<String, String>>,
    ) -> Vec<ExportSurvey> {
        let classes: BTreeMap<u64, &str> = binding
            .registrations
            .iter()
            .filter(|registration| registration.class.is_none())
            .filter_map(|registration| Some((registration.callback?, registration.name.as_str())))
            .collect();
        let exported = exports.and_then(|exports| exports.get(&binding.name));
        let mut found: BTreeMap<String, ExportSurvey> = BTreeMap::new();
        for registration in &binding.registrations {
            let class = registration.class.and_then(|class| classes.get(&class)).copied();
            let method = class.is_some()
                || registration.by.contains("Proto")
                || exported.is_some_and(|exported| !exported.contains_key(&registration.name));
            let name = match class {
                Some(class) => format!("{class}.{}", registration.name),
                None => registration.name.clone(),
            };
            let export = self.export(&name, registration, method, statuses);
            let held = found.entry(name).or_insert_with(|| export.clone());
            if held.callback.is_none() {
                *held = export;
            }
        }
        for (name, same) in exported.into_iter().flatten() {
            let held = found.entry(name.clone()).or_insert_with(|| ExportSurvey {
                name: name.clone(),
                status: statuses.and_then(|statuses| statuses.get(name)).cloned(),
                ..ExportSurvey::default()
            });
            // The same function object under another binding was registered there.
            if let (None, Some(same)) = (&held.callback, same)
                && let Some(registration) = self.registration(same)
            {
                *held = self.export(name, registration, false, statuses);
            }
        }
        found.into_values().collect()
    }

    /// The registration of `binding.function`.
    fn registration(&self, path: &str) -> Option<&Registration> {
        let (binding, name) = path.split_once('.')?;
        let reached = self.bindings.iter().find(|reached| reached.binding.name == binding)?;
        reached.binding.registrations.iter().find(|registration| registration.name == name)
    }

    fn export(
        &self,
        name: &str,
        registration: &Registration,
        method: bool,
        statuses: Option<&BTreeMap<String, String>>,
    ) -> ExportSurvey {
        let callback = registration.callback.and_then(|callback| self.graph.function_at(callback));
        let reached = callback.map(|callback| self.reach(&[callback])).unwrap_or_default();
        let own = reached.iter().copied().filter(|index| !self.shared[*index as usize]);
        let (gaps, _) = self.gaps_of(own);
        ExportSurvey {
            name: name.to_owned(),
            callback: callback.map(|index| self.graph.functions[index as usize].name.clone()),
            method,
            counts: self.count(reached.iter().copied()),
            status: statuses.and_then(|statuses| statuses.get(name)).cloned(),
            gaps: gaps.into_keys().collect(),
        }
    }
}

/// How many of the exported functions have a C++ function.
fn resolved(exports: &Exports, bindings: &[BindingSurvey]) -> Resolved {
    let mut resolved = Resolved::default();
    for binding in bindings {
        for name in exports.get(&binding.name).into_iter().flat_map(BTreeMap::keys) {
            resolved.exported += 1;
            let found = binding.exports.iter().find(|export| export.name == *name);
            if found.is_some_and(|export| export.callback.is_some()) {
                resolved.named += 1;
            } else {
                resolved.missing.push(format!("{}.{name}", binding.name));
            }
        }
    }
    resolved
}
