use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bench_schema::{ProcessRun, Role};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

use super::canvas::{Align, Canvas, Ink};
use super::scale::{Scale, decade_ticks};
use crate::display::{self, ROLES};

const WIDTH: i32 = 520;
const HEIGHT: i32 = 230;
const LEFT: i32 = 66;
const RIGHT: i32 = WIDTH - 104;
const TOP: i32 = 12;
const FLOOR: i32 = HEIGHT - 40;

/// The latencies of each arm by percentile, all processes together, as HDR histograms are usually drawn: the
/// axis stretches towards 100%. Nothing when no process recorded latencies.
///
/// # Errors
/// A sentence when a histogram cannot be read.
pub(crate) fn latency(
    runs: &[ProcessRun],
    names: &dyn Fn(Role) -> String,
    title: &str,
) -> Result<Option<String>, String> {
    let mut arms = Vec::new();
    for role in ROLES {
        if let Some(histogram) = merged(runs, role)? {
            arms.push((role, histogram));
        }
    }
    if arms.is_empty() {
        return Ok(None);
    }
    let (_, first) = &arms[0];
    let (mut low, mut high, mut recorded) =
        (first.value_at_quantile(0.05).max(1), first.max().max(1), first.len());
    for (_, histogram) in &arms {
        low = low.min(histogram.value_at_quantile(0.05).max(1));
        high = high.max(histogram.max());
        recorded = recorded.max(histogram.len());
    }
    // The last percentile that at least one recorded operation can tell.
    let nines = (recorded as f64).log10().clamp(1.0, 6.0);
    // Pixel of the share that is slower: 1 at the left, 10^-nines at the right.
    let columns = Scale::linear(0.0, nines, LEFT, RIGHT);
    let rows = Scale::logarithmic(low as f64 * 0.9, high as f64 * 1.1, FLOOR, TOP);
    let mut canvas = Canvas::new(WIDTH as u32, HEIGHT as u32);
    for tick in decade_ticks(low as f64 * 0.9, high as f64 * 1.1) {
        canvas.line((LEFT, rows.at(tick)), (RIGHT, rows.at(tick)), Ink::Rule, 1);
        canvas.text((LEFT - 8, rows.at(tick)), display::nanoseconds(tick), 11, Ink::Muted, Align::End);
    }
    let shown =
        [(0.5, "50"), (0.9, "90"), (0.99, "99"), (0.999, "99.9"), (0.9999, "99.99"), (0.99999, "99.999")];
    for (quantile, label) in shown {
        let position = -(1.0 - f64::min(quantile, 1.0)).log10();
        if position <= nines {
            let x = columns.at(position);
            canvas.line((x, TOP), (x, FLOOR), Ink::Rule, 1);
            canvas.text((x, FLOOR + 10), label, 11, Ink::Muted, Align::Middle);
        }
    }
    canvas.text(
        (i32::midpoint(LEFT, RIGHT), FLOOR + 27),
        "percentile of operations",
        11,
        Ink::Muted,
        Align::Middle,
    );

    let mut labels: Vec<(i32, Role)> = Vec::new();
    for (role, histogram) in &arms {
        let own_nines = (histogram.len() as f64).log10().clamp(0.5, nines);
        let mut points: Vec<(i32, i32)> = Vec::new();
        for step in 1..=120 {
            let position = own_nines * f64::from(step) / 120.0;
            let value = histogram.value_at_quantile(1.0 - 10_f64.powf(-position)).max(1);
            points.push((columns.at(position), rows.at(value as f64)));
        }
        points.dedup();
        let width = if matches!(role, Role::Baseline | Role::Candidate) { 2 } else { 1 };
        labels.push((points.last().map_or(FLOOR, |(_, y)| *y), *role));
        canvas.path(points, Ink::of_role(*role), width);
    }
    // Names at the ends of the curves, pushed apart where they would overlap.
    labels.sort_unstable_by_key(|(y, _)| *y);
    let mut next = TOP;
    for (y, role) in labels {
        let place = y.max(next);
        canvas.line((RIGHT + 6, place), (RIGHT + 16, place), Ink::of_role(role), 3);
        canvas.text((RIGHT + 20, place), names(role), 12, Ink::Text, Align::Start);
        next = place + 15;
    }
    let described: Vec<String> = arms
        .iter()
        .map(|(role, histogram)| {
            format!(
                "{}: median {}, 99th percentile {}, slowest {}",
                names(*role),
                display::nanoseconds(histogram.value_at_quantile(0.5) as f64),
                display::nanoseconds(histogram.value_at_quantile(0.99) as f64),
                display::nanoseconds(histogram.max() as f64),
            )
        })
        .collect();
    Ok(Some(canvas.finish("figure", title, &format!("{}.", described.join("; ")))))
}

fn merged(runs: &[ProcessRun], role: Role) -> Result<Option<Histogram<u64>>, String> {
    let mut sum: Option<Histogram<u64>> = None;
    for run in runs {
        let Some(recorded) = run.latencies.get(&role) else { continue };
        let unreadable = |cause: &dyn std::fmt::Display| {
            format!("the latencies of process {} ({}) cannot be read: {cause}", run.process, role.as_str())
        };
        let bytes = STANDARD.decode(&recorded.0).map_err(|error| unreadable(&error))?;
        let histogram: Histogram<u64> =
            Deserializer::new().deserialize(&mut Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
        match &mut sum {
            None => {
                let mut first = histogram;
                first.auto(true);
                sum = Some(first);
            }
            Some(sum) => sum.add(histogram).map_err(|error| unreadable(&error))?,
        }
    }
    Ok(sum.filter(|histogram| !histogram.is_empty()))
}
