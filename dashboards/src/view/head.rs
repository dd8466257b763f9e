use bench_schema::{Document, Kind, RunStatus, Summary, level_and_variant};

use super::anchor;
use super::table::{Group, distinct, main_pair, pair};
use crate::display::{self, Outcome};

/// How many rows the head names before it only counts them.
const NAMED: usize = 12;

/// What the reader sees first: what was compared and what came out.
pub(crate) struct Head {
    pub(crate) title: String,
    pub(crate) sentence: String,
    /// A sentence when the run did not end as planned.
    pub(crate) state: Option<String>,
    pub(crate) counts: Vec<Count>,
    pub(crate) summaries: Vec<Line>,
    pub(crate) attention: Vec<Attention>,
    pub(crate) unnamed: usize,
}

/// Rows of one verdict.
pub(crate) struct Count {
    pub(crate) number: u32,
    pub(crate) word: &'static str,
    pub(crate) sign: &'static str,
}

/// One variant of a port on one host.
pub(crate) struct Line {
    pub(crate) module: String,
    pub(crate) variant: String,
    pub(crate) host: String,
    pub(crate) mean: String,
    pub(crate) change: String,
    /// The geometric mean of the intervals' upper ends.
    pub(crate) upper: String,
    /// The means by kind and metric, where there are several.
    pub(crate) by_kind: Vec<String>,
    /// The worst ratio of peak memory.
    pub(crate) memory: String,
    pub(crate) memory_of: String,
    pub(crate) improved: u32,
    pub(crate) ok: u32,
    pub(crate) inconclusive: u32,
    pub(crate) regressed: u32,
    pub(crate) failed: u32,
}

/// A row that somebody has to look at.
pub(crate) struct Attention {
    pub(crate) anchor: String,
    pub(crate) label: String,
    pub(crate) word: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) ratio: String,
}

impl Head {
    pub(crate) fn new(document: &Document, groups: &[Group<'_>]) -> Head {
        let mut attention: Vec<(Outcome, Attention)> = groups
            .iter()
            .filter(|group| group.decides)
            .flat_map(|group| &group.rows)
            .map(|row| (Outcome::of(row), *row))
            .filter(|(outcome, _)| outcome.needs_attention())
            .map(|(outcome, row)| {
                let place = level_and_variant(row.level, &row.candidate);
                let label = format!("{} {place} {} {}", row.benchmark, row.metric.as_str(), row.host);
                let ratio = row.ratio.map(|ratio| display::ratio(Some(ratio))).unwrap_or_default();
                let (word, sign) = (outcome.word(), outcome.sign());
                (outcome, Attention { anchor: anchor(&row.benchmark), label, word, sign, ratio })
            })
            .collect();
        attention.sort_by_key(|(outcome, _)| *outcome);
        let unnamed = attention.len().saturating_sub(NAMED);
        Head {
            title: title(document),
            sentence: sentence(document),
            state: state(document.status),
            counts: counts(&document.summaries),
            summaries: document.summaries.iter().map(Line::new).collect(),
            attention: attention.into_iter().take(NAMED).map(|(_, attention)| attention).collect(),
            unnamed,
        }
    }
}

impl Line {
    fn new(summary: &Summary) -> Line {
        let mean = summary.geometric_mean.filter(|mean| mean.is_finite());
        Line {
            module: summary.module.clone(),
            variant: summary.variant.clone(),
            host: summary.host.clone(),
            mean: display::ratio(mean),
            change: mean.map(display::change).unwrap_or_default(),
            upper: display::ratio(summary.geometric_mean_high),
            by_kind: if summary.means.len() > 1 { by_kind(summary) } else { Vec::new() },
            memory: display::ratio(summary.worst_memory.as_ref().map(|worst| worst.ratio)),
            memory_of: summary.worst_memory.as_ref().map_or_else(String::new, |worst| {
                format!(
                    "{} {}, upper end {}; the worst of {}",
                    worst.benchmark,
                    worst.level.as_str(),
                    display::ratio(worst.high),
                    display::count(worst.rows as usize, "row", "rows"),
                )
            }),
            improved: summary.improved,
            ok: summary.ok,
            inconclusive: summary.inconclusive,
            regressed: summary.regressed,
            failed: summary.failed,
        }
    }
}

fn by_kind(summary: &Summary) -> Vec<String> {
    let line = |mean: &bench_schema::Mean| {
        let kind = match mean.kind {
            Kind::Sync => "sync",
            Kind::Async => "async",
        };
        let ratio = display::ratio(Some(mean.ratio));
        let upper = display::ratio(mean.high);
        format!("{kind} {} {ratio}, upper ends {upper} ({})", mean.metric.as_str(), mean.rows)
    };
    summary.means.iter().map(line).collect()
}

/// Of the rows that compare what most of them compare: a noop of another pair is there for scale.
fn title(document: &Document) -> String {
    let Some([baseline, candidate]) = main_pair(document) else {
        return format!("Run {}: no rows", document.run);
    };
    let rows = document.rows.iter().filter(|row| pair(row) == [baseline, candidate]);
    let modules = distinct(rows.map(|row| row.benchmark.split('/').next().unwrap_or_default()));
    let modules = display::list(&modules.into_iter().map(str::to_owned).collect::<Vec<_>>());
    format!("{modules}: {candidate} against {baseline}")
}

fn sentence(document: &Document) -> String {
    if document.rows.is_empty() {
        return "Nothing was measured in this run.".to_owned();
    }
    let hosts = distinct(document.rows.iter().map(|row| row.host.as_str()));
    let hosts = display::list(&hosts.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let benchmarks = distinct(document.rows.iter().map(|row| row.benchmark.as_str())).len();
    let total: u32 = document.summaries.iter().map(total).sum();
    format!(
        "{} on {hosts} gave {}. A ratio is candidate / baseline: below 1 the candidate is cheaper.",
        display::count(benchmarks, "benchmark", "benchmarks"),
        display::count(total as usize, "deciding comparison", "deciding comparisons"),
    )
}

fn total(summary: &Summary) -> u32 {
    summary.ok
        + summary.regressed
        + summary.improved
        + summary.inconclusive
        + summary.suspect
        + summary.failed
}

fn counts(summaries: &[Summary]) -> Vec<Count> {
    let of = |outcome: Outcome, pick: fn(&Summary) -> u32| Count {
        number: summaries.iter().map(pick).sum(),
        word: outcome.word(),
        sign: outcome.sign(),
    };
    let suspect = of(Outcome::Suspect, |summary| summary.suspect);
    let mut counts = vec![
        of(Outcome::Regressed, |summary| summary.regressed),
        of(Outcome::Failed, |summary| summary.failed),
        of(Outcome::Inconclusive, |summary| summary.inconclusive),
        of(Outcome::Ok, |summary| summary.ok),
        of(Outcome::Improved, |summary| summary.improved),
    ];
    // Only a gate that looked into a regression has any.
    if suspect.number > 0 {
        counts.insert(3, suspect);
    }
    counts
}

fn state(status: RunStatus) -> Option<String> {
    let text = match status {
        RunStatus::Complete => return None,
        RunStatus::Running => {
            "This run had not ended when the report was drawn: rows may be missing and intervals wide."
        }
        RunStatus::Interrupted => {
            "This run was interrupted: what was measured until then stands, rows may be missing and intervals wide."
        }
        RunStatus::Failed => {
            "This run failed before its end: what was measured until then stands, and the rows’ notes say why."
        }
    };
    Some(text.to_owned())
}
