//! A scan as Markdown, in the order in which a maintainer reads: how much, what needs a decision, what goes wrong with
//! workers, what is hot, what goes by rule, and then every call. Writing into a string cannot fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Effort, Finding, Scan};

/// How many places of one API are named before they are counted.
const NAMED: usize = 6;

/// The scan as Markdown.
pub fn markdown(scan: &Scan) -> String {
    let mut text = "# From NAN and V8 to Node-API\n\n".to_owned();
    summary(&mut text, scan);
    if scan.findings.is_empty() {
        return text;
    }
    by_api(&mut text, "What needs a decision", scan, |effort| effort != Effort::Auto);
    remarks(&mut text, "With workers and threads", scan, |finding| &finding.hazard);
    remarks(&mut text, "Hot", scan, |finding| &finding.hot);
    by_api(&mut text, "What goes by rule", scan, |effort| effort == Effort::Auto);
    calls(&mut text, scan);
    text
}

fn summary(text: &mut String, scan: &Scan) {
    let count = |effort| scan.efforts.get(&effort).copied().unwrap_or(0);
    if scan.findings.is_empty() {
        let _ = writeln!(text, "No call into NAN or V8 was found in {} files.", scan.files);
    } else {
        let version = if scan.version.is_empty() { "any" } else { &scan.version };
        let _ = writeln!(
            text,
            "{} calls in {} files: {} auto (one call for another, by rule), {} manual (a decision, or code of your own), {} blocked (Node-API has no way). Least Node-API version: {version}.",
            scan.findings.len(),
            scan.files,
            count(Effort::Auto),
            count(Effort::Manual),
            count(Effort::Blocked),
        );
    }
    if !scan.unread.is_empty() {
        let _ = writeln!(
            text,
            "\nNot read as C++, as a rule because of macros; calls in these lines may be missing: {}.",
            scan.unread.join(", ")
        );
    }
}

/// A row an API: blocked ones first, then by number of calls.
fn by_api(text: &mut String, title: &str, scan: &Scan, shown: impl Fn(Effort) -> bool) {
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in scan.findings.iter().filter(|finding| shown(finding.effort)) {
        groups.entry(&finding.api).or_default().push(finding);
    }
    if groups.is_empty() {
        return;
    }
    let mut groups: Vec<(&str, Vec<&Finding>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, found)| std::cmp::Reverse((found[0].effort, found.len())));
    let _ = write!(
        text,
        "\n## {title}\n\n| API | calls | effort | Node-API | version | change | where |\n|---|---|---|---|---|---|---|\n"
    );
    for (api, found) in groups {
        let first = found[0];
        let _ = writeln!(
            text,
            "| `{api}` | {} | {} | {} | {} | {} | {} |",
            found.len(),
            first.effort.as_str(),
            names(&first.node_api),
            first.version,
            cell(&first.change),
            cell(&places(&found))
        );
    }
}

/// Sentences that calls have to say, with the places of each.
fn remarks(text: &mut String, title: &str, scan: &Scan, of: impl Fn(&Finding) -> &String) {
    let mut sentences: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in scan.findings.iter().filter(|finding| !of(finding).is_empty()) {
        sentences.entry(of(finding)).or_default().push(finding);
    }
    if sentences.is_empty() {
        return;
    }
    let _ = write!(text, "\n## {title}\n\n");
    for (sentence, found) in sentences {
        let mut apis: Vec<&str> = found.iter().map(|finding| finding.api.as_str()).collect();
        apis.sort_unstable();
        apis.dedup();
        let _ = writeln!(text, "- {}: {sentence} ({})", apis.join(", "), places(&found));
    }
}

/// Every call, a table a file.
fn calls(text: &mut String, scan: &Scan) {
    text.push_str("\n## Every call\n");
    let mut file = "";
    for finding in &scan.findings {
        if finding.file != file {
            file = &finding.file;
            let _ = write!(text, "\n### {file}\n\n| line | API | Node-API | effort |\n|---|---|---|---|\n");
        }
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} |",
            finding.line,
            finding.api,
            names(&finding.node_api),
            finding.effort.as_str()
        );
    }
}

/// `src/a.cc:3, 9 and 12 more`.
fn places(found: &[&Finding]) -> String {
    let mut text = String::new();
    let mut file = "";
    for finding in found.iter().take(NAMED) {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = if finding.file == file {
            write!(text, "{separator}{}", finding.line)
        } else {
            write!(text, "{separator}{}:{}", finding.file, finding.line)
        };
        file = &finding.file;
    }
    if found.len() > NAMED {
        let _ = write!(text, " and {} more", found.len() - NAMED);
    }
    text
}

/// Names of functions as code; what is not needed is a dash.
fn names(node_api: &str) -> String {
    if node_api.is_empty() {
        return "–".to_owned();
    }
    let words = node_api.split(' ').map(|word| match word {
        "+" | "or" => word.to_owned(),
        name => format!("`{name}`"),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A text that ends no cell and starts no markup of its own.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
