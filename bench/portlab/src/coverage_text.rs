//! What `portlab coverage` prints for people. Writing into a string cannot fail.

use std::fmt::Write as _;

use comfy_table::{Cell, CellAlignment, Color};
use coverage::survey::{BindingSurvey, Change, Counts, Diff, ExportSurvey, Survey};
use serde::Serialize;

use crate::output::columns;

/// How many gaps and changes a terminal shows; `--json` has all.
const SHOWN: usize = 20;

/// The whole binary: totals, bindings, gaps, what to close first.
pub(crate) fn survey(survey: &Survey) -> String {
    let Counts { equivalent, partial, none, support, .. } = survey.classes;
    let mut text = format!(
        "{} ({}): {} sites in V8 of {} functions, {} symbols, {} unclassified\n{} equivalent, {} partial, {} none, {} support\n{}\n",
        survey.host,
        survey.machine,
        survey.sites,
        survey.functions,
        survey.symbols,
        survey.unclassified,
        share(equivalent, survey.sites),
        share(partial, survey.sites),
        share(none, survey.sites),
        share(support, survey.sites),
        survey.hidden,
    );
    if let Some(resolved) = &survey.resolved {
        let _ = writeln!(
            text,
            "{} of {} exported functions were led back to C++ ({}); not: {}",
            resolved.named,
            resolved.exported,
            share(resolved.named, resolved.exported),
            resolved.missing.join(", ")
        );
    }
    if let Some(headers) = &survey.headers {
        let node_api: usize = headers.node_api.values().map(Vec::len).sum();
        let _ = writeln!(
            text,
            "headers: {} public functions of V8, {} of them inline, {} called by Node; {node_api} functions of Node-API",
            headers.v8_functions, headers.v8_inline, headers.v8_called
        );
    }
    if let Some(source) = &survey.source {
        let _ = writeln!(
            text,
            "sources: {} uses of V8 in {} files, beside {} sites in the binary; {} places could not be read",
            source.uses,
            source.files,
            survey.sites,
            source.unread.len()
        );
    }
    let mut table = columns(&[
        "binding",
        "functions",
        "ported",
        "sites",
        "own",
        "equivalent",
        "partial",
        "none",
        "blocked by",
    ]);
    for binding in &survey.bindings {
        let mut cells = vec![Cell::new(&binding.name), number(binding.functions), ported(binding)];
        cells.extend([number(binding.counts.sites), number(binding.own.sites)]);
        cells.extend([binding.own.equivalent, binding.own.partial, binding.own.none].map(number));
        cells.push(Cell::new(binding.blocked_by.join(", ")));
        table.add_row(cells);
    }
    let _ = write!(text, "\n{table}\n\n");
    let mut table = columns(&["gap", "sites", "none", "bindings", "advice", "cost"]);
    for gap in survey.gaps.iter().take(SHOWN) {
        table.add_row([
            Cell::new(&gap.id),
            number(gap.sites),
            number(gap.none),
            number(gap.bindings.len()),
            Cell::new(format!("{:?}", gap.gap.advice).to_lowercase()),
            Cell::new(&gap.gap.cost),
        ]);
    }
    let _ = writeln!(
        text,
        "{table}\n\nclosing these gaps would free so many of the bindings that are blocked now:"
    );
    for cover in &survey.cover {
        let _ = writeln!(text, "  {:>2}  {}", cover.frees.len(), cover.gaps.join(", "));
    }
    text
}

/// One binding: its functions and its gaps.
pub(crate) fn binding(survey: &Survey, binding: &BindingSurvey) -> String {
    let mut text = format!(
        "{} of {} ({}): {} sites, {} of them its own; {} calls into libuv; {} of {} functions ported, {} in part\n{}\n\n",
        binding.name,
        survey.host,
        binding.file.as_deref().unwrap_or("unknown file"),
        binding.counts.sites,
        binding.own.sites,
        binding.uv_sites,
        binding.ported,
        binding.functions,
        binding.ported_partly,
        survey.hidden,
    );
    let mut table = columns(&["function", "C++", "port", "sites", "equivalent", "partial", "none", "gaps"]);
    for export in &binding.exports {
        let mut cells = vec![
            Cell::new(&export.name),
            Cell::new(export.callback.as_deref().unwrap_or("–")),
            Cell::new(export.status.as_deref().unwrap_or("")),
        ];
        let counts = export.counts;
        cells.extend([counts.sites, counts.equivalent, counts.partial, counts.none].map(number));
        cells.push(Cell::new(export.gaps.join(", ")));
        table.add_row(cells);
    }
    let _ = write!(text, "{table}\n\n");
    let mut table = columns(&["gap", "own sites", "blocks", "what Node-API might gain"]);
    let mut gaps: Vec<(&String, &usize)> = binding.gaps.iter().collect();
    gaps.sort_by_key(|(_, sites)| std::cmp::Reverse(**sites));
    for (id, sites) in gaps {
        let known = survey.gaps.iter().find(|gap| gap.id == *id);
        table.add_row([
            Cell::new(id),
            number(*sites),
            Cell::new(if binding.blocked_by.contains(id) { "yes" } else { "" }),
            Cell::new(known.map_or("", |gap| gap.gap.proposal.as_str())),
        ]);
    }
    let _ = writeln!(text, "{table}");
    text
}

/// What changed between two binaries.
pub(crate) fn diff(diff: &Diff) -> String {
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut text = format!(
        "{} → {}: {} → {} sites\nbindings added: {}\nbindings removed: {}\nfunctions added: {}\nfunctions removed: {}\n",
        diff.from,
        diff.to,
        diff.sites.from,
        diff.sites.to,
        list(&diff.bindings_added),
        list(&diff.bindings_removed),
        list(&diff.functions_added),
        list(&diff.functions_removed),
    );
    for (title, changes) in [("binding", &diff.bindings), ("gap", &diff.gaps), ("symbol", &diff.symbols)] {
        let mut table = columns(&[title, &diff.from, &diff.to, "change"]);
        for change in changes.iter().take(SHOWN) {
            table.add_row([
                Cell::new(&change.name),
                number(change.from),
                number(change.to),
                difference(change),
            ]);
        }
        let more = changes.len().saturating_sub(SHOWN);
        let rest = if more == 0 { String::new() } else { format!("and {more} more (--json)\n") };
        let _ = write!(text, "\n{table}\n{rest}");
    }
    text
}

/// A function of a binding as a row of comma-separated values.
#[derive(Serialize)]
pub(crate) struct ExportRow<'a> {
    name: &'a str,
    callback: &'a str,
    method: bool,
    status: &'a str,
    sites: usize,
    equivalent: usize,
    partial: usize,
    none: usize,
    support: usize,
    gaps: String,
}

impl ExportRow<'_> {
    pub(crate) fn of(export: &ExportSurvey) -> ExportRow<'_> {
        let Counts { sites, equivalent, partial, none, support, .. } = export.counts;
        ExportRow {
            name: &export.name,
            callback: export.callback.as_deref().unwrap_or_default(),
            method: export.method,
            status: export.status.as_deref().unwrap_or_default(),
            sites,
            equivalent,
            partial,
            none,
            support,
            gaps: export.gaps.join(" "),
        }
    }
}

fn ported(binding: &BindingSurvey) -> Cell {
    let cell = match (binding.ported, binding.ported_partly) {
        (0, 0) => Cell::new(""),
        (whole, 0) => Cell::new(whole).fg(Color::Green),
        (whole, part) => Cell::new(format!("{whole} + {part} in part")).fg(Color::Green),
    };
    cell.set_alignment(CellAlignment::Right)
}

fn number(number: usize) -> Cell {
    Cell::new(number).set_alignment(CellAlignment::Right)
}

fn difference(change: &Change) -> Cell {
    let sign = if change.to < change.from { "−" } else { "+" };
    Cell::new(format!("{sign}{}", change.from.abs_diff(change.to))).set_alignment(CellAlignment::Right)
}

fn share(part: usize, whole: usize) -> String {
    format!("{:.1}%", part as f64 * 100.0 / whole.max(1) as f64)
}
