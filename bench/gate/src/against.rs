use bench_analysis::{change, judge, summarize};
use bench_schema::{Role, Row, Status};
use bench_store::{BenchKey, Store, StoreError};

/// Why two runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum AgainstError {
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A run has no document.
    #[error("run {0} was never finished: it has no rows to compare. `portlab runs` says which have")]
    NoDocument(i64),
}

/// Compares the ratios of two stored runs: one row for each deciding row of the run `now`, whose ratio is its
/// ratio now / its ratio in the run `earlier`. Regressed says that the candidate lost ground to its baseline by
/// more than the margin.
///
/// The estimate is that of two independent samples (each run's processes), from the stored process runs. A row
/// that failed now stays failed; one that the earlier run does not have, or that failed in it, has status
/// `partial`, no numbers, no verdict and a note.
///
/// # Errors
///
/// When the store cannot be read, a run is unknown or was never finished.
pub fn against(store: &dyn Store, now: i64, earlier: i64) -> Result<Vec<Row>, AgainstError> {
    let current = store.document(now)?.ok_or(AgainstError::NoDocument(now))?;
    let before = store.document(earlier)?.ok_or(AgainstError::NoDocument(earlier))?;
    let other_machine = current.machine.fingerprint != before.machine.fingerprint;
    let judged = current.rows.iter().filter(|row| row.verdict.is_some() || row.status == Status::Failed);
    judged
        .map(|row| {
            let mut compared = Row {
                baseline: format!("{}@{earlier}", row.candidate),
                candidate: format!("{}@{now}", row.candidate),
                ratio: None,
                low: None,
                high: None,
                verdict: None,
                baseline_median: None,
                p_value: None,
                difference: None,
                bootstrap_low: None,
                bootstrap_high: None,
                ..row.clone()
            };
            if row.status != Status::Failed {
                let key = key_of(row);
                let then = before.rows.iter().find(|then| key_of(then) == key && then.metric == row.metric);
                compare_row(store, &mut compared, &key, (now, earlier), then)?;
            }
            if other_machine && compared.ratio.is_some() {
                let note = "the two runs are from different machines; a ratio cancels much of that, not all";
                compared.note =
                    Some(compared.note.map_or_else(|| note.to_owned(), |own| format!("{own}; {note}")));
            }
            Ok(compared)
        })
        .collect()
}

/// Fills `row` from both runs' processes, or says why there is nothing to compare with.
fn compare_row(
    store: &dyn Store,
    row: &mut Row,
    key: &BenchKey,
    (now, earlier): (i64, i64),
    then: Option<&Row>,
) -> Result<(), StoreError> {
    let metric = row.metric;
    let logs = |run| -> Result<Option<Vec<f64>>, StoreError> {
        let runs = store.process_runs(run, key)?;
        Ok(summarize(&runs, metric, Role::Candidate, Role::Baseline).map(|estimate| estimate.logs))
    };
    let usable = then.filter(|then| then.status != Status::Failed);
    if let (Some(now), Some(then), Some(earlier)) = (logs(now)?, usable, logs(earlier)?) {
        fill(row, &now, &earlier);
        row.baseline_median = then.candidate_median;
    } else {
        row.status = Status::Partial;
        row.note = Some(match then {
            None => format!("run {earlier} does not have this row: nothing to compare with"),
            Some(_) => format!("this row failed in run {earlier}: nothing to compare with"),
        });
    }
    Ok(())
}

fn key_of(row: &Row) -> BenchKey {
    BenchKey {
        benchmark: row.benchmark.clone(),
        level: row.level,
        host: row.host.clone(),
        baseline: row.baseline.clone(),
        candidate: row.candidate.clone(),
    }
}

fn fill(row: &mut Row, now: &[f64], earlier: &[f64]) {
    let Some(change) = change(now, earlier) else { return };
    row.ratio = Some(change.ratio);
    row.low = Some(change.interval.low());
    row.high = Some(change.interval.high());
    row.p_value = change.p_value;
    row.processes = now.len().min(earlier.len()) as u32;
    row.verdict = Some(judge(change.interval, row.margin));
    row.note = (!change.interval.attains(bench_analysis::CONFIDENCE)).then(|| {
        format!(
            "{} and {} processes are too few for a 95% interval: low and high are the extremes",
            now.len(),
            earlier.len()
        )
    });
}
