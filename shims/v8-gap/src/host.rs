//! Is this the host that the module was built for? Asked in Node-API alone, before the first call to V8: a
//! module that is loaded through Node-API skips Node's own check of the ABI.

use std::ffi::{CStr, CString};
use std::ptr;

use napi_sys::{
    Status, napi_coerce_to_string, napi_env, napi_get_global, napi_get_named_property,
    napi_get_value_string_utf8, napi_value,
};

/// `NODE_MODULE_VERSION` of the headers.
const MODULES: &str = env!("V8_GAP_MODULES");
const MAJOR: &str = env!("V8_GAP_MAJOR");
/// Settings that two builds of one Node version may differ in, with the headers' values.
const LAYOUT: [(&CStr, &str); 2] = [
    (c"v8_enable_pointer_compression", env!("V8_GAP_POINTER_COMPRESSION")),
    (c"v8_enable_sandbox", env!("V8_GAP_SANDBOX")),
];
/// Runtimes that claim a Node version and module version while they run another engine or another V8.
const IMPOSTORS: [&CStr; 3] = [c"bun", c"deno", c"electron"];

/// Ok on the Node major that the headers are of; else the reason, for a JavaScript error.
///
/// # Safety
/// `env` is live, inside a callback.
pub(crate) unsafe fn check(env: napi_env) -> Result<(), CString> {
    // SAFETY: `env` is live (this function's contract).
    let read = |path: &[&CStr]| unsafe { read_string(env, path) };

    for name in IMPOSTORS {
        if let Some(version) = read(&[c"process", c"versions", name]) {
            return Err(refusal(&format!(
                "it needs the V8 inside Node {MAJOR} and was loaded by {} {version}. Run it on Node {MAJOR}.",
                name.to_string_lossy()
            )));
        }
    }
    let modules = read(&[c"process", c"versions", c"modules"]);
    if modules.as_deref() != Some(MODULES) {
        let version = read(&[c"process", c"version"]).unwrap_or_else(|| "an unknown version".to_owned());
        let modules = modules.unwrap_or_else(|| "none".to_owned());
        return Err(refusal(&format!(
            "it is built for NODE_MODULE_VERSION {MODULES} (Node {MAJOR}) and was loaded by a host with \
             NODE_MODULE_VERSION {modules} ({version}). Load v8-gap-<process.versions.modules>.node instead; \
             `scripts/lab` builds one for each pinned Node."
        )));
    }
    for (setting, built) in LAYOUT {
        let running = read(&[c"process", c"config", c"variables", setting]);
        if running.as_deref().is_some_and(|running| running != built) {
            return Err(refusal(&format!(
                "it is built with {}={built} and this Node has {}. Build it against the headers of this very \
                 binary (PORTLAB_HOSTS_DIR).",
                setting.to_string_lossy(),
                running.unwrap_or_default()
            )));
        }
    }
    Ok(())
}

fn refusal(reason: &str) -> CString {
    let message = format!("v8-gap: this module cannot be used here: {reason}");
    // A host may have put a NUL byte into its version; an error message can do without.
    CString::new(message.replace('\0', "")).unwrap_or_default()
}

/// The property at `path` from the global object, as a string; `None` if it or an object before it is absent.
///
/// # Safety
/// `env` is live, inside a callback.
unsafe fn read_string(env: napi_env, path: &[&CStr]) -> Option<String> {
    let mut value: napi_value = ptr::null_mut();
    // SAFETY: `env` is live (this function's contract) and `value` is a valid out-pointer.
    ok(unsafe { napi_get_global(env, &raw mut value) })?;
    for name in path {
        let object = value;
        // SAFETY: as above; `object` is a live handle and `name` ends with a NUL byte.
        ok(unsafe { napi_get_named_property(env, object, name.as_ptr(), &raw mut value) })?;
        // SAFETY: as above; `value` is a live handle.
        if !unsafe { is_present(env, value) }? {
            return None;
        }
    }
    let mut string: napi_value = ptr::null_mut();
    // SAFETY: as above; `value` is a live handle.
    ok(unsafe { napi_coerce_to_string(env, value, &raw mut string) })?;
    // Versions and settings are short; a longer one is cut, and then differs from what the build knows.
    let mut bytes = [0_u8; 64];
    let mut length = 0;
    // SAFETY: as above; `bytes` has room for the length that is given.
    ok(unsafe {
        napi_get_value_string_utf8(env, string, bytes.as_mut_ptr().cast(), bytes.len(), &raw mut length)
    })?;
    Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

/// Whether a value is neither undefined nor null.
///
/// # Safety
/// `env` is live, inside a callback, and `value` is a live handle.
unsafe fn is_present(env: napi_env, value: napi_value) -> Option<bool> {
    let mut kind = napi_sys::ValueType::napi_undefined;
    // SAFETY: this function's contract, and `kind` is a valid out-pointer.
    ok(unsafe { napi_sys::napi_typeof(env, value, &raw mut kind) })?;
    Some(kind != napi_sys::ValueType::napi_undefined && kind != napi_sys::ValueType::napi_null)
}

fn ok(status: napi_sys::napi_status) -> Option<()> {
    (status == Status::napi_ok).then_some(())
}
