//! What only pipes and Unix sockets do (`PipeWrap`).

use std::ffi::c_int;

use node_api::{Call, JsError, StringBuffer};

use crate::handle::{Handle, answer};
use crate::request::{Request, finished};
use crate::state::Streams;
use crate::uv;

/// `pipeOpen()`: `[handle, fd]` becomes `[status]`.
pub(crate) fn open(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open; libuv checks the descriptor.
    answer(call, |handle| unsafe { uv::uv_pipe_open(handle.uv(), call.state().word(1)) })
}

/// `pipeBind(name)`: `[handle]` becomes `[status]`.
pub(crate) fn bind(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    with_name(call, |handle, name| {
        // SAFETY: the handle is open, and the name is readable for its length.
        unsafe { uv::uv_pipe_bind2(handle.uv(), name.as_ptr(), name.len(), uv::PIPE_NO_TRUNCATE) }
    })
}

/// `pipeConnect(name)`: `[handle]` becomes `[status, request]`.
pub(crate) fn connect(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    with_name(call, |handle, name| {
        Request::dispatch(handle, uv::REQ_CONNECT, Vec::new(), |request, _| {
            let flags = uv::PIPE_NO_TRUNCATE;
            // SAFETY: the handle is open, the name is readable for its length, and `finished` frees the request.
            unsafe { uv::uv_pipe_connect2(request, handle.uv(), name.as_ptr(), name.len(), flags, finished) }
        })
    })
}

/// Reads the name in the first argument. In a name of the abstract namespace a NUL stands first.
fn with_name<'env>(
    call: &Call<'env, Streams, 1>,
    body: impl FnOnce(&'env Handle, &[u8]) -> c_int,
) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let name = call.utf8(0, "name", &mut buffer)?;
    answer(call, |handle| body(handle, name))
}

/// `pipeChmod()`: `[handle, mode]` becomes `[status]`.
pub(crate) fn chmod(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open.
    answer(call, |handle| unsafe { uv::uv_pipe_chmod(handle.uv(), call.state().word(1)) })
}
