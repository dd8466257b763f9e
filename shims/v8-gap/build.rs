//! Compiles the extensions (`src/*.cc`) against the headers of one pinned host, with the V8 configuration under
//! which that host was built, and against a C header that is made of the crate `table`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The settings of config.gypi that change the layout which v8.h compiles in, and the macro of each, as
/// Node's common.gypi has them. With a wrong one a module loads and silently reads garbage.
const LAYOUT: [(&str, &str); 6] = [
    ("v8_enable_pointer_compression", "V8_COMPRESS_POINTERS"),
    ("v8_enable_pointer_compression_shared_cage", "V8_COMPRESS_POINTERS_IN_SHARED_CAGE"),
    ("v8_enable_31bit_smis_on_64bit_arch", "V8_31BIT_SMIS_ON_64BIT_ARCH"),
    ("v8_enable_sandbox", "V8_ENABLE_SANDBOX"),
    ("v8_enable_external_code_space", "V8_EXTERNAL_CODE_SPACE"),
    ("v8_enable_direct_local", "V8_ENABLE_DIRECT_HANDLE"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let headers = headers()?;
    let version = read(&headers.join("node_version.h"))?;
    let modules = define(&version, "NODE_MODULE_VERSION").ok_or("node_version.h names no module version")?;
    let major = define(&version, "NODE_MAJOR_VERSION").ok_or("node_version.h names no major version")?;
    let config = read(&headers.join("config.gypi"))?;
    let compressed = setting(&config, "v8_enable_pointer_compression");
    let sandbox = setting(&config, "v8_enable_sandbox");

    println!("cargo:rustc-env=V8_GAP_MODULES={modules}");
    println!("cargo:rustc-env=V8_GAP_MAJOR={major}");
    println!("cargo:rustc-env=V8_GAP_POINTER_COMPRESSION={}", u8::from(compressed));
    println!("cargo:rustc-env=V8_GAP_SANDBOX={}", u8::from(sandbox));
    // V8's functions are bound at their first call: on another major the module must still load, so that it
    // can say what is wrong before it makes that call.
    println!("cargo:rustc-link-arg-cdylib=-Wl,-z,lazy");

    let sources = Path::new("../src");
    let gaps = gaps(sources)?;
    let bridges = gaps.iter().map(|gap| gap.with_extension("rs")).filter(|bridge| bridge.is_file());
    let mut build = cxx_build::bridges(bridges);
    build.files(&gaps).include(sources).include(write_header(Path::new("../table"))?);
    // Not ours to clean: V8's headers warn under -Wall -Wextra.
    build.flag("-isystem").flag(&headers);
    build.std(if major >= 24 { "c++20" } else { "c++17" });
    build.flag("-fno-rtti").flag("-fno-exceptions").flag("-fvisibility=hidden");
    for (name, macro_name) in LAYOUT {
        if setting(&config, name) {
            build.define(macro_name, None);
        }
    }
    if compressed && !setting(&config, "v8_enable_pointer_compression_shared_cage") {
        build.define("V8_COMPRESS_POINTERS_IN_MULTIPLE_CAGES", None);
    }
    if compressed {
        build.define("V8_31BIT_SMIS_ON_64BIT_ARCH", None);
    }
    build.compile("v8_gap");

    println!("cargo:rerun-if-changed={}", sources.display());
    println!("cargo:rerun-if-changed=../build.rs");
    Ok(())
}

/// Writes `node_api_extensions.h`, the C side of the table, and returns its folder. C++ that differs from what the
/// table's crate declares does not compile.
fn write_header(table: &Path) -> Result<PathBuf, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", table.join("src").display());
    let config = cbindgen::Config {
        language: cbindgen::Language::C,
        cpp_compat: true,
        pragma_once: true,
        usize_is_size_t: true,
        sys_includes: vec!["js_native_api.h".into()],
        documentation_style: cbindgen::DocumentationStyle::C99,
        style: cbindgen::Style::Both,
        ..cbindgen::Config::default()
    };
    let folder = PathBuf::from(env::var("OUT_DIR")?).join("header");
    cbindgen::Builder::new()
        .with_crate(table)
        .with_config(config)
        .rename_item("VERSION", "NODE_API_EXTENSIONS_VERSION")
        .exclude_item("TYPE_TAG")
        .include_item("node_api_extensions")
        .include_item("node_api_one_byte_string")
        .generate()?
        .write_to_file(folder.join("node_api_extensions.h"));
    Ok(folder)
}

/// The headers of the host that the package is named after.
fn headers() -> Result<PathBuf, Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed=PORTLAB_HOSTS_DIR");
    let package = env::var("CARGO_PKG_NAME")?;
    let host = package.strip_prefix("v8-gap-").ok_or("the package is not named v8-gap-<host>")?;
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../..");
    let hosts = match env::var_os("PORTLAB_HOSTS_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => root.join(".portlab/hosts/node_modules"),
    };
    let headers = hosts.join(host).join("include/node");
    println!("cargo:rerun-if-changed={}", headers.join("node_version.h").display());
    println!("cargo:rerun-if-changed={}", headers.join("config.gypi").display());
    if headers.join("v8.h").is_file() {
        return Ok(headers);
    }
    Err(format!(
        "{package} needs the headers of {host}, and {} has no v8.h. Run `scripts/lab hosts --install`, which installs \
         the pinned hosts, or set PORTLAB_HOSTS_DIR to the folder that holds {host}/include/node.",
        headers.display()
    )
    .into())
}

/// Every `src/*.cc`, in a fixed order: a gap is found by its file, not by a list.
fn gaps(sources: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut gaps = Vec::new();
    for entry in fs::read_dir(sources)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "cc") {
            gaps.push(path);
        }
    }
    gaps.sort();
    Ok(gaps)
}

fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()).into())
}

/// The number that a header gives to a macro. `NODE_MODULE_VERSION` is defined twice, the first time as an
/// embedder's own name.
fn define(header: &str, name: &str) -> Option<u32> {
    header.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let found = words.next() == Some("#define") && words.next() == Some(name);
        if found { words.next()?.parse().ok() } else { None }
    })
}

/// Whether config.gypi, which writes each variable on its own line, turns a setting on.
fn setting(config: &str, name: &str) -> bool {
    let key = format!("\"{name}\":");
    config.lines().any(|line| line.trim().strip_prefix(&key).is_some_and(|value| value.contains('1')))
}
