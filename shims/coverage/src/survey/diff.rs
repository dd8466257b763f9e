//! What changed between two binaries.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{SCHEMA_VERSION, Survey};

/// Two surveys compared.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Diff {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The first host.
    pub from: String,
    /// The second.
    pub to: String,
    /// Sites in all.
    pub sites: Change,
    /// Bindings that only the second has.
    pub bindings_added: Vec<String>,
    /// Bindings that only the first has.
    pub bindings_removed: Vec<String>,
    /// Functions of bindings that only the second has, as `binding.function`.
    pub functions_added: Vec<String>,
    /// Functions of bindings that only the first has.
    pub functions_removed: Vec<String>,
    /// Sites of each binding that both have and that differ.
    pub bindings: Vec<Change>,
    /// Symbols of V8 whose sites differ; zero where there are none.
    pub symbols: Vec<Change>,
    /// Sites of each gap that differ.
    pub gaps: Vec<Change>,
}

/// A count, before and after.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Change {
    /// Of what.
    pub name: String,
    /// In the first.
    pub from: usize,
    /// In the second.
    pub to: usize,
}

/// Compares two surveys; the largest changes come first.
pub fn diff(from: &Survey, to: &Survey) -> Diff {
    let names = |survey: &Survey| -> BTreeSet<String> {
        survey.bindings.iter().map(|binding| binding.name.clone()).collect()
    };
    let functions = |survey: &Survey| -> BTreeSet<String> {
        let exports = survey.bindings.iter().flat_map(|binding| {
            let exports = binding.exports.iter().filter(|export| !export.method);
            exports.map(|export| format!("{}.{}", binding.name, export.name))
        });
        exports.collect()
    };
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
    let (bindings, other_bindings) = (names(from), names(to));
    let (own, other) = (functions(from), functions(to));
    let sites = |survey: &Survey| -> BTreeMap<String, usize> {
        survey.bindings.iter().map(|binding| (binding.name.clone(), binding.counts.sites)).collect()
    };
    let symbols = |survey: &Survey| -> BTreeMap<String, usize> {
        survey.api.iter().map(|symbol| (symbol.symbol.clone(), symbol.sites)).collect()
    };
    let gaps = |survey: &Survey| -> BTreeMap<String, usize> {
        survey.gaps.iter().map(|gap| (gap.id.clone(), gap.sites)).collect()
    };
    Diff {
        schema_version: SCHEMA_VERSION,
        from: from.host.clone(),
        to: to.host.clone(),
        sites: Change { name: "sites".to_owned(), from: from.sites, to: to.sites },
        bindings_added: only(&other_bindings, &bindings),
        bindings_removed: only(&bindings, &other_bindings),
        functions_added: only(&other, &own),
        functions_removed: only(&own, &other),
        bindings: changes(sites(from), sites(to))
            .into_iter()
            .filter(|change| bindings.contains(&change.name) && other_bindings.contains(&change.name))
            .collect(),
        symbols: changes(symbols(from), symbols(to)),
        gaps: changes(gaps(from), gaps(to)),
    }
}

fn changes(from: BTreeMap<String, usize>, to: BTreeMap<String, usize>) -> Vec<Change> {
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for (name, count) in from {
        changes.insert(name.clone(), Change { name, from: count, to: 0 });
    }
    for (name, count) in to {
        changes.entry(name.clone()).or_insert_with(|| Change { name, ..Change::default() }).to = count;
    }
    let mut changes: Vec<Change> = changes.into_values().filter(|change| change.from != change.to).collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.from.abs_diff(change.to)));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_changes_come_first_and_equal_counts_not_at_all() {
        let map =
            |rows: &[(&str, usize)]| rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        let changes = changes(map(&[("a", 1), ("b", 5), ("c", 2)]), map(&[("a", 1), ("b", 3), ("d", 9)]));
        let shown: Vec<_> =
            changes.iter().map(|change| (change.name.as_str(), change.from, change.to)).collect();
        assert_eq!(shown.len(), 3);
        assert_eq!(shown[0], ("d", 0, 9));
    }
}
