//! Paths as texts: what Node's `path` module does without asking the file system.

use std::os::unix::ffi::OsStringExt;

/// `process.cwd()`; empty when it does not exist any more.
pub(crate) fn current_directory() -> Vec<u8> {
    std::env::current_dir().map(|path| path.into_os_string().into_vec()).unwrap_or_default()
}

/// `path.normalize` without a slash at the end: no `.`, no empty part, no `..` after a name. Empty for the current
/// directory.
pub(crate) fn normalize(path: &[u8]) -> Vec<u8> {
    let is_absolute = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    if is_absolute { [b"/", joined.as_slice()].concat() } else { joined }
}

/// What `path.join(path, name)` puts in front of the name.
pub(crate) fn join_prefix(path: &[u8]) -> Vec<u8> {
    let mut prefix = normalize(path);
    if !prefix.is_empty() && !prefix.ends_with(b"/") {
        prefix.push(b'/');
    }
    prefix
}

/// `path.resolve(current, path)`; `current` is absolute.
pub(crate) fn resolve(current: &[u8], path: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") { normalize(path) } else { normalize(&[current, b"/", path].concat()) }
}

/// Whether `inner` is `outer` or below it; both are resolved.
pub(crate) fn is_inside(outer: &[u8], inner: &[u8]) -> bool {
    let outer = outer.strip_suffix(b"/").unwrap_or(outer);
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// `path.dirname` of a resolved path.
pub(crate) fn directory_of(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) | None => b"/",
        Some(slash) => &path[..slash],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_path_module_does_it() {
        for (path, expected) in [
            ("a//b/./c/", "a/b/c"),
            ("../a/../../b", "../../b"),
            ("/../a/..", "/"),
            (".", ""),
            ("./", ""),
            ("", ""),
            ("a/..", ""),
            ("/", "/"),
        ] {
            assert_eq!(normalize(path.as_bytes()), expected.as_bytes(), "{path}");
        }
        assert_eq!(join_prefix(b"a/../b"), b"b/");
        assert_eq!(join_prefix(b"/"), b"/");
        assert_eq!(join_prefix(b"."), b"");
        assert_eq!(resolve(b"/w", b"../x/"), b"/x");
        assert_eq!(resolve(b"/w", b"/x/y"), b"/x/y");
        assert!(is_inside(b"/a", b"/a/b") && is_inside(b"/a", b"/a") && is_inside(b"/", b"/a"));
        assert!(!is_inside(b"/a", b"/ab") && !is_inside(b"/a/b", b"/a"));
        assert_eq!(
            (directory_of(b"/a/b"), directory_of(b"/a"), directory_of(b"/")),
            (&b"/a"[..], &b"/"[..], &b"/"[..])
        );
    }
}
