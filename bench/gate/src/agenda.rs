//! What a calibration still has to measure. Pure: what there is and what is wanted in, the next step out, so that any
//! number of sittings ends where one long one would.

use std::time::Duration;

use bench_schema::{
    CalibrationFile, CalibrationSample, Canary, CanaryKind, Experiment, ExperimentKind, Level, SameArms,
};

use crate::looks::LOOKS;

/// Processes that a row gets before another step may come.
const BLOCK: u32 = LOOKS[0].processes;
/// Processes of each canary in a row: enough to see that it slows the row by what it should.
const CANARY_PROCESSES: u32 = LOOKS[0].processes;
/// The slowdowns that are injected.
const SLOWDOWNS: [f64; 2] = [0.05, 0.10];
/// Of canaries that do not spin.
const OTHER_SLOWDOWN: f64 = 0.10;
/// One in so many decisions is measured again for each canary, and on a busy machine.
const SHARE: u32 = 4;
/// To start a process and measure a pair in it, until a sitting has shown it.
const PROCESS: Duration = Duration::from_millis(450);

/// How much is to be measured.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// A/A processes of each row and of each kind of arms.
    pub processes: u32,
    /// A/A decisions over the family; with `busy_only` those on a busy machine.
    pub decisions: u32,
    /// Only decisions on a busy machine.
    pub busy_only: bool,
}

/// Something to measure without a pause.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What.
    pub experiment: Experiment,
    /// The rows: benchmarks and levels.
    pub rows: Vec<(String, Level)>,
    /// Processes of each row; a decision decides that itself.
    pub processes: u32,
}

/// Experiments with what there is of them and what is wanted.
#[derive(Clone, Debug)]
pub struct Agenda {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    experiment: Experiment,
    rows: Vec<Progress>,
    /// Processes of each row, or decisions.
    wanted: u32,
}

#[derive(Clone, Debug)]
struct Progress {
    row: (String, Level),
    done: u32,
}

impl Agenda {
    /// The agenda of a module with these rows. `samples` are what there is; a decision counts as its run.
    pub fn new(
        wanted: Wanted,
        rows: &[(String, Level)],
        file: Option<&CalibrationFile>,
        samples: &[CalibrationSample],
    ) -> Agenda {
        let mut entries = Vec::new();
        if !wanted.busy_only {
            entries.extend(pairs(wanted.processes, rows, file));
        }
        entries.extend(file.into_iter().flat_map(|file| decisions(wanted, file)));
        let mut agenda = Agenda { entries };
        let mut runs: Vec<i64> = Vec::new();
        for sample in samples {
            let decision = sample.experiment.kind == ExperimentKind::Decision;
            if decision {
                if runs.contains(&sample.run) {
                    continue;
                }
                runs.push(sample.run);
            }
            agenda.count(sample.experiment, &(sample.benchmark.clone(), sample.level), 1);
        }
        agenda
    }

    /// Notes that a row has more processes of an experiment, or that there are more decisions.
    pub fn count(&mut self, experiment: Experiment, row: &(String, Level), more: u32) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.experiment == experiment) else {
            return;
        };
        let decision = experiment.kind == ExperimentKind::Decision;
        for progress in entry.rows.iter_mut().filter(|progress| decision || progress.row == *row) {
            progress.done += more;
        }
    }

    /// What to measure next; nothing when all is there. Pairs come first, since floors rest on them; then decisions of
    /// all kinds in turn, so that a calibration which is stopped early has some of each.
    pub fn next(&self) -> Option<Step> {
        let open = || self.entries.iter().filter(|entry| entry.missing() > 0);
        let pairs = open().find(|entry| entry.experiment.kind == ExperimentKind::Pairs);
        let share = |entry: &&Entry| f64::from(entry.done()) / f64::from(entry.wanted);
        let entry = pairs.or_else(|| open().min_by(|a, b| share(a).total_cmp(&share(b))))?;
        let lacking: Vec<&Progress> =
            entry.rows.iter().filter(|progress| progress.done < entry.wanted).collect();
        let fewest = lacking.iter().map(|progress| entry.wanted - progress.done).min()?;
        Some(Step {
            experiment: entry.experiment,
            rows: lacking.into_iter().map(|progress| progress.row.clone()).collect(),
            processes: fewest.min(BLOCK),
        })
    }

    /// How many decisions of an experiment there are, and how many are wanted.
    pub fn decisions(&self, experiment: Experiment) -> (u32, u32) {
        let entry = self.entries.iter().find(|entry| entry.experiment == experiment);
        entry.map_or((0, 0), |entry| (entry.done(), entry.wanted))
    }

    /// What is left: processes of pairs, and decisions.
    pub fn left(&self) -> (u32, u32) {
        let of = |kind| -> u32 {
            let own = self.entries.iter().filter(|entry| entry.experiment.kind == kind);
            own.map(|entry| {
                if kind == ExperimentKind::Decision { entry.missing() } else { entry.missing_processes() }
            })
            .sum()
        };
        (of(ExperimentKind::Pairs), of(ExperimentKind::Decision))
    }

    /// How long that takes, with what a process and a decision took in this sitting, if there were any.
    pub fn time_left(&self, process: Option<Duration>, decision: Duration) -> Duration {
        let (processes, decisions) = self.left();
        process.unwrap_or(PROCESS) * processes + decision * decisions
    }
}

impl Entry {
    fn new(experiment: Experiment, rows: Vec<(String, Level)>, wanted: u32) -> Entry {
        Entry { experiment, rows: rows.into_iter().map(|row| Progress { row, done: 0 }).collect(), wanted }
    }

    /// Of the row that has fewest.
    fn done(&self) -> u32 {
        self.rows.iter().map(|progress| progress.done).min().unwrap_or(self.wanted)
    }

    fn missing(&self) -> u32 {
        self.wanted.saturating_sub(self.done())
    }

    fn missing_processes(&self) -> u32 {
        self.rows.iter().map(|progress| self.wanted.saturating_sub(progress.done)).sum()
    }
}

fn pairs(processes: u32, rows: &[(String, Level)], file: Option<&CalibrationFile>) -> Vec<Entry> {
    let experiment = |arms, canary| Experiment { kind: ExperimentKind::Pairs, arms, canary, busy: false };
    let mut entries: Vec<Entry> = [SameArms::Native, SameArms::Copies]
        .into_iter()
        .map(|arms| Entry::new(experiment(arms, None), rows.to_vec(), processes))
        .collect();
    let slowed = processes.min(CANARY_PROCESSES);
    entries.extend(SLOWDOWNS.map(|slowdown| {
        let canary = Canary { kind: CanaryKind::Spin, slowdown };
        Entry::new(experiment(SameArms::Native, Some(canary)), rows.to_vec(), slowed)
    }));
    for row in file.into_iter().flat_map(|file| &file.canary) {
        let place = (row.benchmark.clone(), row.level);
        if rows.contains(&place) {
            let canary = Canary { kind: row.kind, slowdown: OTHER_SLOWDOWN };
            entries.push(Entry::new(experiment(SameArms::Native, Some(canary)), vec![place], slowed));
        }
    }
    entries
}

fn decisions(wanted: Wanted, file: &CalibrationFile) -> Vec<Entry> {
    let family = || file.family.iter().map(|row| (row.benchmark.clone(), row.level)).collect::<Vec<_>>();
    let entry = |canary, busy, count| {
        let experiment = Experiment { kind: ExperimentKind::Decision, arms: SameArms::Native, canary, busy };
        Entry::new(experiment, family(), count)
    };
    if wanted.busy_only {
        return vec![entry(None, true, wanted.decisions)];
    }
    let fewer = wanted.decisions.div_ceil(SHARE);
    let mut entries = vec![entry(None, false, wanted.decisions)];
    entries.extend(
        SLOWDOWNS.map(|slowdown| entry(Some(Canary { kind: CanaryKind::Spin, slowdown }), false, fewer)),
    );
    entries.push(entry(None, true, fewer));
    entries
}

#[cfg(test)]
mod tests {
    use bench_schema::FamilyRow;

    use super::*;

    fn row(name: &str) -> (String, Level) {
        (name.to_owned(), Level::Binding)
    }

    fn agenda(samples: &[CalibrationSample]) -> Agenda {
        let family = ["fs/a", "fs/b"].map(|name| FamilyRow { benchmark: name.into(), level: Level::Binding });
        let file = CalibrationFile { family: family.to_vec(), canary: vec![] };
        let wanted = Wanted { processes: 12, decisions: 4, busy_only: false };
        Agenda::new(wanted, &[row("fs/a"), row("fs/b"), row("fs/c")], Some(&file), samples)
    }

    /// Measures everything, stopping after every step as a user might.
    #[test]
    fn any_number_of_sittings_ends_where_one_does() {
        let mut samples = Vec::new();
        let mut steps = Vec::new();
        for run in 0.. {
            let Some(step) = agenda(&samples).next() else { break };
            for (benchmark, level) in &step.rows {
                for _ in 0..step.processes {
                    samples.push(CalibrationSample {
                        run,
                        experiment: step.experiment,
                        benchmark: benchmark.clone(),
                        level: *level,
                        planned_rounds: 8,
                        operations: vec![],
                        wall_ns: vec![],
                        cpu_process_ns: vec![],
                    });
                }
            }
            steps.push(step);
        }
        let pairs = |steps: &[Step]| {
            steps.iter().filter(|step| step.experiment.kind == ExperimentKind::Pairs).count()
        };
        // 8 and 4 processes of two kinds, 8 of two canaries; then 4 decisions and one of each canary and busy.
        assert_eq!((pairs(&steps), steps.len()), (6, 13));
        assert_eq!(pairs(&steps[..6]), 6, "pairs come first");
        assert_eq!(agenda(&samples).left(), (0, 0));
        assert_eq!(agenda(&[]).left(), (3 * (2 * 12 + 2 * 8), 7));
        let kinds: Vec<_> = steps[6..10]
            .iter()
            .map(|step| (step.experiment.canary.is_some(), step.experiment.busy))
            .collect();
        assert!(
            kinds.contains(&(false, false))
                && kinds.contains(&(true, false))
                && kinds.contains(&(false, true))
        );
    }

    #[test]
    fn a_row_that_fell_behind_gets_what_it_lacks() {
        let mut agenda = agenda(&[]);
        let first = agenda.next().unwrap();
        assert_eq!((first.rows.len(), first.processes), (3, 8));
        agenda.count(first.experiment, &row("fs/a"), 8);
        agenda.count(first.experiment, &row("fs/b"), 3);
        let second = agenda.next().unwrap();
        assert_eq!((second.experiment, second.rows.len(), second.processes), (first.experiment, 3, 4));
        agenda.count(first.experiment, &row("fs/a"), 4);
        assert_eq!(agenda.next().unwrap().rows, [row("fs/b"), row("fs/c")]);
        let left = agenda.time_left(Some(Duration::from_secs(1)), Duration::from_mins(2));
        assert_eq!(left, Duration::from_secs(u64::from(agenda.left().0)) + Duration::from_mins(14));
    }
}
