//! The functions of libuv, where it is the host's event loop.
//!
//! They are looked up when they are needed. The module does not import them, and so it loads on hosts that lack them.

use std::ffi::{CStr, c_int, c_void};

use crate::env::Env;
use crate::error::JsError;
use crate::value::Kind;

/// libuv's names for the types of handle that other threads may signal, and that is called once a turn; part of its
/// stable ABI.
pub(super) const UV_ASYNC: c_int = 1;
pub(super) const UV_IDLE: c_int = 6;

/// libuv's functions, as the host has them.
pub(super) struct Uv {
    pub(super) async_init:
        unsafe extern "C" fn(*mut c_void, *mut c_void, unsafe extern "C" fn(*mut c_void)) -> c_int,
    pub(super) async_send: unsafe extern "C" fn(*mut c_void) -> c_int,
    pub(super) idle_init: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
    pub(super) idle_start: unsafe extern "C" fn(*mut c_void, unsafe extern "C" fn(*mut c_void)) -> c_int,
    pub(super) idle_stop: unsafe extern "C" fn(*mut c_void) -> c_int,
    pub(super) close: unsafe extern "C" fn(*mut c_void, Option<unsafe extern "C" fn(*mut c_void)>),
    pub(super) reference: unsafe extern "C" fn(*mut c_void),
    pub(super) unref: unsafe extern "C" fn(*mut c_void),
    pub(super) handle_size: unsafe extern "C" fn(c_int) -> usize,
    pub(super) handle_set_data: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub(super) handle_get_data: unsafe extern "C" fn(*const c_void) -> *mut c_void,
}

impl Uv {
    /// libuv where it is the host's event loop. Bun and Deno export some of its functions, and of those some only
    /// abort the process.
    pub(super) fn of(env: Env<'_>) -> Result<Option<&'static Self>, JsError> {
        let versions = env.global(c"process")?.named(c"versions")?;
        for other in [c"bun", c"deno"] {
            if versions.named(other)?.kind()? != Kind::Undefined {
                return Ok(None);
            }
        }
        Ok(Self::get())
    }

    pub(super) fn get() -> Option<&'static Self> {
        static UV: std::sync::OnceLock<Option<Uv>> = std::sync::OnceLock::new();
        UV.get_or_init(Self::look_up).as_ref()
    }

    fn look_up() -> Option<Self> {
        // SAFETY: each type is the one of libuv's manual (https://docs.libuv.org/en/v1.x/); pointers to its structs
        // are opaque here.
        unsafe {
            Some(Self {
                async_init: symbol(c"uv_async_init")?,
                async_send: symbol(c"uv_async_send")?,
                idle_init: symbol(c"uv_idle_init")?,
                idle_start: symbol(c"uv_idle_start")?,
                idle_stop: symbol(c"uv_idle_stop")?,
                close: symbol(c"uv_close")?,
                reference: symbol(c"uv_ref")?,
                unref: symbol(c"uv_unref")?,
                handle_size: symbol(c"uv_handle_size")?,
                handle_set_data: symbol(c"uv_handle_set_data")?,
                handle_get_data: symbol(c"uv_handle_get_data")?,
            })
        }
    }
}

/// A function of the host.
///
/// # Safety
/// `F` must be the function's type.
unsafe fn symbol<F: Copy>(name: &CStr) -> Option<F> {
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: `name` ends with a null.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    // SAFETY: not null, as large as a function pointer, and of the type that the caller promises.
    (!address.is_null()).then(|| unsafe { std::mem::transmute_copy::<*mut c_void, F>(&address) })
}
