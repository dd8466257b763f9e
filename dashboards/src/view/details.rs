use std::collections::BTreeMap;

use bench_schema::{Document, Kind, Level, Metric, ProcessRun, Role, Row, level_and_variant};

use super::table::{Group, distinct, stock_of, twin_of};
use super::{anchor, side};
use crate::Samples;
use crate::display::{self, Outcome};
use crate::figure::{self, Clock, Stated};

/// All that is known of one benchmark.
pub(crate) struct Benchmark {
    pub(crate) id: String,
    pub(crate) anchor: String,
    /// The worst outcome of its deciding rows.
    pub(crate) word: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) digest: String,
    pub(crate) analysis: Vec<String>,
    pub(crate) places: Vec<Place>,
}

/// A benchmark at one level on one host, with one candidate.
pub(crate) struct Place {
    pub(crate) heading: String,
    pub(crate) facts: Vec<String>,
    pub(crate) rows: Vec<Metrics>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) problems: Vec<String>,
}

/// One metric of a place.
pub(crate) struct Metrics {
    pub(crate) metric: &'static str,
    pub(crate) ratio: String,
    pub(crate) interval: String,
    pub(crate) p_value: String,
    pub(crate) twin: String,
    pub(crate) stock: String,
}

/// A picture and what it shows.
pub(crate) struct Figure {
    pub(crate) caption: String,
    pub(crate) svg: String,
}

pub(crate) fn benchmarks(
    document: &Document,
    groups: &[Group<'_>],
    samples: &dyn Samples,
    analyses: Option<&BTreeMap<String, String>>,
) -> Vec<Benchmark> {
    distinct(groups.iter().map(|group| group.benchmark))
        .into_iter()
        .map(|id| {
            let own: Vec<&Group<'_>> = groups.iter().filter(|group| group.benchmark == id).collect();
            let deciding = || own.iter().filter(|group| group.decides).flat_map(|group| &group.rows);
            let worst = deciding().map(|row| Outcome::of(row)).min().unwrap_or(Outcome::Informative);
            let mut places = Vec::new();
            for host in distinct(own.iter().map(|group| group.host)) {
                for level in [Level::Binding, Level::Public] {
                    let on_host = own.iter().filter(|group| group.host == host);
                    let rows: Vec<&Row> = on_host
                        .flat_map(|group| group.rows.iter().copied())
                        .filter(|row| row.level == level)
                        .collect();
                    for candidate in distinct(rows.iter().map(|row| row.candidate.as_str())) {
                        let rows: Vec<&Row> =
                            rows.iter().copied().filter(|row| row.candidate == candidate).collect();
                        places.push(place(document, &rows, samples));
                    }
                }
            }
            Benchmark {
                id: id.to_owned(),
                anchor: anchor(id),
                word: worst.word(),
                sign: worst.sign(),
                digest: digest(&own),
                analysis: analyses
                    .and_then(|texts| texts.get(id))
                    .map(|text| paragraphs(text))
                    .unwrap_or_default(),
                places,
            }
        })
        .collect()
}

/// `node26 wall: binding 0.744, public 0.789 · …`; a host or metric that is the only one goes without saying.
fn digest(groups: &[&Group<'_>]) -> String {
    let deciding: Vec<&&Group<'_>> = groups.iter().filter(|group| group.decides).collect();
    let one_host = distinct(deciding.iter().map(|group| group.host)).len() == 1;
    let one_metric = distinct(deciding.iter().map(|group| group.metric.as_str())).len() == 1;
    let part = |group: &&Group<'_>| {
        let mut place = Vec::new();
        if !one_host {
            place.push(group.host);
        }
        if !one_metric {
            place.push(group.metric.as_str());
        }
        let ratios: Vec<String> = group
            .rows
            .iter()
            .map(|row| {
                format!("{} {}", level_and_variant(row.level, &row.candidate), display::ratio(row.ratio))
            })
            .collect();
        let ratios = ratios.join(", ");
        if place.is_empty() { ratios } else { format!("{}: {ratios}", place.join(" ")) }
    };
    deciding.into_iter().map(part).collect::<Vec<_>>().join(" · ")
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The place of some rows of one benchmark, host, level and candidate; there is at least one.
fn place(document: &Document, rows: &[&Row], samples: &dyn Samples) -> Place {
    let Row { benchmark, host, level, candidate, .. } = rows[0];
    let mut problems = Vec::new();
    let all = samples.processes(rows[0]).unwrap_or_else(|error| {
        problems.push(format!("The samples cannot be read: {error}."));
        Vec::new()
    });
    let rejections = || all.iter().flat_map(|run| &run.rejections);
    problems.extend(rejections().take(5).cloned());
    if rejections().count() > 5 {
        problems.push(format!("And {} more wrong values.", rejections().count() - 5));
    }
    let paired: Vec<ProcessRun> = all.iter().filter(|run| is_timed_pair(run)).cloned().collect();
    let heading = format!("{host} · {}", level_and_variant(*level, candidate));
    let figures = figures(rows, &paired, &format!("{benchmark} {heading}"), &mut problems);
    Place {
        facts: facts(document, rows, &all, &paired),
        rows: rows.iter().map(|row| metrics(document, row)).collect(),
        heading,
        figures,
        problems,
    }
}

/// Counting builds are slower, and solo processes have no pair.
fn is_timed_pair(run: &ProcessRun) -> bool {
    let has = |role: Role| run.samples.iter().any(|sample| sample.role == role);
    run.crossings.is_empty() && has(Role::Baseline) && has(Role::Candidate)
}

fn metrics(document: &Document, row: &Row) -> Metrics {
    let beside = |control: Option<&Row>| {
        control.map_or_else(
            || display::NONE.to_owned(),
            |control| {
                let interval = display::interval(control);
                let ratio = display::ratio(control.ratio);
                if interval.is_empty() { ratio } else { format!("{ratio} ({interval})") }
            },
        )
    };
    Metrics {
        metric: row.metric.as_str(),
        ratio: display::ratio(row.ratio),
        interval: display::interval(row),
        p_value: display::p_value(row.p_value),
        twin: beside(twin_of(document, row)),
        stock: beside(stock_of(document, row)),
    }
}

fn facts(document: &Document, rows: &[&Row], all: &[ProcessRun], paired: &[ProcessRun]) -> Vec<String> {
    let mut facts = Vec::new();
    let Some(row) = rows.first() else { return facts };
    let here = |entry: &&bench_schema::Boundary| {
        (&entry.benchmark, entry.level, &entry.host, &entry.candidate)
            == (&row.benchmark, row.level, &row.host, &row.candidate)
    };
    if let Some(entry) = document.boundary.iter().find(here) {
        let mut text = format!(
            "{:.1} crossings an operation at {} each are {}",
            entry.crossings,
            display::nanoseconds(entry.crossing_ns),
            display::nanoseconds(entry.crossings * entry.crossing_ns),
        );
        if entry.explained.is_some() {
            text = format!("{text}: {} of the candidate’s time", side::explained(entry.explained));
        }
        facts.push(format!("{text}."));
    }
    for (row, difference) in rows.iter().filter_map(|row| Some((row, row.difference.as_ref()?))) {
        let (metric, difference) = (row.metric.as_str(), display::difference(difference));
        facts.push(format!("{metric} of latency, candidate − baseline: {difference}."));
    }
    let calls: u64 = paired.iter().filter_map(|run| run.port_calls.get(&Role::Candidate)).sum();
    if calls > 0 {
        facts.push(format!("{} calls reached the candidate.", display::grouped(&calls.to_string())));
    }
    let versions = distinct(all.iter().map(|run| run.host_version.as_str()));
    if let Some(rounds) = paired.first().map(|run| run.job.rounds) {
        let operations = paired[0].samples.first().map_or(0, |sample| sample.operations);
        facts.push(format!(
            "{} of {}, {} a slice, on {}.",
            display::count(paired.len(), "process", "processes"),
            display::count(rounds as usize, "round", "rounds"),
            display::count(operations as usize, "operation", "operations"),
            versions.join(", "),
        ));
    }
    facts
}

fn figures(rows: &[&Row], paired: &[ProcessRun], name: &str, problems: &mut Vec<String>) -> Vec<Figure> {
    let mut figures = Vec::new();
    let Some(job) = paired.first().map(|run| &run.job) else { return figures };
    let names = |role: Role| {
        let variant = job.arms.iter().find(|arm| arm.role == role).map(|arm| arm.variant.as_str());
        match (role, variant) {
            (Role::Baseline | Role::Candidate, Some(variant)) => variant.to_owned(),
            (Role::Twin, _) => "twin (A/A)".to_owned(),
            (role, _) => role.as_str().to_owned(),
        }
    };
    // What decides an asynchronous row first is elapsed time.
    let (clock, metric) = match job.kind {
        Kind::Sync => (Clock::CpuProcess, Metric::CpuProcess),
        Kind::Async => (Clock::Wall, Metric::Wall),
    };
    let row = rows.iter().find(|row| row.metric == metric);
    let medians = [row.and_then(|row| row.baseline_median), row.and_then(|row| row.candidate_median)];
    let caption = |text: &str| format!("{text} ({})", metric.as_str());
    let title = format!("{name}: time an operation, by slice");
    if let Some(svg) = figure::distribution(paired, clock, medians, &names, &title) {
        figures.push(Figure { caption: caption("Time an operation, every slice"), svg });
    }
    let stated = Stated {
        ratio: row.and_then(|row| row.ratio),
        low: row.and_then(|row| row.low),
        high: row.and_then(|row| row.high),
    };
    if let Some(svg) = figure::processes(paired, clock, &stated, &format!("{name}: ratio, by process")) {
        figures.push(Figure { caption: caption("Candidate / baseline, every process"), svg });
    }
    match figure::latency(paired, &names, &format!("{name}: latency, by percentile")) {
        Ok(Some(svg)) => figures.push(Figure { caption: "Latency of one operation".to_owned(), svg }),
        Ok(None) => {}
        Err(problem) => problems.push(format!("No picture of latencies: {problem}.")),
    }
    figures
}
