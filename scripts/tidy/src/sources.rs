use std::path::Path;

/// The most lines that a file of code may have.
const LINES: usize = 800;
/// What counts as code, by the ending of the name.
const CODE: [&str; 10] = ["rs", "js", "cjs", "mjs", "cc", "h", "css", "html", "sh", "py"];
const LICENCE: &str = "MIT OR Apache-2.0";

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// Whether the file is code, by its name; scripts without an ending are.
    pub(crate) fn is_code(&self) -> bool {
        match self.extension() {
            Some(extension) => CODE.contains(&extension),
            None => self.text.starts_with("#!"),
        }
    }

    /// The ending of the name.
    pub(crate) fn extension(&self) -> Option<&str> {
        Path::new(&self.path).extension()?.to_str()
    }

    /// Whether the file is a test of its own.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains(".test.")
            || self.path.split('/').any(|folder| folder == "tests" || folder == "test")
    }

    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The lines before the tests that stand in the same file.
    pub(crate) fn lines_before_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().take_while(|(_, line)| line.trim() != "#[cfg(test)]")
    }
}

/// A file tells one story.
pub fn files_are_short(files: &[SourceFile]) -> Vec<String> {
    let code = files.iter().filter(|file| file.is_code());
    code.filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > LINES)
            .then(|| format!("{} has {lines} lines, more than {LINES}: split it by story", file.path))
    })
    .collect()
}

/// Work that is put off belongs in an issue, and a skipped test needs a reason that a stranger can act on.
pub fn nothing_is_put_off(files: &[SourceFile]) -> Vec<String> {
    // Spelt apart, so that this list is not its own violation.
    let marks = [
        (concat!("TO", "DO"), "open an issue"),
        (concat!("FIX", "ME"), "fix it or open an issue"),
        (concat!("PLACE", "HOLDER"), "write it"),
        (concat!("todo", "!("), "write it"),
        (concat!("unimplemented", "!("), "write it"),
        (concat!("#[", "ignore"), "run it or delete it"),
        (concat!("test.", "skip("), "give the option skip a sentence that says why"),
        (concat!("test.", "todo("), "write it or open an issue"),
        (concat!("skip: ", "true"), "give the option skip a sentence that says why"),
    ];
    let mut broken = Vec::new();
    for file in files {
        for (number, line) in file.lines() {
            for (mark, instead) in marks {
                if line.contains(mark) {
                    broken.push(format!("{}:{number} says {mark}: {instead}", file.path));
                }
            }
        }
    }
    broken
}

/// V8's C++ changes with each Node major; one folder knows it.
pub fn v8_is_included_only_by_v8_gap(files: &[SourceFile]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.is_code() && !file.path.starts_with("shims/v8-gap/")) {
        for (number, line) in file.lines_before_tests() {
            let line = line.trim();
            let included =
                line.strip_prefix("#include").or_else(|| line.strip_prefix("include!(")).map(|header| {
                    header.trim_matches(|c: char| c.is_whitespace() || "<>\"();".contains(c)).to_owned()
                });
            let Some(header) = included else { continue };
            // node.h and its relatives include v8.h in turn.
            let name = header.rsplit('/').next().unwrap_or_default();
            if name.starts_with("v8") || ["node.h", "node_buffer.h", "node_object_wrap.h"].contains(&name) {
                broken.push(format!(
                    "{}:{number} includes {header}: only shims/v8-gap may see V8; add a gap there",
                    file.path
                ));
            }
        }
    }
    broken
}

/// Each crate takes the workspace's lints, among them the one that asks every unsafe block for its reason.
pub fn lints_are_on(files: &[SourceFile]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        if file.path == "Cargo.toml" {
            if !file.text.contains("undocumented_unsafe_blocks = \"deny\"") {
                broken.push("Cargo.toml does not deny clippy::undocumented_unsafe_blocks".to_owned());
            }
        } else if file.path.ends_with("/Cargo.toml") && !takes_workspace_lints(&file.text) {
            broken.push(format!("{} lacks `[lints]` with `workspace = true`", file.path));
        } else if file.extension() == Some("rs") {
            let lint = concat!("clippy::", "undocumented_unsafe_blocks");
            for (number, line) in file.lines().filter(|(_, line)| line.contains(lint)) {
                if line.contains("allow") || line.contains("expect") {
                    broken.push(format!("{}:{number} turns off {lint}: write the reason instead", file.path));
                }
            }
        }
    }
    broken
}

fn takes_workspace_lints(manifest: &str) -> bool {
    let Ok(manifest) = manifest.parse::<toml::Table>() else { return false };
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    lints.and_then(toml::Value::as_bool) == Some(true)
}

/// The licence files, and a licence for each crate.
pub fn licences_are_there(files: &[SourceFile]) -> Vec<String> {
    let mut broken = Vec::new();
    for (path, part) in
        [("LICENSE", LICENCE), ("LICENSE-MIT", "MIT License"), ("LICENSE-APACHE", "Apache License")]
    {
        match files.iter().find(|file| file.path == path) {
            None => broken.push(format!("{path} is absent")),
            Some(file) if !file.text.contains(part) => broken.push(format!("{path} does not say {part:?}")),
            Some(_) => {}
        }
    }
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let inherits = file.text.contains("license.workspace = true");
        if !inherits && !file.text.contains(&format!("license = \"{LICENCE}\"")) {
            broken.push(format!("{} lacks `license.workspace = true`", file.path));
        }
    }
    broken
}

/// What works in one checkout must work in every other.
pub fn no_machine_paths(files: &[SourceFile]) -> Vec<String> {
    // Spelt apart, so that this list is not its own violation.
    let folders = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
        concat!("/tmp", "/h/"),
    ];
    let mut broken = Vec::new();
    for file in files {
        for (number, line) in file.lines() {
            for folder in folders {
                if starts_a_path(line, folder) {
                    broken.push(format!(
                        "{}:{number} names {folder}, a folder of one machine: derive it, or take it as an argument",
                        file.path
                    ));
                }
            }
        }
    }
    broken
}

/// Whether `folder` stands in `line` at the start of a path rather than inside one.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"_-.}/)".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[track_caller]
    fn one(broken: &[String], expected: &str) {
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].contains(expected), "{broken:?}");
    }

    #[track_caller]
    fn none(broken: &[String]) {
        assert!(broken.is_empty(), "{broken:?}");
    }

    #[test]
    fn long_code_is_named_and_long_data_is_not() {
        let long = "x\n".repeat(LINES + 1);
        one(
            &files_are_short(&[file("a/tea.rs", &long), file("a/tea.toml", &long)]),
            "a/tea.rs has 801 lines",
        );
        none(&files_are_short(&[file("a/tea.rs", &"x\n".repeat(LINES))]));
        one(&files_are_short(&[file("scripts/tea", &format!("#!/bin/sh\n{long}"))]), "scripts/tea");
    }

    #[test]
    fn what_is_put_off_is_named_with_its_line() {
        let text = format!("fine\n// {}: later", concat!("TO", "DO"));
        one(&nothing_is_put_off(&[file("a.js", &text)]), "a.js:2");
        let text = format!("#[test]\n{}]\nfn f() {{}}", concat!("#[", "ignore"));
        one(&nothing_is_put_off(&[file("a.rs", &text)]), "a.rs:2");
        none(&nothing_is_put_off(&[file("a.js", "t.skip('needs a kernel with io_uring: 5.1 or later')")]));
    }

    #[test]
    fn v8_is_named_wherever_it_is_included() {
        for line in
            ["#include <v8.h>", "# include", "#include \"v8-fast-api-calls.h\"", "    include!(\"node.h\");"]
        {
            let broken = v8_is_included_only_by_v8_gap(&[file("shims/tea/tea.cc", line)]);
            assert_eq!(broken.len(), usize::from(line != "# include"), "{line}: {broken:?}");
        }
        none(&v8_is_included_only_by_v8_gap(&[
            file("shims/v8-gap/src/tea.cc", "#include <v8.h>"),
            file("shims/tea/tea.c", "#include <node_api.h>"),
        ]));
    }

    #[test]
    fn a_crate_without_the_lints_is_named() {
        one(&lints_are_on(&[file("a/Cargo.toml", "[package]\nname = 'tea'")]), "a/Cargo.toml lacks");
        one(&lints_are_on(&[file("a/Cargo.toml", "[lints]\nworkspace = false")]), "a/Cargo.toml lacks");
        none(&lints_are_on(&[file("a/Cargo.toml", "[lints]\nworkspace = true")]));
        one(&lints_are_on(&[file("Cargo.toml", "[workspace]")]), "does not deny");
        let allow = format!("#![allow({})]", concat!("clippy::", "undocumented_unsafe_blocks"));
        one(&lints_are_on(&[file("a/src/lib.rs", &allow)]), "turns off");
    }

    #[test]
    fn absent_licences_are_named() {
        let whole = [
            file("LICENSE", LICENCE),
            file("LICENSE-MIT", "MIT License"),
            file("LICENSE-APACHE", "Apache License"),
            file("a/Cargo.toml", "license.workspace = true"),
        ];
        none(&licences_are_there(&whole));
        one(&licences_are_there(&whole[1..]), "LICENSE is absent");
        let mut other = whole.to_vec();
        other[3].text.clear();
        one(&licences_are_there(&other), "a/Cargo.toml lacks");
        other = whole.to_vec();
        other[1].text.clear();
        one(&licences_are_there(&other), "LICENSE-MIT does not say");
    }

    #[test]
    fn paths_of_one_machine_are_named() {
        let home = concat!("/ho", "me/");
        one(&no_machine_paths(&[file("a.toml", &format!("x = '{home}tea'"))]), "a.toml:1");
        none(&no_machine_paths(&[file("a.toml", &format!("x = 'https://example.org{home}tea'"))]));
        none(&no_machine_paths(&[file("a.sh", &format!("cd \"$ROOT{home}\"").replace("ROOT", "{ROOT}"))]));
    }
}
