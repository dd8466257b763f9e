//! What the extensions of shims/v8-gap close of the distance to V8: the operations of bench/definitions/extensions
//! through Node-API, without and with them. The same in plain V8 are `shims/v8-gap/src/baseline.cc`.
//!
//! | export | |
//! |---|---|
//! | `noop()` | nothing |
//! | `counterClass()` | the class Counter, whose method `increment()` counts in the native object; `Counter` itself with extensions |
//! | `record(first)` | an object of ten numbers, from `first` on |
//! | `array(first)` | an array of 14 numbers, from `first` on |
//! | `sum(array)` | the sum of its elements |
//! | `add(a, b, c)` | the sum of three integers |
//! | `pathEnds(path)` | the sum of the first and the last byte of the UTF-8 |
//! | `textEnds(text)` | the sum of the first and the last UTF-16 unit |
//! | `withExtensions(table)` | an object of the same names, through the extensions of shims/v8-gap |

mod extended;
mod plain;

use std::cell::OnceCell;

use node_api::{Env, JsError, Port, Value, check, sys};
use v8_gap_table::Extensions;
use v8_gap_table::record::node_api_record_template;

/// The properties of the record.
const NAMES: [&std::ffi::CStr; 10] =
    [c"dev", c"ino", c"mode", c"nlink", c"uid", c"gid", c"rdev", c"size", c"blksize", c"blocks"];
const ELEMENTS: usize = 14;

struct Operations {
    extended: OnceCell<Extended>,
}

/// What the variant `node-api+ext` keeps.
struct Extended {
    table: Extensions,
    shape: node_api_record_template,
}

impl Port for Operations {
    fn new(_env: Env<'_>) -> Result<Self, JsError> {
        Ok(Operations { extended: OnceCell::new() })
    }
}

node_api::module! {
    name: "extensions",
    state: Operations,
    functions: {
        "noop" => plain::noop,
        "counterClass" => plain::counter_class,
        "record" => plain::record,
        "array" => plain::array,
        "sum" => plain::sum,
        "add" => plain::add,
        "pathEnds" => plain::path_ends,
        "textEnds" => plain::text_ends,
        "withExtensions" => extended::with_extensions,
    }
}

/// The value that a raw call makes.
///
/// # Safety
/// `maker` is a single call that answers `napi_ok` only when it has written a value of the open scope.
unsafe fn make<'env>(
    env: Env<'env>,
    call: &'static str,
    maker: impl FnOnce(*mut sys::napi_value) -> sys::napi_status,
) -> Result<Value<'env>, JsError> {
    let mut raw = std::ptr::null_mut();
    check(call, maker(&raw mut raw))?;
    // SAFETY: this function's contract.
    Ok(unsafe { Value::from_raw(env, raw) })
}

/// The sum of the first and the last byte.
fn ends(bytes: &[u8]) -> i32 {
    match bytes {
        [] => 0,
        [only] => 2 * i32::from(*only),
        [first, .., last] => i32::from(*first) + i32::from(*last),
    }
}
