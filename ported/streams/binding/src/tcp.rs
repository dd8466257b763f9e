//! What only TCP sockets do (`TCPWrap`).

use std::ffi::{c_int, c_uint, c_void};

use libc::sockaddr_storage;
use node_api::{Call, JsError, StringBuffer, Value};

use crate::address;
use crate::handle::{Handle, answer, named};
use crate::request::{Request, finished};
use crate::state::Streams;
use crate::uv;

/// `tcpOpen()`: `[handle, fd]` becomes `[status]`.
pub(crate) fn open(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open; libuv checks the descriptor.
    answer(call, |handle| unsafe { uv::uv_tcp_open(handle.uv(), call.state().word(1)) })
}

/// `tcpBind(address)`: `[handle, port, 4 or 6, flags]` becomes `[status]`.
pub(crate) fn bind(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    let flags = call.state().word(3);
    with_address(call, |handle, address| {
        // SAFETY: the handle is open, and the address is whole.
        unsafe { uv::uv_tcp_bind(handle.uv(), address, flags as c_uint) }
    })
}

/// `tcpConnect(address)`: `[handle, port, 4 or 6]` becomes `[status, request]`.
pub(crate) fn connect(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    with_address(call, |handle, address| {
        Request::dispatch(handle, uv::REQ_CONNECT, Vec::new(), |request, _| {
            // SAFETY: the handle is open, the address is whole, and `finished` frees the request.
            unsafe { uv::uv_tcp_connect(request, handle.uv(), address, finished) }
        })
    })
}

/// Reads the address in the first argument, with port and family in `words`.
fn with_address<'env>(
    call: &Call<'env, Streams, 1>,
    body: impl FnOnce(&'env Handle, &sockaddr_storage) -> c_int,
) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let text = call.path(0, "address", &mut buffer)?;
    let state = call.state();
    let address = address::parse(&text, state.word(1), state.word(2));
    answer(call, |handle| match address {
        Ok(address) => body(handle, &address),
        Err(status) => status,
    })
}

/// `setNoDelay()`: `[handle, on]` becomes `[status]`.
pub(crate) fn set_no_delay(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open.
    answer(call, |handle| unsafe { uv::uv_tcp_nodelay(handle.uv(), call.state().word(1)) })
}

/// `setKeepAlive()`: `[handle, on, idle seconds, seconds between probes, probes]` becomes `[status]`.
pub(crate) fn set_keep_alive(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let state = call.state();
    answer(call, |handle| {
        let [idle, interval, count] = [2, 3, 4].map(|index| state.word(index) as c_uint);
        // SAFETY: the handle is open.
        unsafe { uv::uv_tcp_keepalive_ex(handle.uv(), state.word(1), idle, interval, count) }
    })
}

/// `setTypeOfService()`: `[handle, value]` becomes `[status]`.
pub(crate) fn set_type_of_service(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let value = call.state().word(1);
    answer(call, |handle| {
        type_of_service(handle, |fd, level, name| {
            // SAFETY: an int is what these options take.
            unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), size_of::<c_int>() as u32) }
        })
        .unwrap_or_else(|status| status)
    })
}

/// `getTypeOfService()`: `[handle]` becomes `[value or an error]`.
pub(crate) fn get_type_of_service(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        let (mut value, mut length) = (0, size_of::<c_int>() as u32);
        type_of_service(handle, |fd, level, name| {
            // SAFETY: an int is what these options answer, and both out-pointers are valid.
            unsafe { libc::getsockopt(fd, level, name, (&raw mut value).cast(), &raw mut length) }
        })
        .map_or_else(|status| status, |_| value)
    })
}

/// Asks for the option of IPv4 first and then for that of IPv6, as natively.
fn type_of_service(
    handle: &Handle,
    option: impl FnOnce(c_int, c_int, c_int) -> c_int,
) -> Result<c_int, c_int> {
    let mut fd = -1;
    // SAFETY: the handle is open and `fd` is a valid out-pointer.
    let status = unsafe { uv::uv_fileno(handle.uv(), &raw mut fd) };
    if status != 0 {
        return Err(status);
    }
    let family = address::ask(|address, length| {
        // SAFETY: the handle is open, and both pointers are valid for the length.
        unsafe { uv::uv_tcp_getsockname(handle.uv(), address, length) }
    })?;
    let (level, name) = if family.family == 6 {
        (libc::IPPROTO_IPV6, libc::IPV6_TCLASS)
    } else {
        (libc::IPPROTO_IP, libc::IP_TOS)
    };
    match option(fd, level, name) {
        0 => Ok(0),
        _ => Err(uv::last_error()),
    }
}

/// `getSockName()`: `[handle]` becomes `[status, 4 or 6, port]`, and the address is returned.
pub(crate) fn socket_name<'env>(call: &Call<'env, Streams, 0>) -> Result<Option<Value<'env>>, JsError> {
    name(call, uv::uv_tcp_getsockname)
}

/// `getPeerName()`: as `getSockName`.
pub(crate) fn peer_name<'env>(call: &Call<'env, Streams, 0>) -> Result<Option<Value<'env>>, JsError> {
    name(call, uv::uv_tcp_getpeername)
}

fn name<'env>(
    call: &Call<'env, Streams, 0>,
    function: unsafe extern "C" fn(*const c_void, *mut sockaddr_storage, *mut c_int) -> c_int,
) -> Result<Option<Value<'env>>, JsError> {
    let state = call.state();
    let endpoint = named(call).and_then(|handle| {
        // SAFETY: the handle is open, and both pointers are valid for the length.
        address::ask(|address, length| unsafe { function(handle.uv(), address, length) })
    });
    match endpoint {
        Ok(endpoint) => {
            state.set_word(0, 0);
            state.set_word(1, endpoint.family);
            state.set_word(2, i32::from(endpoint.port));
            call.env().latin1(endpoint.text.as_bytes()).map(Some)
        }
        Err(status) => {
            state.set_word(0, status);
            Ok(None)
        }
    }
}
