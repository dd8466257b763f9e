//! The variant `node-api+ext`: functions that optimized code calls directly (typed functions of shims/v8-gap).
//!
//! A typed function is handed the characters of its path where they are, and cannot throw: what it cannot do, the
//! JavaScript half asks of the ordinary function (`Fs::ask_again`). Answers are numbers, as everywhere.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::{ptr, slice};

use node_api::sys::{napi_env, napi_value};
use node_api::{Call, Entry, Env, JsError, StringBuffer, Value};
use v8_gap_table::Extensions;
use v8_gap_table::callback::{node_api_function, node_api_result};
use v8_gap_table::typed_function::{
    node_api_one_byte_string, node_api_type, node_api_typed_function_definition,
};

use crate::state::Fs;

thread_local! {
    /// Typed functions have no data, and Node runs one environment a thread.
    static PORT: Cell<Option<Entry<Fs>>> = const { Cell::new(None) };
}

/// Whether this environment's port is its thread's.
#[derive(Default)]
pub(crate) struct Extended(Cell<bool>);

impl Extended {
    /// To be called before the environment ends.
    pub(crate) fn forget(&self) {
        if self.0.get() {
            PORT.set(None);
        }
    }
}

/// `withExtensions(table)`, after `connect`: an object of functions, some of which ask for the ordinary one of their
/// name by the number `ASK_AGAIN`.
pub(crate) fn with_extensions<'env>(call: &Call<'env, Fs, 1>) -> Result<Value<'env>, JsError> {
    call.state().numbers()?;
    let table = Extensions::from_value(call.argument(0))?;
    let extended = &call.state().extended.0;
    if !extended.get() && PORT.get().is_some() {
        return Err(JsError::error(
            "ERR_INVALID_STATE",
            "another environment of this thread uses the extensions: typed functions could not tell the two apart",
        ));
    }
    PORT.set(Some(call.entry()));
    extended.set(true);
    let env = call.env();
    let exports = env.object()?;
    for Function { name, slow, fast, arguments } in functions() {
        let result = node_api_type::node_api_type_void;
        let definition =
            node_api_typed_function_definition::new(name, slow, fast, result, arguments, ptr::null_mut());
        let mut raw = ptr::null_mut();
        // SAFETY: `env` is live; both bodies fit the types (`on_path`, `on_descriptor`).
        let status = unsafe { (table.typed_function.create)(env.raw(), &raw const definition, &raw mut raw) };
        // SAFETY: with `napi_ok` it has written a value of this scope.
        exports.set_named(name, unsafe { env.value("node_api_create_typed_function", status, raw) }?)?;
    }
    Ok(exports)
}

struct Function {
    name: &'static CStr,
    slow: node_api_function,
    fast: *const c_void,
    arguments: &'static [node_api_type],
}

/// An operation of the synchronous half on a path.
trait OnPath {
    fn run(state: &Fs, path: &CStr) -> Result<(), JsError>;
}

/// An operation on the descriptor in the numbers.
trait OnDescriptor {
    fn run(state: &Fs) -> Result<(), JsError>;
}

macro_rules! operations {
    ($($name:ident: $kind:ident($state:ident $(, $path:ident)?) $body:block)*) => {$(
        struct $name;
        impl $kind for $name {
            #[inline]
            fn run($state: &Fs $(, $path: &CStr)?) -> Result<(), JsError> $body
        }
    )*};
}
operations! {
    Access: OnPath(state, path) { state.outcome(fs_core::access(path, state.numbers()?.i32(0))).map(drop) }
    IsMissing: OnPath(state, path) {
        state.numbers()?.answer(f64::from(u8::from(!fs_core::exists(path))));
        Ok(())
    }
    Lstat: OnPath(state, path) { write_stat(state, fs_core::lstat(path)) }
    ModuleStat: OnPath(state, path) {
        state.numbers()?.answer(f64::from(fs_core::module_stat(path)));
        Ok(())
    }
    Open: OnPath(state, path) {
        let numbers = state.numbers()?;
        let opened = fs_core::open(path, numbers.i32(0), numbers.i32(1) as u32);
        if let Some(fd) = state.outcome(opened)? {
            numbers.answer(f64::from(fd));
        }
        Ok(())
    }
    Stat: OnPath(state, path) { write_stat(state, fs_core::stat(path)) }
    Close: OnDescriptor(state) { state.outcome(fs_core::close(state.numbers()?.i32(0))).map(drop) }
    Fstat: OnDescriptor(state) {
        let numbers = state.numbers()?;
        match state.outcome(fs_core::fstat(numbers.i32(0)))? {
            Some(stat) => state.write_stat(&stat, numbers.i32(1) != 0),
            None => Ok(()),
        }
    }
}

fn write_stat(state: &Fs, found: Result<fs_core::Stat, node_error::SyscallError>) -> Result<(), JsError> {
    match state.outcome(found)? {
        Some(stat) => state.write_stat(&stat, false),
        None => Ok(()),
    }
}

fn functions() -> [Function; 8] {
    [
        on_path::<Access>(c"access"),
        on_path::<IsMissing>(c"isMissing"),
        on_path::<Lstat>(c"lstat"),
        on_path::<ModuleStat>(c"moduleStat"),
        on_path::<Open>(c"open"),
        on_path::<Stat>(c"stat"),
        on_descriptor::<Close>(c"close"),
        on_descriptor::<Fstat>(c"fstat"),
    ]
}

fn on_path<O: OnPath>(name: &'static CStr) -> Function {
    const ARGUMENTS: &[node_api_type] = &[node_api_type::node_api_type_one_byte_string];
    Function { name, slow: path_slow::<O>, fast: path_fast::<O> as *const c_void, arguments: ARGUMENTS }
}

fn on_descriptor<O: OnDescriptor>(name: &'static CStr) -> Function {
    Function { name, slow: slow::<O>, fast: fast::<O> as *const c_void, arguments: &[] }
}

/// Runs an operation; a panic is left to the ordinary function, which can throw it.
#[inline]
fn entered(body: impl FnOnce(&Fs) -> Result<(), JsError>) -> Result<(), JsError> {
    let Some(entry) = PORT.get() else { return Ok(()) };
    // SAFETY: `PORT` is this thread's, and forgotten before its environment ends.
    let outcome = unsafe { entry.run(body) };
    outcome.unwrap_or_else(|| {
        // SAFETY: as above.
        unsafe { entry.run(Fs::ask_again) };
        Ok(())
    })
}

/// Bytes of a path, the NUL included, that are copied; longer ones are left to the ordinary function.
const ROOM: usize = 1024;

extern "C" fn path_fast<O: OnPath>(_receiver: napi_value, path: *const node_api_one_byte_string) {
    // SAFETY: V8 lends a string of that length for the call.
    let latin1 = unsafe { slice::from_raw_parts((*path).data, (*path).length as usize) };
    let done = entered(|state| {
        let mut room = [const { MaybeUninit::<u8>::uninit() }; ROOM];
        if let Some(path) = c_path(latin1, &mut room) {
            return O::run(state, path);
        }
        state.ask_again();
        Ok(())
    });
    left_if_failed(&done);
}

/// What would have to be thrown is left to the ordinary function.
#[inline]
fn left_if_failed(done: &Result<(), JsError>) {
    if let (Err(_), Some(entry)) = (done, PORT.get()) {
        // SAFETY: as in `entered`.
        unsafe { entry.run(Fs::ask_again) };
    }
}

/// ASCII, which is UTF-8 already, with a NUL behind it and none inside.
#[inline]
fn c_path<'room>(latin1: &[u8], room: &'room mut [MaybeUninit<u8>; ROOM]) -> Option<&'room CStr> {
    let length = latin1.len();
    if length >= ROOM || !latin1.is_ascii() {
        return None;
    }
    room[..length].write_copy_of_slice(latin1);
    room[length].write(0);
    // SAFETY: a NUL ends what was just written. The C library's strlen is the fastest search there is.
    let path = unsafe { CStr::from_ptr(room.as_ptr().cast()) };
    (path.count_bytes() == length).then_some(path)
}

extern "C" fn fast<O: OnDescriptor>(_receiver: napi_value) {
    left_if_failed(&entered(O::run));
}

unsafe extern "C" fn path_slow<O: OnPath>(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    _data: *mut c_void,
) -> node_api_result {
    // SAFETY: the extension calls with a live environment and an open scope, which lasts until this returns.
    let env = unsafe { Env::from_raw(env) };
    // SAFETY: the definition asks for one argument, a value of that scope.
    let path = unsafe { Value::from_raw(env, *argv) };
    let mut buffer = StringBuffer::new();
    returned(env, entered(|state| O::run(state, &path.path("path", &mut buffer)?)))
}

unsafe extern "C" fn slow<O: OnDescriptor>(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    _argv: *const napi_value,
    _data: *mut c_void,
) -> node_api_result {
    // SAFETY: as in `path_slow`.
    returned(unsafe { Env::from_raw(env) }, entered(O::run))
}

fn returned(env: Env<'_>, done: Result<(), JsError>) -> node_api_result {
    match done {
        Ok(()) => node_api_result::undefined(),
        Err(error) => {
            error.throw(env);
            node_api_result::exception()
        }
    }
}
