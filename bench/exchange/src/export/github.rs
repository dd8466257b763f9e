//! What a GitHub workflow hands on: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write as _;

use bench_schema::{Document, Row, Verdict};

use super::markdown::{headline, table};
use super::{Concern, figures, name};

/// GitHub shows ten errors and ten warnings a step and drops the rest silently.
const ANNOTATIONS: usize = 10;
/// `GITHUB_STEP_SUMMARY`, in bytes.
const SUMMARY: usize = 1 << 20;
/// A comment's body, in characters.
const COMMENT: usize = 65_536;
/// By which a workflow finds the comment that it wrote before.
const MARKER: &str = "<!-- portlab -->\n";

/// One workflow command a row: errors for what fails a gate, warnings for what it could not tell.
pub(super) fn annotations(document: &Document) -> String {
    let of = |concern| document.rows.iter().filter(move |row| Concern::of(row) == Some(concern));
    let errors: Vec<&Row> = of(Concern::Failed).chain(of(Concern::Regressed)).collect();
    let warnings: Vec<&Row> = of(Concern::Inconclusive).chain(of(Concern::Suspect)).collect();
    [("error", errors), ("warning", warnings)].iter().flat_map(|(kind, rows)| commands(kind, rows)).collect()
}

fn commands(kind: &str, rows: &[&Row]) -> Vec<String> {
    let shown = if rows.len() > ANNOTATIONS { ANNOTATIONS - 1 } else { rows.len() };
    let command =
        |title: &str, message: &str| format!("::{kind} title={}::{}\n", property(title), data(message));
    let mut commands: Vec<String> =
        rows[..shown].iter().map(|row| command(&title(row), &message(row))).collect();
    if shown < rows.len() {
        let rest = rows.len() - shown;
        commands.push(command("portlab", &format!("{rest} more rows like these: see the step's summary")));
    }
    commands
}

fn title(row: &Row) -> String {
    let what = match Concern::of(row) {
        Some(Concern::Failed) => "failed",
        Some(Concern::Regressed) => "regressed",
        Some(Concern::Suspect) => "suspect",
        _ => "inconclusive",
    };
    format!("{} {what}", row.benchmark)
}

fn message(row: &Row) -> String {
    match (&row.note, row.ratio) {
        (Some(note), None) => format!("{}: {note}", name(row)),
        (Some(note), Some(_)) if row.verdict == Some(Verdict::Suspect) => {
            format!("{}: ratio {}: {note}", name(row), figures(row))
        }
        _ => format!("{}: ratio {}, allowed is {:.3}", name(row), figures(row), 1.0 + row.margin),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Everything that decides, the rows that need attention first.
pub(super) fn summary(document: &Document) -> String {
    bounded(document, String::new(), SUMMARY, str::len)
}

/// What needs attention, and the rest folded away.
pub(super) fn comment(document: &Document) -> String {
    bounded(document, MARKER.to_owned(), COMMENT, |text| text.chars().count())
}

/// As many rows as fit: those that need attention, then the others, and a sentence where some were left out.
fn bounded(document: &Document, mut text: String, limit: usize, length: fn(&str) -> usize) -> String {
    const ROOM: usize = 400; // The closing sentence and the markup of the folded part.
    text += &headline(document);
    text.push('\n');
    let mut rows: Vec<&Row> = document.rows.iter().filter(|row| Concern::of(row).is_some()).collect();
    rows.sort_by_key(|row| Concern::of(row));
    let mut left = limit.saturating_sub(length(&text) + ROOM);
    let fitting = rows
        .iter()
        .take_while(|row| {
            let taken = length(&table(std::iter::once(**row)));
            let fits = taken <= left;
            left = left.saturating_sub(taken);
            fits
        })
        .count();
    let fine = rows.iter().position(|row| Concern::of(row) >= Some(Concern::Fine)).unwrap_or(rows.len());
    let (attention, others) = rows[..fitting].split_at(fine.min(fitting));
    if attention.is_empty() {
        text += "Nothing needs attention.\n\n";
    }
    text += &table(attention.iter().copied());
    if !others.is_empty() {
        let _ = write!(text, "\n<details><summary>{} other rows</summary>\n\n", others.len());
        text += &table(others.iter().copied());
        text += "\n</details>\n";
    }
    if fitting < rows.len() {
        let _ = write!(
            text,
            "\n{} rows are left out, because GitHub takes no more: `portlab export {} --format csv` has all.\n",
            rows.len() - fitting,
            document.run
        );
    }
    text
}
