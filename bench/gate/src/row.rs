//! What is known of one row while it is measured.

use std::time::Duration;

use bench_analysis::{CONFIDENCE, Estimate, ProcessSummary, Side, is_timed, judge};
use bench_schema::{Metric, ProcessRun, Role, Verdict};

use crate::looks::{LOOKS, look_after, look_at, verdict_confidence};
use crate::margins::Margin;
use crate::plan::Plan;
use crate::source::{Target, VisitKind};

/// Losses in a row after which a row is given up: once is bad luck, and a row that fails reliably would eat the
/// budget of the others.
const LOSSES_IN_A_ROW: u32 = 3;
/// The same for a row that never yielded anything.
const FIRST_LOSSES: u32 = 2;
/// To start a host and load the driver, until the row's own processes have shown more.
const START: Duration = Duration::from_millis(80);
/// To load and warm up one arm, likewise.
const WARM_UP: Duration = Duration::from_millis(25);

/// One row and its runs so far.
pub(crate) struct RowState {
    pub(crate) target: Target,
    pub(crate) runs: Vec<ProcessRun>,
    /// Timed runs among them.
    pub(crate) timed: u32,
    /// Processes started, of any kind; the index of the next one.
    pub(crate) started: u32,
    /// Timed processes lost, with the first error.
    pub(crate) lost: u32,
    pub(crate) first_error: Option<String>,
    /// The first error of a counted or solo process.
    pub(crate) extra_error: Option<String>,
    lost_in_a_row: u32,
    /// A wrong value, as a sentence: the row fails.
    pub(crate) rejection: Option<String>,
    /// Whether the counting build is still to run.
    pub(crate) counted_left: bool,
    /// Processes of one arm alone that are still to run; even between pairs.
    pub(crate) solo_left: u32,
    /// What an arm adds to a timed process before its first round: loading and warm-up.
    warm_up: Duration,
    /// A slice's real length as a multiple of the least that was asked for.
    stretch: f64,
    /// What each run said about each deciding metric.
    processes: Vec<(Metric, Vec<ProcessSummary>)>,
    estimates: Vec<(Metric, Estimate)>,
    /// Of each deciding metric.
    margins: Vec<(Metric, Margin)>,
    pub(crate) settled: bool,
}

impl RowState {
    pub(crate) fn new(target: Target, plan: &Plan) -> RowState {
        let deciding = target.definition.deciding_metrics().iter();
        let margin = |metric| Margin::of(&target.definition, plan.floors.of(&target.key, metric));
        RowState {
            margins: deciding.clone().map(|&metric| (metric, margin(metric))).collect(),
            counted_left: target.counts,
            solo_left: 2 * plan.solo_pairs,
            processes: deciding.map(|&metric| (metric, Vec::new())).collect(),
            target,
            runs: Vec::new(),
            timed: 0,
            started: 0,
            lost: 0,
            first_error: None,
            extra_error: None,
            lost_in_a_row: 0,
            rejection: None,
            warm_up: WARM_UP,
            stretch: 1.1,
            estimates: Vec::new(),
            settled: false,
        }
    }

    /// Whether more processes would only repeat a failure.
    pub(crate) fn given_up(&self) -> bool {
        let limit = if self.timed == 0 { FIRST_LOSSES } else { LOSSES_IN_A_ROW };
        self.rejection.is_some() || self.lost_in_a_row >= limit || look_after(self.timed).is_none()
    }

    /// A process of that kind is about to start; returns its index.
    pub(crate) fn begin(&mut self, kind: VisitKind) -> u32 {
        match kind {
            VisitKind::Timed => {}
            VisitKind::Counted => self.counted_left = false,
            VisitKind::Solo(_) => self.solo_left = self.solo_left.saturating_sub(1),
        }
        self.started += 1;
        self.started - 1
    }

    /// The next pair of processes that run one arm alone, right after each other.
    pub(crate) fn next_solo(&self) -> Vec<VisitKind> {
        let mut arms = vec![VisitKind::Solo(Role::Baseline), VisitKind::Solo(Role::Candidate)];
        // Alternate which goes first: the second inherits a warm page cache.
        arms.rotate_left(self.solo_left as usize / 2 % 2);
        arms
    }

    /// How many operations the row's slices have, once a timed process has told.
    pub(crate) fn operations(&self) -> Option<u64> {
        let timed = self.runs.iter().find(|run| is_timed(run))?;
        timed.samples.first().map(|sample| sample.operations)
    }

    /// Takes what a process yielded after `took`.
    pub(crate) fn take(&mut self, kind: VisitKind, run: ProcessRun, took: Duration) {
        self.lost_in_a_row = 0;
        if let Some(rejection) = run.rejections.first() {
            self.rejection.get_or_insert_with(|| rejection.clone());
        }
        if kind == VisitKind::Timed {
            self.timed += 1;
            let measured = Duration::from_nanos(run.samples.iter().map(|sample| sample.wall_ns).sum());
            let arms = run.job.arms.len() as u32;
            let planned = run.job.slice_ns * u64::from(run.job.rounds * arms);
            if planned > 0 {
                self.stretch = (measured.as_nanos() as f64 / planned as f64).clamp(0.5, 20.0);
            }
            let warm_up = took.saturating_sub(measured).saturating_sub(START) / arms.max(1);
            // Half old, half new: one slow start must not scare the planner off for good.
            self.warm_up = (self.warm_up + warm_up) / 2;
            self.estimate(&run);
        }
        self.runs.push(run);
    }

    /// Takes that a process was lost, and what it had measured. A counted or solo process takes nothing from
    /// the timed ones with it.
    pub(crate) fn lose(&mut self, kind: VisitKind, error: String, partial: Option<ProcessRun>) {
        if kind != VisitKind::Timed {
            self.extra_error.get_or_insert(error);
            // A wrong value is one whichever process yielded it.
            if let Some(rejection) = partial.and_then(|run| run.rejections.into_iter().next()) {
                self.rejection.get_or_insert(rejection);
            }
            return;
        }
        self.lost += 1;
        self.lost_in_a_row += 1;
        self.first_error.get_or_insert(error);
        if let Some(run) = partial {
            self.take_partial(run);
        }
    }

    /// Takes what a process had measured before it was cut off. It does not count as a process; whether it
    /// measured enough to tell a ratio is the analysis's to say.
    pub(crate) fn take_partial(&mut self, run: ProcessRun) {
        if let Some(rejection) = run.rejections.first() {
            self.rejection.get_or_insert_with(|| rejection.clone());
        }
        self.estimate(&run);
        self.runs.push(run);
    }

    fn estimate(&mut self, run: &ProcessRun) {
        self.estimates.clear();
        for (metric, processes) in &mut self.processes {
            processes.extend(ProcessSummary::new(run, *metric, Role::Candidate, Role::Baseline));
            self.estimates.extend(Estimate::new(processes).map(|estimate| (*metric, estimate)));
        }
        if let Some(look) = look_at(self.timed) {
            self.settled |= self.one_side(1.0 - 2.0 * look.alpha);
        }
    }

    /// The estimate of a deciding metric.
    pub(crate) fn estimate_of(&self, metric: Metric) -> Option<&Estimate> {
        self.estimates.iter().find(|(own, _)| *own == metric).map(|(_, estimate)| estimate)
    }

    /// Whether every deciding metric has an estimate.
    pub(crate) fn measured(&self) -> bool {
        self.estimates.len() == self.processes.len()
    }

    /// Whether each deciding metric has a verdict as things stand.
    pub(crate) fn conclusive(&self) -> bool {
        self.one_side(verdict_confidence(self.timed))
    }

    /// Whether each deciding metric lies on one side of the margin with that confidence.
    fn one_side(&self, confidence: f64) -> bool {
        let sides = self.estimates.iter().map(|(metric, estimate)| {
            let limit = 1.0 + self.margin(*metric).in_force();
            Some(estimate.interval_at(confidence)?.side(limit, confidence))
        });
        let mut sides = sides.map(|side| side.unwrap_or(Side::Straddles));
        self.measured() && sides.all(|side| side != Side::Straddles)
    }

    /// The verdict on a deciding metric: the interval that is judged has the confidence that the looks have left,
    /// which is more than the 95% of the interval that is shown.
    pub(crate) fn verdict(&self, metric: Metric) -> Option<Verdict> {
        let interval = self.estimate_of(metric)?.interval_at(verdict_confidence(self.timed))?;
        Some(judge(interval, self.margin(metric).in_force()))
    }

    /// How much slower the row may be by that metric; what does not decide has its definition's margin.
    pub(crate) fn margin(&self, metric: Metric) -> Margin {
        let own = self.margins.iter().find(|(own, _)| *own == metric);
        own.map_or_else(|| Margin::of(&self.target.definition, None), |(_, margin)| *margin)
    }

    /// Whether each deciding metric's interval is narrower than its margin, either way.
    pub(crate) fn narrow(&self) -> bool {
        self.estimates.iter().all(|(metric, estimate)| {
            let (interval, margin) = (estimate.interval, self.margin(*metric).in_force());
            interval.attains(CONFIDENCE) && (interval.high() / interval.low()).ln() / 2.0 <= margin
        })
    }

    /// Processes after which the row is likely to be settled: the worst deciding metric's need.
    pub(crate) fn processes_to_settle(&self) -> u32 {
        let needs = self.estimates.iter().map(|(metric, estimate)| {
            let limit = self.margin(*metric).in_force().ln_1p();
            let distance = estimate.ratio.ln() - limit;
            bench_analysis::processes_to_exclude(estimate.effective_sigma(), distance)
        });
        let need = needs.max().unwrap_or(LOOKS[0].processes);
        look_after(need.max(self.timed + 1) - 1).map_or(u32::MAX, |look| look.processes)
    }

    /// The number of rounds that gives most precision for the time, once three processes have shown the
    /// variances; `first` until then.
    pub(crate) fn rounds(&self, first: u32, slice_ns: u64) -> u32 {
        let fixed_ns = self.predict(0, slice_ns, self.target.arms).as_nanos() as u64;
        let round_ns = (self.stretch * (slice_ns * u64::from(self.target.arms)) as f64) as u64;
        let wanted =
            self.estimates.iter().filter(|(_, estimate)| estimate.processes >= 3).map(|(_, estimate)| {
                bench_analysis::rounds_needed(
                    estimate.spread.within,
                    estimate.spread.between,
                    fixed_ns,
                    round_ns,
                )
            });
        wanted.max().unwrap_or(first)
    }

    /// How long the counted process will take: little more than to start it.
    pub(crate) fn counting_cost(&self) -> Duration {
        self.predict(0, 0, 1)
    }

    /// How long a process with that many arms will take.
    pub(crate) fn predict(&self, rounds: u32, slice_ns: u64, arms: u32) -> Duration {
        let slices = Duration::from_nanos(slice_ns * u64::from(rounds)).mul_f64(self.stretch);
        START + (self.warm_up + slices) * arms
    }
}
