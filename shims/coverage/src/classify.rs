//! What Node-API has for each function of V8's API: the judgement, which lives in `data/v8-api.csv` and
//! `data/gaps.toml`, one row a symbol and a reason in each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How near Node-API comes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The same effect; perhaps slower by a crossing.
    Equivalent,
    /// A part of it, or only much slower.
    Partial,
    /// Nothing.
    None,
    /// V8's own bookkeeping, for which Node-API has no need.
    Support,
}

/// The judgement on one symbol, overloads together.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The qualified name.
    pub symbol: String,
    /// The judgement.
    pub class: Class,
    /// The [`Gap`] that it belongs to; empty when there is none.
    pub gap: String,
    /// What Node-API offers, joined by ` + ` where several calls are needed.
    pub node_api: String,
    /// The Node-API version that has all of them, or `experimental`.
    pub version: String,
    /// What it costs, where somebody measured.
    pub cost: String,
    /// Why.
    pub reason: String,
    /// What one might say against it.
    pub arguable: String,
}

impl Row {
    /// The single functions of [`Row::node_api`].
    pub fn node_api_names(&self) -> impl Iterator<Item = &str> {
        self.node_api.split(" + ").filter(|name| !name.is_empty())
    }
}

/// Something that core does and Node-API lacks.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// A few words.
    pub title: String,
    /// What core does, and what Node-API offers instead.
    pub summary: String,
    /// What Node-API might gain.
    pub proposal: String,
    /// Whether it should be public.
    pub advice: Advice,
    /// What was measured.
    pub cost: String,
    /// What closes it: `shims/v8-gap/table/src/<extension>.rs`.
    #[serde(default)]
    pub extension: Option<String>,
    /// Whether a function that needs it has to stay native: there is no way around.
    #[serde(default)]
    pub blocks: bool,
    /// Benchmarks that measure it, by id; the first one is what the extension is for.
    #[serde(default)]
    pub benchmarks: Vec<String>,
    /// Where it was discussed.
    pub upstream: Vec<Upstream>,
}

/// A public discussion of a gap.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// An issue or pull request: `nodejs/node#22852`.
    pub thread: String,
    /// What it says, in a few words.
    pub says: String,
}

/// Whether a gap should be closed in Node-API.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// It belongs into Node-API.
    Public,
    /// Evidence first, behind `NAPI_EXPERIMENTAL`.
    Experimental,
    /// An embedder's business.
    Internal,
}

/// The whole judgement.
pub struct Classification {
    rows: BTreeMap<String, Row>,
    gaps: BTreeMap<String, Gap>,
}

/// Why the judgement could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ClassificationError {
    /// A row of the table.
    #[error("v8-api.csv: {0}")]
    Table(#[from] csv::Error),
    /// The gaps.
    #[error("gaps.toml: {0}")]
    Gaps(#[from] toml::de::Error),
    /// Two rows for one symbol, or a gap that nobody describes.
    #[error("v8-api.csv: {symbol}: {what}")]
    Row {
        /// Whose row.
        symbol: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Classification {
    /// The judgement that this program was built with.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn built_in() -> Classification {
        Classification::parse(include_str!("../data/v8-api.csv"), include_str!("../data/gaps.toml"))
            .expect("a test reads the data that is built in")
    }

    /// Reads the two files.
    ///
    /// # Errors
    /// When they cannot be read, or contradict each other.
    pub fn parse(table: &str, gaps: &str) -> Result<Classification, ClassificationError> {
        let gaps: BTreeMap<String, Gap> = toml::from_str(gaps)?;
        let mut rows = BTreeMap::new();
        for row in csv::Reader::from_reader(table.as_bytes()).deserialize() {
            let row: Row = row?;
            let wrong = |what| Err(ClassificationError::Row { symbol: row.symbol.clone(), what });
            let is_gap = matches!(row.class, Class::Partial | Class::None);
            if row.reason.trim().is_empty() {
                return wrong("it has no reason");
            }
            if is_gap && !gaps.contains_key(&row.gap) {
                return wrong("its gap is not in gaps.toml");
            }
            if !is_gap && !row.gap.is_empty() {
                return wrong("it names a gap and is none");
            }
            if row.class == Class::Equivalent && row.node_api.is_empty() {
                return wrong("it is equivalent to nothing");
            }
            if rows.contains_key(&row.symbol) {
                return wrong("it has two rows");
            }
            rows.insert(row.symbol.clone(), row);
        }
        Ok(Classification { rows, gaps })
    }

    /// The row of a symbol.
    pub fn row(&self, symbol: &str) -> Option<&Row> {
        self.rows.get(symbol)
    }

    /// Every row, by symbol.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Every gap, by id.
    pub fn gaps(&self) -> &BTreeMap<String, Gap> {
        &self.gaps
    }
}

/// The class of V8 that a symbol belongs to: `String` of `v8::String::ValueView::ValueView`.
pub fn v8_class(symbol: &str) -> &str {
    let name = symbol.strip_prefix("v8::").unwrap_or(symbol);
    match name.split_once("::") {
        Some((class, _)) => class,
        None => "(functions)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAPS: &str = "[g]\ntitle='t'\nsummary='s'\nproposal='p'\nadvice='public'\ncost=''\nupstream=[]\n";

    fn refused(row: &str) -> String {
        let table = format!("symbol,class,gap,node_api,version,cost,reason,arguable\n{row}\n");
        Classification::parse(&table, GAPS).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_built_in_judgement_is_consistent() {
        let judgement = Classification::built_in();
        assert!(judgement.rows().count() > 600);
        for id in judgement.gaps().keys() {
            assert!(judgement.rows().any(|row| row.gap == *id), "no row names the gap {id}");
        }
    }

    #[test]
    fn a_row_needs_a_reason_and_a_gap_that_is_described() {
        assert_eq!(refused("v8::A::B,none,g,,,,why,"), "");
        assert!(refused("v8::A::B,none,g,,,,,").contains("no reason"));
        assert!(refused("v8::A::B,none,h,,,,why,").contains("not in gaps.toml"));
        assert!(refused("v8::A::B,support,g,,,,why,").contains("names a gap"));
        assert!(refused("v8::A::B,equivalent,,,,,why,").contains("equivalent to nothing"));
        assert!(refused("v8::A::B,none,g,,,,why,\nv8::A::B,none,g,,,,why,").contains("two rows"));
        assert!(refused("v8::A::B,nothing,g,,,,why,").contains("unknown variant"));
    }

    #[test]
    fn classes_are_the_outermost() {
        assert_eq!(v8_class("v8::String::ValueView::ValueView"), "String");
        assert_eq!(v8_class("v8::Undefined"), "(functions)");
    }
}
