//! Calibrations in `bench/calibration`: written once, recomputed by anybody.

use std::path::PathBuf;
use std::time::Duration;

use bench_gate::{Floors, Noise, combine};
use bench_runner::{Lab, machine_fingerprint};
use bench_schema::{CalibrationDocument, CalibrationSample, Machine, PublishedCalibration};
use bench_store::{SqliteStore, Store as _, published_folders, read_concluded, read_published};

use crate::calibration_text;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::output::{print, print_json, say};

/// How far a recomputed figure may be off: another machine's `exp` and `ln` may differ in the last place.
const SLACK: f64 = 1e-9;
/// How far the clock of the machine that measured may be ahead of this one's: time zones are no part of it.
const CLOCKS_DIFFER_BY: Duration = Duration::from_hours(1);

fn root(lab: &Lab) -> PathBuf {
    lab.root().join("bench/calibration")
}

/// The folders that the checkout has.
pub(super) fn folders(lab: &Lab) -> Result<Vec<PathBuf>, Failure> {
    published_folders(&root(lab)).map_err(Failure::environment)
}

/// Writes a calibration where the checkout keeps them.
pub(super) fn publish(
    lab: &Lab,
    calibration: PublishedCalibration,
    samples: &[CalibrationSample],
) -> Result<(), Failure> {
    let name = format!("{}-{}-{}", calibration.module, calibration.host, calibration.machine.fingerprint);
    let folder = root(lab).join(name);
    let bytes = bench_store::publish(&folder, calibration, samples).map_err(Failure::environment)?;
    say(&format!("published in {} ({:.1} MB): commit it", folder.display(), bytes as f64 / 1e6));
    Ok(())
}

/// Recomputes what was published for some modules and the hosts that were asked for, and prints it.
pub(super) fn show(lab: &Lab, modules: &[String], arguments: &cli::Calibrate) -> Result<Exit, Failure> {
    let hosts = lab.select_hosts(&arguments.host).map_err(Failure::usage)?;
    let every_host = arguments.host.iter().any(|name| name == "all");
    let mut documents = Vec::new();
    for folder in folders(lab)? {
        let (calibration, samples) = read_published(&folder).map_err(Failure::environment)?;
        let wanted = every_host || hosts.iter().any(|host| host.id == calibration.host);
        if !modules.contains(&calibration.module) || !wanted {
            continue;
        }
        let verified = verify(lab, &calibration, &samples)
            .map_err(|reason| Failure::environment(format!("{}: {reason}", folder.display())))?;
        if !arguments.json.json {
            print(&calibration_text::calibration(&calibration, &verified))?;
        }
        documents.push(calibration.document);
    }
    if documents.is_empty() {
        return Err(Failure::environment(format!(
            "{} has no calibration of {} on {}: `scripts/lab calibrate --publish` makes one, in some hours on a quiet \
             machine",
            root(lab).display(),
            modules.join(" or "),
            arguments.host.join(" or ")
        )));
    }
    if arguments.json.json {
        print_json(&combine(&documents))?;
    }
    Ok(Exit::Ok)
}

/// Concludes again, and says what does not fit.
fn verify(
    lab: &Lab,
    calibration: &PublishedCalibration,
    samples: &[CalibrationSample],
) -> Result<Noise, String> {
    let PublishedCalibration { module, host, machine, fingerprints, .. } = calibration;
    let now = lab.fingerprints(module).map_err(|error| error.to_string())?;
    let analysis = lab.analysis_fingerprint().map_err(|error| error.to_string())?;
    same(
        "the machine",
        &machine.fingerprint,
        &machine_fingerprint(machine),
        "calibration.json was changed: restore it",
    )?;
    same("the driver", &fingerprints.driver, &now.driver, MEASURE_AGAIN)?;
    for (benchmark, then) in &fingerprints.definitions {
        let now = now.definitions.get(benchmark).map_or("absent", String::as_str);
        same(&format!("the definition or workload of {benchmark}"), then, now, MEASURE_AGAIN)?;
    }
    same("the analysis", &calibration.analysis, &analysis, "publish again; the samples stay good")?;
    has_come(&calibration.measured_at)?;
    let noise = Noise::new(host, lab.definitions(), samples);
    if agree(&noise.document(), &calibration.document) {
        Ok(noise)
    } else {
        Err("the samples yield other figures than calibration.json has: it was changed, restore it"
            .to_owned())
    }
}

/// Refuses a time that no two working clocks would disagree about.
fn has_come(measured_at: &str) -> Result<(), String> {
    let time: jiff::Timestamp = measured_at.parse().map_err(|error| {
        format!("\"{measured_at}\" is no time at which it can have been measured ({error}): restore calibration.json")
    })?;
    if time > jiff::Timestamp::now() + CLOCKS_DIFFER_BY {
        return Err(format!(
            "it says that it was measured at {measured_at}, which has not come yet: a clock jumped. Set this \
             machine's clock, or publish again"
        ));
    }
    Ok(())
}

const MEASURE_AGAIN: &str =
    "it was measured with another version: measure again, with `scripts/lab calibrate --publish`";

fn same(what: &str, published: &str, now: &str, next: &str) -> Result<(), String> {
    if published == now {
        return Ok(());
    }
    Err(format!("the hash of {what} does not match: published is {published}, here it is {now}; {next}"))
}

fn agree(one: &CalibrationDocument, other: &CalibrationDocument) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= SLACK * a.abs().max(1.0);
    let option = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (None, None) => true,
        _ => false,
    };
    let (a, b) = (one.gate, other.gate);
    let gate = (a.decisions, a.false_alarms) == (b.decisions, b.false_alarms)
        && option(a.low, b.low)
        && option(a.high, b.high)
        && option(a.simulated_rate, b.simulated_rate);
    let rows = one.rows.iter().zip(&other.rows).all(|(a, b)| {
        (&a.benchmark, a.level, &a.host, a.metric) == (&b.benchmark, b.level, &b.host, b.metric)
            && near(a.margin, b.margin)
            && near(a.floor, b.floor)
            && near(a.mde80, b.mde80)
            && near(a.power5, b.power5)
            && near(a.power10, b.power10)
    });
    gate && rows && one.rows.len() == other.rows.len()
}

/// What is known of this machine: published with the checkout, and then what its own store has, which is newer.
pub(crate) fn floors(lab: &Lab, store: &SqliteStore, machine: &Machine) -> Result<Floors, Failure> {
    let mut calibrations = Vec::new();
    for folder in folders(lab)? {
        calibrations.push(read_concluded(&folder).map_err(Failure::environment)?);
    }
    calibrations.extend(store.calibrations(&machine.fingerprint).map_err(Failure::environment)?);
    Ok(Floors::new(&calibrations, machine, |module| lab.fingerprints(module).ok()))
}
