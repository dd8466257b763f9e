//! What the extensions of shims/v8-gap close of the distance to V8: the operations of bench/definitions/extensions
//! through Node-API, without and with them. The same in plain V8 are `shims/v8-gap/src/baseline.cc`.
//!
//! | export | |
//! |---|---|
//! | `noop()` | nothing |
//! | `counterClass()` | the class Counter, whose method `increment()` counts in the native object; `Counter` itself with extensions, and `Child`, which extends it |
//! | `record(first)` | an object of ten numbers, from `first` on |
//! | `array(first)` | an array of 14 numbers, from `first` on |
//! | `sum(array)` | the sum of its elements |
//! | `add(a, b, c)` | the sum of three integers |
//! | `pathEnds(path)` | the sum of the first and the last byte of the UTF-8 |
//! | `mark(object)` | how often the object was marked, in a property that is out of sight |
//! | `hold(view)` | the first byte of memory that is held as long as a job would hold it |
//! | `adopt(length)` | an ArrayBuffer whose memory was made and written before it |
//! | `textEnds(text)` | the sum of the first and the last UTF-16 unit |
//! | `withExtensions(table)` | an object of the same names, through the extensions of shims/v8-gap |

mod extended;
mod plain;

use std::cell::OnceCell;

use node_api::{Env, JsError, Port, Reference, Value, check, sys};
use v8_gap_table::Extensions;
use v8_gap_table::private_symbol::node_api_private;
use v8_gap_table::record::node_api_record_template;

/// The properties of the record.
const NAMES: [&std::ffi::CStr; 10] =
    [c"dev", c"ino", c"mode", c"nlink", c"uid", c"gid", c"rdev", c"size", c"blksize", c"blocks"];
const ELEMENTS: usize = 14;

struct Operations {
    extended: OnceCell<Extended>,
    /// The symbol of `mark`.
    key: Reference,
}

/// What the variant `node-api+ext` keeps.
struct Extended {
    table: Extensions,
    shape: node_api_record_template,
    key: node_api_private,
}

impl Port for Operations {
    fn new(env: Env<'_>) -> Result<Self, JsError> {
        // SAFETY: `env` is live; without a description.
        let symbol = unsafe {
            make(env, "napi_create_symbol", |out| {
                sys::napi_create_symbol(env.raw(), std::ptr::null_mut(), out)
            })
        };
        Ok(Operations { extended: OnceCell::new(), key: env.reference(symbol?)? })
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
        "mark" => plain::mark,
        "hold" => plain::hold,
        "adopt" => plain::adopt,
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
