//! What a gate does with a regression before it fails: count instructions, measure a relinked build, conclude.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bench_analysis::Profile;
use bench_gate::{LabSource, Plan, arbitrate, compare, counts, does_no_more};
use bench_runner::{Bench, Lab, Prepared, Request, valgrind};
use bench_schema::{Counts, Document, Investigation, Level, Metric, Role, Row, RunRecord, Verdict};
use bench_store::SqliteStore;

use crate::output::say;
use crate::progress::{Measuring, SetUp};

/// Time for each regressed row of a relinked build.
const CONFIRMATION: Duration = Duration::from_secs(30);
/// Counted operations take about this long outside of callgrind.
const COUNTED_NS: f64 = 2e6;
const LEAST_OPERATIONS: u64 = 64;
const MOST_OPERATIONS: u64 = 1024;

/// The means to look into regressions: what measured them.
pub(crate) struct Arbiter<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) request: &'a Request,
    pub(crate) prepared: &'a Prepared,
    pub(crate) record: &'a RunRecord,
    pub(crate) plan: &'a Plan,
    /// The ports were not built, so they cannot be relinked.
    pub(crate) no_build: bool,
    /// Where flame graphs are written.
    pub(crate) report: &'a Path,
    pub(crate) cancel: &'a AtomicBool,
}

impl Arbiter<'_> {
    /// Looks into every row that regressed, and changes the verdict of those that are no regression of the code.
    pub(crate) fn look_into(&self, rows: &mut [Row]) -> Vec<Investigation> {
        let regressed: Vec<usize> = (0..rows.len())
            .filter(|&index| rows[index].verdict == Some(Verdict::Regressed))
            .filter(|&index| self.bench(&rows[index]).is_some())
            .collect();
        if regressed.is_empty() || self.cancel.load(Ordering::Relaxed) {
            return Vec::new();
        }
        say(&format!("looking into {} of the rows: regressed", regressed.len()));
        if valgrind().is_none() {
            say("valgrind is not installed: instructions are not counted, and time alone decides");
        }
        let mut counted: Vec<Result<Counts, String>> = Vec::new();
        for (number, &index) in regressed.iter().enumerate() {
            // Both metrics of an asynchronous row are one benchmark: it is counted once.
            let earlier =
                regressed[..number].iter().position(|&other| same_bench(&rows[other], &rows[index]));
            counted.push(match earlier {
                Some(place) => counted[place].clone(),
                None => self.count(&rows[index], number),
            });
        }
        let doubtful: Vec<usize> = regressed
            .iter()
            .zip(&counted)
            .filter(|(index, counted)| !self.explained(&rows[**index], counted))
            .map(|(index, _)| *index)
            .collect();
        let relinked = self.relinked(&doubtful.iter().map(|&index| &rows[index]).collect::<Vec<_>>());
        let mut investigations = Vec::new();
        for (index, counted) in regressed.into_iter().zip(counted) {
            let again = doubtful.contains(&index).then(|| match &relinked {
                Err(reason) => Err(reason.clone()),
                Ok(document) => {
                    let same =
                        |other: &&Row| same_bench(other, &rows[index]) && other.metric == rows[index].metric;
                    document.rows.iter().find(same).cloned().ok_or_else(|| "it was not measured".to_owned())
                }
            });
            let kind =
                self.bench(&rows[index]).map_or(bench_schema::Kind::Async, |bench| bench.definition.kind);
            investigations.push(arbitrate(&mut rows[index], kind, counted, again));
        }
        investigations
    }

    fn bench(&self, row: &Row) -> Option<&Bench> {
        self.prepared.benches().iter().find(|bench| is_of(row, bench))
    }

    /// Whether the counts alone say that the row does no more than its baseline.
    fn explained(&self, row: &Row, counted: &Result<Counts, String>) -> bool {
        let (Ok(counts), Some(bench)) = (counted, self.bench(row)) else { return false };
        does_no_more(counts, bench.definition.kind, row.margin)
    }

    /// Instructions and system calls of both arms, and a flame graph of each.
    fn count(&self, row: &Row, number: usize) -> Result<Counts, String> {
        let bench = self.bench(row).ok_or("it is not measured here")?;
        say(&format!("counting instructions of {} ({})", row.benchmark, row.level.as_str()));
        let arm = |role| {
            let counted = self
                .prepared
                .count_instructions(bench, role, operations(row), self.cancel)
                .map_err(|error| error.fault.to_string())?;
            let profile = Profile::parse(&counted.profile).map_err(|error| error.to_string())?;
            Ok::<_, String>((profile, counted.operations))
        };
        // Side by side: what callgrind counts does not depend on what else the machine does.
        let (baseline, candidate) = std::thread::scope(|scope| {
            let baseline = scope.spawn(|| arm(Role::Baseline));
            let candidate = arm(Role::Candidate);
            (baseline.join().expect("counting does not panic"), candidate)
        });
        let (baseline, candidate) = (baseline?, candidate?);
        let mut counts = counts(&baseline, &candidate);
        let mut names = Vec::new();
        for (profile, role, variant) in
            [(&baseline.0, "baseline", &row.baseline), (&candidate.0, "candidate", &row.candidate)]
        {
            let title = format!("{} ({}) on {}: {variant}", row.benchmark, row.level.as_str(), row.host);
            let name = format!("flame-{}-{role}.svg", number + 1);
            let drawn = dashboards::flame_graph(&title, &profile.stacks).map_err(|error| error.to_string());
            let written = drawn.and_then(|svg| {
                std::fs::create_dir_all(self.report)
                    .and_then(|()| std::fs::write(self.report.join(&name), svg))
                    .map_err(|error| format!("{}: {error}", self.report.display()))
            });
            match written {
                Ok(()) => names.push(name),
                Err(error) => say(&error),
            }
        }
        counts.flame_graphs = names.try_into().ok();
        Ok(counts)
    }

    /// The rows once more, on builds whose code is laid out otherwise.
    fn relinked(&self, rows: &[&Row]) -> Result<Document, String> {
        if rows.is_empty() {
            return Err("no row is in doubt".into());
        }
        if self.no_build {
            return Err("--no-build leaves nothing to relink".into());
        }
        let in_doubt = |module: &&String| rows.iter().any(|row| module_of(row) == module.as_str());
        let ported = self.request.modules.iter().filter(in_doubt);
        let ported = ported.filter(|module| self.lab.ports().contains_key(*module));
        let request = Request { modules: ported.cloned().collect(), ..self.request.clone() };
        if request.modules.is_empty() {
            return Err("a module without a port cannot be relinked".into());
        }
        let progress = SetUp::new();
        let prepared = self.lab.prepare_relinked(&request, &progress);
        progress.done();
        let mut prepared = prepared.map_err(|error| error.to_string())?;
        prepared.retain(|bench| rows.iter().any(|row| is_of(row, bench)));
        prepared.retain_absent(|_| false);
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut store =
            SqliteStore::open(&folder.path().join("store.sqlite")).map_err(|error| error.to_string())?;
        let budget = CONFIRMATION * u32::try_from(prepared.benches().len()).unwrap_or(u32::MAX);
        let plan = Plan { solo_pairs: 0, refine: false, ..Plan::full(self.plan.seed) }
            .with_budget(budget.min(self.plan.budget));
        let mut measuring = Measuring::new();
        let mut source = LabSource::new(&prepared);
        let document = compare(&mut source, &mut store, self.record, &plan, &mut measuring, self.cancel);
        measuring.done();
        document.map_err(|error| error.to_string())
    }
}

/// A power of two, so that two gates over one change count the same operations.
fn operations(row: &Row) -> u64 {
    let wanted = COUNTED_NS / row.baseline_median.filter(|median| *median > 0.0).unwrap_or(COUNTED_NS);
    (wanted as u64).next_power_of_two().clamp(LEAST_OPERATIONS, MOST_OPERATIONS)
}

fn module_of(row: &Row) -> &str {
    row.benchmark.split('/').next().unwrap_or_default()
}

fn is_of(row: &Row, bench: &Bench) -> bool {
    let own: (&str, Level, &str, &str) =
        (&bench.definition.id, bench.level, &bench.host.host.id, &bench.candidate.name);
    own == (row.benchmark.as_str(), row.level, row.host.as_str(), row.candidate.as_str())
        && row.baseline == bench.baseline.name
        && row.metric != Metric::MaxRss
}

fn same_bench(one: &Row, other: &Row) -> bool {
    let key = |row: &Row| (row.benchmark.clone(), row.level, row.host.clone(), row.candidate.clone());
    key(one) == key(other)
}
