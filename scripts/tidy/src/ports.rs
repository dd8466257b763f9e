use std::path::Path;

use bench_schema::{FunctionStatus, Port};

/// A port is one folder that says what it replaces and leaves nothing unexplained.
///
/// `folder` is the port's own, such as `ported/<module>`, below `root`.
pub fn port_is_whole(root: &Path, folder: &str, port: &Port) -> Vec<String> {
    let manifest = format!("{folder}/port.toml");
    let mut broken = Vec::new();
    if folder.rsplit('/').next() != Some(port.module.as_str()) {
        broken.push(format!("{manifest} calls its module {:?}, unlike its folder", port.module));
    }
    if let Some(js) = &port.js
        && !root.join(folder).join(js).is_file()
    {
        broken.push(format!("{manifest} names {js}, which is absent"));
    }
    if !port.world.fresh.contains(&port.world.builtin) {
        broken.push(format!("{manifest}: world.fresh lacks the builtin {} itself", port.world.builtin));
    }
    for (binding, functions) in &port.bindings {
        for (name, function) in &functions.functions {
            if function.status != FunctionStatus::Ported && function.reason.trim().is_empty() {
                broken.push(format!("{manifest}: {binding}.{name} is not ported and gives no reason"));
            }
            for major in function.node_majors.iter().flatten() {
                if !port.node_majors.contains(major) {
                    broken.push(format!(
                        "{manifest}: {binding}.{name} names Node {major}, which the port does not"
                    ));
                }
            }
        }
    }
    let differential = root.join(folder).join("differential");
    let scripts = std::fs::read_dir(&differential).into_iter().flatten().flatten();
    if !scripts
        .map(|entry| entry.path())
        .any(|path| path.extension().is_some_and(|extension| extension == "mjs"))
    {
        broken.push(format!("{folder}/differential holds no script that compares the port with native"));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "module = 'tea'
        summary = 'Tea.'
        package = 'tea-binding'
        napi_version = 8
        node_majors = [24]
        world = { builtin = 'tea', fresh = ['tea'] }
        [bindings.tea.functions]
        brew = { status = 'ported' }
        pour = { status = 'native', reason = 'It needs a cup.' }";

    fn check(manifest: &str) -> Vec<String> {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(root.path().join("ported/tea/differential")).expect("a folder");
        std::fs::write(root.path().join("ported/tea/differential/brew.mjs"), "").expect("a file");
        port_is_whole(root.path(), "ported/tea", &toml::from_str(manifest).expect("a valid port.toml"))
    }

    #[track_caller]
    fn broken(from: &str, to: &str, expected: &str) {
        let manifest = WHOLE.replace(from, to);
        assert_ne!(manifest, WHOLE);
        let broken = check(&manifest);
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].contains(expected), "{broken:?}");
    }

    #[test]
    fn a_whole_port_is_fine() {
        assert_eq!(check(WHOLE), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_named() {
        broken("module = 'tea'", "module = 'pot'", "unlike its folder");
        broken("It needs a cup.", " ", "tea.pour is not ported and gives no reason");
        broken("fresh = ['tea']", "fresh = []", "lacks the builtin tea");
        broken("summary =", "js = 'js/index.js'\nsummary =", "js/index.js, which is absent");
        broken("'ported' }", "'ported', node_majors = [26] }", "names Node 26");
    }

    #[test]
    fn a_port_that_is_compared_with_nothing_is_named() {
        let root = tempfile::tempdir().expect("a folder");
        let broken = port_is_whole(root.path(), "ported/tea", &toml::from_str(WHOLE).expect("valid"));
        assert!(broken[0].contains("differential"), "{broken:?}");
    }
}
