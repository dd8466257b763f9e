use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use bench_schema::Port;
use object::elf;
use object::read::elf::{ElfFile64, FileHeader, Sym};

/// The version of names that are no part of any Node-API version yet.
pub const EXPERIMENTAL: u32 = u32::MAX;

/// The libraries that every Rust module on Linux loads: libc, the unwinder and the loader.
const RUSTC_LIBRARIES: [&str; 3] = ["libc.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"];

/// What a loader must find before it accepts a module.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Imports {
    /// The libraries that it loads (`DT_NEEDED`).
    pub libraries: Vec<String>,
    /// Undefined names, with the library that is bound to provide each (its symbol version), if any. Weak names
    /// are left out: a loader that does not find one makes it null.
    pub names: BTreeMap<String, Option<String>>,
}

/// The file is no ELF module of this machine, or is damaged.
#[derive(Debug)]
pub struct SymbolError(String);

impl fmt::Display for SymbolError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for SymbolError {}

impl From<object::read::Error> for SymbolError {
    fn from(error: object::read::Error) -> SymbolError {
        SymbolError(format!("not a 64-bit ELF module that can be read: {error}"))
    }
}

/// Reads the dynamic symbol table of an ELF module.
///
/// # Errors
/// If `bytes` is no 64-bit ELF file or is damaged.
pub fn imports_of(bytes: &[u8]) -> Result<Imports, SymbolError> {
    let file = ElfFile64::<object::Endianness>::parse(bytes)?;
    let endian = file.endian();
    let sections = file.elf_header().sections(endian, bytes)?;
    let mut imports = Imports::default();
    if let Some((dynamic, strings)) = sections.dynamic(endian, bytes)? {
        let strings = sections.strings(endian, bytes, strings)?;
        for entry in dynamic {
            if entry.d_tag.get(endian) == elf::DT_NEEDED {
                let name = strings.get(entry.d_val.get(endian) as u32);
                let name = name.map_err(|()| SymbolError("a DT_NEEDED entry points nowhere".to_owned()))?;
                imports.libraries.push(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
    let symbols = sections.symbols(endian, bytes, elf::SHT_DYNSYM)?;
    let versions = sections.versions(endian, bytes)?;
    for (index, symbol) in symbols.enumerate() {
        let name = symbol.name(endian, symbols.strings())?;
        if symbol.st_shndx(endian) != elf::SHN_UNDEF || symbol.st_bind() == elf::STB_WEAK || name.is_empty() {
            continue;
        }
        let library = match &versions {
            Some(table) => {
                let version = table.version(table.version_index(endian, index).index())?;
                version.and_then(object::read::elf::Version::file)
            }
            None => None,
        };
        let library = library.map(|library| String::from_utf8_lossy(library).into_owned());
        imports.names.insert(String::from_utf8_lossy(name).into_owned(), library);
    }
    Ok(imports)
}

/// A port's module may import Node-API up to port.toml's version, the `uv_*` names that port.toml lists, and
/// what rustc itself needs. A host refuses a module when a single name is absent.
pub fn module_imports_only_what_it_may(
    module: &str,
    imports: &Imports,
    port: &Port,
    node_api: &BTreeMap<String, u32>,
) -> Vec<String> {
    let mut broken = Vec::new();
    for library in &imports.libraries {
        if !RUSTC_LIBRARIES.contains(&library.as_str()) {
            broken.push(format!("{module} loads {library}: link it statically or do without"));
        }
    }
    for (name, library) in &imports.names {
        if name.starts_with("napi_") || name.starts_with("node_api_") {
            match node_api.get(name) {
                Some(&version) if version <= port.napi_version => {}
                Some(&EXPERIMENTAL) => {
                    broken.push(format!(
                        "{module} imports {name}, which is experimental: no host must have it"
                    ));
                }
                Some(version) => broken.push(format!(
                    "{module} imports {name} of Node-API {version}, but its port.toml says napi_version = {}",
                    port.napi_version
                )),
                None => broken.push(format!("{module} imports {name}, which no Node-API header declares")),
            }
        } else if name.starts_with("uv_") {
            if !port.uv_imports.contains(name) {
                broken.push(format!(
                    "{module} imports {name}, which uv_imports of its port.toml does not list; a host other \
                     than Node refuses such a module"
                ));
            }
        } else if library.is_none() {
            broken
                .push(format!("{module} imports {name}, which none of the libraries that it loads provides"));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port() -> Port {
        toml::from_str(
            "module = 'tea'
            summary = 'Tea.'
            package = 'tea-binding'
            napi_version = 8
            node_majors = [24]
            uv_imports = ['uv_now']
            bindings = {}
            world = { builtin = 'tea', fresh = ['tea'] }",
        )
        .expect("a valid port.toml")
    }

    fn check(libraries: &[&str], names: &[(&str, Option<&str>)]) -> Vec<String> {
        let node_api = [("napi_old", 1), ("node_api_new", 9), ("node_api_next", EXPERIMENTAL)];
        let imports = Imports {
            libraries: libraries.iter().map(|&library| library.to_owned()).collect(),
            names: names
                .iter()
                .map(|&(name, library)| (name.to_owned(), library.map(str::to_owned)))
                .collect(),
        };
        let node_api = node_api.map(|(name, version)| (name.to_owned(), version)).into();
        module_imports_only_what_it_may("tea.node", &imports, &port(), &node_api)
    }

    #[track_caller]
    fn broken(libraries: &[&str], names: &[(&str, Option<&str>)], expected: &str) {
        let broken = check(libraries, names);
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].contains(expected), "{broken:?}");
    }

    #[test]
    fn what_a_port_needs_is_allowed() {
        let names = [("napi_old", None), ("uv_now", None), ("memcpy", Some("libc.so.6"))];
        assert_eq!(check(&RUSTC_LIBRARIES, &names), Vec::<String>::new());
    }

    #[test]
    fn another_library_is_named() {
        broken(&["libstdc++.so.6"], &[], "loads libstdc++.so.6");
    }

    #[test]
    fn names_of_later_versions_are_named() {
        broken(&[], &[("node_api_new", None)], "of Node-API 9, but its port.toml says napi_version = 8");
        broken(&[], &[("node_api_next", None)], "experimental");
        broken(&[], &[("napi_invented", None)], "no Node-API header declares");
    }

    #[test]
    fn unlisted_libuv_is_named() {
        broken(&[], &[("uv_fs_stat", None)], "uv_imports");
    }

    #[test]
    fn the_hosts_own_symbols_are_named() {
        broken(&[], &[("_ZN2v87Isolate10GetCurrentEv", None)], "none of the libraries");
    }

    #[test]
    fn a_damaged_module_is_an_error() {
        for bytes in [&b""[..], b"\x7fELF", b"#!/bin/sh\n", &[0_u8; 4096]] {
            let error = imports_of(bytes).expect_err("no module");
            assert!(error.to_string().contains("not a 64-bit ELF module"), "{error}");
        }
    }

    #[test]
    fn this_very_test_is_read() {
        let own = std::fs::read(std::env::current_exe().expect("a path")).expect("readable");
        let imports = imports_of(&own).expect("an ELF program");
        assert!(imports.libraries.contains(&"libc.so.6".to_owned()), "{imports:?}");
        assert_eq!(imports.names.get("__libc_start_main").cloned(), Some(Some("libc.so.6".to_owned())));
        // Cut anywhere, it is an error or a shorter answer, never a panic.
        for length in (0..own.len()).step_by(own.len() / 64) {
            let _ = imports_of(&own[..length]);
        }
    }
}
