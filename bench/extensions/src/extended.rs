//! The same operations through the extensions.

use std::ffi::c_void;
use std::ptr;

use node_api::sys::{self, Status, napi_env, napi_status, napi_value};
use node_api::{Call, Env, JsError, Value, check};
use v8_gap_table::Extensions;
use v8_gap_table::callback::{node_api_function, node_api_result};
use v8_gap_table::string_view::node_api_string_view;
use v8_gap_table::typed_function::{
    node_api_one_byte_string, node_api_type, node_api_typed_function_definition,
};
use v8_gap_table::wrapped_class::{node_api_class, node_api_class_definition, node_api_method};

use crate::{ELEMENTS, Extended, NAMES, Operations, ends, make};

/// `withExtensions(table)`, once for an environment.
pub(crate) fn with_extensions<'env>(call: &Call<'env, Operations, 1>) -> Result<Value<'env>, JsError> {
    let env = call.env();
    let table = Extensions::from_value(call.argument(0))?;
    let names = NAMES.map(std::ffi::CStr::as_ptr);
    let mut shape = ptr::null_mut();
    // SAFETY: `env` is live, the names end with NULs and the out-pointer is valid.
    check("node_api_create_record_template", unsafe {
        (table.record.create_template)(env.raw(), names.len(), names.as_ptr(), &raw mut shape)
    })?;
    let mut key = ptr::null_mut();
    // SAFETY: as above.
    check("node_api_create_private", unsafe {
        (table.private_symbol.create)(env.raw(), c"mark".as_ptr(), &raw mut key)
    })?;
    let extended = call.state().extended.get_or_init(|| Extended { table, shape, key });
    let exports = env.object()?;
    let (counter, class) = class(env, extended, c"Counter", ptr::null_mut())?;
    exports.set_named(c"Counter", counter)?;
    exports.set_named(c"Child", self::class(env, extended, c"Child", class)?.0)?;
    for (name, slow, fast, result, arguments) in functions() {
        // The instance outlives the environment's last JavaScript, and callbacks only read it.
        let data = ptr::from_ref(extended).cast_mut().cast();
        let definition = node_api_typed_function_definition::new(name, slow, fast, result, arguments, data);
        // SAFETY: `env` is live; both bodies fit the types that stand beside them in `functions`.
        let function = unsafe {
            make(env, "node_api_create_typed_function", |out| {
                (extended.table.typed_function.create)(env.raw(), &raw const definition, out)
            })
        };
        exports.set_named(name, function?)?;
    }
    Ok(exports)
}

/// A function of the extensions: name, slow body, typed body, type of the result, types of the arguments.
type Function =
    (&'static std::ffi::CStr, node_api_function, *const c_void, node_api_type, &'static [node_api_type]);

fn functions() -> [Function; 10] {
    use node_api_type::{
        node_api_type_double as double, node_api_type_int32 as int32,
        node_api_type_one_byte_string as string, node_api_type_uint32 as uint32,
        node_api_type_value as value, node_api_type_void as void,
    };
    let untyped = ptr::null();
    [
        (c"noop", noop, noop_typed as *const c_void, void, &[]),
        (c"add", add, add_typed as *const c_void, int32, &[int32, int32, int32]),
        (c"pathEnds", path_ends, path_ends_typed as *const c_void, int32, &[string]),
        (c"record", record, untyped, void, &[double]),
        (c"array", array, untyped, void, &[double]),
        (c"sum", sum, untyped, double, &[value]),
        (c"textEnds", text_ends, untyped, int32, &[value]),
        (c"mark", mark, untyped, int32, &[value]),
        (c"hold", hold, untyped, int32, &[value]),
        (c"adopt", adopt, untyped, void, &[uint32]),
    ]
}

/// Counter, or, with a parent, a class that has only what it inherits.
fn class<'env>(
    env: Env<'env>,
    extended: &Extended,
    name: &'static std::ffi::CStr,
    parent: node_api_class,
) -> Result<(Value<'env>, node_api_class), JsError> {
    let increment = node_api_method {
        utf8name: c"increment".as_ptr(),
        callback: increment,
        argc: 0,
        data: ptr::null_mut(),
    };
    let definition = node_api_class_definition {
        utf8name: name.as_ptr(),
        parent,
        constructor: construct,
        argc: 0,
        finalize: Some(drop_counter),
        data: ptr::null_mut(),
        method_count: usize::from(parent.is_null()),
        methods: &raw const increment,
    };
    let mut class = ptr::null_mut();
    // SAFETY: `env` is live; the callbacks agree on what the native object is.
    let constructor = unsafe {
        make(env, "node_api_define_class", |out| {
            (extended.table.wrapped_class.define)(env.raw(), &raw const definition, &raw mut class, out)
        })
    };
    Ok((constructor?, class))
}

unsafe extern "C" fn construct(
    _env: napi_env,
    _argc: usize,
    _argv: *const napi_value,
    _data: *mut c_void,
) -> *mut c_void {
    Box::into_raw(Box::new(0_i32)).cast()
}

unsafe extern "C" fn drop_counter(counter: *mut c_void, _data: *mut c_void) {
    // SAFETY: `construct` gave it away with Box::into_raw, and the extension calls this once.
    drop(unsafe { Box::from_raw(counter.cast::<i32>()) });
}

unsafe extern "C" fn increment(
    _env: napi_env,
    counter: *mut c_void,
    _argc: usize,
    _argv: *const napi_value,
    _data: *mut c_void,
) -> node_api_result {
    // SAFETY: the extension hands over what `construct` has made.
    let counter = unsafe { &mut *counter.cast::<i32>() };
    *counter = counter.wrapping_add(1);
    node_api_result::from(*counter)
}

unsafe extern "C" fn noop(
    _env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    _argv: *const napi_value,
    _data: *mut c_void,
) -> node_api_result {
    node_api_result::undefined()
}

extern "C" fn noop_typed(_receiver: napi_value) {}

unsafe extern "C" fn add(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    _data: *mut c_void,
) -> node_api_result {
    let mut sum = 0_i32;
    for index in 0..3 {
        let mut number = 0;
        // SAFETY: the definition asks for three arguments, and `env` is live.
        if unsafe { sys::napi_get_value_int32(env, *argv.add(index), &raw mut number) } != Status::napi_ok {
            return refused(env, c"add needs three numbers");
        }
        sum = sum.wrapping_add(number);
    }
    node_api_result::from(sum)
}

extern "C" fn add_typed(_receiver: napi_value, a: i32, b: i32, c: i32) -> i32 {
    a.wrapping_add(b).wrapping_add(c)
}

unsafe extern "C" fn path_ends(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    _data: *mut c_void,
) -> node_api_result {
    let mut bytes = [0_u8; 256];
    let mut length = 0;
    // SAFETY: the definition asks for one argument, `env` is live, and `bytes` has room for what is asked.
    let status = unsafe {
        sys::napi_get_value_string_utf8(env, *argv, bytes.as_mut_ptr().cast(), bytes.len(), &raw mut length)
    };
    if status == Status::napi_ok {
        node_api_result::from(ends(&bytes[..length]))
    } else {
        refused(env, c"pathEnds needs a string")
    }
}

/// Copies the path, as a system call would need it.
unsafe extern "C" fn path_ends_typed(_receiver: napi_value, path: *const node_api_one_byte_string) -> i32 {
    // SAFETY: V8 lends a string of that length for the call.
    let latin1 = unsafe { std::slice::from_raw_parts((*path).data, (*path).length as usize) };
    let mut copy = [const { std::mem::MaybeUninit::<u8>::uninit() }; 256];
    match copy.get_mut(..latin1.len()) {
        // ASCII is UTF-8 already.
        Some(room) if latin1.is_ascii() => ends(std::hint::black_box(room.write_copy_of_slice(latin1))),
        _ => ends(latin1.iter().map(|&byte| char::from(byte)).collect::<String>().as_bytes()),
    }
}

unsafe extern "C" fn record(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result {
    // SAFETY: the definition asks for one argument, with the instance as its data; `env` is live.
    unsafe {
        let extended = &*data.cast::<Extended>();
        made(env, numbers::<{ NAMES.len() }>(env, *argv), |values, out| {
            (extended.table.record.create)(env, extended.shape, values.len(), values.as_ptr(), out)
        })
    }
}

unsafe extern "C" fn array(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result {
    // SAFETY: as in `record`.
    unsafe {
        let extended = &*data.cast::<Extended>();
        made(env, numbers::<ELEMENTS>(env, *argv), |values, out| {
            (extended.table.array.create)(env, values.len(), values.as_ptr(), out)
        })
    }
}

/// `N` numbers from `first` on; `None` if `first` is no number.
///
/// # Safety
/// `env` is live and `first` a value of its scope.
unsafe fn numbers<const N: usize>(env: napi_env, first: napi_value) -> Option<[napi_value; N]> {
    let mut number = 0.0;
    // SAFETY: this function's contract, with valid out-pointers.
    let mut status = unsafe { sys::napi_get_value_double(env, first, &raw mut number) };
    let mut values = [ptr::null_mut(); N];
    for (value, index) in values.iter_mut().zip(0_u8..) {
        // SAFETY: as above.
        status |= unsafe { sys::napi_create_double(env, number + f64::from(index), value) };
    }
    (status == Status::napi_ok).then_some(values)
}

/// What `make` makes of the values.
fn made<const N: usize>(
    env: napi_env,
    values: Option<[napi_value; N]>,
    make: impl FnOnce(&[napi_value; N], *mut napi_value) -> napi_status,
) -> node_api_result {
    let mut result = ptr::null_mut();
    match values {
        Some(values) if make(&values, &raw mut result) == Status::napi_ok => node_api_result::from(result),
        _ => refused(env, c"first must be a number"),
    }
}

unsafe extern "C" fn sum(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result {
    let mut elements = [ptr::null_mut(); 64];
    let (mut count, mut sum) = (0, 0.0);
    // SAFETY: as in `record`; `elements` has room for what is asked.
    unsafe {
        let table = &(*data.cast::<Extended>()).table;
        let mut status =
            (table.array.elements)(env, *argv, 0, elements.len(), elements.as_mut_ptr(), &raw mut count);
        for &element in &elements[..count] {
            let mut number = 0.0;
            status |= sys::napi_get_value_double(env, element, &raw mut number);
            sum += number;
        }
        if status == Status::napi_ok {
            node_api_result::from(sum)
        } else {
            refused(env, c"sum needs an array of numbers")
        }
    }
}

unsafe extern "C" fn text_ends(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result {
    let mut view = std::mem::MaybeUninit::<node_api_string_view>::uninit();
    // SAFETY: as in `record`; the view stays in place and is closed before anything else is called.
    unsafe {
        let table = &(*data.cast::<Extended>()).table;
        if (table.string_view.open)(env, *argv, view.as_mut_ptr()) != Status::napi_ok {
            return refused(env, c"textEnds needs a string");
        }
        let opened = view.assume_init_ref();
        let ends = match opened.length {
            0 => 0,
            length if opened.is_latin1 => {
                let units = std::slice::from_raw_parts(opened.data.cast::<u8>(), length);
                i32::from(units[0]) + i32::from(units[length - 1])
            }
            length => {
                let units = std::slice::from_raw_parts(opened.data.cast::<u16>(), length);
                i32::from(units[0]) + i32::from(units[length - 1])
            }
        };
        (table.string_view.close)(env, view.as_mut_ptr());
        node_api_result::from(ends)
    }
}

unsafe extern "C" fn mark(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result {
    // SAFETY: as in `record`; the out-pointers are valid.
    unsafe {
        let Extended { table, key, .. } = &*data.cast::<Extended>();
        let (mut held, mut count) = (ptr::null_mut(), 0);
        let mut status = (table.private_symbol.get)(env, *argv, *key, &raw mut held);
        if status == Status::napi_ok && !held.is_null() {
            status = sys::napi_get_value_int32(env, held, &raw mut count);
        }
        count = count.wrapping_add(1);
        let mut value = ptr::null_mut();
        if status != Status::napi_ok
            || sys::napi_create_int32(env, count, &raw mut value) != Status::napi_ok
            || (table.private_symbol.set)(env, *argv, *key, value) != Status::napi_ok
        {
            return refused(env, c"mark needs an object");
        }
        node_api_result::from(count)
    }
}

unsafe extern "C" fn hold(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result {
    let (mut store, mut bytes, mut length) = (ptr::null_mut(), ptr::null_mut(), 0);
    // SAFETY: as in `record`; the share keeps the bytes until it is given back.
    unsafe {
        let table = &(*data.cast::<Extended>()).table;
        let memory = &table.backing_store;
        if (memory.retain)(env, *argv, &raw mut store, &raw mut bytes, &raw mut length) != Status::napi_ok {
            return refused(env, c"hold needs a view");
        }
        let first = if length == 0 { 0 } else { i32::from(*bytes.cast::<u8>()) };
        (memory.release)(store);
        node_api_result::from(first)
    }
}

unsafe extern "C" fn adopt(
    env: napi_env,
    _self: *mut c_void,
    _argc: usize,
    argv: *const napi_value,
    data: *mut c_void,
) -> node_api_result {
    let (mut length, mut store, mut bytes, mut buffer) =
        (0, ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: as in `record`; what is allocated has `length` bytes, and is adopted or given back.
    unsafe {
        let table = &(*data.cast::<Extended>()).table;
        let memory = &table.backing_store;
        if sys::napi_get_value_uint32(env, *argv, &raw mut length) != Status::napi_ok
            || (memory.allocate)(length as usize, &raw mut store, &raw mut bytes) != Status::napi_ok
        {
            return refused(env, c"adopt needs a length");
        }
        if length > 0 {
            *bytes.cast::<u8>() = 7;
        }
        if (memory.adopt)(env, store, &raw mut buffer) != Status::napi_ok {
            (memory.release)(store);
            return refused(env, c"the memory was not adopted");
        }
        node_api_result::from(buffer)
    }
}

/// Throws, unless something is thrown already.
#[cold]
fn refused(env: napi_env, message: &std::ffi::CStr) -> node_api_result {
    // SAFETY: `env` is live in a callback.
    unsafe { node_api_result::type_error(env, c"ERR_INVALID_ARG_TYPE", message) }
}
