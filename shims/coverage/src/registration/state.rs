//! What registers and the frame hold while code is run on constants.

use std::collections::HashMap;

use crate::binary::Graph;
use crate::machine::{Machine, REGISTERS, Register, Slot, Step};

/// What a register or a stack slot holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    Number(u64),
    /// A string of JavaScript.
    Text(String),
    /// A function template of this C++ function, which may have a name.
    Template {
        callback: Option<u64>,
    },
    /// A function made of one.
    Function {
        callback: Option<u64>,
    },
}

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) registers: [Option<Value>; REGISTERS],
    frame: HashMap<Slot, Value>,
}

impl State {
    pub(super) fn apply(&mut self, step: Step, graph: &Graph) {
        let value = |state: &State, register: Register| state.registers[register as usize].clone();
        let (into, next) = match step {
            Step::Constant(into, number) => (into, Some(Value::Number(number))),
            Step::Copy(into, from) => (into, value(self, from)),
            Step::Add(into, from, offset) => (
                into,
                match value(self, from) {
                    Some(Value::Number(number)) => Some(Value::Number(number.wrapping_add_signed(offset))),
                    _ => None,
                },
            ),
            Step::Load(into, address) => (into, read_only(graph, address)),
            Step::LoadFrom(into, from, offset) => (
                into,
                match value(self, from) {
                    Some(Value::Number(page)) => read_only(graph, page.wrapping_add_signed(offset)),
                    _ => None,
                },
            ),
            Step::Save(slot, from) => {
                match value(self, from) {
                    Some(value) => self.frame.insert(slot, value),
                    None => self.frame.remove(&slot),
                };
                return;
            }
            Step::Restore(into, slot) => (into, self.frame.get(&slot).cloned()),
            Step::Clobber(into) => (into, None),
            Step::Mention(_) | Step::Call(_) | Step::Jump(_) | Step::Branch(_) | Step::End => return,
        };
        self.registers[into as usize] = next;
    }

    /// A call ends: what the called function may use is unknown, but for its result.
    pub(super) fn call(&mut self, machine: Machine, result: Option<Value>) {
        for (register, value) in self.registers.iter_mut().enumerate() {
            if !machine.survives_calls(register as Register) {
                *value = None;
            }
        }
        self.registers[machine.result() as usize] = result;
    }

    /// What a return would hand back.
    pub(super) fn result(&self, machine: Machine) -> Option<&Value> {
        self.registers[machine.result() as usize].as_ref()
    }
}

/// What the loader stores at an address, if it is a pointer to a function: tables of constants.
fn read_only(graph: &Graph, address: u64) -> Option<Value> {
    let pointer = graph.image.pointer(address)?;
    graph.image.function_at(pointer).is_some().then_some(Value::Number(pointer))
}
