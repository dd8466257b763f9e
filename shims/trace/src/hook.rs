//! Finds modules as the host loads them, and lets their calls be counted.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::lookup;
use crate::objects::{self, Object};
use crate::stubs::Stubs;

/// A module whose calls are counted.
pub(crate) struct Traced {
    pub(crate) module: String,
    pub(crate) functions: Vec<String>,
    pub(crate) stubs: Stubs,
}

impl Traced {
    fn add_to(&self, counts: &mut Vec<(String, String, u64)>) {
        for (index, function) in self.functions.iter().enumerate() {
            let calls = self.stubs.calls(index);
            if calls > 0 {
                counts.push((self.module.clone(), function.clone(), calls));
            }
        }
    }
}

/// By path and imported functions; `None` for a module that cannot be counted.
type Modules = BTreeMap<(CString, Vec<CString>), Option<Traced>>;

/// What is traced in this process: a module that is loaded again counts on.
static TRACED: Mutex<Modules> = Mutex::new(BTreeMap::new());
static INSTALLED: Mutex<bool> = Mutex::new(false);

/// Hooks the host's `dlopen`, once for the process.
pub(crate) fn install() -> Result<(), String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("Node-API calls can be traced on Linux x86-64 only".to_owned());
    }
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *installed {
        return Ok(());
    }
    let host = address_of(c"napi_get_cb_info").ok_or("this program exports no Node-API")?;
    let mut found = Err("the host does not load modules with dlopen of the C library".to_owned());
    objects::each(|object| {
        if object.contains(host) {
            for slot in object.slots(|name| name == c"dlopen") {
                let target = load as unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void;
                let hooked = slot.point_to(target as usize);
                found = hooked
                    .map_err(|error| format!("the host's table of addresses cannot be changed: {error}"));
            }
        }
    });
    found?;
    *installed = true;
    // Modules that were loaded before.
    trace_new_modules();
    Ok(())
}

/// Every function that was called: module, name, calls.
pub(crate) fn counts() -> Vec<(String, String, u64)> {
    let mut counts = Vec::new();
    lock().values().flatten().for_each(|traced| traced.add_to(&mut counts));
    lookup::each(|traced| traced.add_to(&mut counts));
    counts
}

/// What the host calls instead of `dlopen`.
unsafe extern "C" fn load(path: *const c_char, flags: c_int) -> *mut c_void {
    // SAFETY: the host's own arguments.
    let handle = unsafe { libc::dlopen(path, flags) };
    if !handle.is_null() {
        // A panic would end the host; the module then runs on uncounted.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            trace_new_modules();
            lookup::trace(handle);
        }));
    }
    handle
}

pub(crate) fn is_node_api(name: &CStr) -> bool {
    let name = name.to_bytes();
    name.starts_with(b"napi_") || name.starts_with(b"node_api_")
}

/// Whether the object is this very module, whose calls are no subject.
pub(crate) fn is_own(object: &Object<'_>) -> bool {
    object.contains(is_node_api as fn(&CStr) -> bool as usize)
}

/// The Node-API functions that an object imports, if it is a module to trace.
fn imports(object: &Object<'_>) -> Option<(CString, Vec<CString>)> {
    // The program calls nothing through Node-API.
    if object.path.is_empty() || is_own(object) {
        return None;
    }
    let names: BTreeSet<CString> =
        object.slots(is_node_api).iter().map(|slot| slot.name.to_owned()).collect();
    (!names.is_empty()).then(|| (object.path.to_owned(), names.into_iter().collect()))
}

/// Lets every module that imports Node-API call it through stubs.
fn trace_new_modules() {
    let mut traced = lock();
    let mut found = Vec::new();
    objects::each(|object| found.extend(imports(object)));
    // Outside of the loader's lock, since this asks the loader for addresses.
    for key in found {
        if !traced.contains_key(&key) {
            let module = key.0.to_string_lossy().into_owned();
            let made = trace(&module, &key.1, traced.len());
            if let Err(error) = &made {
                eprintln!("portlab trace: {module} is not counted: {error}");
            }
            traced.insert(key, made.ok());
        }
    }
    objects::each(|object| {
        let Some(Some(traced)) = imports(object).and_then(|key| traced.get(&key)) else { return };
        for slot in object.slots(is_node_api) {
            let name = slot.name.to_string_lossy();
            let stub = traced.functions.iter().position(|function| *function == name);
            if let Some(Err(error)) = stub.map(|index| slot.point_to(traced.stubs.address(index))) {
                eprintln!("portlab trace: calls of {name} by {} are not counted: {error}", traced.module);
            }
        }
    });
}

fn trace(module: &str, names: &[CString], number: usize) -> Result<Traced, std::io::Error> {
    // A weak name that this host lacks stays null, for the module asks whether it is.
    let present = names.iter().filter_map(|name| Some((name, address_of(name)?)));
    let (names, targets): (Vec<_>, Vec<_>) = present.unzip();
    let functions: Vec<String> = names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let header = trace_record::header(std::process::id(), module, &functions, 0);
    let stubs = new_stubs(functions.len(), &number.to_string(), &header)?;
    for (index, &target) in targets.iter().enumerate() {
        stubs.set(index, target);
    }
    Ok(Traced { module: module.to_owned(), functions, stubs })
}

/// Stubs that count in a file of `PORTLAB_TRACE_DIR`, or in memory without it.
pub(crate) fn new_stubs(capacity: usize, number: &str, header: &[u8]) -> std::io::Result<Stubs> {
    let file = std::env::var_os("PORTLAB_TRACE_DIR")
        .map(|folder| PathBuf::from(folder).join(format!("{}-{number}.trace", std::process::id())));
    Stubs::new(capacity, file.as_deref().map(|path| (path, header)))
}

/// The address of a name of the host, an indirect function's resolved.
pub(crate) fn address_of(name: &CStr) -> Option<usize> {
    // SAFETY: the program is open for as long as it runs; looks a name up, nothing else.
    let address = unsafe {
        let host = libc::dlopen(std::ptr::null(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
        libc::dlsym(host, name.as_ptr())
    };
    (!address.is_null()).then_some(address as usize)
}

fn lock() -> MutexGuard<'static, Modules> {
    TRACED.lock().unwrap_or_else(PoisonError::into_inner)
}
