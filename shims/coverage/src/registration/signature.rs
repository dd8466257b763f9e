//! In which registers a called function expects names, callbacks and templates, told by its linker name.

use crate::binary::{parameters, qualified};

/// What a called function takes, as far as registration cares.
#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    pub(super) name: String,
    pub(super) is_node: bool,
    /// Position among the integer registers.
    pub(super) text: Option<(usize, bool)>,
    pub(super) string: Option<usize>,
    pub(super) callback: Option<usize>,
    pub(super) template: Vec<usize>,
}

impl Signature {
    /// Of a function's linker name.
    pub(super) fn of(mangled: &str, is_node: bool) -> Signature {
        let mut signature = Signature { name: qualified(mangled), is_node, ..Signature::default() };
        let mut position = usize::from(is_method(&signature.name));
        for kind in parameters(mangled) {
            let mut width = 1;
            if kind.starts_with("std::basic_string_view<") {
                signature.text.get_or_insert((position, true));
                width = 2;
            } else if kind == "char const*" || kind == "unsigned char const*" {
                signature.text.get_or_insert((position, false));
            } else if kind.contains("FunctionCallbackInfo<") && kind.contains("(*)") {
                signature.callback.get_or_insert(position);
            } else if kind.starts_with("v8::Local<") {
                match kind.trim_start_matches("v8::Local<").trim_end_matches('>').trim() {
                    "v8::FunctionTemplate" | "v8::Template" | "v8::ObjectTemplate" | "v8::Data" => {
                        signature.template.push(position);
                    }
                    "v8::String" | "v8::Name" => {
                        signature.string.get_or_insert(position);
                    }
                    _ => {}
                }
            }
            position += width;
        }
        signature
    }
}

/// Whether `this` is the first argument: V8's classes, and Node's by their capital letter. Static members are
/// listed, since linker names do not tell.
fn is_method(name: &str) -> bool {
    !matches!(
        name,
        "v8::FunctionTemplate::New"
            | "v8::Function::New"
            | "v8::String::NewFromUtf8"
            | "v8::String::NewFromOneByte"
            | "v8::String::NewFromUtf8Literal"
    ) && name.starts_with("v8::")
}
