//! Modules that look Node-API up by name, as napi-sys does with its feature `dyn-symbols`: their `dlsym` answers with
//! stubs.

use std::ffi::{CStr, c_char, c_void};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::hook::{Traced, address_of, is_node_api, is_own, new_stubs};
use crate::objects;
use crate::stubs;

/// More functions than Node-API has; a module that asks for more gets the rest uncounted.
const CAPACITY: usize = 256;
/// The longest name of Node-API has 50 bytes.
const NAME_BYTES: usize = 64;

/// A module, and what it calls instead of `dlsym`.
struct Asking {
    traced: Traced,
    dlsym: usize,
}

/// By number, which the module's own `dlsym` hands over.
static ASKING: Mutex<Vec<Asking>> = Mutex::new(Vec::new());

/// Lets the module that was just loaded ask for stubs, if it is an addon that asks at all.
pub(crate) fn trace(handle: *mut c_void) {
    // SAFETY: the handle was just opened; looks a name up.
    let start = unsafe { libc::dlsym(handle, c"napi_register_module_v1".as_ptr()) } as usize;
    let mut module = None;
    objects::each(|object| {
        if start != 0 && object.contains(start) && !is_own(object) && !object.slots(is_dlsym).is_empty() {
            module = Some(object.path.to_string_lossy().into_owned());
        }
    });
    let Some(module) = module else { return };
    match number_of(&module) {
        Ok(dlsym) => objects::each(|object| {
            for slot in object.slots(is_dlsym).into_iter().filter(|_| object.contains(start)) {
                if let Err(error) = slot.point_to(dlsym) {
                    eprintln!("portlab trace: what {module} looks up by name is not counted: {error}");
                }
            }
        }),
        Err(error) => eprintln!("portlab trace: what {module} looks up by name is not counted: {error}"),
    }
}

/// Calls `visit` for every such module.
pub(crate) fn each(visit: impl FnMut(&Traced)) {
    lock().iter().map(|asking| &asking.traced).for_each(visit);
}

fn is_dlsym(name: &CStr) -> bool {
    name == c"dlsym"
}

/// What a module is to call instead of `dlsym`; one that is loaded again counts on.
fn number_of(module: &str) -> io::Result<usize> {
    let mut asking = lock();
    if let Some(known) = asking.iter().find(|known| known.traced.module == module) {
        return Ok(known.dlsym);
    }
    let number = asking.len();
    let dlsym = stubs::lookup(number, answer, libc::dlsym as *const c_void as usize)?;
    let stubs = new_stubs(CAPACITY, &format!("by-name-{number}"), &header(module, &[]))?;
    let traced = Traced { module: module.to_owned(), functions: Vec::new(), stubs };
    asking.push(Asking { traced, dlsym });
    Ok(dlsym)
}

fn header(module: &str, functions: &[String]) -> Vec<u8> {
    trace_record::header(std::process::id(), module, functions, CAPACITY * NAME_BYTES + 4096)
}

/// Answers a module's lookup of a function of Node-API that the host has; 0 for anything else.
unsafe extern "C" fn answer(_handle: *mut c_void, name: *const c_char, module: usize) -> usize {
    if name.is_null() {
        return 0;
    }
    // SAFETY: the caller asks `dlsym` for it, so it ends with a NUL.
    let name = unsafe { CStr::from_ptr(name) };
    if !is_node_api(name) {
        return 0;
    }
    let Some(target) = address_of(name) else { return 0 };
    let mut asking = lock();
    let Some(Asking { traced, .. }) = asking.get_mut(module) else { return 0 };
    let name = name.to_string_lossy();
    if let Some(known) = traced.functions.iter().position(|function| *function == name) {
        return traced.stubs.address(known);
    }
    let index = traced.functions.len();
    if index == CAPACITY || name.len() >= NAME_BYTES {
        return 0;
    }
    traced.functions.push(name.into_owned());
    traced.stubs.set(index, target);
    if let Err(error) = traced.stubs.rename(&header(&traced.module, &traced.functions)) {
        eprintln!("portlab trace: the record of {} cannot be written: {error}", traced.module);
    }
    traced.stubs.address(index)
}

fn lock() -> MutexGuard<'static, Vec<Asking>> {
    ASKING.lock().unwrap_or_else(PoisonError::into_inner)
}
