//! What `std::filesystem` does with paths, as far as Node's cpSync shows it (ISO C++ [filesystems], with libstdc++'s
//! errors).

use std::ffi::CString;

use crate::directory::make_directory;
use crate::lexical::current_directory;
use crate::path::realpath;
use crate::stat::{Stat, stat};

/// `status`: `None` where nothing is.
///
/// # Errors
/// The errno, when nothing can be told.
pub(crate) fn status(path: &[u8]) -> Result<Option<Stat>, i32> {
    match stat(&c_string(path)) {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.errno, libc::ENOENT | libc::ENOTDIR) => Ok(None),
        Err(error) => Err(error.errno),
    }
}

/// `create_directory`: false when one is there already.
///
/// # Errors
/// The errno.
pub(crate) fn create_directory(path: &[u8]) -> Result<bool, i32> {
    match make_directory(&c_string(path), 0o777) {
        Ok(()) => Ok(true),
        Err(error) => match status(path) {
            Ok(Some(found)) if error.errno == libc::EEXIST && found.is_directory() => Ok(false),
            _ => Err(error.errno),
        },
    }
}

/// `create_directories`: looks upwards for what is there before it makes the first.
///
/// # Errors
/// The errno.
pub(crate) fn create_directories(path: &[u8]) -> Result<(), i32> {
    let is_there = |path: &[u8]| match status(path)? {
        Some(found) if found.is_directory() => Ok(true),
        Some(_) => Err(libc::ENOTDIR),
        None => Ok(false),
    };
    if path.is_empty() {
        return Err(libc::EINVAL);
    }
    let mut missing = Vec::new();
    let mut at = path;
    while !at.is_empty() && !is_there(at)? {
        let named = if at.ends_with(b"/") { parent_of(at) } else { at };
        let name = named.rsplit(|byte| *byte == b'/').next();
        if !matches!(name, Some(b"." | b"..")) {
            missing.push(named);
        }
        at = parent_of(named);
    }
    missing.iter().rev().try_for_each(|path| create_directory(path).map(|_| ()))
}

/// `path::parent_path`
pub(crate) fn parent_of(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        None => &[],
        Some(slash) => {
            let end = path[..slash].iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
            if end == 0 { &path[..1] } else { &path[..end] }
        }
    }
}

/// `a / b`
pub(crate) fn join(a: &[u8], b: &[u8]) -> Vec<u8> {
    match a {
        _ if b.starts_with(b"/") => b.to_vec(),
        [] | [.., b'/'] => [a, b].concat(),
        _ => [a, b"/", b].concat(),
    }
}

/// `absolute`
pub(crate) fn absolute(path: &[u8]) -> Vec<u8> {
    join(&current_directory(), path)
}

/// `weakly_canonical` of an absolute path: no links as far as something is there, and no `.` and `..` in the rest.
///
/// # Errors
/// The errno, when nothing can be told.
pub(crate) fn weakly_canonical(path: &[u8]) -> Result<Vec<u8>, i32> {
    let canonical = |path: &[u8]| realpath(&c_string(path)).map_err(|error| error.errno);
    if status(path)?.is_some() {
        return canonical(path);
    }
    let mut there = b"/".to_vec();
    let mut rest = path;
    while let Some(start) = rest.iter().position(|byte| *byte != b'/') {
        let end = rest[start..].iter().position(|byte| *byte == b'/').map_or(rest.len(), |end| start + end);
        let next = join(&there, &rest[start..end]);
        if status(&next)?.is_none() {
            return Ok(without_dots(&join(&canonical(&there)?, &rest[start..])));
        }
        (there, rest) = (next, &rest[end..]);
    }
    // A file, and a slash behind its name.
    Ok([&canonical(&there)?, rest].concat())
}

/// `lexically_normal` of an absolute path: what ends in a slash, `.` or `..` ends in a slash.
fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut names: Vec<&[u8]> = Vec::new();
    let mut end: &[u8] = b"";
    for part in path.split(|byte| *byte == b'/') {
        end = b"/";
        match part {
            b"" | b"." => {}
            b".." => drop(names.pop()),
            name => {
                names.push(name);
                end = b"";
            }
        }
    }
    if names.is_empty() { b"/".to_vec() } else { [b"/", names.join(&b'/').as_slice(), end].concat() }
}

pub(crate) fn c_string(path: &[u8]) -> CString {
    // A part of a C string, a name in a directory, or a link's text.
    CString::new(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_and_joins() {
        for (path, parent) in
            [("a/b/", "a/b"), ("a//b", "a"), ("a", ""), ("/", "/"), ("/a", "/"), ("//a", "/"), ("", "")]
        {
            assert_eq!(parent_of(path.as_bytes()), parent.as_bytes(), "{path}");
        }
        for (a, b, joined) in [("a", "b", "a/b"), ("a/", "b", "a/b"), ("a", "/b", "/b"), ("", "b", "b")] {
            assert_eq!(join(a.as_bytes(), b.as_bytes()), joined.as_bytes());
        }
    }

    #[test]
    fn normal_forms_keep_a_slash_where_dots_ended() {
        for (path, normal) in [
            ("/a/./b", "/a/b"),
            ("/a/b/..", "/a/"),
            ("/a/.", "/a/"),
            ("/a/", "/a/"),
            ("/../a", "/a"),
            ("/a/..", "/"),
            ("//a//b", "/a/b"),
        ] {
            assert_eq!(without_dots(path.as_bytes()), normal.as_bytes(), "{path}");
        }
    }

    #[test]
    fn directories_are_made_where_none_are_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().as_os_str().as_encoded_bytes();
        std::fs::write(folder.path().join("file"), "").unwrap();
        for (below, expected) in [
            (&b"a/b/../c/"[..], Ok(())),
            (b"a/c", Ok(())),
            (b"file", Err(libc::ENOTDIR)),
            (b"file/x", Err(libc::ENOTDIR)),
        ] {
            assert_eq!(create_directories(&join(root, below)), expected);
        }
        assert!(folder.path().join("a/b").is_dir() && folder.path().join("a/c").is_dir());
        assert_eq!(create_directories(b""), Err(libc::EINVAL));
    }
}
