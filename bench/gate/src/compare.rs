use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bench_schema::{Document, Level, ProcessRun, RunRecord, RunStatus};
use bench_store::{BenchKey, Loss, Store, StoreError};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::document::{assemble, deciding_rows};
use crate::row::RowState;
use crate::schedule::{Size, Turn, next_pass, size};
use crate::source::{Fault, Source, Target, Visit, VisitKind};
use crate::{Plan, Progress, Tick};

/// Why a comparison yielded no document.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The store failed. What it had taken before stays in it.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Nothing was asked.
    #[error(
        "there is no benchmark to run: no definition matches the modules, levels and filters that were given"
    )]
    NothingToMeasure,
}

/// Measures every target within the plan's budget a host, stores each process run as it comes, and concludes.
///
/// Hosts are measured one after the other, rows of a host interleaved: in passes of one process a row, in an
/// order drawn anew each pass, so that drift of the machine hits all rows alike. A row that fails keeps its
/// place in the document and the others go on. Setting `cancel` ends the run after the current process; the
/// document then covers what was measured and says `interrupted`.
///
/// # Errors
///
/// When there is nothing to measure or the store fails.
pub fn compare(
    source: &mut dyn Source,
    store: &mut dyn Store,
    record: &RunRecord,
    plan: &Plan,
    progress: &mut dyn Progress,
    cancel: &AtomicBool,
) -> Result<Document, GateError> {
    let targets = source.targets();
    if targets.is_empty() {
        return Err(GateError::NothingToMeasure);
    }
    let run = store.begin(record)?;
    let hosts = by_host(targets, plan);
    progress.planned(plan.budget * hosts.len() as u32);
    let mut session = Session {
        source,
        store,
        run,
        plan,
        progress,
        cancel,
        random: StdRng::seed_from_u64(plan.seed),
        hosts_left: hosts.len() as u32,
        store_error: None,
    };
    let mut measured = Vec::new();
    for mut host in hosts {
        session.hosts_left -= 1;
        session.measure(&mut host);
        measured.extend(host.places.into_iter().zip(host.rows));
    }
    // The document lists rows as the source does, which need not be host by host.
    measured.sort_by_key(|(place, _)| *place);
    let rows: Vec<RowState> = measured.into_iter().map(|(_, row)| row).collect();
    let store_error = session.store_error.take();
    let status = if store_error.is_some() {
        RunStatus::Failed
    } else if cancel.load(Ordering::Relaxed) {
        RunStatus::Interrupted
    } else if rows.iter().all(|row| row.timed == 0) {
        RunStatus::Failed
    } else {
        RunStatus::Complete
    };
    let new_rows = session.source.new_rows();
    let document = assemble(&rows, new_rows, &RunRecord { id: run, ..record.clone() }, status, plan);
    let finished = store.finish(run, status, &document);
    // The first error tells more than what followed from it.
    store_error.map_or(finished, Err)?;
    Ok(document)
}

/// The rows of one host.
struct HostRows {
    host: String,
    /// The index of each row's target in the source.
    places: Vec<usize>,
    rows: Vec<RowState>,
}

fn by_host(targets: Vec<Target>, plan: &Plan) -> Vec<HostRows> {
    let mut hosts: Vec<HostRows> = Vec::new();
    for (place, target) in targets.into_iter().enumerate() {
        let at = hosts.iter().position(|host| host.host == target.key.host).unwrap_or_else(|| {
            hosts.push(HostRows { host: target.key.host.clone(), places: vec![], rows: vec![] });
            hosts.len() - 1
        });
        hosts[at].places.push(place);
        hosts[at].rows.push(RowState::new(target, plan));
    }
    for host in &mut hosts {
        compare_memory_once(&mut host.rows);
    }
    hosts
}

/// What a benchmark's binding holds, its public level holds too: to run both alone would only double the cost.
fn compare_memory_once(rows: &mut [RowState]) {
    let keys: Vec<BenchKey> = rows.iter().map(|row| row.target.key.clone()).collect();
    for row in rows.iter_mut().filter(|row| row.target.key.level == Level::Binding) {
        let at_public = BenchKey { level: Level::Public, ..row.target.key.clone() };
        if keys.contains(&at_public) {
            row.solo_left = 0;
        }
    }
}

/// What the loop carries from process to process.
struct Session<'a> {
    source: &'a mut dyn Source,
    store: &'a mut dyn Store,
    run: i64,
    plan: &'a Plan,
    progress: &'a mut dyn Progress,
    cancel: &'a AtomicBool,
    random: StdRng,
    hosts_left: u32,
    store_error: Option<StoreError>,
}

impl Session<'_> {
    fn stopped(&self) -> bool {
        self.store_error.is_some() || self.cancel.load(Ordering::Relaxed)
    }

    fn measure(&mut self, host: &mut HostRows) {
        let deadline = self.source.now() + self.plan.budget;
        while !self.stopped() {
            let remaining = deadline.saturating_sub(self.source.now());
            let turns = next_pass(&host.rows, self.plan, remaining);
            if turns.is_empty() || !self.pass(host, turns, deadline) {
                break;
            }
        }
    }

    /// Runs each turn's processes, in random order of turns. False when there was no time for any of them.
    fn pass(&mut self, host: &mut HostRows, mut turns: Vec<Turn>, deadline: Duration) -> bool {
        turns.shuffle(&mut self.random);
        let mut ran = false;
        for Turn { row: index, kinds } in turns {
            for kind in kinds {
                let remaining = deadline.saturating_sub(self.source.now());
                let row = &host.rows[index];
                let size = size(row, &host.rows, self.plan, remaining);
                if self.stopped() || row.given_up() || !fits(row, kind, size, remaining) {
                    continue;
                }
                ran = true;
                self.tick(host, row, remaining);
                self.visit(host.places[index], &mut host.rows[index], kind, size);
            }
        }
        ran
    }

    fn tick(&mut self, host: &HostRows, row: &RowState, remaining: Duration) {
        let label = row.target.label();
        let tick = Tick {
            host: &host.host,
            row: &label,
            elapsed: self.source.now(),
            remaining: remaining + self.plan.budget * self.hosts_left,
            settled: host.rows.iter().filter(|row| row.settled).count() as u32,
            rows: host.rows.len() as u32,
        };
        self.progress.tick(&tick);
    }

    fn visit(&mut self, place: usize, row: &mut RowState, kind: VisitKind, size: Size) {
        let visit = Visit {
            process: row.begin(kind),
            rounds: size.rounds,
            slice_ns: size.slice_ns,
            seed: self.random.random(),
            kind,
            operations: if matches!(kind, VisitKind::Solo(_)) { row.operations() } else { None },
            pair_only: size.pair_only,
        };
        let (was_settled, was_given_up) = (row.settled, row.given_up());
        let before = self.source.now();
        match self.source.run(place, &visit, self.cancel) {
            Ok(run) => {
                self.keep(row, &run);
                row.take(kind, run, self.source.now().saturating_sub(before));
            }
            Err(Fault::Cancelled { partial }) => {
                if let Some(run) = partial {
                    self.keep(row, &run);
                    row.take_partial(*run);
                }
            }
            Err(Fault::Lost { error, partial }) => {
                self.lose(row, visit.process, kind, error, partial.map(|run| *run));
            }
        }
        if (row.settled, row.given_up()) != (was_settled, was_given_up) {
            self.progress.settled(&deciding_rows(row));
        }
    }

    fn lose(
        &mut self,
        row: &mut RowState,
        process: u32,
        kind: VisitKind,
        error: String,
        partial: Option<ProcessRun>,
    ) {
        self.progress.lost(&row.target.label(), &error);
        if let Some(run) = &partial {
            self.keep(row, run);
        }
        let loss = Loss { key: row.target.key.clone(), process, error: error.clone() };
        if self.store_error.is_none() {
            self.store_error = self.store.add_loss(self.run, &loss).err();
        }
        row.lose(kind, error, partial);
    }

    fn keep(&mut self, row: &RowState, run: &ProcessRun) {
        if self.store_error.is_none() {
            self.store_error = self.store.add(self.run, &row.target.key, run).err();
        }
    }
}

/// Whether a process is expected to end before the deadline. The first process of a row may always try: its
/// length is not known, and a row without any process says nothing.
fn fits(row: &RowState, kind: VisitKind, size: Size, remaining: Duration) -> bool {
    if remaining.is_zero() {
        return false;
    }
    let (rounds, arms) = match kind {
        VisitKind::Timed if row.started == 0 => return true,
        VisitKind::Timed => (size.rounds, if size.pair_only { 2 } else { row.target.arms }),
        VisitKind::Counted => (0, row.target.arms),
        VisitKind::Solo(_) => (size.rounds, 1),
    };
    row.predict(rounds, size.slice_ns, arms) <= remaining
}
