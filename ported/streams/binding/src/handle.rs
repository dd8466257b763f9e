//! Handles: how they are made, named and closed (`HandleWrap`, `LibuvStreamWrap`).

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

use node_api::{Call, JsError, Reference, guarded};
use streams_core::Life;

use crate::state::{Event, Streams};
use crate::uv::{self, Memory};

/// libuv's kinds of stream (`uv_handle_type`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(i32)]
pub(crate) enum Kind {
    Pipe = 7,
    Tcp = 12,
    Tty = 14,
}

/// A stream of libuv's, and what Node keeps beside it. libuv's data pointer is its address, which never changes.
pub(crate) struct Handle {
    memory: *mut c_void,
    _owner: Memory,
    state: *const Streams,
    pub(crate) slot: u32,
    pub(crate) kind: Kind,
    pub(crate) life: Cell<Life>,
    pub(crate) bytes_read: Cell<u64>,
    pub(crate) bytes_written: Cell<u64>,
    /// The memory of the user that reads go to (`useUserBuffer`).
    pub(crate) user_buffer: RefCell<Option<Reference>>,
    /// C++ reads, and keeps nothing.
    pub(crate) is_parsed: Cell<bool>,
    /// Whether C++ gets what is read (`consume`), and its callbacks run ticks.
    pub(crate) consumed: Cell<bool>,
}

impl Handle {
    /// Makes a handle and gives it a slot.
    ///
    /// # Errors
    /// libuv's error number.
    ///
    /// # Safety
    /// `initialize` must make a handle of that kind of the memory that it is given.
    unsafe fn new(
        state: &Streams,
        kind: Kind,
        initialize: impl FnOnce(*mut c_void) -> c_int,
    ) -> Result<NonNull<Self>, c_int> {
        // SAFETY: the function takes any type of handle.
        let mut owner = Memory::new(unsafe { uv::uv_handle_size(kind as c_int) });
        let memory = owner.as_ptr();
        let status = initialize(memory);
        if status != 0 {
            return Err(status);
        }
        let handle = NonNull::from(Box::leak(Box::new(Self {
            memory,
            _owner: owner,
            state,
            slot: 0,
            kind,
            life: Cell::default(),
            bytes_read: Cell::default(),
            bytes_written: Cell::default(),
            user_buffer: RefCell::default(),
            is_parsed: Cell::default(),
            consumed: Cell::default(),
        })));
        let slot = state.handles.borrow_mut().insert(handle);
        // SAFETY: nobody else has the address yet; libuv initialized the memory.
        unsafe {
            (*handle.as_ptr()).slot = slot;
            uv::uv_handle_set_data(memory, handle.as_ptr().cast());
        }
        Ok(handle)
    }

    /// As libuv takes it.
    #[inline]
    pub(crate) fn uv(&self) -> *mut c_void {
        self.memory
    }

    #[inline]
    pub(crate) fn state(&self) -> &Streams {
        // SAFETY: the environment's cleanup waits until all handles are closed, and the state outlives it.
        unsafe { &*self.state }
    }

    /// The handle of a callback of libuv's.
    ///
    /// # Safety
    /// `uv` must be a handle of this module that is not closed, and not be closed while the reference is used, which
    /// libuv does in a later turn of the event loop.
    #[inline]
    pub(crate) unsafe fn of<'handle>(uv: *const c_void) -> &'handle Self {
        // SAFETY: `new` set the data.
        unsafe { &*uv::uv_handle_get_data(uv).cast_const().cast::<Self>() }
    }
}

/// The open handle that `words[0]` names.
///
/// # Errors
/// What calls on one that is not open answer: `EBADF`.
#[inline]
pub(crate) fn named<'env, const N: usize>(call: &Call<'env, Streams, N>) -> Result<&'env Handle, c_int> {
    let state = call.state();
    let handle = state.handles.borrow().get(state.word(0) as u32).copied();
    // SAFETY: handles in the table are live until `closed` runs, which no call does.
    let handle = handle.map(|handle| unsafe { handle.as_ref() });
    handle.filter(|handle| handle.life.get().is_open()).ok_or(uv::EBADF)
}

/// Runs `body` on the handle that `words[0]` names and writes its answer to `words[0]`: 0, or an error number of
/// libuv's.
#[inline]
#[expect(clippy::unnecessary_wraps, reason = "the shape of every exported function")]
pub(crate) fn answer<'env, const N: usize>(
    call: &Call<'env, Streams, N>,
    body: impl FnOnce(&'env Handle) -> c_int,
) -> Result<(), JsError> {
    let status = named(call).map_or_else(|status| status, body);
    call.state().set_word(0, status);
    Ok(())
}

/// `create()`: `[kind, fd of a terminal]` becomes `[status, handle]`.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every exported function")]
pub(crate) fn create(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let state = call.state();
    let made = match state.word(0) {
        kind if kind == Kind::Tcp as i32 => make(state, Kind::Tcp),
        kind if kind == Kind::Pipe as i32 => make(state, Kind::Pipe),
        kind if kind == Kind::Tty as i32 => {
            let fd = state.word(1);
            // SAFETY: the loop is this thread's, and the memory is a terminal's. libuv checks the descriptor.
            unsafe {
                Handle::new(state, Kind::Tty, |memory| uv::uv_tty_init(state.event_loop, memory, fd, 0))
            }
        }
        _ => Err(uv::EINVAL),
    };
    match made {
        Ok(handle) => {
            state.set_word(0, 0);
            // SAFETY: just made.
            state.set_word(1, unsafe { handle.as_ref() }.slot as i32);
        }
        Err(status) => state.set_word(0, status),
    }
    Ok(())
}

/// A socket, or the end of a pipe, that is not connected.
fn make(state: &Streams, kind: Kind) -> Result<NonNull<Handle>, c_int> {
    let initialize = |memory| match kind {
        // SAFETY: the loop is this thread's, and the memory is of this kind.
        Kind::Tcp => unsafe { uv::uv_tcp_init(state.event_loop, memory) },
        // SAFETY: as above.
        Kind::Pipe => unsafe { uv::uv_pipe_init(state.event_loop, memory, 0) },
        Kind::Tty => uv::EINVAL,
    };
    // SAFETY: each arm initializes a handle of that kind.
    unsafe { Handle::new(state, kind, initialize) }
}

/// `listen()`: `[handle, backlog]` becomes `[status]`.
pub(crate) fn listen(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        // SAFETY: the handle is open.
        unsafe { uv::uv_listen(handle.uv(), call.state().word(1), connected) }
    })
}

/// Somebody connects (`ConnectionWrap::OnConnection`).
unsafe extern "C" fn connected(server: *mut c_void, status: c_int) {
    // SAFETY: libuv calls for an open handle of this module.
    let server = unsafe { Handle::of(server) };
    let state = server.state();
    if state.has_ended() {
        return;
    }
    guarded("streams", || {
        let mut client = None;
        if status == 0 {
            let Ok(made) = make(state, server.kind) else { return };
            // SAFETY: just made.
            let made = unsafe { made.as_ref() };
            // SAFETY: the server listens, and the client is of its kind.
            if unsafe { uv::uv_accept(server.uv(), made.uv()) } != 0 {
                begin_close(made);
                return;
            }
            client = Some(made);
        }
        state.enter(|env| {
            state.set_word(0, server.slot as i32);
            state.set_word(1, status);
            state.set_word(2, client.map_or(-1, |client| client.slot as i32));
            state.tell(env, Event::Connection)
        });
    });
}

/// `close()`: `[handle]`. Requests in flight end with `ECANCELED`, then [`Event::Closed`] follows.
pub(crate) fn close(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        begin_close(handle);
        0
    })
}

fn begin_close(handle: &Handle) {
    let mut life = handle.life.get();
    if life.close() {
        handle.life.set(life);
        // SAFETY: the handle was open, and so is closed once.
        unsafe { uv::uv_close(handle.uv(), closed) };
    }
}

/// `reset()`: `[handle]` becomes `[status]`. As `close`, but the peer is told `RST`.
pub(crate) fn reset(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        // SAFETY: the handle is open, and closed once: `life` says so below.
        let status = unsafe { uv::uv_tcp_close_reset(handle.uv(), closed) };
        if status == 0 {
            let mut life = handle.life.get();
            let _first = life.close();
            handle.life.set(life);
        }
        status
    })
}

/// libuv is done with a handle.
pub(crate) unsafe extern "C" fn closed(uv: *mut c_void) {
    // SAFETY: libuv calls this once for a handle of this module, and never uses it again.
    let handle = unsafe { Box::from_raw(uv::uv_handle_get_data(uv).cast::<Handle>()) };
    let state: *const Streams = handle.state;
    // SAFETY: as in `Handle::state`.
    let state = unsafe { &*state };
    guarded("streams", || {
        let slot = handle.slot;
        state.handles.borrow_mut().remove(slot);
        let user_buffer = handle.user_buffer.take();
        drop(handle);
        if state.has_ended() {
            state.handle_closed();
            return;
        }
        state.enter(|env| {
            if let Some(buffer) = user_buffer {
                buffer.delete(env)?;
            }
            state.set_word(0, slot as i32);
            state.tell(env, Event::Closed)
        });
    });
}

/// `ref()`: `[handle]`.
pub(crate) fn reference(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        // SAFETY: the handle is open.
        unsafe { uv::uv_ref(handle.uv()) };
        0
    })
}

/// `unref()`: `[handle]`.
pub(crate) fn unreference(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        // SAFETY: the handle is open.
        unsafe { uv::uv_unref(handle.uv()) };
        0
    })
}

/// `hasRef()`: `[handle]` becomes `[1, 0 or an error]`.
pub(crate) fn has_reference(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open.
    answer(call, |handle| unsafe { uv::uv_has_ref(handle.uv()) })
}

/// `fd()`: `[handle]` becomes `[descriptor or an error]`.
pub(crate) fn descriptor(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        let mut fd = -1;
        // SAFETY: the handle is open and `fd` is a valid out-pointer, which it leaves alone when there is none.
        let _none = unsafe { uv::uv_fileno(handle.uv(), &raw mut fd) };
        fd
    })
}

/// `duplicate()`: `[handle]` becomes `[a descriptor of the same file, or an error]`.
pub(crate) fn duplicate(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    descriptor(call)?;
    let state = call.state();
    let fd = state.word(0);
    if fd >= 0 {
        // SAFETY: a call on a number; the kernel checks it.
        let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
        state.set_word(0, if copy < 0 { uv::last_error() } else { copy });
    }
    Ok(())
}

/// `setBlocking()`: `[handle, blocking]` becomes `[status]`.
pub(crate) fn set_blocking(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open.
    answer(call, |handle| unsafe { uv::uv_stream_set_blocking(handle.uv(), call.state().word(1)) })
}

/// `bytesRead()`, for `[handle]`; 0 when it is closed.
pub(crate) fn bytes_read(call: &Call<'_, Streams, 0>) -> f64 {
    named(call).map_or(0.0, |handle| handle.bytes_read.get() as f64)
}

/// `bytesWritten()`, for `[handle]`; 0 when it is closed.
pub(crate) fn bytes_written(call: &Call<'_, Streams, 0>) -> f64 {
    named(call).map_or(0.0, |handle| handle.bytes_written.get() as f64)
}

/// `writeQueueSize()`, for `[handle]`: bytes that the kernel has not taken yet; 0 when it is closed.
pub(crate) fn write_queue_size(call: &Call<'_, Streams, 0>) -> f64 {
    // SAFETY: the handle is open.
    named(call).map_or(0.0, |handle| unsafe { uv::uv_stream_get_write_queue_size(handle.uv()) } as f64)
}
