use std::collections::BTreeMap;
use std::error::Error;

use bench_schema::{Level, ProcessRun};

/// Why a row's samples could not be read.
pub type SamplesError = Box<dyn Error + Send + Sync>;

/// Where the raw samples behind a row come from.
pub trait Samples {
    /// The processes that measured `benchmark` at `level` on `host`, in the order in which they ran; none
    /// when nothing was kept. Counting and solo processes may be among them: the report leaves them out of
    /// its pictures of time.
    ///
    /// # Errors
    /// When they exist and cannot be read.
    fn processes(&self, benchmark: &str, level: Level, host: &str) -> Result<Vec<ProcessRun>, SamplesError>;
}

/// No samples: the report has its tables and forest plots only.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSamples;

impl Samples for NoSamples {
    fn processes(&self, _: &str, _: Level, _: &str) -> Result<Vec<ProcessRun>, SamplesError> {
        Ok(Vec::new())
    }
}

/// By benchmark, level and host.
impl Samples for BTreeMap<(String, Level, String), Vec<ProcessRun>> {
    fn processes(&self, benchmark: &str, level: Level, host: &str) -> Result<Vec<ProcessRun>, SamplesError> {
        Ok(self.get(&(benchmark.to_owned(), level, host.to_owned())).cloned().unwrap_or_default())
    }
}
