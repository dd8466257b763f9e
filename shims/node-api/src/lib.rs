//! A thin typed layer over raw Node-API: environment, arguments, results, errors, completions.
//!
//! # How a port is written
//! ```ignore
//! use node_api::{Call, Env, JsError, Pinned, Port, StringBuffer};
//!
//! /// What the port keeps for one environment; shared, so it changes through cells.
//! struct Fs { stats: OnceCell<Pinned<f64>> }
//!
//! impl Port for Fs {
//!     fn new(_env: Env<'_>) -> Result<Self, JsError> { Ok(Self { stats: OnceCell::new() }) }
//! }
//!
//! // Exports the functions, `portCalls()` and, with the feature `count`, `crossings()`.
//! node_api::module! {
//!     name: "fs",
//!     state: Fs,
//!     functions: {
//!         "access" => access,
//!         "internalModuleStat" => internal_module_stat,
//!     }
//! }
//!
//! /// Reads up to 2 arguments. It may return (), which is `undefined`, bool, i32, u32, f64, &str, String, Value,
//! /// an Option of one of them, or a Result of one with a JsError or a SyscallError, which `?` turns into Node's
//! /// system error.
//! fn access(call: &Call<'_, Fs, 2>) -> Result<(), JsError> {
//!     let mut buffer = StringBuffer::new(); // on the stack
//!     let path = call.path(0, "path", &mut buffer)?; // a &CStr from a string, a Buffer or a Uint8Array
//!     let mode = call.i32(1, "mode")?;
//!     Ok(fs_core::access(&path, mode)?)
//! }
//!
//! fn names<'env>(call: &Call<'env, Fs, 1>) -> Result<Value<'env>, JsError> {
//!     call.env().string(b"a/b")
//! }
//! ```
//! [`Call::count`] is the number of arguments that the caller gave. [`Env`] makes values, [`Value`] reads them,
//! [`Pinned`] is a typed array that the port writes without a crossing, [`sys`] is raw Node-API for what is
//! missing here. A sync call costs one crossing, plus one for each argument read and one for a result that is
//! not `undefined`.
//!
//! # Blocking work
//! See [`completions`].
//!
//! # Panics
//! A panic in a callback throws `portlab: internal error in fs.access: <message>` (code `ERR_PORTLAB_INTERNAL`,
//! `location` names file and line); one in a job completes the job with that error; one in a finalizer or in
//! cleanup is logged once to stderr. That needs `panic = "unwind"`, which the workspace pins. Out of memory, a
//! stack overflow and a panic inside a panic still abort.

#[cfg(not(panic = "unwind"))]
compile_error!("ports turn panics into JavaScript errors: build them with panic = \"unwind\"");

mod callback;
mod env;
mod error;
mod external_string;
mod module;
mod panic;
mod string;
mod typed_array;
mod value;

pub mod completions;
pub mod sys;

pub use callback::{Call, Entry};
pub use env::{Env, Reference, check};
pub use error::{ErrorClass, JsError};
pub use external_string::Shelf;
pub use module::{NAPI_VERSION, Port};
pub use panic::log as guarded;
pub use string::{PathArg, StringBuffer};
pub use typed_array::{Element, Pinned};
pub use value::{Bytes, IntoValue, Kind, Value};

/// What [`module!`] expands to; not for ports.
#[doc(hidden)]
pub mod expansion {
    pub use crate::callback::run;
    pub use crate::module::{Function, register};
}

/// Defines the two symbols that a host looks for, and the port's exports. See the crate's documentation.
#[macro_export]
macro_rules! module {
    (
        name: $module:literal,
        state: $state:ty,
        functions: { $($name:literal => $function:path),* $(,)? } $(,)?
    ) => {
        /// The Node-API version that this module asks for.
        #[unsafe(no_mangle)]
        pub extern "C" fn node_api_module_get_api_version_v1() -> i32 {
            $crate::NAPI_VERSION
        }

        /// Fills the module's exports.
        ///
        /// # Safety
        /// Called by the host when it loads the module.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn napi_register_module_v1(
            env: $crate::sys::napi_env,
            exports: $crate::sys::napi_value,
        ) -> $crate::sys::napi_value {
            let functions = [$({
                unsafe extern "C" fn callback(
                    env: $crate::sys::napi_env,
                    info: $crate::sys::napi_callback_info,
                ) -> $crate::sys::napi_value {
                    // SAFETY: the host calls; `register` creates the function with the instance as its data.
                    unsafe {
                        $crate::expansion::run::<$state, _, _>(
                            env,
                            info,
                            concat!($module, ".", $name),
                            $function,
                        )
                    }
                }
                const NAME: &std::ffi::CStr =
                    match std::ffi::CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                        Ok(name) => name,
                        Err(_) => panic!("the name of a function holds a NUL"),
                    };
                $crate::expansion::Function { name: NAME, callback: Some(callback) }
            }),*];
            // SAFETY: the host calls; the callbacks above expect an instance of this state.
            unsafe { $crate::expansion::register::<$state>(env, exports, $module, &functions) }
        }
    };
}
