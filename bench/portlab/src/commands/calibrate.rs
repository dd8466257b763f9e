//! `portlab calibrate`: how noisy this machine is, and what the gate makes of it.

mod published;
mod sitting;
mod stored;

use bench_gate::{Noise, Wanted, combine};
use bench_runner::Lab;
use bench_schema::{CalibrationDocument, PublishedCalibration, SCHEMA_VERSION};
use bench_store::Store as _;

use crate::cli;
use crate::exit::{Exit, Failure, cancel_on_interrupt};
use crate::output::{print, print_json, say};
use crate::{calibration_text, lab};

pub(crate) use published::floors;
use sitting::{Asked, Sitting};
use stored::Stored;

/// A/A decisions that are enough to tell a rate below 5%: 0 of 80 leave at most 4.5%.
const DECISIONS: u32 = 80;
/// The same on a busy machine.
const BUSY_DECISIONS: u32 = 20;

/// Measures what is missing, and shows what follows from all that there is.
pub(crate) fn run(arguments: &cli::Calibrate) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    let modules = modules(&lab, arguments.module.as_deref())?;
    lab.select_hosts(&arguments.host).map_err(Failure::usage)?;
    if arguments.published {
        return published::show(&lab, &modules, arguments);
    }
    let cancel = cancel_on_interrupt("interrupted: the next call goes on from here")?;
    let mut documents = Vec::new();
    let mut interrupted = false;
    for module in &modules {
        for host in lab::hosts(&lab, &arguments.host)? {
            if interrupted {
                break;
            }
            let asked = Asked { module, host: &host, wanted: wanted(arguments), arguments };
            let mut sitting = Sitting::prepare(&lab, asked)?;
            let left = sitting.measure(&cancel)?;
            interrupted = left.is_some();
            documents.push(conclude(&lab, &mut sitting, arguments, left.as_deref())?);
        }
    }
    if arguments.json.json {
        print_json(&combine(&documents))?;
    }
    Ok(if interrupted { Exit::Interrupted } else { Exit::Ok })
}

/// Keeps, shows and publishes what follows from what was measured until now; `left` says what is missing.
fn conclude(
    lab: &Lab,
    sitting: &mut Sitting<'_>,
    arguments: &cli::Calibrate,
    left: Option<&str>,
) -> Result<CalibrationDocument, Failure> {
    let stored = sitting.stored();
    let noise = Noise::new(&sitting.host(), lab.definitions(), &stored.samples);
    let calibration = PublishedCalibration {
        schema_version: SCHEMA_VERSION,
        module: sitting.module().to_owned(),
        host: sitting.host(),
        host_version: sitting.host_version(),
        measured_at: stored.measured_at.clone(),
        machine: sitting.machine(),
        fingerprints: sitting.fingerprints().clone(),
        analysis: lab.analysis_fingerprint().map_err(Failure::environment)?,
        samples: String::new(),
        document: noise.document(),
    };
    sitting.store.keep_calibration(&calibration).map_err(Failure::environment)?;
    if !arguments.json.json {
        print(&calibration_text::calibration(&calibration, &noise))?;
    }
    if let Some(left) = left {
        say(&format!("left: {left}. `scripts/lab calibrate` with the same options goes on"));
    }
    let document = calibration.document.clone();
    if arguments.publish {
        if noise.rows.is_empty() {
            say("not published: nothing is known yet");
        } else {
            published::publish(lab, calibration, &sitting.stored().samples)?;
        }
    }
    Ok(document)
}

fn wanted(arguments: &cli::Calibrate) -> Wanted {
    let usual = if arguments.busy { BUSY_DECISIONS } else { DECISIONS };
    Wanted {
        processes: arguments.processes,
        decisions: arguments.decisions.unwrap_or(usual),
        busy_only: arguments.busy,
    }
}

/// The module that was named, or all that say what of them is calibrated.
fn modules(lab: &Lab, name: Option<&str>) -> Result<Vec<String>, Failure> {
    let Some(name) = name else {
        let with_file = lab.modules().values().filter(|module| module.calibration.is_some());
        return Ok(with_file.map(|module| module.name.clone()).collect());
    };
    lab.select_modules(&[name.to_owned()]).map_err(Failure::usage)?;
    if !lab.ports().contains_key(name) {
        return Err(Failure::usage(format!(
            "{name} has no port: its arms are different addons, and a calibration compares a binding with itself"
        )));
    }
    Ok(vec![name.to_owned()])
}
