//! What the module loader asks of files.

use std::ffi::CStr;

use crate::file::{close, open, read};
use crate::path::module_stat;

/// Whether the file begins as a WebAssembly module does; false for what cannot be read.
pub fn is_webassembly(path: &CStr) -> bool {
    let Ok(fd) = open(path, libc::O_RDONLY, 0) else { return false };
    let mut start = [0; 4];
    let read = read(fd, &mut start, 0);
    // Nothing was written: there is nothing that a failing close could still report.
    let _ = close(fd);
    read.is_ok() && start == *b"\0asm"
}

/// What Node appends to a package's `main`, in the order in which it looks.
const AFTER_MAIN: [&str; 7] = ["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"];
/// And afterwards to the package's `index`.
const AFTER_INDEX: [&str; 3] = [".js", ".json", ".node"];

/// Finds the file that a package without `exports` begins with: the index in the list of what Node tries. A name ends
/// at its first NUL.
pub fn legacy_main(main: Option<&[u8]>, index: &[u8]) -> Option<usize> {
    let after_main = AFTER_MAIN.iter().map(|extension| (main, extension));
    let after_index = AFTER_INDEX.iter().map(|extension| (Some(index), extension));
    let mut candidates = after_main.chain(after_index);
    candidates.position(|(base, extension)| base.is_some_and(|base| is_file(base, extension)))
}

fn is_file(base: &[u8], extension: &str) -> bool {
    let name = [base, extension.as_bytes(), b"\0"].concat();
    CStr::from_bytes_until_nul(&name).is_ok_and(|name| module_stat(name) == 0)
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn webassembly_is_told_by_its_first_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let c = CString::new(path.as_os_str().as_bytes()).unwrap();
        for (content, expected) in [
            (&b"\0asm\x01\0\0\0"[..], true),
            (b"\0asm", true),
            (b"\0as", false),
            (b"", false),
            (b"\0asn", false),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(is_webassembly(&c), expected, "{content:?}");
        }
        assert!(!is_webassembly(c"/etc") && !is_webassembly(c"/no/such"));
    }

    #[test]
    fn the_first_candidate_that_is_a_file_wins() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).into_os_string();
        let (main, index) = (at("main"), at("index"));
        let find = |main: Option<&[u8]>| legacy_main(main, index.as_bytes());
        assert_eq!(find(Some(main.as_bytes())), None);
        fs::write(at("index.node"), "").unwrap();
        assert_eq!((find(Some(main.as_bytes())), find(None)), (Some(9), Some(9)));
        fs::create_dir(&main).unwrap();
        fs::write(at("main/index.json"), "").unwrap();
        assert_eq!(find(Some(main.as_bytes())), Some(5));
        fs::write(at("main.js"), "").unwrap();
        fs::write(at("index.js"), "").unwrap();
        assert_eq!((find(Some(main.as_bytes())), find(None)), (Some(1), Some(7)));
        let cut = [main.as_bytes(), b".js\0rest"].concat();
        assert_eq!(find(Some(&cut)), Some(0));
    }
}
