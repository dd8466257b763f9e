//! A document in the formats that spreadsheets, other services and pull requests read.

mod bencher;
mod github;
mod markdown;
mod table;

use bench_schema::{Document, Row, Status, Verdict};

/// What a document is written as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Export {
    /// The document itself, as `compare --json` prints it.
    Json,
    /// One line a row and metric, with a header; numbers unrounded.
    Csv,
    /// One table a host, the rows that need attention first.
    Markdown,
    /// Bencher Metric Format: the candidate's median as `latency` (nanoseconds) and the `ratio` with its interval.
    Bencher,
    /// GitHub workflow commands, one a row that failed, regressed or is inconclusive.
    GithubAnnotations,
    /// Markdown for `GITHUB_STEP_SUMMARY`, below its limit of 1 MiB.
    GithubSummary,
    /// Markdown for a comment on a pull request, below its limit of 65,536 characters, with a marker by which a
    /// workflow finds its earlier comment.
    GithubComment,
}

/// Writes a document.
///
/// # Errors
///
/// When a value cannot be written in the format; none is known.
pub fn export(document: &Document, format: Export) -> Result<String, serde_json::Error> {
    Ok(match format {
        Export::Json => serde_json::to_string_pretty(document)? + "\n",
        Export::Csv => table::csv(document),
        Export::Markdown => markdown::tables(document),
        Export::Bencher => bencher::metrics(document)?,
        Export::GithubAnnotations => github::annotations(document),
        Export::GithubSummary => github::summary(document),
        Export::GithubComment => github::comment(document),
    })
}

/// What a row is to somebody who has to act, gravest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Concern {
    Failed,
    Regressed,
    Inconclusive,
    Suspect,
    Fine,
    New,
}

impl Concern {
    /// `None` for a metric that does not decide.
    fn of(row: &Row) -> Option<Concern> {
        match (row.status, row.verdict) {
            (Status::Failed, _) => Some(Concern::Failed),
            (Status::New, _) => Some(Concern::New),
            (_, Some(Verdict::Regressed)) => Some(Concern::Regressed),
            (_, Some(Verdict::Inconclusive)) => Some(Concern::Inconclusive),
            (_, Some(Verdict::Suspect)) => Some(Concern::Suspect),
            (_, Some(Verdict::Ok | Verdict::Improved)) => Some(Concern::Fine),
            (_, None) => None,
        }
    }
}

/// `fs/stat (binding) on node26, cpu_process`, with the variant where it is not the ordinary one.
fn name(row: &Row) -> String {
    let variant = if row.candidate == "node-api" { String::new() } else { format!(", {}", row.candidate) };
    format!("{} ({}{variant}) on {}, {}", row.benchmark, row.level.as_str(), row.host, row.metric.as_str())
}

/// `1.071 (1.052 to 1.090)`
fn figures(row: &Row) -> String {
    match (row.ratio, row.low, row.high) {
        (Some(ratio), Some(low), Some(high)) => format!("{ratio:.3} ({low:.3} to {high:.3})"),
        (Some(ratio), ..) => format!("{ratio:.3}"),
        (None, ..) => "–".to_owned(),
    }
}
