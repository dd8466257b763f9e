use bench_schema::{ProcessRun, Role};

use super::canvas::{Align, Canvas, Ink};
use super::distribution::Clock;
use super::scale::{Scale, ratio_ticks};
use crate::display;

const WIDTH: i32 = 420;
const HEIGHT: i32 = 190;
const LEFT: i32 = 52;
const RIGHT: i32 = WIDTH - 10;
const TOP: i32 = 8;
const FLOOR: i32 = HEIGHT - 34;

/// What the document says about the row that the figure shows.
pub(crate) struct Stated {
    pub(crate) ratio: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

/// One dot a process, in the order in which they ran: where the middle of its rounds' paired ratios lies,
/// with a stroke over their middle half. The document's estimate and interval lie behind.
pub(crate) fn processes(runs: &[ProcessRun], clock: Clock, stated: &Stated, title: &str) -> Option<String> {
    let processes: Vec<[f64; 3]> = runs.iter().filter_map(|run| quartiles(run, clock)).collect();
    if processes.is_empty() {
        return None;
    }
    let ends = || processes.iter().flatten().copied().chain([stated.low, stated.high].into_iter().flatten());
    let low = ends().fold(1.0, f64::min) / 1.02;
    let high = ends().fold(1.0, f64::max) * 1.02;
    let scale = Scale::logarithmic(low.max(0.01), high.min(100.0), FLOOR, TOP);
    let mut canvas = Canvas::new(WIDTH as u32, HEIGHT as u32);
    if let (Some(low), Some(high)) = (stated.low, stated.high) {
        canvas.rect((LEFT, scale.at(high)), (RIGHT, scale.at(low).max(scale.at(high) + 1)), Ink::Band);
    }
    for (value, label) in ratio_ticks(&scale, 22) {
        let y = scale.at(value);
        let ink = if (value - 1.0).abs() < 1e-9 { Ink::Text } else { Ink::Rule };
        canvas.line((LEFT, y), (RIGHT, y), ink, 1);
        canvas.text((LEFT - 8, y), label, 11, Ink::Muted, Align::End);
    }
    if let Some(ratio) = stated.ratio {
        canvas.line((LEFT, scale.at(ratio)), (RIGHT, scale.at(ratio)), Ink::Candidate, 1);
    }
    let columns = Scale::linear(0.5, processes.len() as f64 + 0.5, LEFT, RIGHT);
    for (index, [first, middle, third]) in processes.iter().enumerate() {
        let x = columns.at(index as f64 + 1.0);
        canvas.line((x, scale.at(*first)), (x, scale.at(*third)), Ink::Candidate, 1);
        canvas.dot((x, scale.at(*middle)), if processes.len() > 60 { 2 } else { 3 }, Ink::Candidate, true);
    }
    let label =
        format!("{} in the order in which they ran", display::count(processes.len(), "process", "processes"));
    canvas.text((i32::midpoint(LEFT, RIGHT), FLOOR + 20), label, 11, Ink::Muted, Align::Middle);
    let description = format!(
        "One dot a process at the middle of its paired ratios, from {} to {}; the band is the interval that the table states.",
        display::ratio(processes.iter().map(|process| process[1]).min_by(f64::total_cmp)),
        display::ratio(processes.iter().map(|process| process[1]).max_by(f64::total_cmp)),
    );
    Some(canvas.finish("figure", title, &description))
}

/// The quartiles of candidate / baseline over the rounds of one process.
fn quartiles(run: &ProcessRun, clock: Clock) -> Option<[f64; 3]> {
    let of = |role: Role, round: u32| {
        run.samples
            .iter()
            .find(|sample| sample.role == role && sample.round == round)
            .and_then(|sample| clock.per_operation(sample))
            .filter(|value| *value > 0.0)
    };
    let baselines = run.samples.iter().filter(|sample| sample.role == Role::Baseline);
    let mut ratios: Vec<f64> = baselines
        .filter_map(|sample| Some(of(Role::Candidate, sample.round)? / of(Role::Baseline, sample.round)?))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let last = ratios.len().checked_sub(1)?;
    Some([ratios[last / 4], ratios[last / 2], ratios[(last * 3).div_ceil(4)]])
}
