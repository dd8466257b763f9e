//! What extensions of Node-API close of the distance to V8, as the page shows it.

use bench_schema::{Distance, Document};

use crate::display;

/// One row that was measured with extensions and without.
pub(crate) struct Share {
    pub(crate) benchmark: String,
    pub(crate) level: &'static str,
    pub(crate) host: String,
    pub(crate) metric: &'static str,
    pub(crate) baseline: String,
    pub(crate) extended: String,
    pub(crate) plain_ratio: String,
    pub(crate) extended_ratio: String,
    /// The share as a percentage, or that nothing is left to close.
    pub(crate) closed: String,
    pub(crate) interval: String,
    pub(crate) bar: String,
}

pub(crate) fn shares(document: &Document) -> Vec<Share> {
    document.distances.iter().map(Share::of).collect()
}

impl Share {
    fn of(distance: &Distance) -> Share {
        let change = distance.extended_ratio / distance.plain_ratio;
        Share {
            benchmark: distance.benchmark.clone(),
            level: distance.level.as_str(),
            host: distance.host.clone(),
            metric: distance.metric.as_str(),
            baseline: distance.baseline.clone(),
            extended: distance.extended.clone(),
            plain_ratio: display::ratio(Some(distance.plain_ratio)),
            extended_ratio: display::ratio(Some(distance.extended_ratio)),
            closed: distance
                .closed
                .map_or_else(|| format!("none left; costs {}", display::change(change)), percent),
            interval: distance
                .low
                .zip(distance.high)
                .map_or_else(String::new, |(low, high)| format!("{} – {}", percent(low), percent(high))),
            bar: distance
                .closed
                .map_or_else(String::new, |share| bar(share, distance.low.zip(distance.high))),
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 12.0;
/// The end of the bar: what is cheaper than V8 closes more than the whole distance.
const MOST: f64 = 1.5;

/// The share as a bar up to 150%, with a line at 100% and its interval; the numbers beside it say the same.
fn bar(share: f64, interval: Option<(f64, f64)>) -> String {
    let at = |share: f64| share.clamp(0.0, MOST) / MOST * WIDTH;
    let middle = HEIGHT / 2.0;
    let interval = interval.map_or_else(String::new, |(low, high)| {
        format!("<path class=\"interval\" d=\"M{:.1} {middle}H{:.1}\"/>", at(low), at(high))
    });
    format!(
        "<svg class=\"glyph closed\" aria-hidden=\"true\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\"><rect class=\"margin\" x=\"0\" y=\"2\" width=\"{:.1}\" height=\"{}\"/><rect class=\"share\" x=\"0\" y=\"2\" width=\"{:.1}\" height=\"{}\"/><path class=\"one\" d=\"M{:.1} 0V{HEIGHT}\"/>{interval}</svg>",
        at(1.0),
        HEIGHT - 4.0,
        at(share),
        HEIGHT - 4.0,
        at(1.0),
    )
}
