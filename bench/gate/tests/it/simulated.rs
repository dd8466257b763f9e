//! A lab without a machine: process runs drawn from a model of noise, on a clock that only the model moves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bench_gate::{Fault, Source, Target, Visit, VisitKind};
use bench_schema::{
    Arm, ArmSource, Definition, Job, Kind, Level, Machine, ProcessRun, Role, RunRecord, RunStatus, Sample,
};
use bench_store::BenchKey;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// How a row behaves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Behaviour {
    /// It measures.
    Works,
    /// Every slice yields a wrong value.
    WrongValue,
    /// Every process dies.
    Dies,
    /// Every n-th process dies, half-way through its rounds.
    DiesEvery(u32),
    /// Every third process runs the candidate at another speed.
    TwoSpeeds,
}

/// A row of the model.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) target: Target,
    /// True ln(candidate / baseline).
    pub(crate) log_ratio: f64,
    /// True ln(stock / baseline).
    pub(crate) log_stock: f64,
    /// Standard deviation of a process's own log-ratio.
    pub(crate) between: f64,
    /// ln of how much slower an arm is in one process of four: a second speed, as the scheduler's placement makes it.
    pub(crate) second_speed: f64,
    /// Standard deviation of a slice.
    pub(crate) within: f64,
    /// To start a process.
    pub(crate) start: Duration,
    /// To load and warm up an arm.
    pub(crate) warm_up: Duration,
    pub(crate) behaviour: Behaviour,
}

pub(crate) struct Simulated {
    pub(crate) models: Vec<Model>,
    /// Each visit, in order.
    pub(crate) visits: Vec<(usize, Visit)>,
    /// Sets `cancel` during this visit, counted from 0.
    pub(crate) cancel_at: Option<usize>,
    clock: Duration,
    random: StdRng,
}

/// A row that works: `name` such as `fs/stat`.
pub(crate) fn model(name: &str, host: &str, ratio: f64, between: f64) -> Model {
    let definition = Definition {
        id: name.into(),
        workload: "w.mjs".into(),
        levels: vec![Level::Binding],
        variants: vec![],
        only_variants: false,
        kind: Kind::Sync,
        expect: serde_json::json!(true),
        margin: None,
        params: BTreeMap::new(),
        concurrency: 1,
        latency: false,
        decides: vec![],
        tools: vec![],
        analysis: String::new(),
    };
    let key = BenchKey {
        benchmark: name.into(),
        level: Level::Binding,
        host: host.into(),
        baseline: "native".into(),
        candidate: "node-api".into(),
    };
    Model {
        target: Target { key, definition, arms: 4, counts: false },
        log_ratio: ratio.ln(),
        log_stock: 0.0,
        between,
        second_speed: 0.0,
        within: 0.03,
        start: Duration::from_millis(100),
        warm_up: Duration::from_millis(50),
        behaviour: Behaviour::Works,
    }
}

pub(crate) fn record() -> RunRecord {
    RunRecord {
        id: 0,
        started_at: "2026-11-22T12:00:00Z".into(),
        command: "portlab compare".into(),
        commit: None,
        dirty: false,
        status: RunStatus::Running,
        machine: Machine {
            fingerprint: "f".into(),
            cpu: String::new(),
            cpus: 2,
            memory_bytes: 0,
            kernel: String::new(),
            os: String::new(),
            scratch_fs: String::new(),
        },
        artifacts: vec![],
        calibration: None,
    }
}

impl Simulated {
    pub(crate) fn new(models: Vec<Model>, seed: u64) -> Simulated {
        let random = StdRng::seed_from_u64(seed);
        Simulated { models, visits: vec![], cancel_at: None, clock: Duration::ZERO, random }
    }

    /// Timed visits of one row.
    pub(crate) fn timed(&self, row: usize) -> usize {
        self.visits.iter().filter(|(index, visit)| *index == row && visit.kind == VisitKind::Timed).count()
    }

    /// Standard normal (Box-Muller).
    fn normal(&mut self) -> f64 {
        let (a, b): (f64, f64) = (self.random.random(), self.random.random());
        (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    /// Mostly normal, one in ten four times as wide: heavy tails, as on a shared machine.
    fn heavy(&mut self) -> f64 {
        let wide = if self.random.random::<f64>() < 0.1 { 4.0 } else { 1.0 };
        wide * self.normal()
    }
}

impl Source for Simulated {
    fn targets(&self) -> Vec<Target> {
        self.models.iter().map(|model| model.target.clone()).collect()
    }

    fn now(&self) -> Duration {
        self.clock
    }

    fn run(&mut self, target: usize, visit: &Visit, cancel: &AtomicBool) -> Result<ProcessRun, Fault> {
        let model = self.models[target].clone();
        if self.cancel_at == Some(self.visits.len()) {
            cancel.store(true, Ordering::Relaxed);
        }
        self.visits.push((target, *visit));
        let roles = match visit.kind {
            VisitKind::Solo(role) => vec![role],
            VisitKind::Timed if visit.pair_only => vec![Role::Baseline, Role::Candidate],
            _ => [Role::Baseline, Role::Candidate, Role::Twin, Role::Stock][..model.target.arms as usize]
                .to_vec(),
        };
        self.clock += model.start + model.warm_up * roles.len() as u32;
        let mut run = empty_run(&model, visit, &roles);
        match model.behaviour {
            Behaviour::Dies => {
                return Err(Fault::Lost { error: "killed by signal 9".into(), partial: None });
            }
            Behaviour::WrongValue => {
                run.rejections.push("round 0 of the candidate arm yielded 7 instead of true".into());
                return Ok(run);
            }
            Behaviour::Works | Behaviour::DiesEvery(_) | Behaviour::TwoSpeeds => {}
        }
        if visit.kind == VisitKind::Counted {
            run.crossings.insert(Role::Candidate, 3.0);
            return Ok(run);
        }
        // A process has a speed of its own, and each arm its own luck in it.
        let speed = 0.2 * self.normal();
        let arms: Vec<(Role, f64)> = roles
            .iter()
            .map(|&role| {
                let truth = match role {
                    Role::Candidate
                        if model.behaviour == Behaviour::TwoSpeeds && visit.process.is_multiple_of(3) =>
                    {
                        model.log_ratio + 0.5
                    }
                    Role::Candidate => model.log_ratio,
                    Role::Stock => model.log_stock,
                    Role::Baseline | Role::Twin => 0.0,
                };
                let slow = if self.random.random::<f64>() < 0.25 { model.second_speed } else { 0.0 };
                (role, truth + slow + model.between / std::f64::consts::SQRT_2 * self.heavy())
            })
            .collect();
        let dies = matches!(model.behaviour, Behaviour::DiesEvery(n) if visit.process % n == n - 1);
        let rounds = if dies { visit.rounds / 3 } else { visit.rounds };
        let mut drift = 0.0;
        for round in 0..rounds {
            // Lag-1 autocorrelation .45, as measured: it hits all arms of a round and cancels in their ratio.
            drift = 0.45 * drift + 0.05 * self.normal();
            for (position, (role, log)) in arms.iter().enumerate() {
                let ns = 1e4 * (speed + drift + log + model.within * self.heavy()).exp();
                let operations = 1 + (visit.slice_ns as f64 / 1e4) as u64;
                let slice_ns = (ns * operations as f64) as u64;
                self.clock += Duration::from_nanos(slice_ns);
                run.samples.push(Sample {
                    role: *role,
                    round,
                    position: position as u32,
                    operations,
                    wall_ns: slice_ns,
                    cpu_process_ns: slice_ns,
                    cpu_thread_ns: slice_ns,
                    counters: BTreeMap::new(),
                });
            }
        }
        run.max_rss_bytes =
            if visit.kind == VisitKind::Solo(Role::Candidate) { 110 << 20 } else { 100 << 20 };
        if dies {
            return Err(Fault::Lost { error: "killed by signal 9".into(), partial: Some(Box::new(run)) });
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(Fault::Cancelled { partial: Some(Box::new(run)) });
        }
        Ok(run)
    }
}

fn empty_run(model: &Model, visit: &Visit, roles: &[Role]) -> ProcessRun {
    let definition = &model.target.definition;
    let arm = |&role: &Role| Arm { role, variant: role.as_str().into(), source: ArmSource::Stock };
    ProcessRun {
        job: Job {
            schema_version: bench_schema::SCHEMA_VERSION,
            benchmark: definition.id.clone(),
            level: model.target.key.level,
            kind: definition.kind,
            workload: "w.mjs".into(),
            params: BTreeMap::new(),
            expect: definition.expect.clone(),
            concurrency: 1,
            latency: false,
            arms: roles.iter().map(arm).collect(),
            rounds: visit.rounds,
            slice_ns: visit.slice_ns,
            seed: visit.seed,
            tools: BTreeMap::new(),
            probe: "probe.node".into(),
            scratch: "scratch".into(),
            world: None,
            canary: None,
            instructions: None,
            operations: visit.operations,
        },
        process: visit.process,
        host_version: "v26.10.0".into(),
        samples: vec![],
        latencies: BTreeMap::new(),
        counters: vec![],
        max_rss_bytes: 0,
        port_calls: BTreeMap::new(),
        crossings: BTreeMap::new(),
        copied: BTreeMap::new(),
        rejections: vec![],
    }
}
