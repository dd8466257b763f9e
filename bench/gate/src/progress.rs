use std::time::Duration;

use bench_schema::Row;

/// Where a run stands, before each process.
#[derive(Clone, Copy, Debug)]
pub struct Tick<'a> {
    /// The host being measured.
    pub host: &'a str,
    /// The row, for people: `fs/stat (binding)`.
    pub row: &'a str,
    /// Time since the first host's first process.
    pub elapsed: Duration,
    /// Time until the end at the latest, over all hosts that are left.
    pub remaining: Duration,
    /// Rows of this host that are settled.
    pub settled: u32,
    /// Rows of this host.
    pub rows: u32,
}

/// Told how measuring goes. Everything has a default that does nothing.
pub trait Progress {
    /// Measuring begins and will take `total` at most.
    fn planned(&mut self, total: Duration) {
        let _ = total;
    }

    /// A process is about to start.
    fn tick(&mut self, tick: &Tick<'_>) {
        let _ = tick;
    }

    /// A row needs no more processes: its deciding rows, with verdicts.
    fn settled(&mut self, rows: &[Row]) {
        let _ = rows;
    }

    /// A process was lost; the run goes on.
    fn lost(&mut self, row: &str, error: &str) {
        let _ = (row, error);
    }
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}
