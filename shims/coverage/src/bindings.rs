//! The bindings of a binary: their names, the code that sets each up, the functions that it exports.

use std::collections::{BTreeMap, HashMap};

use crate::binary::{Edge, EdgeKind, Graph};
use crate::machine::{Step, Target};
use crate::registration::{Registration, Registrations};

/// What `internalBinding(name)` is made by.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// The source file, as Node registered it: `src/node_file.cc`.
    pub file: Option<String>,
    /// Functions that set it up, as indices into [`Graph::functions`].
    pub entries: Vec<u32>,
    /// What they register, by name.
    pub registrations: Vec<Registration>,
}

/// Words of `struct node_module` (node.h, `node::node_module`): file name, register functions, module name.
const FILE: u64 = 16;
const REGISTER: u64 = 24;
const REGISTER_WITH_CONTEXT: u64 = 32;
const NAME: u64 = 40;

/// Every binding, by name.
pub fn bindings(graph: &Graph) -> Vec<Binding> {
    let by_name: HashMap<&str, u32> =
        graph.functions.iter().enumerate().map(|(index, f)| (f.name.as_str(), index as u32)).collect();
    let mut registrations = Registrations::new(graph);
    let mut found = BTreeMap::new();
    for function in &graph.functions {
        let Some(announced) = function.name.strip_prefix("_register_") else { continue };
        if announced.starts_with("isolate_") || announced.starts_with("external_reference_") {
            continue;
        }
        let Some(module) = module(graph, function.address, function.size) else { continue };
        let text = |at: u64| graph.image.pointer(module + at).and_then(|at| graph.image.text(at, None));
        let name = text(NAME).unwrap_or_else(|| announced.to_owned());
        let mut entries: Vec<u32> = [REGISTER, REGISTER_WITH_CONTEXT]
            .into_iter()
            .filter_map(|at| graph.function_at(graph.image.pointer(module + at)?))
            .collect();
        entries.extend(by_name.get(format!("_register_isolate_{announced}").as_str()));
        let file = text(FILE).map(|file| file.trim_start_matches("../").to_owned());
        let registrations = registrations.from(&entries);
        found.insert(name.clone(), Binding { name, file, entries, registrations });
    }
    found.into_values().collect()
}

/// The `node_module` that a registering function passes on: its first argument at the call.
fn module(graph: &Graph, address: u64, size: u64) -> Option<u64> {
    let first = graph.image.machine.arguments()[0];
    let (mut argument, mut module) = (None, None);
    let code = graph.image.bytes(address, size as usize);
    graph.image.machine.steps(address, code, &mut |(_, step)| match step {
        Step::Constant(register, value) if register == first => argument = Some(value),
        Step::Add(into, from, offset) if into == first && from == first => {
            argument = argument.map(|value: u64| value.wrapping_add_signed(offset));
        }
        Step::Call(Target::Direct(_)) | Step::Jump(Target::Direct(_)) => module = module.or(argument),
        _ => {}
    });
    module
}

/// The functions that can run once `from` runs: through calls, callbacks and the virtual functions of classes that are
/// constructed on the way.
pub fn reach(graph: &Graph, from: &[u32], follow: impl Fn(&Edge) -> bool) -> Vec<u32> {
    let mut seen = vec![false; graph.functions.len()];
    let mut next = Vec::new();
    for index in from {
        if !std::mem::replace(&mut seen[*index as usize], true) {
            next.push(*index);
        }
    }
    let mut reached = Vec::new();
    while let Some(index) = next.pop() {
        reached.push(index);
        for edge in &graph.functions[index as usize].edges {
            let to = edge.to as usize;
            if follow(edge) && !seen[to] {
                seen[to] = true;
                next.push(edge.to);
            }
        }
    }
    reached.sort_unstable();
    reached
}

/// Every way but those through tables of virtual functions.
pub fn calls_and_callbacks(edge: &Edge) -> bool {
    edge.kind != EdgeKind::Virtual
}
