use std::collections::BTreeMap;

/// The version of names that are no part of any Node-API version yet.
pub const EXPERIMENTAL: u32 = u32::MAX;

/// Every function that a Node-API header declares, with the version from which it is declared: the highest
/// `NAPI_VERSION >= n` around it, 1 outside any, [`EXPERIMENTAL`] under `NAPI_EXPERIMENTAL`.
pub fn node_api_versions(header: &str) -> BTreeMap<String, u32> {
    let mut versions = BTreeMap::new();
    // One entry for each condition that is open, with the version that it asks for.
    let mut conditions: Vec<u32> = Vec::new();
    // Where a declaration begins, its name may follow only on the next line.
    let mut declaration: Option<String> = None;
    for line in header.lines() {
        let line = line.trim();
        if let Some(directive) = line.strip_prefix('#') {
            let directive = directive.trim_start();
            if directive.starts_with("if") {
                conditions.push(asked_version(directive));
            } else if directive.starts_with("endif") {
                conditions.pop();
            }
            continue;
        }
        if line.starts_with("NAPI_EXTERN") {
            declaration = Some(String::new());
        }
        let Some(text) = &mut declaration else { continue };
        text.push(' ');
        text.push_str(line);
        if let Some((before, _)) = text.split_once('(') {
            if let Some(name) = before.split_whitespace().last() {
                let version = conditions.iter().copied().max().unwrap_or(1);
                versions.insert(name.to_owned(), version);
            }
            declaration = None;
        }
    }
    versions
}

fn asked_version(condition: &str) -> u32 {
    if condition.starts_with("ifdef NAPI_EXPERIMENTAL") {
        return EXPERIMENTAL;
    }
    condition.split_once("NAPI_VERSION >= ").and_then(|(_, version)| version.trim().parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "
#ifndef SRC_H_
#define NAPI_EXTERN __attribute__((visibility(\"default\")))
NAPI_EXTERN napi_status NAPI_CDECL
napi_first(node_api_basic_env env,
           const napi_extended_error_info** result);
NAPI_EXTERN NAPI_NO_RETURN void NAPI_CDECL napi_second(const char* location);
#ifdef NAPI_EXPERIMENTAL
#define NODE_API_EXPERIMENTAL_HAS_THIRD
NAPI_EXTERN napi_status NAPI_CDECL node_api_third(
    napi_env env);
#endif
#if NAPI_VERSION >= 9
NAPI_EXTERN napi_status NAPI_CDECL node_api_fourth(napi_env env);
#ifndef OPT_OUT
NAPI_EXTERN napi_status NAPI_CDECL node_api_fifth(napi_env env);
#endif
#endif  // NAPI_VERSION >= 9
NAPI_EXTERN napi_status NAPI_CDECL napi_sixth(napi_env env);
#endif
";

    #[test]
    fn versions_come_from_the_conditions_around() {
        let versions = node_api_versions(HEADER);
        let expected = [
            ("napi_first", 1),
            ("napi_second", 1),
            ("napi_sixth", 1),
            ("node_api_fifth", 9),
            ("node_api_fourth", 9),
            ("node_api_third", EXPERIMENTAL),
        ];
        assert_eq!(versions, expected.map(|(name, version)| (name.to_owned(), version)).into());
    }
}
