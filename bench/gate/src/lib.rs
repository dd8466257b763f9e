//! Plan, looks, verdict: the only part that composes runner, analysis and store.
//!
//! [`compare`] measures until the budget is spent or nothing is left to settle, stores every process run as it
//! comes, and returns the document of the run. [`decide`] turns a document into an exit code, [`against`]
//! compares two stored runs.
//!
//! # When a row stops, and what that does to error rates
//!
//! A row is looked at only when it has [`LOOKS`] processes. It is settled when, at a look, the 99% interval of
//! each deciding metric lies on one side of 1 + margin. What is reported is the 95% interval at the end. Where
//! the budget is short, rows whose 95% interval straddles the margin are measured first, which is a look in all
//! but name. So, for a row whose true ratio is exactly 1 + margin, the chance of a wrong verdict is more than
//! the 2.5% of one look on each side; over seven looks at .5% and a last one at 2.5% it stays below 6%, and the
//! simulations in this crate's tests find 1 to 3%. A row whose true ratio is 1 is hardly ever called
//! regressed: it would have to be wrong by the whole margin. Spending a given error rate exactly over the looks
//! (alpha spending) and calibrating it per benchmark and machine is not done here.

mod against;
mod compare;
mod decide;
mod document;
mod imported;
mod plan;
mod progress;
mod row;
mod schedule;
mod source;
mod summary;
mod waivers;

pub use against::{AgainstError, against};
pub use compare::{GateError, compare};
pub use decide::{Outcome, decide, decide_rows};
pub use imported::{ImportedSide, compare_imported};
pub use plan::{LOOKS, Plan, SETTLED_CONFIDENCE};
pub use progress::{Progress, Silent, Tick};
pub use source::{Fault, LabSource, Source, Target, Visit, VisitKind};
pub use waivers::{WaiverError, Waivers};
