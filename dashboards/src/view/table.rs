use bench_schema::{Document, Level, Metric, Row, Status};

use super::anchor;
use crate::display::{self, Outcome, Quantity};
use crate::figure::{GlyphScale, glyph};

/// What levels stand side by side for: one benchmark, host, metric and pair of variants.
pub(crate) struct Group<'a> {
    pub(crate) benchmark: &'a str,
    pub(crate) host: &'a str,
    pub(crate) metric: Metric,
    pub(crate) baseline: &'a str,
    pub(crate) candidate: &'a str,
    /// Whether a reader sees it without asking for all metrics.
    pub(crate) decides: bool,
    pub(crate) rows: Vec<&'a Row>,
}

/// One line of the table.
pub(crate) struct Line {
    pub(crate) benchmark: String,
    pub(crate) anchor: String,
    pub(crate) host: String,
    pub(crate) metric: &'static str,
    pub(crate) metric_help: &'static str,
    /// The variants, where they are not those of most lines.
    pub(crate) pair: Option<String>,
    pub(crate) decides: bool,
    /// Whether the line before it is of the same benchmark.
    pub(crate) repeats: bool,
    pub(crate) concern: u8,
    pub(crate) order: usize,
    pub(crate) levels: String,
    pub(crate) verdicts: String,
    pub(crate) cells: Vec<Cell>,
    pub(crate) notes: Vec<Note>,
}

/// A line at one level.
pub(crate) struct Cell {
    pub(crate) level: &'static str,
    pub(crate) numbers: Option<Numbers>,
}

/// What is known at a level.
pub(crate) struct Numbers {
    pub(crate) word: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) concern: u8,
    /// Why there is no number; stands in place of them all.
    pub(crate) reason: Option<String>,
    pub(crate) ratio: String,
    pub(crate) ratio_key: String,
    pub(crate) interval: String,
    pub(crate) glyph: String,
    pub(crate) baseline: Quantity,
    pub(crate) baseline_key: String,
    pub(crate) candidate: Quantity,
    pub(crate) candidate_key: String,
    pub(crate) processes: u32,
}

/// A remark on a line.
pub(crate) struct Note {
    /// The level that it is about, or both.
    pub(crate) level: String,
    /// What is seen at once.
    pub(crate) short: String,
    /// The whole text, when `short` is only its beginning.
    pub(crate) full: Option<String>,
    /// Whether it is explained with the stock rows.
    pub(crate) stock: bool,
}

/// Longer remarks would make a line as tall as a paragraph.
const NOTE_CHARACTERS: usize = 40;

impl Note {
    fn new(level: Level, text: String, stock: bool) -> Note {
        let level = level.as_str().to_owned();
        if text.chars().count() <= NOTE_CHARACTERS {
            return Note { level, short: text, full: None, stock };
        }
        let start: String = text.chars().take(NOTE_CHARACTERS - 8).collect();
        // Whole words only, where there are words.
        let start = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
        Note { level, short: format!("{start} …"), full: Some(text), stock }
    }
}

/// The hosts, in the document's order.
pub(crate) fn hosts(document: &Document) -> Vec<String> {
    distinct(document.rows.iter().map(|row| row.host.as_str())).into_iter().map(str::to_owned).collect()
}

/// The variants that most rows compare; the others name theirs.
pub(crate) fn main_pair(document: &Document) -> Option<[&str; 2]> {
    let mut pairs: Vec<([&str; 2], usize)> = Vec::new();
    for pair in document.rows.iter().map(pair) {
        match pairs.iter_mut().find(|(other, _)| *other == pair) {
            Some((_, rows)) => *rows += 1,
            None => pairs.push((pair, 1)),
        }
    }
    // The first of equals: `max_by_key` would take the last.
    pairs.into_iter().rev().max_by_key(|(_, rows)| *rows).map(|(pair, _)| pair)
}

/// Baseline and candidate.
pub(crate) fn pair(row: &Row) -> [&str; 2] {
    [&row.baseline, &row.candidate]
}

pub(crate) fn distinct<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen: Vec<&str> = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}

/// The rows by benchmark and host, both in the document's order; deciding metrics before the others.
pub(crate) fn group(document: &Document) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for benchmark in distinct(document.rows.iter().map(|row| row.benchmark.as_str())) {
        let rows: Vec<&Row> = document.rows.iter().filter(|row| row.benchmark == benchmark).collect();
        // A row that failed has no verdict; elsewhere its benchmark may have been judged by the same metric.
        let judged: Vec<Metric> =
            rows.iter().filter(|row| row.verdict.is_some()).map(|row| row.metric).collect();
        for host in distinct(rows.iter().map(|row| row.host.as_str())) {
            let mut own: Vec<Group<'_>> = Vec::new();
            for row in rows.iter().filter(|row| row.host == host) {
                let same = |group: &&mut Group<'_>| {
                    group.metric == row.metric
                        && group.baseline == row.baseline
                        && group.candidate == row.candidate
                };
                match own.iter_mut().find(same) {
                    Some(group) => group.rows.push(row),
                    None => own.push(Group {
                        benchmark,
                        host,
                        metric: row.metric,
                        baseline: &row.baseline,
                        candidate: &row.candidate,
                        decides: false,
                        rows: vec![row],
                    }),
                }
            }
            for group in &mut own {
                group.decides = judged.contains(&group.metric);
            }
            // A benchmark never vanishes because nothing of it was judged.
            if !own.iter().any(|group| group.decides)
                && let Some(group) = own.first_mut()
            {
                group.decides = true;
            }
            own.sort_by_key(|group| (!group.decides, group.metric));
            groups.append(&mut own);
        }
    }
    groups
}

pub(crate) fn lines(document: &Document, groups: &[Group<'_>], levels: &[Level]) -> Vec<Line> {
    let scale = GlyphScale::over(document.rows.iter());
    let main = main_pair(document);
    let mut before = "";
    let mut lines = Vec::new();
    for (order, group) in groups.iter().enumerate() {
        let outcomes: Vec<(Level, Outcome)> =
            group.rows.iter().map(|row| (row.level, Outcome::of(row))).collect();
        lines.push(Line {
            benchmark: group.benchmark.to_owned(),
            anchor: anchor(group.benchmark),
            host: group.host.to_owned(),
            metric: group.metric.as_str(),
            metric_help: display::metric_help(group.metric),
            pair: (main != Some([group.baseline, group.candidate]))
                .then(|| format!("{} / {}", group.candidate, group.baseline)),
            decides: group.decides,
            repeats: before == group.benchmark,
            concern: outcomes.iter().map(|(_, outcome)| *outcome as u8).min().unwrap_or(u8::MAX),
            order,
            levels: join(outcomes.iter().map(|(level, _)| level.as_str().to_owned())),
            verdicts: join(
                outcomes.iter().map(|(level, outcome)| format!("{}:{}", level.as_str(), outcome.word())),
            ),
            cells: levels
                .iter()
                .map(|level| Cell {
                    level: level.as_str(),
                    numbers: group
                        .rows
                        .iter()
                        .find(|row| row.level == *level)
                        .map(|row| Numbers::new(row, &scale)),
                })
                .collect(),
            notes: notes(document, group),
        });
        before = group.benchmark;
    }
    lines
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(" ")
}

impl Numbers {
    fn new(row: &Row, scale: &GlyphScale) -> Numbers {
        let outcome = Outcome::of(row);
        let key = |value: Option<f64>| {
            value.filter(|value| value.is_finite()).map(|value| value.to_string()).unwrap_or_default()
        };
        let larger = row.baseline_median.into_iter().chain(row.candidate_median).reduce(f64::max);
        Numbers {
            word: outcome.word(),
            sign: outcome.sign(),
            concern: outcome as u8,
            reason: reason(row),
            ratio: display::ratio(row.ratio),
            ratio_key: key(row.ratio),
            interval: display::interval(row),
            glyph: glyph(row, scale),
            baseline: display::quantity(row.baseline_median, row.unit, larger),
            baseline_key: key(row.baseline_median),
            candidate: display::quantity(row.candidate_median, row.unit, larger),
            candidate_key: key(row.candidate_median),
            processes: row.processes,
        }
    }
}

fn reason(row: &Row) -> Option<String> {
    let failed = row.status == Status::Failed;
    failed.then(|| row.note.clone().unwrap_or_else(|| "no reason was given".to_owned()))
}

fn notes(document: &Document, group: &Group<'_>) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let mut add = |note: Note| match notes
        .iter_mut()
        .find(|other| other.short == note.short && other.full == note.full)
    {
        Some(other) => other.level = format!("{}, {}", other.level, note.level),
        None => notes.push(note),
    };
    for row in &group.rows {
        if let Some(stock) = stock_of(document, row).filter(|stock| super::side::flagged(stock)) {
            add(Note::new(row.level, format!("fresh {}", super::side::fresh_over_stock(stock)), true));
        }
        match (&row.note, row.status) {
            // What failed says why in place of its numbers.
            (_, Status::Failed) | (None, Status::Ok | Status::New) => {}
            (Some(text), Status::Partial) => add(Note::new(row.level, format!("partial: {text}"), false)),
            (None, Status::Partial) => add(Note::new(row.level, "partial".to_owned(), false)),
            (Some(text), Status::Ok) => add(Note::new(row.level, text.clone(), false)),
            (Some(text), Status::New) => add(Note::new(row.level, format!("new: {text}"), false)),
        }
    }
    notes
}

/// The row that compares the host's own instance with the fresh one of `row`.
pub(crate) fn stock_of<'a>(document: &'a Document, row: &Row) -> Option<&'a Row> {
    document.stock.iter().find(|stock| same_place(stock, row))
}

/// The A/A row of `row`.
pub(crate) fn twin_of<'a>(document: &'a Document, row: &Row) -> Option<&'a Row> {
    document.twins.iter().find(|twin| same_place(twin, row))
}

fn same_place(control: &Row, row: &Row) -> bool {
    control.benchmark == row.benchmark
        && control.level == row.level
        && control.host == row.host
        && control.metric == row.metric
}
