//! Definition + host -> interleaved samples.
//!
//! [`Lab::open`] finds what there is (hosts, ports, definitions) by globs, [`Lab::prepare`] builds and stages
//! the `.node` files and checks the hosts, and [`Prepared::run_process`] runs one benchmark in one fresh host
//! process. Statistics, budgets and storage live elsewhere: this crate imports the schema and nothing else of
//! ours.

mod bench;
mod busy;
mod cargo;
mod discover;
mod error;
mod fingerprint;
mod history;
mod host;
mod install;
mod lab;
mod machine;
mod prepare;
mod process;
mod revision;
mod scratch;
mod stage;

pub use bench::{Bench, Variant};
pub use busy::Busy;
pub use discover::{Module, PortFolder};
pub use error::{LabError, ProcessError, ProcessFault};
pub use host::ResolvedHost;
pub use install::{InstallError, install_hosts};
pub use lab::{Lab, Request, TraceFiles};
pub use machine::{Commit, commit, machine, machine_fingerprint};
pub use prepare::{Absent, Prepared};
pub use process::{Counted, ProcessPlan, valgrind};
pub use revision::Revision;

/// Told what happens while hosts and ports are prepared, which can take minutes on a fresh machine.
pub trait Progress {
    /// Work on `what` begins, in words for a person: `building fs-binding`.
    fn step(&self, what: &str);
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _what: &str) {}
}
