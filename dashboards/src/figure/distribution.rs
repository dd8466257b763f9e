use bench_schema::{ProcessRun, Role, Sample};

use super::canvas::{Align, Canvas, Ink};
use super::scale::{Scale, round_ticks};
use crate::display::{self, ROLES};

const WIDTH: i32 = 520;
const LEFT: i32 = 116;
const RIGHT: i32 = WIDTH - 24;
const LANE: i32 = 40;
const TOP: i32 = 8;
const BOTTOM: i32 = 30;
const BINS: usize = 65;

/// Which clock a figure shows.
#[derive(Clone, Copy)]
pub(crate) enum Clock {
    CpuProcess,
    Wall,
}

impl Clock {
    /// The clock of a sample, in nanoseconds an operation.
    pub(crate) fn per_operation(self, sample: &Sample) -> Option<f64> {
        let nanoseconds = match self {
            Clock::CpuProcess => sample.cpu_process_ns,
            Clock::Wall => sample.wall_ns,
        };
        (sample.operations > 0).then(|| nanoseconds as f64 / sample.operations as f64)
    }
}

/// A histogram of all slices of each arm, one above the other on one axis, and a mark at the medians that
/// the document states. Nothing when no arm has a slice.
pub(crate) fn distribution(
    runs: &[ProcessRun],
    clock: Clock,
    medians: [Option<f64>; 2],
    names: &dyn Fn(Role) -> String,
    title: &str,
) -> Option<String> {
    let mut lanes: Vec<(Role, Vec<f64>)> = ROLES.iter().map(|role| (*role, Vec::new())).collect();
    for sample in runs.iter().flat_map(|run| &run.samples) {
        if let (Some(value), Some(lane)) =
            (clock.per_operation(sample), lanes.iter_mut().find(|(role, _)| *role == sample.role))
        {
            lane.1.push(value);
        }
    }
    lanes.retain(|(_, values)| !values.is_empty());
    let mut all: Vec<f64> = lanes.iter().flat_map(|(_, values)| values.iter().copied()).collect();
    all.sort_by(f64::total_cmp);
    let (lowest, highest) = (*all.first()?, *all.last()?);
    // A few slices that the machine interrupted would squeeze the rest into one bin.
    let cut = all[(all.len() - 1) * 99 / 100] * 1.08;
    let (low, high) = (lowest * 0.98, highest.min(cut));

    let body = lanes.len() as i32 * LANE;
    let mut canvas = Canvas::new(WIDTH as u32, (TOP + body + BOTTOM) as u32);
    let scale = Scale::linear(low, high, LEFT, RIGHT);
    for tick in round_ticks(low, high, 7) {
        canvas.line((scale.at(tick), TOP), (scale.at(tick), TOP + body), Ink::Rule, 1);
        let label = display::nanoseconds(tick);
        canvas.text((scale.at(tick), TOP + body + 10), label, 11, Ink::Muted, Align::Middle);
    }
    let mut beyond = 0;
    for (index, (role, values)) in lanes.iter().enumerate() {
        let floor = TOP + (index as i32 + 1) * LANE - 4;
        canvas.text((LEFT - 10, floor - 18), names(*role), 12, Ink::Text, Align::End);
        let slices = display::count(values.len(), "slice", "slices");
        canvas.text((LEFT - 10, floor - 4), slices, 10, Ink::Muted, Align::End);
        let mut bins = [0_usize; BINS];
        for value in values {
            if *value > high {
                beyond += 1;
            } else {
                let share = (value - low) / (high - low).max(f64::MIN_POSITIVE);
                bins[((share * BINS as f64) as usize).min(BINS - 1)] += 1;
            }
        }
        let tallest = bins.iter().copied().max().unwrap_or(1).max(1);
        let edge = |bin: usize| LEFT + (RIGHT - LEFT) * bin as i32 / BINS as i32;
        let mut outline = vec![(LEFT, floor)];
        for (bin, count) in bins.iter().enumerate() {
            let y = floor - (count * (LANE as usize - 10) / tallest) as i32;
            outline.extend([(edge(bin), y), (edge(bin + 1), y)]);
        }
        outline.push((RIGHT, floor));
        // Equal neighbours in a row add nothing to the outline.
        outline.dedup_by(|next, previous| next == previous);
        canvas.area(outline, Ink::of_role(*role));
        canvas.line((LEFT, floor), (RIGHT, floor), Ink::Rule, 1);
        let median = match role {
            Role::Baseline => medians[0],
            Role::Candidate => medians[1],
            Role::Twin | Role::Stock => None,
        };
        if let Some(median) = median.filter(|median| scale.contains(*median)) {
            let x = scale.at(median);
            canvas.line((x, floor - LANE + 8), (x, floor), Ink::Text, 2);
        }
    }
    if beyond > 0 {
        let label = format!("{} beyond", display::count(beyond, "slice", "slices"));
        canvas.text((RIGHT, TOP + body + 23), label, 10, Ink::Muted, Align::End);
    }
    let description = format!(
        "Histograms of {} from {} to {}; the upright mark is the median that the table states.",
        display::list(&lanes.iter().map(|(role, _)| names(*role)).collect::<Vec<_>>()),
        display::nanoseconds(lowest),
        display::nanoseconds(highest),
    );
    Some(canvas.finish("figure", title, &description))
}
