//! Which JavaScript function leads to which C++ function: what the code that sets a binding up passes to V8.
//!
//! Node registers a function by a call like `SetMethod(context, target, "stat", Stat)`. The name and the function's
//! address are constants, so running the code on constants alone, in address order and without loops, finds them. A
//! name that is computed, or read from the per-isolate strings, stays unknown.

mod call;
mod signature;
mod state;

use std::collections::{HashMap, HashSet};

use call::Call;
use signature::Signature;
use state::{State, Value};

use crate::binary::{EdgeKind, Graph};
use crate::machine::{Step, Target};

/// A JavaScript function and the C++ function behind it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Registration {
    /// The property.
    pub name: String,
    /// The C++ function that a class's constructor runs, for its methods.
    pub class: Option<u64>,
    /// The C++ function's address; none for a class that cannot be constructed.
    pub callback: Option<u64>,
    /// What put it there, such as `node::SetMethod`.
    pub by: String,
}

/// Functions that are passed on as arguments, by position: what a shared function registers depends on them.
type Callbacks = Vec<(usize, u64)>;

/// What one function registers, and what it returns.
#[derive(Clone, Default)]
struct Read {
    registered: Vec<Registration>,
    returned: Option<Value>,
}

/// Reads registrations out of functions, each once.
pub struct Registrations<'a> {
    graph: &'a Graph,
    read: HashMap<(u32, Callbacks), Read>,
    signatures: HashMap<u64, Signature>,
}

impl<'a> Registrations<'a> {
    /// Of a binary.
    pub fn new(graph: &'a Graph) -> Self {
        Registrations { graph, read: HashMap::new(), signatures: HashMap::new() }
    }

    /// What the code from `entries` registers, through the functions that it calls.
    pub fn from(&mut self, entries: &[u32]) -> Vec<Registration> {
        let mut all = Vec::new();
        let mut seen: HashSet<u32> = entries.iter().copied().collect();
        let mut next = entries.to_vec();
        while let Some(index) = next.pop() {
            all.extend(self.interpret(index, Vec::new()).registered);
            let function = &self.graph.functions[index as usize];
            for edge in function.edges.iter().filter(|edge| edge.kind == EdgeKind::Call) {
                if is_set_up(self.graph, edge.to) && seen.insert(edge.to) {
                    next.push(edge.to);
                }
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// Runs a function on constants; what it registers and what it returns are kept.
    fn interpret(&mut self, index: u32, callbacks: Callbacks) -> Read {
        let key = (index, callbacks);
        if let Some(read) = self.read.get(&key) {
            return read.clone();
        }
        // A function that calls itself returns something unknown to itself.
        self.read.insert(key.clone(), Read::default());
        let graph = self.graph;
        let function = &graph.functions[index as usize];
        let code = graph.image.bytes(function.address, function.size as usize);
        let mut steps = Vec::new();
        graph.image.machine.steps(function.address, code, &mut |step| steps.push(step));
        let (mut result, mut registered) = (None, Vec::new());
        let mut waiting: HashMap<u64, State> = HashMap::new();
        let mut started = State::default();
        for (position, callback) in &key.1 {
            let register = graph.image.machine.arguments()[*position];
            started.registers[register as usize] = Some(Value::Number(*callback));
        }
        let mut state = Some(started);
        for (at, step) in steps {
            if let Some(arrived) = waiting.remove(&at)
                && state.is_none()
            {
                state = Some(arrived);
            }
            // Code that nothing was seen to reach: a loop's body, or a landing pad.
            let current = state.get_or_insert_default();
            match step {
                Step::Call(target) => self.call(current, target, &mut registered),
                Step::Branch(to) => {
                    waiting.entry(to).or_insert_with(|| current.clone());
                }
                Step::Jump(Target::Direct(to))
                    if (function.address..function.address + function.size).contains(&to) =>
                {
                    waiting.entry(to).or_insert_with(|| current.clone());
                    state = None;
                }
                Step::Jump(target) => {
                    self.call(current, target, &mut registered);
                    result = result.or(current.result(graph.image.machine).cloned());
                    state = None;
                }
                Step::End => {
                    result = result.or(current.result(graph.image.machine).cloned());
                    state = None;
                }
                step => current.apply(step, self.graph),
            }
        }
        registered.dedup();
        // Only what stands for a JavaScript value is worth handing on.
        let returned = result.filter(|value| !matches!(value, Value::Number(_)));
        let read = Read { registered, returned };
        self.read.insert(key, read.clone());
        read
    }

    /// A call: what it registers, and what comes back.
    fn call(&mut self, state: &mut State, target: Target, registered: &mut Vec<Registration>) {
        let address = self.graph.resolve(target);
        let result = address.and_then(|address| self.effect(state, address, registered));
        let machine = self.graph.image.machine;
        state.call(machine, result);
    }

    fn effect(&mut self, state: &State, address: u64, registered: &mut Vec<Registration>) -> Option<Value> {
        let signature = self.signature(address);
        let call = Call { graph: self.graph, signature: &signature, state };
        if let Some(made) = call.made() {
            return Some(made);
        }
        registered.extend(call.registered());
        let callee = self.graph.function_at(address)?;
        let passed = call.callbacks();
        if signature.text.is_some() || (passed.is_empty() && !returns_template(&signature.name)) {
            return None;
        }
        let read = self.interpret(callee, passed);
        registered.extend(read.registered);
        read.returned
    }

    fn signature(&mut self, address: u64) -> Signature {
        let graph = self.graph;
        let read = || {
            Signature::of(graph.name_at(address).unwrap_or_default(), graph.function_at(address).is_some())
        };
        self.signatures.entry(address).or_insert_with(read).clone()
    }
}

/// Functions that make a class and return its template.
fn returns_template(name: &str) -> bool {
    let last = name.rsplit("::").next().unwrap_or(name);
    ["Template", "Constructor", "Class", "Initialize", "Make", "Create", "String"]
        .iter()
        .any(|part| last.contains(part))
}

/// Whether following a call stays in code that sets bindings up, and does not run off into the rest of Node.
fn is_set_up(graph: &Graph, index: u32) -> bool {
    let function = &graph.functions[index as usize];
    let takes_arguments = function.mangled.contains("FunctionCallbackInfo");
    !takes_arguments && !function.name.contains("THROW_") && !function.name.ends_with("Abort")
}
