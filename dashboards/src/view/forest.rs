use bench_schema::{Document, Level, Row, features};

use super::table::{Group, hosts, main_pair};
use crate::display::{self, Outcome};
use crate::figure::{ForestLine, ForestMark, ForestShape, forest, forest_axis};

/// One forest plot a host, of the deciding rows, all on the same axis.
pub(crate) fn forests(document: &Document, groups: &[Group<'_>]) -> Vec<String> {
    let deciding = || groups.iter().filter(|group| group.decides);
    // A noop of another baseline, twice as dear by nature, would squeeze what the report is about.
    let main = main_pair(document).map(|[baseline, _]| baseline);
    let rows = deciding().flat_map(|group| &group.rows).filter(|row| Some(row.baseline.as_str()) == main);
    let marks: Vec<ForestMark> = rows.map(|row| mark(row)).collect();
    let axis = forest_axis(&marks);
    let mut figures = Vec::new();
    for host in hosts(document) {
        let lines = lines(deciding().filter(|group| group.host == host));
        if lines.is_empty() {
            continue;
        }
        let all = || lines.iter().flat_map(|line| &line.marks);
        let below = all().filter(|mark| mark.ratio.is_some_and(|ratio| ratio < 1.0)).count();
        let description = format!(
            "{} on a logarithmic axis; {below} of them below 1. The table above states every number.",
            display::count(all().count(), "ratio with its interval", "ratios with their intervals"),
        );
        figures.push(forest(&lines, axis, &host, &format!("Ratios on {host}"), &description));
    }
    figures
}

/// The groups as lines, the variants of one benchmark and metric in one.
fn lines<'a>(groups: impl Iterator<Item = &'a Group<'a>>) -> Vec<ForestLine> {
    let mut lines: Vec<(&str, ForestLine)> = Vec::new();
    for group in groups {
        let marks = group.rows.iter().map(|row| mark(row));
        match lines.last_mut() {
            Some((baseline, line))
                if *baseline == group.baseline
                    && line.label == group.benchmark
                    && line.metric == group.metric.as_str() =>
            {
                line.marks.extend(marks);
            }
            _ => {
                let (label, metric) = (group.benchmark.to_owned(), group.metric.as_str());
                lines.push((group.baseline, ForestLine { label, metric, marks: marks.collect() }));
            }
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn mark(row: &Row) -> ForestMark {
    let usable = |value: &f64| value.is_finite() && *value > 0.0;
    let ratio = row.ratio.filter(usable);
    let middle = ratio.unwrap_or(1.0);
    let shape = match row.level {
        _ if features(&row.candidate).is_some_and(|features| !features.is_empty()) => ForestShape::Featured,
        Level::Binding => ForestShape::Binding,
        Level::Public => ForestShape::Public,
    };
    ForestMark {
        shape,
        ratio,
        low: row.low.filter(usable).unwrap_or(middle),
        high: row.high.filter(usable).unwrap_or(middle),
        margin: row.margin,
        outcome: Outcome::of(row),
    }
}
