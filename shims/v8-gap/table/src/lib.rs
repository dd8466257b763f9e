//! The extensions of Node-API that v8-gap offers, as ports receive them: a table of C functions. A port never
//! links V8 or v8-gap; JavaScript hands it the table ([`Extensions::from_value`]).
//!
//! One file an extension: its proposed C signature, documented as Node-API documents its own, its status
//! codes, and the condition under which it can be removed. `../src/<same name>.cc` implements it, against a C
//! header that the build generates from these files, so that a signature is written once.
//!
//! # What holds for all of them
//! - Every function takes the `napi_env` of the module that calls, and answers a `napi_status`. Where nothing
//!   else is said, `napi_invalid_arg` means that a pointer is null or a length does not fit, and out-pointers
//!   are written only with `napi_ok`. `napi_get_last_error_info` knows nothing of these calls.
//! - They belong on the thread of that environment, inside a callback, but for what says otherwise. A call from
//!   a thread without JavaScript is `napi_generic_failure`.
//! - What a `create` or `define` function hands out belongs to the environment and is freed with it; a
//!   finalizer runs then at the latest.
//! - Where JavaScript can run, an exception that it throws is left pending, as Node-API leaves it, and the
//!   status is `napi_pending_exception`; with one pending already, such a function does nothing.

// C's names for what C sees.
#![allow(non_camel_case_types)]
// The C header shows the documentation as it stands.
#![allow(clippy::doc_markdown)]

pub mod array;
pub mod backing_store;
pub mod callback;
pub mod private_symbol;
pub mod record;
pub mod string_view;
pub mod typed_function;
pub mod wrapped_class;

use node_api::sys::{self, Status, napi_type_tag};
use node_api::{JsError, Kind, Value};

use array::node_api_array_functions;
use backing_store::node_api_backing_store_functions;
use private_symbol::node_api_private_functions;
use record::node_api_record_functions;
use string_view::node_api_string_view_functions;
use typed_function::node_api_typed_functions;
use wrapped_class::node_api_wrapped_class_functions;

/// Marks the external that carries the table.
pub static TYPE_TAG: napi_type_tag =
    napi_type_tag { lower: 0xb3d4_2f0c_9a1e_4c67, upper: 0x8e5f_71c2_06bd_4a39 };

/// Changes when a table of the older kind can no longer be read; new functions only make the table longer.
pub const VERSION: u32 = 1;

/// All extensions.
#[repr(C)]
pub struct node_api_extensions {
    /// `NODE_API_EXTENSIONS_VERSION` of the module that made it.
    pub version: u32,
    /// Bytes that the module filled: an older module's table is shorter.
    pub size: u32,
    /// Classes whose callbacks are handed the native object.
    pub wrapped_class: node_api_wrapped_class_functions,
    /// Objects of one shape.
    pub record: node_api_record_functions,
    /// Arrays from values and back.
    pub array: node_api_array_functions,
    /// Functions that optimized code calls without a callback.
    pub typed_function: node_api_typed_functions,
    /// The characters of a string where they are.
    pub string_view: node_api_string_view_functions,
    /// Properties that JavaScript cannot see.
    pub private_symbol: node_api_private_functions,
    /// The memory of an ArrayBuffer, apart from the buffer.
    pub backing_store: node_api_backing_store_functions,
}

/// The extensions, checked. They live as long as the environment that they were handed to.
#[derive(Clone, Copy)]
pub struct Extensions(*const node_api_extensions);

impl Extensions {
    /// Reads the external that `table` of shims/v8-gap/index.js returns.
    ///
    /// # Errors
    /// A TypeError `ERR_PORTLAB_V8_GAP_TABLE` if the value is no such external, or if the table is of another
    /// version or too short for what this port was built with.
    pub fn from_value(value: Value<'_>) -> Result<Extensions, JsError> {
        let refused = |why: String| JsError::type_error("ERR_PORTLAB_V8_GAP_TABLE", why);
        let env = value.env().raw();
        let mut tagged = false;
        // For what is no object, asking would leave an exception pending.
        let status = match value.kind()? {
            // SAFETY: `env` is live and `value` a handle of its scope; the tag and the out-pointer are valid.
            Kind::External => unsafe {
                sys::napi_check_object_type_tag(env, value.raw(), &raw const TYPE_TAG, &raw mut tagged)
            },
            _ => Status::napi_ok,
        };
        if status != Status::napi_ok || !tagged {
            return Err(refused(
                "this value is no table of extensions: hand over what table() of shims/v8-gap returns"
                    .to_owned(),
            ));
        }
        let mut data = std::ptr::null_mut();
        // SAFETY: as above.
        node_api::check("napi_get_value_external", unsafe {
            sys::napi_get_value_external(env, value.raw(), &raw mut data)
        })?;
        let table = data.cast_const().cast::<node_api_extensions>();
        // SAFETY: only v8-gap tags an external so, and every version of its table begins with these two fields.
        let (version, size) = unsafe { ((*table).version, (*table).size) };
        let needed = size_of::<node_api_extensions>();
        if version != VERSION {
            return Err(refused(format!(
                "the table of extensions is of version {version}, this port reads version {VERSION}: build the port \
                 and shims/v8-gap from one checkout"
            )));
        }
        if (size as usize) < needed {
            return Err(refused(format!(
                "the table of extensions has {size} bytes, this port uses {needed}: shims/v8-gap is older than the \
                 port; build it again"
            )));
        }
        Ok(Extensions(table))
    }
}

impl std::ops::Deref for Extensions {
    type Target = node_api_extensions;

    fn deref(&self) -> &node_api_extensions {
        // SAFETY: `from_value` checked version and size; the table is a constant of a module that stays loaded
        // until the environment ends, and a port that keeps Extensions longer has broken their documentation.
        unsafe { &*self.0 }
    }
}
