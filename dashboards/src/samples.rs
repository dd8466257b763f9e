use std::collections::BTreeMap;
use std::error::Error;

use bench_schema::{Level, ProcessRun, Row};

/// Why a row's samples could not be read.
pub type SamplesError = Box<dyn Error + Send + Sync>;

/// Where the raw samples behind a row come from.
pub trait Samples {
    /// The processes that measured the benchmark, level, host and pair of `row`, in the order in which they ran;
    /// none when nothing was kept. Counting and solo processes may be among them: the report leaves them out
    /// of its pictures of time.
    ///
    /// # Errors
    /// When they exist and cannot be read.
    fn processes(&self, row: &Row) -> Result<Vec<ProcessRun>, SamplesError>;
}

/// No samples: the report has its tables and forest plots only.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSamples;

impl Samples for NoSamples {
    fn processes(&self, _: &Row) -> Result<Vec<ProcessRun>, SamplesError> {
        Ok(Vec::new())
    }
}

/// By benchmark, level, host and candidate.
impl Samples for BTreeMap<(String, Level, String, String), Vec<ProcessRun>> {
    fn processes(&self, row: &Row) -> Result<Vec<ProcessRun>, SamplesError> {
        let key = (row.benchmark.clone(), row.level, row.host.clone(), row.candidate.clone());
        Ok(self.get(&key).cloned().unwrap_or_default())
    }
}
