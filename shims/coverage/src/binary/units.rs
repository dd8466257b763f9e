//! Which source file a function comes from.
//!
//! The symbol table names the translation unit of local symbols alone. Most of Node's functions are global; their
//! unit follows from the static data inside them, from functions of the same class, and from their neighbours, since
//! a linker lays one unit after the other. What stays open is left open: a wrong file is worse than none.

use std::collections::{BTreeMap, HashMap};

use super::name::without_clone_suffix;
use super::{Function, Image};

/// Fills in [`Function::unit`].
pub(super) fn units(image: &Image, functions: &mut [Function]) {
    from_statics(image, functions);
    from_neighbours(functions);
    from_classes(functions);
}

/// `_ZZ<function>E<variable>` is a local symbol and names its function.
fn from_statics(image: &Image, functions: &mut [Function]) {
    let by_name: HashMap<String, usize> = functions
        .iter()
        .enumerate()
        .map(|(index, function)| (without_clone_suffix(&function.mangled)[2..].to_owned(), index))
        .collect();
    let mut found = Vec::new();
    for (name, unit) in &image.statics {
        let inside = &name[3..];
        for (at, _) in inside.match_indices('E') {
            if let Some(index) = by_name.get(&inside[..at]) {
                found.push((*index, *unit));
            }
        }
    }
    for (index, unit) in found {
        functions[index].unit.get_or_insert_with(|| image.units[unit as usize].clone());
    }
}

/// What lies between two functions of one unit is of that unit.
fn from_neighbours(functions: &mut [Function]) {
    let known: Vec<usize> = (0..functions.len()).filter(|index| functions[*index].unit.is_some()).collect();
    for pair in known.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        if functions[from].unit == functions[to].unit {
            let unit = functions[from].unit.clone();
            functions[from + 1..to].iter_mut().for_each(|function| function.unit.clone_from(&unit));
        }
    }
}

/// A class whose other functions all come from one unit.
fn from_classes(functions: &mut [Function]) {
    let mut classes: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for function in functions.iter() {
        if let (Some(scope), Some(unit)) = (scope(&function.name), &function.unit) {
            *classes.entry(scope.to_owned()).or_default().entry(unit.clone()).or_default() += 1;
        }
    }
    for function in functions.iter_mut().filter(|function| function.unit.is_none()) {
        let units = scope(&function.name).and_then(|scope| classes.get(scope));
        if let Some((unit, _)) = units.filter(|units| units.len() == 1).and_then(BTreeMap::first_key_value) {
            function.unit = Some(unit.clone());
        }
    }
}

/// The class of a member function; a namespace is not one, and Node's classes are told by their capital letter.
fn scope(name: &str) -> Option<&str> {
    let (scope, _) = name.rsplit_once("::")?;
    let class = scope.rsplit("::").next()?;
    class.starts_with(|c: char| c.is_ascii_uppercase()).then_some(scope)
}
