//! Errors on their way to JavaScript: facts until the edge, a JavaScript value only there.

use std::ptr;

use node_error::SyscallError;

use crate::env::Env;
use crate::sys::{self, Status};
use crate::value::Value;

/// What a callback or a job throws.
///
/// One pointer wide, so that a `Result` of a value and this error is returned in registers.
#[derive(Debug)]
pub struct JsError(Box<Kind>);

#[derive(Debug)]
enum Kind {
    System(SyscallError),
    Coded { class: ErrorClass, code: &'static str, message: String },
    Internal { place: &'static str, message: String, location: Option<String> },
    Status { call: &'static str, status: sys::napi_status },
    Pending,
}

/// The constructor of a JavaScript error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorClass {
    /// `Error`
    Error,
    /// `TypeError`
    TypeError,
    /// `RangeError`
    RangeError,
}

impl JsError {
    /// An `Error` with a `code` property, as `node::THROW_ERR_*` makes it.
    #[cold]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::coded(ErrorClass::Error, code, message.into())
    }

    /// A `TypeError` with a `code` property, as `node::THROW_ERR_*` makes it.
    #[cold]
    pub fn type_error(code: &'static str, message: impl Into<String>) -> Self {
        Self::coded(ErrorClass::TypeError, code, message.into())
    }

    /// A `RangeError` with a `code` property, as `node::THROW_ERR_*` makes it.
    #[cold]
    pub fn range_error(code: &'static str, message: impl Into<String>) -> Self {
        Self::coded(ErrorClass::RangeError, code, message.into())
    }

    /// A `TypeError` `ERR_INVALID_ARG_TYPE`: `The "fd" argument must be of type number`.
    #[cold]
    pub fn argument_type(name: &str, expected: &str) -> Self {
        Self::type_error("ERR_INVALID_ARG_TYPE", format!("The \"{name}\" argument must be {expected}"))
    }

    fn coded(class: ErrorClass, code: &'static str, message: String) -> Self {
        Self(Box::new(Kind::Coded { class, code, message }))
    }

    /// A panic that was caught in `place`, such as `fs.stat`.
    #[cold]
    pub(crate) fn internal(place: &'static str, message: String, location: Option<String>) -> Self {
        Self(Box::new(Kind::Internal { place, message, location }))
    }

    /// A Node-API call that did not answer `napi_ok`.
    #[cold]
    pub fn status(call: &'static str, status: sys::napi_status) -> Self {
        Self(Box::new(match status {
            // The host keeps the exception, or is shutting down and refuses JavaScript: nothing to add.
            Status::napi_pending_exception | Status::napi_cannot_run_js | Status::napi_closing => {
                Kind::Pending
            }
            _ => Kind::Status { call, status },
        }))
    }

    /// The status of the Node-API call that failed, if this is such an error.
    pub fn status_code(&self) -> Option<sys::napi_status> {
        match &*self.0 {
            Kind::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// True when the host already holds an exception, or refuses to run JavaScript.
    pub fn is_pending(&self) -> bool {
        matches!(*self.0, Kind::Pending)
    }

    /// The error as a JavaScript value, not thrown.
    ///
    /// # Errors
    /// When the host refuses to make it, which it does with an exception pending or at its end.
    pub fn to_value<'env>(&self, env: Env<'env>) -> Result<Value<'env>, JsError> {
        match &*self.0 {
            Kind::System(error) => system_error(env, error),
            Kind::Coded { class, code, message } => {
                let code = env.latin1(code.as_bytes())?;
                make(env, *class, Some(code), message.as_bytes())
            }
            Kind::Internal { place, message, location } => {
                let code = env.latin1(b"ERR_PORTLAB_INTERNAL")?;
                let message = format!("portlab: internal error in {place}: {message}");
                let error = make(env, ErrorClass::Error, Some(code), message.as_bytes())?;
                if let Some(location) = location {
                    error.set_named(c"location", env.string(location.as_bytes())?)?;
                }
                Ok(error)
            }
            Kind::Status { call, status } => {
                let code = env.latin1(b"ERR_PORTLAB_NODE_API")?;
                let message = format!("portlab: {call} answered with napi_status {status}");
                make(env, ErrorClass::Error, Some(code), message.as_bytes())
            }
            Kind::Pending => Err(JsError(Box::new(Kind::Pending))),
        }
    }

    /// Throws the error into the callback that is running. An exception that is already pending stays.
    #[cold]
    #[inline(never)]
    pub fn throw(&self, env: Env<'_>) {
        if let Ok(error) = self.to_value(env) {
            // SAFETY: `env` is live (Env's promise) and `error` is one of its values. A refusal means that an
            // exception is pending or that the host is at its end: both need nothing more.
            let _refused = unsafe { sys::napi_throw(env.raw(), error.raw()) };
        }
    }
}

impl From<SyscallError> for JsError {
    #[cold]
    fn from(error: SyscallError) -> Self {
        Self(Box::new(Kind::System(error)))
    }
}

fn make<'env>(
    env: Env<'env>,
    class: ErrorClass,
    code: Option<Value<'env>>,
    message: &[u8],
) -> Result<Value<'env>, JsError> {
    let message = env.string(message)?;
    let code = code.map_or(ptr::null_mut(), Value::raw);
    let mut error = ptr::null_mut();
    // SAFETY: `env` is live, `code` is null or a string, `message` is a string, `error` is a valid out-pointer.
    let status = unsafe {
        match class {
            ErrorClass::Error => sys::napi_create_error(env.raw(), code, message.raw(), &raw mut error),
            ErrorClass::TypeError => {
                sys::napi_create_type_error(env.raw(), code, message.raw(), &raw mut error)
            }
            ErrorClass::RangeError => {
                sys::napi_create_range_error(env.raw(), code, message.raw(), &raw mut error)
            }
        }
    };
    // SAFETY: `error` is the result of this call in the open scope.
    unsafe { env.value("napi_create_error", status, error) }
}

/// As `node::UVException`: the same message and the same properties in the same order.
fn system_error<'env>(env: Env<'env>, error: &SyscallError) -> Result<Value<'env>, JsError> {
    use std::os::unix::ffi::OsStrExt;
    let object = make(env, ErrorClass::Error, None, &error.message_bytes())?;
    object.set_named(c"errno", env.int32(error.uv_errno())?)?;
    object.set_named(c"code", env.latin1(error.code().as_bytes())?)?;
    object.set_named(c"syscall", env.latin1(error.syscall.as_bytes())?)?;
    if let Some(path) = &error.path {
        object.set_named(c"path", env.string(path.as_os_str().as_bytes())?)?;
    }
    if let Some(dest) = &error.dest {
        object.set_named(c"dest", env.string(dest.as_os_str().as_bytes())?)?;
    }
    Ok(object)
}
