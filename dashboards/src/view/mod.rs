//! The page's parts as the template reads them: texts and pictures, nothing left to decide.

mod details;
mod distance;
mod forest;
mod head;
mod investigated;
mod side;
mod table;

use std::collections::BTreeMap;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bench_schema::{Document, Level};
use sha2::{Digest as _, Sha256};

use crate::Samples;

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

/// The whole page.
#[derive(Template)]
#[template(path = "report.html")]
pub(crate) struct Page {
    style: &'static str,
    script: &'static str,
    style_hash: String,
    script_hash: String,
    head: head::Head,
    levels: Vec<LevelColumns>,
    hosts: Vec<String>,
    lines: Vec<table::Line>,
    pair: Option<[String; 2]>,
    /// Whether all lines compare `pair`.
    one_pair: bool,
    forests: Vec<String>,
    benchmarks: Vec<details::Benchmark>,
    investigations: Vec<investigated::Investigated>,
    shares: Vec<distance::Share>,
    twins: side::Twins,
    stock: Vec<side::Control>,
    stock_flagged: usize,
    noops: Vec<side::Noop>,
    boundary: Vec<side::Crossing>,
    environment: side::Environment,
    /// Why margins are the definitions' alone.
    uncalibrated: Option<String>,
    methodology: Link,
    bias: Link,
}

/// A column group of the table.
struct LevelColumns {
    name: &'static str,
    help: &'static str,
}

/// A document to read on, linked where its place is known.
pub(crate) struct Link {
    name: &'static str,
    href: Option<String>,
}

impl Link {
    fn new(name: &'static str, docs: Option<&str>) -> Link {
        let href = docs.map(|prefix| {
            let file = name.rsplit('/').next().unwrap_or(name);
            format!("{}/{file}", prefix.trim_end_matches('/'))
        });
        // A link is data from outside: only what opens a page.
        let href = href.filter(|href| {
            let scheme = href.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
            scheme.is_none_or(|scheme| {
                matches!(scheme.as_str(), "http" | "https" | "file") || scheme.contains('/')
            })
        });
        Link { name, href }
    }
}

impl Page {
    pub(crate) fn new(
        document: &Document,
        samples: &dyn Samples,
        analyses: Option<&BTreeMap<String, String>>,
        docs: Option<&str>,
    ) -> Page {
        let levels: Vec<Level> = [Level::Binding, Level::Public]
            .into_iter()
            .filter(|level| document.rows.iter().any(|row| row.level == *level))
            .collect();
        let groups = table::group(document);
        let lines = table::lines(document, &groups, &levels);
        let stock = side::controls(&document.stock);
        Page {
            style: STYLE,
            script: SCRIPT,
            style_hash: hash(STYLE),
            script_hash: hash(SCRIPT),
            head: head::Head::new(document, &groups),
            levels: levels
                .iter()
                .map(|level| LevelColumns { name: level.as_str(), help: crate::display::level_help(*level) })
                .collect(),
            hosts: table::hosts(document),
            pair: table::main_pair(document).map(|pair| pair.map(str::to_owned)),
            one_pair: lines.iter().all(|line| line.pair.is_none()),
            forests: forest::forests(document, &groups),
            benchmarks: details::benchmarks(document, &groups, samples, analyses),
            investigations: investigated::investigations(document),
            shares: distance::shares(document),
            twins: side::Twins::new(&document.twins),
            stock_flagged: stock.iter().filter(|control| control.flagged).count(),
            stock,
            noops: side::noops(document),
            boundary: side::crossings(document),
            environment: side::Environment::new(document),
            uncalibrated: document.uncalibrated.clone(),
            methodology: Link::new("docs/METHODOLOGY.md", docs),
            bias: Link::new("docs/BIAS.md", docs),
            lines,
        }
    }
}

/// The source that the page's policy allows, and no other.
pub(crate) fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// A benchmark's id as an element's id.
pub(crate) fn anchor(benchmark: &str) -> String {
    let safe = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    let slug: String = benchmark.chars().map(safe).collect();
    if benchmark.chars().all(|character| character.is_ascii_alphanumeric() || "-/".contains(character)) {
        return format!("b-{slug}");
    }
    // Other characters would make two ids one: their digest keeps them apart.
    let digest = Sha256::digest(benchmark.as_bytes());
    format!("b-{slug}-{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_plain_and_apart() {
        assert_eq!(anchor("fs/read-64k"), "b-fs-read-64k");
        assert_ne!(anchor("fs/é"), anchor("fs/è"));
        assert!(anchor("a\"b c").chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    }

    #[test]
    fn links_that_run_are_refused() {
        assert_eq!(Link::new("docs/BIAS.md", Some("../docs/")).href.as_deref(), Some("../docs/BIAS.md"));
        assert_eq!(Link::new("docs/BIAS.md", Some("javascript:alert(1)//")).href, None);
        assert!(Link::new("docs/BIAS.md", Some("https://example.org/docs")).href.is_some());
    }
}
