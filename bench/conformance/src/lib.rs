//! Node's own test files, natively and with a port swapped in under the whole process.
//!
//! Only files that pass natively count. Each of them runs on the port; one that then makes no port call runs once more
//! with the native functions counted in the port's place: it is `unreached` when it calls none that is ported, and a
//! failure when it does, because then the swap missed it. [`conform`] does all that for one host and variant,
//! [`Document`] is what several such runs come to.

mod calls;
mod document;
mod error;
mod files;
mod judge;
mod native;
mod process;
mod session;
mod slots;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_schema::{Conformance, Host};
use regex::Regex;

pub use calls::Calls;
pub use document::{Document, Failure, FileLine, SkipLine, SuiteLine};
pub use error::ConformanceError;
pub use files::tree_of;
pub use judge::{FileResult, Report, Verdict};
pub use process::Status;

/// What to run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The port's name.
    pub module: String,
    /// The host; its `test_flags` go into `NODE_OPTIONS`.
    pub host: Host,
    /// The host's binary, absolute.
    pub binary: PathBuf,
    /// The folder that holds Node's `test`.
    pub tree: PathBuf,
    /// Which files belong to the port, and which of them are not expected to pass.
    pub conformance: Conformance,
    /// The staged port.json, absolute.
    pub port: PathBuf,
    /// The full name of the variant, such as `node-api+onehop`.
    pub variant: String,
    /// `shims/internal-binding/install.js`, absolute.
    pub preload: PathBuf,
    /// Only files whose `<directory>/<name>` matches.
    pub filter: Option<Regex>,
    /// Files that run at once.
    pub jobs: usize,
    /// After this long a file's process is killed.
    pub timeout: Duration,
    /// Where native results are kept, by host and content of the tree.
    pub cache: PathBuf,
    /// Run natively what the cache knows.
    pub fresh: bool,
}

/// Told how a run goes, from several threads.
pub trait Progress: Sync {
    /// `done` of `total` files of a stage (`native`, `node-api`, …) have run.
    fn step(&self, stage: &str, done: usize, total: usize);
}

/// Runs the files of a port's suites on one host.
///
/// # Errors
///
/// When there is no file to run, none passes natively, a file that does nothing fails with the port installed, or
/// `cancel` was set: what was found natively until then is kept.
pub fn conform(
    request: &Request,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Report, ConformanceError> {
    session::run(request, progress, cancel)
}
