//! The libuv of the host (<https://docs.libuv.org/en/v1.x/>). Its structs differ between versions: handles and requests
//! are memory of the size that it asks for, and are read by its accessors alone.

use std::ffi::{c_char, c_int, c_uint, c_void};

/// `uv_buf_t`, whose layout is part of libuv's ABI.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Buf {
    pub(crate) base: *mut u8,
    pub(crate) len: usize,
}

/// Memory of libuv's own: a handle or a request.
pub(crate) struct Memory(Box<[u64]>);

impl Memory {
    /// `size` bytes, all zero, aligned for any of libuv's structs.
    pub(crate) fn new(size: usize) -> Self {
        Self(vec![0; size.div_ceil(size_of::<u64>())].into_boxed_slice())
    }

    pub(crate) fn as_ptr(&mut self) -> *mut c_void {
        self.0.as_mut_ptr().cast()
    }
}

pub(crate) type CloseCallback = unsafe extern "C" fn(handle: *mut c_void);
pub(crate) type AllocCallback = unsafe extern "C" fn(handle: *mut c_void, suggested: usize, buf: *mut Buf);
pub(crate) type ReadCallback = unsafe extern "C" fn(stream: *mut c_void, nread: isize, buf: *const Buf);
pub(crate) type StatusCallback = unsafe extern "C" fn(handle_or_request: *mut c_void, status: c_int);

pub(crate) const REQ_CONNECT: c_int = 2;
pub(crate) const REQ_WRITE: c_int = 3;
pub(crate) const REQ_SHUTDOWN: c_int = 4;

pub(crate) const EAGAIN: c_int = -libc::EAGAIN;
pub(crate) const EBADF: c_int = -libc::EBADF;
pub(crate) const EINVAL: c_int = -libc::EINVAL;
pub(crate) const ENOBUFS: c_int = -libc::ENOBUFS;
pub(crate) const ENOSYS: c_int = -libc::ENOSYS;

/// What the last system call of this thread failed with, as libuv numbers it.
pub(crate) fn last_error() -> c_int {
    -std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)
}

/// Names longer than a socket address holds are errors.
pub(crate) const PIPE_NO_TRUNCATE: c_uint = 1;

unsafe extern "C" {
    pub(crate) fn uv_handle_size(kind: c_int) -> usize;
    pub(crate) fn uv_handle_get_data(handle: *const c_void) -> *mut c_void;
    pub(crate) fn uv_handle_set_data(handle: *mut c_void, data: *mut c_void);
    pub(crate) fn uv_req_size(kind: c_int) -> usize;
    pub(crate) fn uv_req_get_data(request: *const c_void) -> *mut c_void;
    pub(crate) fn uv_req_set_data(request: *mut c_void, data: *mut c_void);

    pub(crate) fn uv_close(handle: *mut c_void, done: CloseCallback);
    pub(crate) fn uv_is_closing(handle: *const c_void) -> c_int;
    pub(crate) fn uv_ref(handle: *mut c_void);
    pub(crate) fn uv_unref(handle: *mut c_void);
    pub(crate) fn uv_has_ref(handle: *const c_void) -> c_int;
    pub(crate) fn uv_fileno(handle: *const c_void, fd: *mut c_int) -> c_int;

    pub(crate) fn uv_listen(stream: *mut c_void, backlog: c_int, connection: StatusCallback) -> c_int;
    pub(crate) fn uv_accept(server: *mut c_void, client: *mut c_void) -> c_int;
    pub(crate) fn uv_read_start(stream: *mut c_void, alloc: AllocCallback, read: ReadCallback) -> c_int;
    pub(crate) fn uv_read_stop(stream: *mut c_void) -> c_int;
    pub(crate) fn uv_try_write(stream: *mut c_void, bufs: *const Buf, count: c_uint) -> c_int;
    pub(crate) fn uv_write(
        request: *mut c_void,
        stream: *mut c_void,
        bufs: *const Buf,
        count: c_uint,
        done: StatusCallback,
    ) -> c_int;
    pub(crate) fn uv_shutdown(request: *mut c_void, stream: *mut c_void, done: StatusCallback) -> c_int;
    pub(crate) fn uv_is_readable(stream: *const c_void) -> c_int;
    pub(crate) fn uv_is_writable(stream: *const c_void) -> c_int;
    pub(crate) fn uv_stream_set_blocking(stream: *mut c_void, blocking: c_int) -> c_int;
    pub(crate) fn uv_stream_get_write_queue_size(stream: *const c_void) -> usize;

    pub(crate) fn uv_tcp_init(event_loop: *mut c_void, tcp: *mut c_void) -> c_int;
    pub(crate) fn uv_tcp_open(tcp: *mut c_void, fd: c_int) -> c_int;
    pub(crate) fn uv_tcp_bind(
        tcp: *mut c_void,
        address: *const libc::sockaddr_storage,
        flags: c_uint,
    ) -> c_int;
    pub(crate) fn uv_tcp_connect(
        request: *mut c_void,
        tcp: *mut c_void,
        address: *const libc::sockaddr_storage,
        done: StatusCallback,
    ) -> c_int;
    pub(crate) fn uv_tcp_nodelay(tcp: *mut c_void, enable: c_int) -> c_int;
    pub(crate) fn uv_tcp_keepalive_ex(
        tcp: *mut c_void,
        on: c_int,
        idle: c_uint,
        interval: c_uint,
        count: c_uint,
    ) -> c_int;
    pub(crate) fn uv_tcp_getsockname(
        tcp: *const c_void,
        address: *mut libc::sockaddr_storage,
        length: *mut c_int,
    ) -> c_int;
    pub(crate) fn uv_tcp_getpeername(
        tcp: *const c_void,
        address: *mut libc::sockaddr_storage,
        length: *mut c_int,
    ) -> c_int;
    pub(crate) fn uv_tcp_close_reset(tcp: *mut c_void, done: CloseCallback) -> c_int;
    pub(crate) fn uv_ip4_addr(
        text: *const c_char,
        port: c_int,
        address: *mut libc::sockaddr_storage,
    ) -> c_int;
    pub(crate) fn uv_ip6_addr(
        text: *const c_char,
        port: c_int,
        address: *mut libc::sockaddr_storage,
    ) -> c_int;

    pub(crate) fn uv_pipe_init(event_loop: *mut c_void, pipe: *mut c_void, ipc: c_int) -> c_int;
    pub(crate) fn uv_pipe_open(pipe: *mut c_void, fd: c_int) -> c_int;
    pub(crate) fn uv_pipe_bind2(pipe: *mut c_void, name: *const u8, length: usize, flags: c_uint) -> c_int;
    pub(crate) fn uv_pipe_connect2(
        request: *mut c_void,
        pipe: *mut c_void,
        name: *const u8,
        length: usize,
        flags: c_uint,
        done: StatusCallback,
    ) -> c_int;
    pub(crate) fn uv_pipe_chmod(pipe: *mut c_void, mode: c_int) -> c_int;

    pub(crate) fn uv_tty_init(event_loop: *mut c_void, tty: *mut c_void, fd: c_int, unused: c_int) -> c_int;
    pub(crate) fn uv_tty_set_mode(tty: *mut c_void, mode: c_int) -> c_int;
    pub(crate) fn uv_tty_get_winsize(tty: *mut c_void, width: *mut c_int, height: *mut c_int) -> c_int;
}
