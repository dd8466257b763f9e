//! C++ as far as it can be read without a compiler: which names are called, where, and inside what.

mod declarations;

pub use declarations::{Declared, declarations};

use tree_sitter::{Node, Parser, Tree};

/// A name that is called, or a macro that defines a function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Use {
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
    /// What is called.
    pub name: Called,
    /// The source line, without the space around it.
    pub text: String,
    /// The function around it.
    pub function: String,
    /// Loops around it, inside that function.
    pub loops: usize,
    /// Whether a class's body is around it.
    pub inside_class: bool,
}

/// How a called name is written.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Called {
    /// `Nan::New`, `v8::String::NewFromUtf8`, `String::NewFromUtf8`, `uv_queue_work`.
    Path(String),
    /// `->IsString()`, `.GetReturnValue()`: the object's class is not known.
    Member {
        /// What it is called on, as written.
        on: String,
        /// The method.
        method: String,
    },
    /// A type that is named: a base class, a variable.
    Type(String),
}

/// A file's calls.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// In the order of the source.
    pub uses: Vec<Use>,
    /// Lines that could not be read as C++: their calls are missing.
    pub unread: Vec<usize>,
}

/// Parses C++. Macros that stand before a class or a declaration are blanked first, since a parser cannot know that
/// they mean nothing to it.
pub fn parse(source: &str) -> Option<(Tree, String)> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_cpp::LANGUAGE.into()).ok()?;
    let source = without_markers(source);
    parser.parse(&source, None).map(|tree| (tree, source))
}

/// Every call in a file.
pub fn uses(source: &str) -> Uses {
    let Some((tree, source)) = parse(source) else { return Uses::default() };
    let mut found = Uses::default();
    let mut reader = Reader { source: source.as_bytes(), lines: source.lines().collect(), found: &mut found };
    walk(tree.root_node(), &mut |node| reader.visit(node));
    found.unread.dedup();
    found
}

/// Visits a node and everything in it without recursion: macros nest as deep as they like.
pub(crate) fn walk<'a>(root: Node<'a>, visit: &mut dyn FnMut(Node<'a>)) {
    let mut next = vec![root];
    while let Some(node) = next.pop() {
        visit(node);
        let mut cursor = node.walk();
        let children: Vec<Node<'a>> = node.children(&mut cursor).collect();
        next.extend(children.into_iter().rev());
    }
}

/// What holds a node: its function, the loops inside that, a class.
#[derive(Default)]
struct Around {
    function: String,
    loops: usize,
    inside_class: bool,
}

struct Reader<'a> {
    source: &'a [u8],
    lines: Vec<&'a str>,
    found: &'a mut Uses,
}

impl Reader<'_> {
    fn visit(&mut self, node: Node<'_>) {
        // A semicolon that is absent after a macro loses nothing.
        if node.is_error() {
            self.found.unread.push(node.start_position().row + 1);
        }
        let name = match node.kind() {
            "call_expression" => node.child_by_field_name("function").and_then(|callee| self.called(callee)),
            // `args[0]`, `info[0]`
            "subscript_expression" => node
                .child_by_field_name("argument")
                .filter(|argument| matches!(self.text(*argument), "args" | "info" | "arguments"))
                .map(|argument| Called::Member {
                    on: self.text(argument).to_owned(),
                    method: "operator[]".to_owned(),
                }),
            "base_class_clause" | "declaration" | "parameter_declaration" | "field_declaration" => {
                let mut cursor = node.walk();
                let types = ["qualified_identifier", "type_identifier", "template_type"];
                let kind = node.named_children(&mut cursor).find(|child| types.contains(&child.kind()));
                kind.map(|kind| Called::Type(path(self.text(kind))))
            }
            // Macros that define functions look like types and names.
            "identifier" | "type_identifier"
                if is_definition(self.text(node))
                    && node.parent().is_none_or(|parent| parent.kind() != "call_expression") =>
            {
                Some(Called::Path(self.text(node).to_owned()))
            }
            _ => None,
        };
        if let Some(name) = name {
            let Around { function, loops, inside_class } = self.around(node);
            let position = node.start_position();
            self.found.uses.push(Use {
                line: position.row + 1,
                column: position.column + 1,
                name,
                text: self.lines.get(position.row).copied().unwrap_or_default().trim().to_owned(),
                function,
                loops,
                inside_class,
            });
        }
    }

    fn called(&self, callee: Node<'_>) -> Option<Called> {
        match callee.kind() {
            "identifier" | "qualified_identifier" | "template_function" => {
                Some(Called::Path(path(self.text(callee))))
            }
            "field_expression" => {
                let method = callee.child_by_field_name("field")?;
                let on = callee.child_by_field_name("argument")?;
                Some(Called::Member { on: self.text(on).to_owned(), method: path(self.text(method)) })
            }
            _ => None,
        }
    }

    fn around(&self, node: Node<'_>) -> Around {
        let (mut around, mut next) = (Around::default(), node.parent());
        while let Some(parent) = next {
            match parent.kind() {
                "for_statement" | "while_statement" | "do_statement" | "for_range_loop" => around.loops += 1,
                "class_specifier" | "struct_specifier" => around.inside_class = true,
                "function_definition" => {
                    let name = parent.child_by_field_name("declarator").map(|name| self.text(name));
                    let name = name.unwrap_or_default().split('(').next().unwrap_or_default();
                    name.trim_start_matches(['*', '&', ' ']).clone_into(&mut around.function);
                    return around;
                }
                _ => {}
            }
            next = parent.parent();
        }
        around
    }

    fn text(&self, node: Node<'_>) -> &str {
        node.utf8_text(self.source).unwrap_or_default()
    }
}

/// `NAN_METHOD`, `NODE_MODULE` and their like.
fn is_definition(name: &str) -> bool {
    ["NAN_", "NODE_MODULE", "NODE_SET_"].iter().any(|prefix| name.starts_with(prefix))
}

/// A qualified name without template arguments and space.
pub(crate) fn path(text: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 && !c.is_whitespace() => out.push(c),
            _ => {}
        }
    }
    out.trim_start_matches("::").trim_end_matches("::").to_owned()
}

/// Blanks macros like `V8_EXPORT`, `V8_WARN_UNUSED_RESULT` and `V8_DEPRECATED("…")`; positions stay.
fn without_markers(source: &str) -> String {
    let mut out = source.as_bytes().to_vec();
    let mut at = 0;
    let mut directive = source.trim_start().starts_with('#');
    while at < out.len() {
        let byte = out[at];
        if byte == b'\n' {
            directive = out[at + 1..].trim_ascii_start().first() == Some(&b'#');
        }
        if !is_word(byte) {
            at += 1;
            continue;
        }
        let end = at + out[at..].iter().position(|byte| !is_word(*byte)).unwrap_or(out.len() - at);
        let mut stop = end;
        if !directive && is_marker(&out[at..end]) {
            stop = after_arguments(&out, end);
            for byte in out[at..stop].iter_mut().filter(|byte| **byte != b'\n') {
                *byte = b' ';
            }
        }
        at = stop;
    }
    String::from_utf8(out).unwrap_or_else(|_| source.to_owned())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_marker(name: &[u8]) -> bool {
    let capitals = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let known = [b"V8_".as_slice(), b"CPPGC_".as_slice(), b"NODE_EXTERN".as_slice()];
    let node_api = [b"NAPI_EXTERN".as_slice(), b"NAPI_CDECL".as_slice(), b"NAPI_NO_RETURN".as_slice()];
    (known.iter().any(|prefix| name.starts_with(prefix)) && name.iter().all(capitals))
        || node_api.contains(&name)
        || matches!(name, b"NAN_INLINE" | b"NAN_DEPRECATED")
        || is_format(name)
}

/// `PRIu64` and its like, which stand between the parts of a text.
fn is_format(name: &[u8]) -> bool {
    let Some(rest) = name.strip_prefix(b"PRI") else { return false };
    rest.len() > 1 && b"diouxX".contains(&rest[0])
}

/// No macro's parentheses are longer.
const LONGEST: usize = 4096;

/// The end of the parentheses that follow, or `from` when none do. Texts in them may hold parentheses;
/// none is longer than [`LONGEST`].
fn after_arguments(source: &[u8], from: usize) -> usize {
    if source.get(from) != Some(&b'(') {
        return from;
    }
    let (mut depth, mut text) = (0usize, false);
    for (index, byte) in source.iter().enumerate().skip(from).take(LONGEST) {
        match byte {
            b'"' if source[index - 1] != b'\\' => text = !text,
            b'(' if !text => depth += 1,
            b')' if !text => {
                depth -= 1;
                if depth == 0 {
                    return index + 1;
                }
            }
            _ => {}
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(source: &str) -> Vec<(usize, Called)> {
        uses(source).uses.into_iter().map(|used| (used.line, used.name)).collect()
    }

    #[test]
    fn calls_are_read_with_their_lines() {
        let found = called(
            "void F(const Nan::FunctionCallbackInfo<v8::Value>& info) {\n  if (!info[0]->IsString()) return;\n  Nan::Set(target, Nan::New(\"a\").ToLocalChecked(), Nan::New<v8::Number>(1));\n}\n",
        );
        assert!(
            found.contains(&(2, Called::Member { on: "info[0]".into(), method: "IsString".into() })),
            "{found:?}"
        );
        assert!(found.contains(&(3, Called::Path("Nan::Set".into()))), "{found:?}");
        assert_eq!(found.iter().filter(|(_, name)| *name == Called::Path("Nan::New".into())).count(), 2);
    }

    #[test]
    fn loops_and_functions_around_a_call_are_known() {
        let found = uses("void Foo::Bar() {\n  for (;;) { while (x) Nan::Set(a, b, c); }\n}\n");
        let used =
            found.uses.iter().find(|used| used.name == Called::Path("Nan::Set".into())).expect("the call");
        assert_eq!((used.function.as_str(), used.loops), ("Foo::Bar", 2));
    }

    #[test]
    fn what_is_no_code_calls_nothing() {
        assert_eq!(
            called("// Nan::New()\nconst char* a = \"Nan::New()\";\n")
                .iter()
                .filter(|(_, name)| matches!(name, Called::Path(_)))
                .count(),
            0
        );
    }

    #[test]
    fn macros_that_mean_nothing_to_a_parser_hide_no_call() {
        let found = uses(
            "NAPI_EXTERN napi_status NAPI_CDECL f(int a);\nNAN_INLINE bool h(v8::Local<v8::Object> o) { return true; }\nvoid g() { Debug(\"%\" PRIu64 \" bytes\", Nan::New(1)); }\n",
        );
        assert_eq!(found.unread, Vec::<usize>::new());
        assert!(found.uses.iter().any(|used| used.name == Called::Path("Nan::New".into())));
    }

    #[test]
    fn damaged_sources_say_where() {
        let found = uses("void F() { Nan::New(1);\n}}}} ((( class\n");
        assert!(!found.unread.is_empty());
        assert!(found.uses.iter().any(|used| used.name == Called::Path("Nan::New".into())));
    }
}
