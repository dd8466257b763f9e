//! A scan in SARIF 2.1.0, which code hosts show beside the lines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Effort, Finding, Scan};

/// The scan as one SARIF log.
pub fn sarif(scan: &Scan) -> Value {
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &scan.findings {
        rules.entry(&finding.api).or_insert(finding);
    }
    let order: Vec<&str> = rules.keys().copied().collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "portlab scan",
                "rules": rules.values().map(|finding| rule(finding)).collect::<Vec<_>>(),
            } },
            "results": scan.findings.iter().map(|finding| result(finding, &order)).collect::<Vec<_>>(),
        }],
    })
}

fn rule(finding: &Finding) -> Value {
    json!({
        "id": finding.api,
        "shortDescription": { "text": sentence(finding) },
        "defaultConfiguration": { "level": level(finding.effort) },
    })
}

fn result(finding: &Finding, order: &[&str]) -> Value {
    let details = [&finding.change, &finding.hazard, &finding.hot];
    let details: Vec<&str> =
        details.into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    json!({
        "ruleId": finding.api,
        "ruleIndex": order.binary_search(&finding.api.as_str()).unwrap_or(0),
        "level": level(finding.effort),
        "message": { "text": format!("{} {}", sentence(finding), details.join(" ")).trim() },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.file) },
            "region": { "startLine": finding.line, "startColumn": finding.column },
        } }],
    })
}

fn sentence(finding: &Finding) -> String {
    match (finding.effort, finding.node_api.as_str()) {
        (Effort::Blocked, _) => format!("{} has no counterpart in Node-API.", finding.api),
        (_, "") => format!("{} is not needed with Node-API.", finding.api),
        (_, node_api) => format!("{} becomes {node_api} (Node-API {}).", finding.api, finding.version),
    }
}

fn level(effort: Effort) -> &'static str {
    match effort {
        Effort::Auto => "note",
        Effort::Manual => "warning",
        Effort::Blocked => "error",
    }
}

/// A relative path as a URI: what RFC 3986 reserves is escaped.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped() {
        assert_eq!(uri("src/a b.cc"), "src/a%20b.cc");
    }
}
