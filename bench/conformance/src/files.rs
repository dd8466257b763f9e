//! Which files there are, what they ask for, and whether their tree is still the same.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bench_schema::Suite;
use regex::Regex;
use sha2::{Digest as _, Sha256};

use crate::{ConformanceError, Request};

/// One of Node's test files.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct TestFile {
    /// The suite's name.
    pub(crate) suite: String,
    /// `<directory>/<name>`.
    pub(crate) test: String,
    pub(crate) path: PathBuf,
}

/// The folder of tests that share something, such as a port by its number, and so run one at a time.
const SEQUENTIAL: &str = "sequential";

/// Whether a file of Node's tests must not run beside others.
pub(crate) fn is_sequential(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with(SEQUENTIAL))
}

/// The tree for a major: `folder` itself where it holds `test`, else its folder of that number.
///
/// # Errors
///
/// [`ConformanceError::NoTree`].
pub fn tree_of(folder: &Path, major: u32) -> Result<PathBuf, ConformanceError> {
    let candidates = [folder.to_owned(), folder.join(major.to_string())];
    let tree = candidates.into_iter().find(|tree| tree.join("test").is_dir());
    let tree = tree.ok_or_else(|| ConformanceError::NoTree { folder: folder.to_owned(), major })?;
    fs::canonicalize(&tree).map_err(ConformanceError::file(&tree))
}

/// The files of all suites that the request's filter keeps, by suite and name.
pub(crate) fn list(request: &Request) -> Result<Vec<TestFile>, ConformanceError> {
    let folder = request.tree.join("test");
    let mut files = Vec::new();
    for suite in &request.conformance.suite {
        let pattern = Regex::new(&suite.pattern)
            .map_err(|source| ConformanceError::Pattern { module: request.module.clone(), source })?;
        let directory = folder.join(&suite.directory);
        let entries = fs::read_dir(&directory).map_err(ConformanceError::file(&directory))?;
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(ConformanceError::file(&directory))?.file_name();
            names.extend(name.into_string().ok().filter(|name| is_test(name) && pattern.is_match(name)));
        }
        names.sort_unstable();
        let name_of_suite = suite_name(suite, &request.conformance.suite);
        let file = |name: String| TestFile {
            suite: name_of_suite.clone(),
            test: format!("{}/{name}", suite.directory),
            path: directory.join(name),
        };
        files.extend(names.into_iter().map(file));
    }
    files.retain(|file| request.filter.as_ref().is_none_or(|filter| filter.is_match(&file.test)));
    if files.is_empty() {
        let patterns: Vec<String> = request
            .conformance
            .suite
            .iter()
            .map(|suite| format!("{}/{}", suite.directory, suite.pattern))
            .collect();
        let mut why = format!("conformance.toml has {}", patterns.join(", "));
        if let Some(filter) = &request.filter {
            why = format!("{why}, and --filter is {filter}");
        }
        return Err(ConformanceError::NoFiles { folder, module: request.module.clone(), why });
    }
    Ok(files)
}

/// Its name; without one the directory, with the pattern where the port has several nameless suites in it.
fn suite_name(suite: &Suite, all: &[Suite]) -> String {
    if let Some(name) = &suite.name {
        return name.clone();
    }
    let same = |other: &&Suite| other.name.is_none() && other.directory == suite.directory;
    if all.iter().filter(same).count() == 1 {
        suite.directory.clone()
    } else {
        format!("{} {}", suite.directory, suite.pattern)
    }
}

/// What Node's own runner takes for a test.
fn is_test(name: &str) -> bool {
    let path = Path::new(name);
    let script = path.extension().is_some_and(|end| end == "js" || end == "mjs");
    name.starts_with("test-") && script
}

/// The words after `// Flags:` or `// Env:`, on the first such line.
pub(crate) fn directive(source: &str, name: &str) -> Vec<String> {
    let words = |line: &str| {
        let rest = line.strip_prefix("//")?.trim_start().strip_prefix(name)?.strip_prefix(':')?;
        Some(rest.split_whitespace().map(str::to_owned).collect())
    };
    source.lines().find_map(words).unwrap_or_default()
}

/// Whether the file uses Node's test runner, whose reports need Node's own reporter to be read.
pub(crate) fn uses_test_runner(source: &str) -> bool {
    ['\'', '"', '`'].iter().any(|quote| source.contains(&format!("{quote}node:test{quote}")))
}

/// A digest of the names, sizes and times of all files of a tree's folder `test`.
pub(crate) fn digest(tree: &Path) -> Result<u64, ConformanceError> {
    let mut hash = Sha256::new();
    add_folder(&tree.join("test"), &mut hash)?;
    Ok(first_word(&hash.finalize()))
}

/// The first 64 bits of a hash: enough to tell trees apart.
pub(crate) fn first_word(hash: &[u8]) -> u64 {
    hash.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn add_folder(folder: &Path, hash: &mut Sha256) -> Result<(), ConformanceError> {
    let entries = fs::read_dir(folder).map_err(ConformanceError::file(folder))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(ConformanceError::file(folder))?;
    paths.sort_unstable();
    for path in paths {
        let metadata = fs::symlink_metadata(&path).map_err(ConformanceError::file(&path))?;
        if metadata.is_dir() {
            add_folder(&path, hash)?;
        } else {
            hash.update(path.as_os_str().as_encoded_bytes());
            for number in [metadata.size().cast_signed(), metadata.mtime(), metadata.mtime_nsec()] {
                hash.update(number.to_le_bytes());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_the_words_of_their_line() {
        let source = "'use strict';\n// Flags: --expose-internals  --no-warnings\n//Env: A=b=c\n";
        assert_eq!(directive(source, "Flags"), ["--expose-internals", "--no-warnings"]);
        assert_eq!(directive(source, "Env"), ["A=b=c"]);
        assert_eq!(directive("// My Flags: --x\nlet a; // Flags: --y", "Flags"), [""; 0]);
    }

    #[test]
    fn helpers_are_no_tests() {
        assert!(is_test("test-fs-stat.js") && is_test("test-fs-promises.mjs"));
        assert!(!is_test("init-hooks.mjs") && !is_test("test-fs.txt") && !is_test("test-fs"));
    }

    #[test]
    fn nameless_suites_are_named_by_directory_and_pattern() {
        let suite = |name: Option<&str>, directory: &str, pattern: &str| Suite {
            name: name.map(str::to_owned),
            directory: directory.into(),
            pattern: pattern.into(),
        };
        let all = [
            suite(None, "parallel", "^a"),
            suite(None, "parallel", "^b"),
            suite(None, "async-hooks", "."),
            suite(Some("c"), "async-hooks", "^c"),
        ];
        let names: Vec<String> = all.iter().map(|one| suite_name(one, &all)).collect();
        assert_eq!(names, ["parallel ^a", "parallel ^b", "async-hooks", "c"]);
    }
}
