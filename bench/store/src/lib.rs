//! The only owner of the result format: what was measured, run by run, and what was concluded from it.
//!
//! Raw slices are kept as integer nanoseconds, so that any estimate can be recomputed. A process run is stored
//! in one transaction as soon as it is measured: Ctrl-C, a kill or a full disk costs at most the process that
//! was being measured. A file that is damaged, newer than this program, or not a store at all is named and left
//! untouched.

mod alive;
mod connection;
mod error;
mod format;
mod published;
mod read;
mod sqlite;

use bench_schema::{Document, Level, ProcessRun, PublishedCalibration, RunRecord, RunStatus};

pub use error::StoreError;
pub use format::FORMAT;
pub use published::{PublishedError, publish, published_folders, read_concluded, read_published};
pub use sqlite::SqliteStore;

/// What names a row within a run.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BenchKey {
    /// The benchmark's id.
    pub benchmark: String,
    /// The level.
    pub level: Level,
    /// The host's id.
    pub host: String,
    /// The variant in the denominator.
    pub baseline: String,
    /// The variant in the numerator.
    pub candidate: String,
}

/// Which runs to look among; an absent field matches every run.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The full commit id.
    pub commit: Option<String>,
    /// A host that the run measured.
    pub host: Option<String>,
    /// A module that the run measured: the part of benchmark ids before the slash.
    pub module: Option<String>,
    /// Only runs with this status.
    pub status: Option<RunStatus>,
    /// Only runs with a smaller id: "the last one before this".
    pub before: Option<i64>,
}

/// A process that was started and yielded no run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Loss {
    /// The row.
    pub key: BenchKey,
    /// Index of the process within its row.
    pub process: u32,
    /// What happened.
    pub error: String,
}

/// Where runs are kept. SQLite is the one implementation so far; a server can stand behind the same trait.
pub trait Store {
    /// Begins a run and returns its id; `record.id` and `record.status` are ignored.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn begin(&mut self, record: &RunRecord) -> Result<i64, StoreError>;

    /// Stores one process run, all of it or nothing.
    ///
    /// # Errors
    ///
    /// When the store cannot be written, or the run is unknown or finished.
    fn add(&mut self, run: i64, key: &BenchKey, process: &ProcessRun) -> Result<(), StoreError>;

    /// Stores that a process was lost, and why.
    ///
    /// # Errors
    ///
    /// As [`Store::add`].
    fn add_loss(&mut self, run: i64, loss: &Loss) -> Result<(), StoreError>;

    /// Ends a run with what was concluded.
    ///
    /// # Errors
    ///
    /// As [`Store::add`].
    fn finish(&mut self, run: i64, status: RunStatus, document: &Document) -> Result<(), StoreError>;

    /// Replaces the document of a run that has ended, once more is known about its rows.
    ///
    /// # Errors
    ///
    /// As [`Store::add`].
    fn amend(&mut self, document: &Document) -> Result<(), StoreError>;

    /// All runs that compare, newest first. Those of calibrations are [`Store::calibration_runs`].
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn runs(&self) -> Result<Vec<RunRecord>, StoreError>;

    /// The newest run that compares and matches.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn latest(&self, filter: &Filter) -> Result<Option<RunRecord>, StoreError>;

    /// What was concluded from a run; `None` while it has not been finished.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or there is no such run.
    fn document(&self, run: i64) -> Result<Option<Document>, StoreError>;

    /// The rows that a run measured, in the order in which they were first measured.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or there is no such run.
    fn benches(&self, run: i64) -> Result<Vec<BenchKey>, StoreError>;

    /// The process runs of one row in the order in which they ran: timed, counted and solo. Empty for a row
    /// that the run did not measure.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or there is no such run.
    fn process_runs(&self, run: i64, key: &BenchKey) -> Result<Vec<ProcessRun>, StoreError>;

    /// The processes that a run lost.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or there is no such run.
    fn losses(&self, run: i64) -> Result<Vec<Loss>, StoreError>;

    /// All runs of calibrations, newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn calibration_runs(&self) -> Result<Vec<RunRecord>, StoreError>;

    /// Keeps what was concluded for a machine, module and host, instead of what was known before.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn keep_calibration(&mut self, calibration: &PublishedCalibration) -> Result<(), StoreError>;

    /// What was concluded for the machine of that fingerprint.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn calibrations(&self, machine: &str) -> Result<Vec<PublishedCalibration>, StoreError>;
}
