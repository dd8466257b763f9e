use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bench_schema::{Arm, ArmSource, Definition, Level, NATIVE, Role, WorldSpec};

use crate::ResolvedHost;

/// What one side of a pair runs.
#[derive(Clone, Debug)]
pub struct Variant {
    /// `native`, `node-api`, `node-api+onehop`, or the path that the user gave.
    pub name: String,
    /// Where its arm comes from.
    pub source: ArmSource,
    /// The same from a counting build, which is never timed; `None` where nothing counts.
    pub counted: Option<ArmSource>,
}

impl Variant {
    /// The entry file of the port's JavaScript half, if there is one.
    pub fn js(&self) -> Option<&PathBuf> {
        match &self.source {
            ArmSource::World { port: Some(port) } => port.js.as_ref(),
            _ => None,
        }
    }

    /// The `.node` file that is measured, if the variant has one.
    pub fn addon(&self) -> Option<&PathBuf> {
        match &self.source {
            ArmSource::World { port: Some(port) } => Some(&port.addon),
            ArmSource::Addon { path, .. } => Some(path),
            ArmSource::World { port: None } | ArmSource::Stock => None,
        }
    }
}

/// One row to measure: a benchmark at a level on a host, baseline against candidate.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The benchmark.
    pub definition: Arc<Definition>,
    /// The level.
    pub level: Level,
    /// The host.
    pub host: Arc<ResolvedHost>,
    /// The denominator.
    pub baseline: Variant,
    /// The numerator.
    pub candidate: Variant,
    /// The baseline once more, as an image of its own.
    pub twin: Variant,
    /// Whether its processes run twin and stock too. A further variant goes without: the row of the same
    /// benchmark and level before it has them.
    pub controls: bool,
    /// The module's world; `None` for a module whose arms are whole addons.
    pub world: Option<WorldSpec>,
    /// Absolute path of the workload.
    pub workload: PathBuf,
    /// Absolute paths of the programs that it starts.
    pub tools: BTreeMap<String, PathBuf>,
}

impl Bench {
    /// The arms that it can run: no stock for a module without a world, and only the pair without controls.
    pub fn roles(&self) -> Vec<Role> {
        let mut roles = vec![Role::Baseline, Role::Candidate];
        if self.controls {
            roles.push(Role::Twin);
            // What a fresh world costs shows against a native one only.
            if self.world.is_some() && self.baseline.name == NATIVE {
                roles.push(Role::Stock);
            }
        }
        roles
    }

    /// `fs/stat (binding) on node26: native -> node-api`, for people.
    pub fn describe(&self) -> String {
        format!(
            "{} ({}) on {}: {} -> {}",
            self.definition.id,
            self.level.as_str(),
            self.host.host.id,
            self.baseline.name,
            self.candidate.name
        )
    }

    /// The arm of a role; `None` for a counted arm that nothing counts.
    pub(crate) fn arm(&self, role: Role, counted: bool) -> Option<Arm> {
        let variant = match role {
            Role::Baseline => &self.baseline,
            Role::Candidate => &self.candidate,
            Role::Twin => &self.twin,
            Role::Stock => return Some(Arm { role, variant: NATIVE.into(), source: ArmSource::Stock }),
        };
        let source = if counted { variant.counted.clone()? } else { variant.source.clone() };
        Some(Arm { role, variant: variant.name.clone(), source })
    }
}
