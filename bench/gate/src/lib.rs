//! Plan, looks, verdict: the only part that composes runner, analysis and store.
//!
//! [`compare`] measures until the budget is spent or nothing is left to settle, stores every process run as it
//! comes, and returns the document of the run. [`decide`] turns a document into an exit code, [`against`]
//! compares two stored runs.
//!
//! # When a row stops, and what that does to error rates
//!
//! A row is looked at when it has as many processes as one of [`LOOKS`]. It is settled when, at a look, the interval
//! of each deciding metric at the look's confidence lies on one side of 1 + margin. A row that the budget ends
//! without being settled is judged once more, with what the looks have left of the error rate. So the chance of a
//! wrong verdict for a row whose true ratio is exactly 1 + margin is at most [`ALPHA`] on each side, over all looks
//! together; a row whose true ratio is 1 would have to be wrong by the whole margin. The simulations in this crate's
//! tests check both with autocorrelated, bimodal and heavy-tailed noise. Reports show the 95% interval; where that
//! alone would give a verdict and the stricter one does not, the row says so.

mod against;
mod agenda;
mod arbiter;
mod compare;
mod decide;
mod distance;
mod document;
mod imported;
mod looks;
mod margins;
mod noise;
mod plan;
mod progress;
mod row;
mod schedule;
mod source;
mod summary;
mod waivers;

pub use against::{AgainstError, against};
pub use agenda::{Agenda, Step, Wanted};
pub use arbiter::{Counted, arbitrate, counts, does_no_more};
pub use compare::{GateError, compare};
pub use decide::{Outcome, decide, decide_rows};
pub use imported::{ImportedSide, compare_imported};
pub use looks::{ALPHA, Judged, LOOKS, Look, judge_in_looks, judged};
pub use margins::Floors;
pub use noise::{
    CanaryEstimate, DecisionRates, Noise, PLANNED_PROCESSES, RowNoise, calibration_sample, combine,
};
pub use plan::Plan;
pub use progress::{Progress, Silent, Tick};
pub use source::{Fault, LabSource, Source, Target, Visit, VisitKind};
pub use summary::recount;
pub use waivers::{WaiverError, Waivers};
