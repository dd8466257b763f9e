use crate::Level;

/// The variant that runs whatever the host ships.
pub const NATIVE: &str = "native";
/// The variant that runs a port without any of its features.
pub const NODE_API: &str = "node-api";

/// The feature of variants that use the extensions of Node-API.
pub const EXT: &str = "ext";

/// The features of a port's variant: `onehop` of `node-api+onehop`, none of `node-api`. `None` when the name is
/// no port's: `native`, a file's path.
pub fn features(variant: &str) -> Option<Vec<&str>> {
    let rest = variant.strip_prefix(NODE_API)?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let features: Vec<&str> = rest.strip_prefix('+')?.split('+').collect();
    features.iter().all(|feature| !feature.is_empty()).then_some(features)
}

/// The full name of a port's variant with one feature.
pub fn with_feature(feature: &str) -> String {
    format!("{NODE_API}+{feature}")
}

/// `public`, and for a candidate with features `public, node-api+onehop`: what tells rows of one benchmark apart.
pub fn level_and_variant(level: Level, candidate: &str) -> String {
    match features(candidate) {
        Some(features) if !features.is_empty() => format!("{}, {candidate}", level.as_str()),
        _ => level.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_each_plus_is_a_feature() {
        assert_eq!(features("node-api"), Some(vec![]));
        assert_eq!(features("node-api+onehop"), Some(vec!["onehop"]));
        assert_eq!(features("node-api+ext+onehop"), Some(vec!["ext", "onehop"]));
        assert_eq!(features(&with_feature("onehop")), Some(vec!["onehop"]));
    }

    #[test]
    fn what_is_no_ports_variant_has_no_features() {
        for name in ["native", "", "node-api+", "node-api++a", "node-apix", "/tmp/node-api+a.node"] {
            assert_eq!(features(name), None, "{name}");
        }
    }

    #[test]
    fn the_default_variant_goes_without_saying() {
        assert_eq!(level_and_variant(Level::Public, "node-api"), "public");
        assert_eq!(level_and_variant(Level::Public, "/tmp/x.node"), "public");
        assert_eq!(level_and_variant(Level::Public, "node-api+onehop"), "public, node-api+onehop");
    }
}
