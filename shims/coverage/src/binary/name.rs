//! C++ names as people write them.

use cpp_demangle::{DemangleOptions, Symbol};

/// To whom a function belongs, by the outermost namespace of its linker name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Root {
    /// `node::`, an instantiation of a library template on one of its classes, or the code that registers a binding.
    Node,
    /// `v8::`, the engine's API and what its headers inline.
    V8,
    /// `uv_…`, libuv.
    Uv,
    /// Anything else.
    Other,
}

/// Tells by the linker name alone, which is quicker than to demangle hundreds of thousands.
pub fn root(mangled: &str) -> Root {
    if mangled.starts_with("uv_") {
        return Root::Uv;
    }
    let Some(encoding) = encoding(mangled) else { return Root::Other };
    match first_name(encoding) {
        Some("v8") => Root::V8,
        // Node's inspector protocol is V8's code, and v8impl is Node-API itself.
        Some("v8_inspector" | "v8impl") => Root::Other,
        _ if is_rust(mangled) => Root::Other,
        _ if mangled.contains("4node") || is_registration(mangled) => Root::Node,
        _ => Root::Other,
    }
}

/// Whether the name is of the code by which a binding announces itself.
fn is_registration(mangled: &str) -> bool {
    encoding(mangled).and_then(first_name).is_some_and(|name| name.starts_with("_register_"))
}

/// Rust's older linker names look like C++ and end in a hash.
fn is_rust(mangled: &str) -> bool {
    let hash = mangled.strip_suffix('E').and_then(|name| name.rsplit_once("17h")).map(|(_, hash)| hash);
    hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What follows `_Z`, `_ZN`, `_ZZN`, `_ZThn8_N`, …: where the name begins.
fn encoding(mangled: &str) -> Option<&str> {
    let mut rest = mangled.strip_prefix("_Z")?;
    if let Some(thunk) = rest.strip_prefix(['T']) {
        rest = thunk.split_once('_')?.1;
    }
    rest = rest.trim_start_matches(['Z', 'L']);
    Some(rest.strip_prefix('N').map_or(rest, |nested| nested.trim_start_matches(['K', 'V', 'R', 'O', 'L'])))
}

fn first_name(encoding: &str) -> Option<&str> {
    source_name(encoding).map(|(name, _)| name)
}

/// A length and as many characters.
fn source_name(text: &str) -> Option<(&str, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let length: usize = text[..digits].parse().ok()?;
    let rest = &text[digits..];
    (length > 0 && rest.is_char_boundary(length.min(rest.len())))
        .then(|| rest.split_at_checked(length))
        .flatten()
}

/// The qualified name without parameters, template arguments, result and clone suffix: `v8::String::NewFromUtf8`.
pub fn qualified(mangled: &str) -> String {
    let mangled = without_clone_suffix(mangled);
    let options = DemangleOptions::new().no_params().no_return_type();
    let demangled = Symbol::new(mangled).ok().and_then(|symbol| symbol.demangle_with_options(&options).ok());
    match demangled {
        Some(name) => tidy(&name),
        // Constraints of C++20 are newer than the demangler.
        None => nested(mangled).unwrap_or_else(|| mangled.to_owned()),
    }
}

/// The types of a function's parameters as text, in order; none when the name cannot be demangled.
pub fn parameters(mangled: &str) -> Vec<String> {
    let options = DemangleOptions::new().no_return_type();
    let demangled = Symbol::new(without_clone_suffix(mangled))
        .ok()
        .and_then(|symbol| symbol.demangle_with_options(&options).ok());
    let Some(demangled) = demangled else { return Vec::new() };
    let text = demangled.trim_end_matches(" const");
    let Some(text) = text.strip_suffix(')') else { return Vec::new() };
    // From the end, since a template argument may hold parentheses of its own.
    let mut depth = 0i32;
    let mut starts = vec![text.len()];
    for (index, c) in text.char_indices().rev() {
        match c {
            ')' | '>' if !text[..index].ends_with('-') => depth += 1,
            '(' | '<' if depth > 0 => depth -= 1,
            '(' => {
                starts.push(index);
                break;
            }
            ',' if depth == 0 => starts.push(index),
            _ => {}
        }
    }
    starts.reverse();
    let parts = starts.windows(2).map(|ends| text[ends[0] + 1..ends[1]].trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// Compilers split functions: `_Zfoo.cold`, `_Zfoo.part.0`, `_Zfoo.constprop.1`.
pub(super) fn without_clone_suffix(mangled: &str) -> &str {
    mangled.split_once('.').map_or(mangled, |(name, _)| name)
}

/// Removes template arguments and ABI tags.
fn tidy(name: &str) -> String {
    let name = name.strip_prefix("non-virtual thunk to ").unwrap_or(name);
    let name = name.strip_prefix("virtual thunk to ").unwrap_or(name);
    let mut out = String::with_capacity(name.len());
    let mut depth = 0usize;
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let operator =
            ["operator<<", "operator<=", "operator<", "operator->", "operator>>", "operator>=", "operator>"]
                .into_iter()
                .find(|operator| depth == 0 && rest.starts_with(operator));
        if let Some(operator) = operator {
            out.push_str(operator);
            rest = &rest[operator.len()..];
            continue;
        }
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    let mut out = out.replace("[abi:cxx11]", "");
    // A conversion of parameters to text leaves what precedes a lambda's own parameters.
    if let Some(at) =
        out.find('(').filter(|_| !out.starts_with("(anonymous namespace)") && !out.contains("(anonymous"))
    {
        out.truncate(at);
    }
    out
}

/// The names of a nested name, read off the mangled text.
fn nested(mangled: &str) -> Option<String> {
    let mut rest = encoding(mangled)?;
    let mut names = Vec::new();
    while let Some((name, after)) = source_name(rest) {
        names.push(if name.starts_with("_GLOBAL__N") { "(anonymous namespace)" } else { name });
        rest = after;
    }
    (!names.is_empty()).then(|| names.join("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_told_by_the_linker_name() {
        for (mangled, expected) in [
            ("_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi", Root::V8),
            ("_ZNK2v85Value8IsStringEv", Root::V8),
            ("_ZN4node2fs4StatERKN2v820FunctionCallbackInfoINS1_5ValueEEE", Root::Node),
            ("_ZThn8_N4node2fs10FileHandleD0Ev", Root::Node),
            ("_Z12_register_fsv", Root::Node),
            ("_ZSt8_DestroyIPN4node3FooEEvT_S3_", Root::Node),
            ("_ZN12v8_inspector11V8Inspector6createEPN4node1XE", Root::Other),
            ("_ZN2v88internal8compiler4nodeEv", Root::V8),
            ("uv_fs_open", Root::Uv),
            ("_ZN11tree_sitter4node4Node17h0123456789abcdefE", Root::Other),
            ("SSL_new", Root::Other),
            ("_Z", Root::Other),
            ("_ZN99999999999999999999v8E", Root::Other),
        ] {
            assert_eq!(root(mangled), expected, "{mangled}");
        }
    }

    #[test]
    fn names_lose_what_overloads_differ_in() {
        for (mangled, expected) in [
            ("_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi", "v8::String::NewFromUtf8"),
            ("_ZN4node2fs4StatERKN2v820FunctionCallbackInfoINS1_5ValueEEE", "node::fs::Stat"),
            ("_ZN4node2fs4StatERKN2v820FunctionCallbackInfoINS1_5ValueEEE.cold", "node::fs::Stat"),
            ("_ZN2v88TryCatchC1EPNS_7IsolateE", "v8::TryCatch::TryCatch"),
            ("_ZN2v811HandleScopeD1Ev", "v8::HandleScope::~HandleScope"),
            (
                "_ZN4node21FIXED_ONE_BYTE_STRINGILm10EQgtT_Li0EEEN2v85LocalINS1_6StringEEEPNS1_7IsolateERAT__Kc",
                "node::FIXED_ONE_BYTE_STRING",
            ),
            ("_Z12_register_fsv", "_register_fs"),
        ] {
            assert_eq!(qualified(mangled), expected);
        }
    }

    #[test]
    fn parameters_are_split_at_the_outermost_commas() {
        let types = parameters(
            "_ZN4node9SetMethodEN2v85LocalINS0_7ContextEEENS1_INS0_6ObjectEEESt17basic_string_viewIcSt11char_traitsIcEEPFvRKNS0_20FunctionCallbackInfoINS0_5ValueEEEE",
        );
        assert_eq!(types.len(), 4, "{types:?}");
        assert!(types[2].starts_with("std::basic_string_view<"), "{types:?}");
        assert!(types[3].contains("FunctionCallbackInfo"), "{types:?}");
        assert_eq!(parameters("_ZN2v86Number5ValueEv"), Vec::<String>::new());
    }
}
