//! Long strings that the engine reads where they are, instead of copying them into fresh memory of its own.
//!
//! The engine gives their memory back when it collects them, which may be late: without a bound, memory grows, and
//! its fresh pages cost more than the copy. A [`Shelf`] therefore lends a few megabytes at a time and uses them again;
//! whoever finds all of them lent has the engine copy.
//!
//! `node_api_create_external_string_latin1` and `_utf16` are younger than the Node-API version that modules ask for
//! (they are part of version 10), so they are looked up when they are needed; where the host has none, all is copied.

use std::ffi::{CStr, c_void};
use std::mem;
use std::ptr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::env::Env;
use crate::error::JsError;
use crate::sys::{self, Status};
use crate::value::Value;

/// How much is lent at a time, in bytes.
const LENT: usize = 7 << 20;

/// Below this many bytes the engine's copy costs less.
const LEAST: usize = 256 * 1024;

/// Above this, memory would be kept that is hardly used again.
const MOST: usize = 2 << 20;

/// A unit of a string as engines store it.
pub trait Unit: Copy + Send + 'static {
    #[doc(hidden)]
    fn create() -> Option<Create>;

    /// A string that the engine copies.
    ///
    /// # Errors
    /// When the host refuses, for example a string longer than the engine allows.
    fn copy<'env>(env: Env<'env>, text: &[Self]) -> Result<Value<'env>, JsError>;
}

impl Unit for u8 {
    fn create() -> Option<Create> {
        static CREATE: OnceLock<Option<Create>> = OnceLock::new();
        *CREATE.get_or_init(|| host_function(c"node_api_create_external_string_latin1"))
    }

    fn copy<'env>(env: Env<'env>, text: &[Self]) -> Result<Value<'env>, JsError> {
        env.latin1(text)
    }
}

impl Unit for u16 {
    fn create() -> Option<Create> {
        static CREATE: OnceLock<Option<Create>> = OnceLock::new();
        *CREATE.get_or_init(|| host_function(c"node_api_create_external_string_utf16"))
    }

    fn copy<'env>(env: Env<'env>, text: &[Self]) -> Result<Value<'env>, JsError> {
        env.utf16(text)
    }
}

/// Memory for strings, lent to the engine and used again.
pub struct Shelf<T: Unit>(Arc<Mutex<Pieces<T>>>);

struct Pieces<T> {
    free: Vec<Vec<T>>,
    /// In bytes.
    lent: usize,
}

impl<T: Unit> Default for Shelf<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Pieces { free: Vec::new(), lent: 0 })))
    }
}

/// What the engine has for as long as the string lives.
struct Loan<T: Unit> {
    text: Vec<T>,
    shelf: Arc<Mutex<Pieces<T>>>,
}

impl<T: Unit> Shelf<T> {
    /// A string of this text. `text` is empty afterwards where its memory was lent, and has other memory, if there is
    /// some; otherwise it was copied and stays as it is.
    ///
    /// # Errors
    /// When the host refuses, for example a string longer than the engine allows.
    pub fn string<'env>(&self, env: Env<'env>, text: &mut Vec<T>) -> Result<Value<'env>, JsError> {
        if size_of_val(text.as_slice()) < LEAST || bytes(text) > MOST {
            return T::copy(env, text);
        }
        let Some(create) = T::create().filter(|_| self.lends(bytes(text))) else { return T::copy(env, text) };
        let loan = Box::new(Loan { text: mem::take(text), shelf: Arc::clone(&self.0) });
        let (start, length) = (loan.text.as_ptr(), loan.text.len());
        let loan = Box::into_raw(loan);
        let (mut value, mut copied) = (ptr::null_mut(), false);
        // SAFETY: `env` is live; the text stays where it is, and as it is, until `give_back`; both out-pointers are
        // valid. `create` is the host's function for this unit.
        let status = unsafe {
            create(
                env.raw(),
                start.cast(),
                length,
                Some(give_back::<T>),
                loan.cast(),
                &raw mut value,
                &raw mut copied,
            )
        };
        if status != Status::napi_ok {
            // SAFETY: the host has not taken it.
            *text = unsafe { Box::from_raw(loan) }.text;
            self.lock().lent -= bytes(text);
            return T::copy(env, text);
        }
        *text = self.lock().free.pop().unwrap_or_default();
        // SAFETY: made by this call in the open scope.
        Ok(unsafe { Value::from_raw(env, value) })
    }

    /// Counts so much as lent, if it may be.
    fn lends(&self, bytes: usize) -> bool {
        let mut pieces = self.lock();
        let may = pieces.lent + bytes <= LENT;
        if may {
            pieces.lent += bytes;
        }
        may
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pieces<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The string is gone, or the engine has copied it after all.
unsafe extern "C" fn give_back<T: Unit>(_env: sys::napi_env, _text: *mut c_void, loan: *mut c_void) {
    // SAFETY: `string` gave the loan to the host, which hands it back once.
    let Loan { mut text, shelf } = *unsafe { Box::from_raw(loan.cast::<Loan<T>>()) };
    text.clear();
    let mut pieces = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    pieces.lent -= bytes(&text);
    pieces.free.push(text);
}

/// What a piece of memory takes.
fn bytes<T>(piece: &Vec<T>) -> usize {
    piece.capacity() * size_of::<T>()
}

type Finalize = unsafe extern "C" fn(sys::napi_env, *mut c_void, *mut c_void);

/// `node_api_create_external_string_latin1` and `_utf16`
pub(crate) type Create = unsafe extern "C" fn(
    sys::napi_env,
    *const c_void,
    usize,
    Option<Finalize>,
    *mut c_void,
    *mut sys::napi_value,
    *mut bool,
) -> sys::napi_status;

/// A function of the host that not every host has. This module is kept loaded then: the engine calls `give_back` when
/// it ends, after the environments have unloaded their modules.
fn host_function(name: &CStr) -> Option<Create> {
    // SAFETY: `name` ends with a NUL.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if address.is_null() || !stay_loaded() {
        return None;
    }
    // SAFETY: not null, and a function of this type by the manual of Node-API.
    Some(unsafe { mem::transmute::<*mut c_void, Create>(address) })
}

/// Marks the module that this code is in as one that is never unloaded.
fn stay_loaded() -> bool {
    let mut found = mem::MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: an address in this module; `found` has room for what is filled in.
    if unsafe { libc::dladdr(stay_loaded as *const c_void, found.as_mut_ptr()) } == 0 {
        return false;
    }
    // SAFETY: filled by the successful call; the name is the loader's own.
    let path = unsafe { found.assume_init() }.dli_fname;
    let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: `path` names a module that is loaded already, so nothing runs.
    !unsafe { libc::dlopen(path, flags) }.is_null()
}
