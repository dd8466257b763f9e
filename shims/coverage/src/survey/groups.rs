//! Sites by symbol, by gap, by file, by class.

use std::collections::BTreeMap;

use super::{BindingSurvey, CallSite, Counts, GapSurvey, Group, SymbolSurvey};
use crate::binary::Graph;
use crate::classify::{Class, Classification, v8_class};

/// What stands for a file that the symbol table does not tell.
const NO_FILE: &str = "(not told by the symbol table)";

/// Every symbol that Node calls, the most used first.
pub(super) fn symbols(graph: &Graph, judgement: &Classification) -> Vec<SymbolSurvey> {
    let mut sites: BTreeMap<&str, usize> = BTreeMap::new();
    for site in graph.functions.iter().flat_map(|function| &function.sites) {
        *sites.entry(&graph.targets[site.target as usize]).or_default() += 1;
    }
    let mut symbols: Vec<SymbolSurvey> = sites
        .into_iter()
        .map(|(symbol, sites)| {
            let row = judgement.row(symbol);
            let text =
                |field: fn(&crate::classify::Row) -> &String| row.map(field).cloned().unwrap_or_default();
            SymbolSurvey {
                symbol: symbol.to_owned(),
                sites,
                class: row.map(|row| row.class),
                gap: text(|row| &row.gap),
                node_api: text(|row| &row.node_api),
                version: text(|row| &row.version),
                cost: text(|row| &row.cost),
                reason: text(|row| &row.reason),
                arguable: text(|row| &row.arguable),
            }
        })
        .collect();
    symbols.sort_by_key(|symbol| std::cmp::Reverse(symbol.sites));
    symbols
}

/// Every gap that Node has, the most used first.
pub(super) fn gaps(
    graph: &Graph,
    judgement: &Classification,
    api: &[SymbolSurvey],
    bindings: &[BindingSurvey],
) -> Vec<GapSurvey> {
    let mut call_sites = call_sites(graph, judgement);
    let mut gaps: Vec<GapSurvey> = judgement
        .gaps()
        .iter()
        .map(|(id, gap)| {
            let symbols: Vec<SymbolSurvey> = api.iter().filter(|symbol| symbol.gap == *id).cloned().collect();
            let of = |class| symbols.iter().filter(|s| s.class == Some(class)).map(|s| s.sites).sum();
            GapSurvey {
                id: id.clone(),
                gap: gap.clone(),
                sites: symbols.iter().map(|symbol| symbol.sites).sum(),
                partial: of(Class::Partial),
                none: of(Class::None),
                bindings: bindings
                    .iter()
                    .filter_map(|binding| Some((binding.name.clone(), *binding.gaps.get(id)?)))
                    .collect(),
                call_sites: call_sites.remove(id.as_str()).unwrap_or_default(),
                symbols,
            }
        })
        .filter(|gap| gap.sites > 0)
        .collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.sites));
    gaps
}

/// By gap: callers and symbols, the most frequent first.
fn call_sites<'a>(graph: &Graph, judgement: &'a Classification) -> BTreeMap<&'a str, Vec<CallSite>> {
    let mut found: BTreeMap<(&str, &str, u32), CallSite> = BTreeMap::new();
    for function in &graph.functions {
        for site in &function.sites {
            let symbol = &graph.targets[site.target as usize];
            let Some(row) = judgement.row(symbol).filter(|row| !row.gap.is_empty()) else { continue };
            let held = found.entry((&row.gap, &function.name, site.target)).or_insert_with(|| CallSite {
                function: function.name.clone(),
                file: function.unit.clone(),
                symbol: symbol.clone(),
                at: format!("{:#x}", site.at),
                sites: 0,
            });
            held.sites += 1;
        }
    }
    let mut by_gap: BTreeMap<&str, Vec<CallSite>> = BTreeMap::new();
    for ((gap, _, _), site) in found {
        by_gap.entry(gap).or_default().push(site);
    }
    for sites in by_gap.values_mut() {
        sites.sort_by(|one, other| {
            other.sites.cmp(&one.sites).then_with(|| one.function.cmp(&other.function))
        });
    }
    by_gap
}

/// By source file, the most sites first.
pub(super) fn files(graph: &Graph, judgement: &Classification) -> Vec<Group> {
    let mut files: BTreeMap<&str, Counts> = BTreeMap::new();
    for function in &graph.functions {
        for site in &function.sites {
            let class = judgement.row(&graph.targets[site.target as usize]).map(|row| row.class);
            files.entry(function.unit.as_deref().unwrap_or(NO_FILE)).or_default().add(class, 1);
        }
    }
    sorted(files)
}

/// By class of V8, the most sites first.
pub(super) fn v8_classes(api: &[SymbolSurvey]) -> Vec<Group> {
    let mut classes: BTreeMap<&str, Counts> = BTreeMap::new();
    for symbol in api {
        classes.entry(v8_class(&symbol.symbol)).or_default().add(symbol.class, symbol.sites);
    }
    sorted(classes)
}

fn sorted(groups: BTreeMap<&str, Counts>) -> Vec<Group> {
    let mut groups: Vec<Group> =
        groups.into_iter().map(|(name, counts)| Group { name: name.to_owned(), counts }).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.counts.sites));
    groups
}
