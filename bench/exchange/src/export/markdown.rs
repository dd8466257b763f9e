use std::fmt::Write as _;

use bench_schema::{Document, Row, Status, Verdict};

use super::{Concern, figures};

const HEADER: &str =
    "| benchmark | level | metric | ratio (95% interval) | verdict |\n|---|---|---|--:|---|\n";

/// One table a host, with the rows that need attention first, and a line a port and host above them.
pub(super) fn tables(document: &Document) -> String {
    let mut text = headline(document);
    for host in hosts(document) {
        let _ = write!(text, "\n### {host}\n\n{HEADER}");
        let mut rows: Vec<&Row> =
            document.rows.iter().filter(|row| row.host == host && Concern::of(row).is_some()).collect();
        rows.sort_by_key(|row| Concern::of(row));
        text.extend(rows.into_iter().map(line));
    }
    text
}

/// A title and a sentence a port and host.
pub(super) fn headline(document: &Document) -> String {
    let mut text = format!("## portlab, run {}\n\n", document.run);
    for summary in &document.summaries {
        let mean = summary.geometric_mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.3}"));
        let _ = writeln!(
            text,
            "- **{}** on {}, {}: geometric mean of ratios {mean}; {} regressed, {} failed, {} inconclusive, {} ok, {} improved",
            escaped(&summary.module),
            escaped(&summary.host),
            escaped(&summary.variant),
            summary.regressed,
            summary.failed,
            summary.inconclusive,
            summary.ok,
            summary.improved
        );
    }
    if let Some(sentence) = &document.uncalibrated {
        let _ = writeln!(text, "- {}", escaped(sentence));
    }
    text
}

/// The table of some rows; empty without any.
pub(super) fn table<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let lines: String = rows.map(line).collect();
    if lines.is_empty() { lines } else { format!("{HEADER}{lines}") }
}

fn hosts(document: &Document) -> Vec<&str> {
    let mut hosts: Vec<&str> = Vec::new();
    for row in &document.rows {
        if !hosts.contains(&row.host.as_str()) {
            hosts.push(&row.host);
        }
    }
    hosts
}

fn line(row: &Row) -> String {
    let variant = if row.candidate == "node-api" { String::new() } else { format!(" `{}`", row.candidate) };
    format!(
        "| `{}`{variant} | {} | {} | {} | {} |\n",
        escaped(&row.benchmark),
        row.level.as_str(),
        row.metric.as_str(),
        figures(row),
        verdict(row)
    )
}

fn verdict(row: &Row) -> String {
    let word = match (row.status, row.verdict) {
        (Status::Failed, _) => "**✗ failed**",
        (Status::New, _) => "+ new",
        (_, Some(Verdict::Regressed)) => "**▲ regressed**",
        (_, Some(Verdict::Inconclusive)) => "? inconclusive",
        (_, Some(Verdict::Suspect)) => "~ suspect",
        (_, Some(Verdict::Improved)) => "▼ improved",
        (_, Some(Verdict::Ok)) => "= ok",
        (_, None) => "",
    };
    match &row.note {
        Some(note) if row.status != Status::Ok || row.verdict == Some(Verdict::Suspect) => {
            format!("{word}: {}", escaped(note))
        }
        _ => word.to_owned(),
    }
}

/// Text that can neither end a cell nor begin an element: notes carry what a failing program printed.
fn escaped(text: &str) -> String {
    let one_line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|").replace('`', "'")
}
