//! What is concluded from samples whose truth is known, and what a gate makes of it.

use bench_gate::{Floors, Noise, Plan, combine};
use bench_schema::{
    CalibrationSample, Canary, CanaryKind, Definition, Experiment, ExperimentKind, Fingerprints, Level,
    Metric, PublishedCalibration, SCHEMA_VERSION, SameArms, Verdict,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::simulated::{Simulated, model, record};
use crate::{measure, row};

const PAIRS: Experiment =
    Experiment { kind: ExperimentKind::Pairs, arms: SameArms::Native, canary: None, busy: false };
const DECISION: Experiment = Experiment { kind: ExperimentKind::Decision, ..PAIRS };

fn definition() -> Definition {
    model("fs/stat", "node26", 1.0, 0.0).target.definition
}

/// Processes of one run whose log-ratios are `truth` and a triangular noise about ±`width` wide.
fn samples(
    experiment: Experiment,
    run: i64,
    truth: f64,
    width: f64,
    processes: usize,
) -> Vec<CalibrationSample> {
    let mut random = StdRng::seed_from_u64(run as u64);
    let process = |_| {
        let (a, b): (f64, f64) = (random.random(), random.random());
        let candidate = (1e9 * (truth + width * (a - b)).exp()) as u64;
        CalibrationSample {
            run,
            experiment,
            benchmark: "fs/stat".into(),
            level: Level::Binding,
            planned_rounds: 8,
            operations: vec![[1000; 2]; 8],
            wall_ns: vec![[1_000_000_000, candidate]; 8],
            cpu_process_ns: vec![[1_000_000_000, candidate]; 8],
        }
    };
    (0..processes).map(process).collect()
}

fn noise(samples: &[CalibrationSample]) -> Noise {
    Noise::new("node26", [definition()].iter(), samples)
}

#[test]
fn a_quiet_row_keeps_its_policy_and_finds_ten_percent() {
    let canary = Canary { kind: CanaryKind::Spin, slowdown: 0.1 };
    let slowed = Experiment { canary: Some(canary), ..PAIRS };
    let found =
        noise(&[samples(PAIRS, 1, 0.0, 0.01, 24), samples(slowed, 2, 1.1_f64.ln(), 0.01, 8)].concat());
    let row = &found.rows[0];
    assert_eq!((row.processes, row.judgements, row.false_positives), (24, 3, 0));
    assert!(row.floor < 0.01 && (row.margin() - 0.03).abs() < 1e-12, "{row:?}");
    assert!((row.canaries[0].ratio - 1.1).abs() < 0.01, "{row:?}");
    let document = found.document();
    let calibrated = &document.rows[0];
    assert!(calibrated.power10 > 0.999 && calibrated.mde80 < 0.05, "{calibrated:?}");
    assert!(found.simulated_rate.unwrap() <= 0.001);
    assert_eq!((document.gate.decisions, document.gate.low), (0, None));
}

#[test]
fn a_noisy_row_is_judged_against_its_floor_by_the_noisier_kind_of_pairs() {
    let copies = Experiment { arms: SameArms::Copies, ..PAIRS };
    let found = noise(&[samples(PAIRS, 1, 0.0, 0.01, 24), samples(copies, 2, 0.0, 0.4, 24)].concat());
    let row = &found.rows[0];
    assert!(row.floor > 0.06 && row.margin() > 0.06, "{row:?}");
    assert!(found.document().rows[0].power5 < 0.05);
    assert_eq!(row.detection().processes_for(0.05, 0.8), None);
}

#[test]
fn too_few_processes_say_nothing_and_busy_ones_do_not_count() {
    let busy = Experiment { busy: true, ..PAIRS };
    assert!(noise(&samples(PAIRS, 1, 0.0, 0.01, 7)).rows.is_empty());
    assert!(noise(&samples(busy, 1, 0.0, 0.01, 24)).rows.is_empty());
    assert_eq!(noise(&[]).simulated_rate, None);
}

#[test]
fn decisions_are_judged_again_from_their_slices() {
    let slowed = Experiment { canary: Some(Canary { kind: CanaryKind::Spin, slowdown: 0.1 }), ..DECISION };
    let all = [
        samples(DECISION, 1, 0.0, 0.01, 12),
        samples(DECISION, 2, 0.08, 0.01, 12),
        samples(DECISION, 3, 0.03, 0.1, 12),
        samples(slowed, 4, 0.1, 0.01, 8),
    ];
    let found = noise(&all.concat());
    let [quiet, canary] = &found.decisions[..] else { panic!("{:?}", found.decisions) };
    assert_eq!((quiet.decisions, quiet.alarms, quiet.undecided), (3, 1, 1));
    assert_eq!((canary.decisions, canary.alarms), (1, 1));
    let gate = found.document().gate;
    // Clopper and Pearson, 1 of 3: .0084 to .9057.
    assert_eq!((gate.decisions, gate.false_alarms), (3, 1));
    assert!((gate.low.unwrap() - 0.0084).abs() < 1e-4 && (gate.high.unwrap() - 0.9057).abs() < 1e-4);
    let both = combine(&[found.document(), found.document()]);
    assert_eq!((both.gate.decisions, both.gate.false_alarms, both.rows.len()), (6, 2, 2));
}

fn published(floor: f64) -> PublishedCalibration {
    let mut document = noise(&samples(PAIRS, 1, 0.0, 0.01, 24)).document();
    document.rows[0].floor = floor;
    PublishedCalibration {
        schema_version: SCHEMA_VERSION,
        module: "fs".into(),
        host: "node26".into(),
        host_version: "26.10.0".into(),
        measured_at: "2026-11-22T12:00:00Z".into(),
        machine: record().machine,
        fingerprints: fingerprints("d"),
        analysis: "a".into(),
        samples: "s".into(),
        document,
    }
}

fn fingerprints(driver: &str) -> Fingerprints {
    Fingerprints { driver: driver.into(), definitions: [("fs/stat".into(), "s".into())].into() }
}

/// A run of a row that is 5% slower, on the machine of [`record`].
fn gate(floors: Floors) -> bench_schema::Document {
    let plan = Plan { floors, solo_pairs: 0, ..Plan::full(1) }.with_budget(std::time::Duration::from_mins(1));
    measure(&mut Simulated::new(vec![model("fs/stat", "node26", 1.05, 0.005)], 1), &plan)
}

#[test]
fn the_margin_is_the_wider_of_policy_and_floor_and_the_row_says_so() {
    let floors = |floor| Floors::new(&[published(floor)], &record().machine, |_| Some(fingerprints("d")));
    let document = gate(floors(0.08));
    let wide = row(&document.rows, "fs/stat", Metric::CpuProcess);
    assert_eq!((wide.verdict, wide.margin, wide.floor), (Some(Verdict::Ok), 0.08, Some(0.08)));
    assert!(
        wide.note.as_deref().unwrap().contains("noise floor of 8.0% exceeds the policy of 3.0%"),
        "{wide:?}"
    );
    assert_eq!(document.uncalibrated, None);
    let document = gate(floors(0.01));
    let narrow = row(&document.rows, "fs/stat", Metric::CpuProcess);
    assert_eq!((narrow.verdict, narrow.margin, narrow.floor), (Some(Verdict::Regressed), 0.03, Some(0.01)));
    assert_eq!(narrow.note, None);
}

#[test]
fn what_was_calibrated_elsewhere_or_with_other_code_does_not_count() {
    let machine = record().machine;
    let other = bench_schema::Machine { fingerprint: "another".into(), ..machine.clone() };
    let changed =
        Fingerprints { definitions: [("fs/stat".into(), "changed".into())].into(), ..fingerprints("d") };
    for (floors, why) in [
        (Floors::default(), "uncalibrated: the noise of this machine is not known"),
        (Floors::new(&[published(0.08)], &other, |_| Some(fingerprints("d"))), "not known"),
        (
            Floors::new(&[published(0.08)], &machine, |_| Some(fingerprints("e"))),
            "fs on node26 was calibrated with another driver",
        ),
        (
            Floors::new(&[published(0.08)], &machine, |_| Some(changed.clone())),
            "1 rows of fs on node26 have changed",
        ),
    ] {
        let document = gate(floors);
        let found = row(&document.rows, "fs/stat", Metric::CpuProcess);
        assert_eq!((found.verdict, found.margin, found.floor), (Some(Verdict::Regressed), 0.03, None));
        let sentence = document.uncalibrated.unwrap();
        assert!(sentence.contains(why) && sentence.contains("scripts/lab calibrate"), "{sentence}");
    }
}
