//! Which gaps to close first.

use std::collections::{BTreeMap, BTreeSet};

use super::Cover;

/// Beyond so many blocking gaps the best sets are looked for greedily.
const EXHAUSTIVE: usize = 18;

/// For one gap, two gaps and so on: the set whose closing frees most bindings, as long as a larger one frees more. Sets
/// are exact up to [`EXHAUSTIVE`] blocking gaps.
pub(super) fn covers(blocked: &BTreeMap<String, BTreeSet<String>>) -> Vec<Cover> {
    let gaps: Vec<&String> = blocked.values().flatten().collect::<BTreeSet<_>>().into_iter().collect();
    let needs: Vec<(u64, &String)> = blocked
        .iter()
        .filter(|(_, needs)| !needs.is_empty())
        .map(|(binding, needs)| {
            let bits = gaps.iter().enumerate().filter(|(_, gap)| needs.contains(**gap));
            (bits.fold(0, |mask, (bit, _)| mask | 1 << bit), binding)
        })
        .collect();
    let frees = |set: u64| needs.iter().filter(|(need, _)| need & !set == 0).count();
    let mut best: Vec<u64> = vec![0; gaps.len() + 1];
    if gaps.len() <= EXHAUSTIVE {
        for set in 1u64..1 << gaps.len() {
            let size = set.count_ones() as usize;
            if frees(set) > frees(best[size]) {
                best[size] = set;
            }
        }
    } else {
        // Whole needs are added, since a part of one frees nobody; the cheapest a freed binding first.
        let mut set = 0u64;
        while let Some((need, _)) =
            needs.iter().filter(|(need, _)| need & !set != 0).max_by_key(|(need, _)| {
                let added = (need & !set).count_ones() as usize;
                (frees(set | need) - frees(set)) * 1000 / added
            })
        {
            set |= need;
            best[set.count_ones() as usize] = set;
        }
    }
    let mut covers: Vec<Cover> = Vec::new();
    for set in best {
        if frees(set) > covers.last().map_or(0, |cover| cover.frees.len()) {
            covers.push(Cover {
                gaps: gaps
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| set >> bit & 1 == 1)
                    .map(|(_, gap)| (*gap).clone())
                    .collect(),
                frees: needs
                    .iter()
                    .filter(|(need, _)| need & !set == 0)
                    .map(|(_, name)| (*name).clone())
                    .collect(),
            });
        }
    }
    covers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(rows: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        let set = |needs: &[&str]| needs.iter().map(|need| (*need).to_owned()).collect();
        rows.iter().map(|(name, needs)| ((*name).to_owned(), set(needs))).collect()
    }

    #[test]
    fn the_smallest_set_that_frees_most_comes_first() {
        let covers = covers(&blocked(&[
            ("free", &[]),
            ("a", &["x"]),
            ("b", &["x", "y"]),
            ("c", &["x", "y"]),
            ("d", &["z", "w", "v"]),
        ]));
        assert_eq!(covers[0], Cover { gaps: vec!["x".into()], frees: vec!["a".into()] });
        assert_eq!(covers[1].gaps, ["x", "y"]);
        assert_eq!(covers[1].frees, ["a", "b", "c"]);
        assert_eq!(covers.last().map(|cover| cover.frees.len()), Some(4));
        // Three and four gaps free nobody more than two do.
        assert_eq!(covers.len(), 3);
    }

    #[test]
    fn many_gaps_are_searched_greedily() {
        let names: Vec<String> = (0..25).map(|index| format!("g{index:02}")).collect();
        let rows: Vec<(String, Vec<&str>)> = names
            .iter()
            .enumerate()
            .map(|(index, name)| (format!("b{index:02}"), vec![name.as_str()]))
            .collect();
        let rows: Vec<(&str, &[&str])> =
            rows.iter().map(|(name, needs)| (name.as_str(), needs.as_slice())).collect();
        let covers = covers(&blocked(&rows));
        assert_eq!(covers.len(), 25);
        assert_eq!(covers[24].frees.len(), 25);
    }

    #[test]
    fn nothing_blocked_needs_nothing() {
        assert_eq!(covers(&blocked(&[("a", &[])])), Vec::new());
    }
}
