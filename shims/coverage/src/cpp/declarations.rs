//! The public functions that a header declares.

use tree_sitter::Node;

use super::{parse, path};

/// A function of a header.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Declared {
    /// The qualified name: `v8::String::NewFromUtf8`.
    pub name: String,
    /// Whether its body stands in the header, so that calls of it leave no trace in a binary.
    pub inline: bool,
}

/// Public functions of the namespace `namespace` and its classes, by name; overloads together, inline when all are.
pub fn declarations(source: &str, namespace: &str) -> Vec<Declared> {
    let Some((tree, source)) = parse(source) else { return Vec::new() };
    let mut found = Vec::new();
    // A node, the scope that it stands in, and whether that scope is public.
    let mut next = vec![(tree.root_node(), String::new(), true)];
    while let Some((node, scope, public)) = next.pop() {
        let text = |node: Node<'_>| node.utf8_text(source.as_bytes()).unwrap_or_default().to_owned();
        match node.kind() {
            "namespace_definition" => {
                let name = node.child_by_field_name("name").map(text).unwrap_or_default();
                let inner = join(&scope, &path(&name));
                if let Some(body) = node.child_by_field_name("body") {
                    next.push((body, inner, true));
                }
            }
            "class_specifier" | "struct_specifier" => {
                let (name, body) = (node.child_by_field_name("name"), node.child_by_field_name("body"));
                if let (Some(name), Some(body), true) = (name, body, public) {
                    members(
                        node.kind() == "struct_specifier",
                        body,
                        &join(&scope, &path(&text(name))),
                        &mut next,
                    );
                }
            }
            "function_definition" | "field_declaration" | "declaration" if public => {
                // A class may be declared inside one, with or without variables.
                if let Some(inner) =
                    node.child_by_field_name("type").filter(|inner| inner.kind().ends_with("_specifier"))
                {
                    next.push((inner, scope.clone(), public));
                }
                let declared = declarator(node).map(|name| path(&text(name)));
                if let Some(name) = declared.filter(|name| !name.is_empty() && scope.starts_with(namespace)) {
                    let body = node.child_by_field_name("body").is_some();
                    found.push(Declared {
                        name: join(&scope, name.rsplit("::").next().unwrap_or(&name)),
                        inline: body,
                    });
                }
            }
            _ => {
                let mut cursor = node.walk();
                next.extend(node.named_children(&mut cursor).map(|child| (child, scope.clone(), public)));
            }
        }
    }
    found.sort();
    // Declared and defined later in the same header: inline.
    found.dedup_by(|later, first| later.name == first.name);
    found
}

/// The members of a class, each with whether it is public.
fn members<'a>(open: bool, body: Node<'a>, scope: &str, next: &mut Vec<(Node<'a>, String, bool)>) {
    let mut public = open;
    let mut cursor = body.walk();
    for child in body.named_children(&mut cursor) {
        if child.kind() == "access_specifier" {
            let mut inner = child.walk();
            public = child.children(&mut inner).any(|word| word.kind() == "public");
        } else {
            next.push((child, scope.to_owned(), public));
        }
    }
}

/// The name of the function that a declaration declares.
fn declarator(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node.child_by_field_name("declarator")?;
    loop {
        match node.kind() {
            "function_declarator" => return node.child_by_field_name("declarator"),
            "pointer_declarator" | "reference_declarator" | "init_declarator" => {
                let inner = node.child_by_field_name("declarator");
                node = match inner {
                    Some(inner) => inner,
                    None => node.named_child(0)?,
                };
            }
            _ => return None,
        }
    }
}

fn join(scope: &str, name: &str) -> String {
    match (scope, name) {
        ("", name) => name.to_owned(),
        (scope, "") => scope.to_owned(),
        (scope, name) => format!("{scope}::{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_functions_are_found_and_private_ones_not() {
        let found = declarations(
            "namespace v8 {\nclass V8_EXPORT String : public Name {\n public:\n  class V8_EXPORT Utf8Value { public: int length() const { return 1; } };\n  static V8_WARN_UNUSED_RESULT MaybeLocal<String> NewFromUtf8(Isolate* isolate, const char* data);\n  V8_DEPRECATED(\"x\") int Length() const;\n private:\n  void Hidden();\n};\nint Free();\n}\nnamespace other { int Not(); }\n",
            "v8",
        );
        let names: Vec<(&str, bool)> =
            found.iter().map(|found| (found.name.as_str(), found.inline)).collect();
        assert_eq!(
            names,
            [
                ("v8::Free", false),
                ("v8::String::Length", false),
                ("v8::String::NewFromUtf8", false),
                ("v8::String::Utf8Value::length", true),
            ]
        );
    }
}
