//! The words that every other part of the bench shares, as serde types: what a benchmark is
//! ([`Definition`]), where it runs ([`Host`]), what a port replaces ([`Port`]), what a host process is asked
//! ([`Job`]) and answers ([`Message`], [`ProcessRun`]), and what is concluded ([`Row`], [`Document`]).
//!
//! Data only: no process, file or statistic lives here. Times are integer nanoseconds (`u64`); ratios are
//! dimensionless, candidate / baseline, so below 1 the candidate is cheaper.

mod calibration;
mod definition;
mod distance;
mod document;
mod host;
mod imported;
mod investigation;
mod job;
mod metric;
mod port;
mod run;
mod variant;
mod waiver;

pub use calibration::{
    CalibratedRow, CalibrationDocument, CalibrationFile, CalibrationRun, CalibrationSample, Canary,
    CanaryKind, CanaryRow, Experiment, ExperimentKind, FamilyRow, Fingerprints, GateRates,
    PublishedCalibration, SameArms,
};
pub use definition::{AddonArm, Definition, DefinitionFile, Kind, Level, ModuleArms, ModuleFile};
pub use distance::Distance;
pub use document::{Boundary, Difference, Document, Mean, Memory, Row, Status, Summary, Verdict};
pub use host::{Host, HostKind};
pub use imported::Imported;
pub use investigation::{Counts, FunctionCount, Investigation, Relinked};
pub use job::{Arm, ArmSource, Job, Message, PortArm, Role, WorldSpec};
pub use metric::{Metric, Unit};
pub use port::{Binding, Conformance, Function, FunctionStatus, Gap, Port, PortVariant, Skip, Suite, World};
pub use run::{Artifact, Copied, Counter, Histogram, Machine, ProcessRun, RunRecord, RunStatus, Sample};
pub use variant::{EXT, NATIVE, NODE_API, features, level_and_variant, with_feature};
pub use waiver::{Waiver, WaiverFile};

/// The version of every document and wire format in this crate; a reader refuses a newer one.
pub const SCHEMA_VERSION: u32 = 1;

/// How much slower a row may be before it counts, where its definition says nothing: 3%.
pub const DEFAULT_MARGIN: f64 = 0.03;
