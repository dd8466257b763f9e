//! One call, with what is known of its arguments.

use super::signature::Signature;
use super::state::{State, Value};
use super::{Callbacks, Registration};
use crate::binary::Graph;

/// A call to a known function.
pub(super) struct Call<'a> {
    pub(super) graph: &'a Graph,
    pub(super) signature: &'a Signature,
    pub(super) state: &'a State,
}

impl Call<'_> {
    /// The value that comes back, of functions of V8 that make one.
    pub(super) fn made(&self) -> Option<Value> {
        match self.signature.name.as_str() {
            "v8::FunctionTemplate::New" | "node::NewFunctionTemplate" => {
                Some(Value::Template { callback: self.callback() })
            }
            "v8::Function::New" => Some(Value::Function { callback: self.callback() }),
            "v8::FunctionTemplate::GetFunction" => match self.argument(0)? {
                Value::Template { callback } => Some(Value::Function { callback: *callback }),
                _ => None,
            },
            "v8::String::NewFromUtf8"
            | "v8::String::NewFromUtf8Literal"
            | "v8::String::NewFromOneByte"
            | "node::OneByteString"
            | "node::FIXED_ONE_BYTE_STRING" => {
                // A reference to an array of characters is no `char const*`, and comes second too.
                let array = || self.graph.image.text(self.number(1)?, None);
                self.name().or_else(array).map(Value::Text)
            }
            _ => None,
        }
    }

    /// What the call registers.
    pub(super) fn registered(&self) -> Option<Registration> {
        let by = self.signature.name.clone();
        if matches!(by.as_str(), "v8::Object::Set" | "v8::Template::Set" | "v8::Object::DefineOwnProperty") {
            return self.property(by);
        }
        let name = self.name().filter(|_| self.signature.is_node)?;
        let classes: Vec<Option<u64>> = self.templates().collect();
        match (self.callback(), classes.as_slice()) {
            (Some(callback), classes) => {
                let class = classes.first().copied().flatten();
                Some(Registration { name, class, callback: Some(callback), by })
            }
            (None, [callback, ..]) => Some(Registration { name, class: None, callback: *callback, by }),
            (None, []) => by.ends_with("SetConstructorFunction").then_some(Registration {
                name,
                class: None,
                callback: None,
                by,
            }),
        }
    }

    /// A function that is set like any other property.
    fn property(&self, by: String) -> Option<Registration> {
        let (mut key, mut made) = (None, None);
        for value in (1..5).filter_map(|position| self.argument(position)) {
            match value {
                Value::Text(text) => key = Some(text.clone()),
                Value::Template { callback } | Value::Function { callback } => made = Some(*callback),
                Value::Number(_) => {}
            }
        }
        Some(Registration { name: key?, class: None, callback: made?, by })
    }

    /// C++ functions for JavaScript that the call passes on.
    pub(super) fn callbacks(&self) -> Callbacks {
        (0..self.graph.image.machine.arguments().len())
            .filter_map(|position| Some((position, self.number(position)?)))
            .filter(|(_, address)| {
                let function = self.graph.function_at(*address);
                let function = function.map(|index| &self.graph.functions[index as usize]);
                function.is_some_and(|function| function.mangled.contains("FunctionCallbackInfo"))
            })
            .collect()
    }

    fn name(&self) -> Option<String> {
        let image = &self.graph.image;
        let text = self.signature.text.and_then(|(position, counted)| {
            if counted {
                image.text(self.number(position + 1)?, Some(self.number(position)? as usize))
            } else {
                image.text(self.number(position)?, None)
            }
        });
        text.or_else(|| match self.argument(self.signature.string?)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    fn callback(&self) -> Option<u64> {
        let callback = self.signature.callback.and_then(|position| self.number(position))?;
        self.graph.function_at(callback).map(|_| callback)
    }

    fn templates(&self) -> impl Iterator<Item = Option<u64>> {
        self.signature.template.iter().filter_map(|position| match self.argument(*position) {
            Some(Value::Template { callback }) => Some(*callback),
            _ => None,
        })
    }

    fn argument(&self, position: usize) -> Option<&Value> {
        let register = self.graph.image.machine.arguments().get(position)?;
        self.state.registers[*register as usize].as_ref()
    }

    fn number(&self, position: usize) -> Option<u64> {
        match self.argument(position)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }
}
