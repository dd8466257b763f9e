//! What the port keeps for one environment, and the way from the event loop to JavaScript.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::ptr::{self, NonNull};

use node_api::sys::{self, Status};
use node_api::{Call, Env, JsError, Pinned, Port, Reference, Value, check, guarded};
use streams_core::Slots;

use crate::fused::Fused;
use crate::handle::Handle;
use crate::read::Memories;
use crate::request::Request;
use crate::uv;

/// One environment's handles, requests and memory.
pub(crate) struct Streams {
    env: sys::napi_env,
    /// libuv's loop of this thread.
    pub(crate) event_loop: *mut c_void,
    shared: OnceCell<Shared>,
    pub(crate) handles: RefCell<Slots<NonNull<Handle>>>,
    pub(crate) requests: RefCell<Slots<NonNull<Request>>>,
    pub(crate) memories: Memories,
    pub(crate) fused: Fused,
    /// Where strings are encoded: what the kernel takes at once is never copied again.
    pub(crate) scratch: RefCell<Vec<u8>>,
    /// The environment ends: no JavaScript any more.
    ended: Cell<bool>,
    cleanup: Cell<sys::napi_async_cleanup_hook_handle>,
}

/// What JavaScript handed over: see [`connect`].
struct Shared {
    words: Pinned<i32>,
    base: Pinned<i32>,
    callbacks: [Reference; Event::COUNT],
    set_slab: Reference,
}

/// What happened on the event loop, in the order in which JavaScript hands over its functions for it. Each says in
/// `words` what it is about.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    /// `[handle, slab]`, where slab is 0 (none) or what `setSlab` was told; length or error and offset stand in `streamBaseState`.
    Read,
    /// `[server, status, client]`
    Connection,
    /// `[request, status, 1 if readable + 2 if writable]`
    Request,
    /// `[handle]`
    Closed,
}

impl Event {
    const COUNT: usize = 4;
}

/// The elements of `streamBaseState` (`StreamBase::StreamBaseStateFields`).
#[derive(Clone, Copy)]
pub(crate) enum BaseState {
    ReadBytesOrError = 0,
    ArrayBufferOffset = 1,
    BytesWritten = 2,
    LastWriteWasAsync = 3,
}

impl Port for Streams {
    fn new(env: Env<'_>) -> Result<Self, JsError> {
        let mut event_loop = ptr::null_mut();
        // SAFETY: `env` is live and `event_loop` is a valid out-pointer.
        let status = unsafe { sys::napi_get_uv_event_loop(env.raw(), &raw mut event_loop) };
        check("napi_get_uv_event_loop", status)?;
        Ok(Self {
            env: env.raw(),
            event_loop: event_loop.cast(),
            shared: OnceCell::new(),
            handles: RefCell::default(),
            requests: RefCell::default(),
            memories: Memories::default(),
            fused: Fused::default(),
            scratch: RefCell::default(),
            ended: Cell::new(false),
            cleanup: Cell::new(ptr::null_mut()),
        })
    }
}

/// `connect(words, streamBaseState, onRead, onConnection, onRequest, onClosed, setSlab)`: once, before anything else.
/// Numbers go both ways in `words`, an `Int32Array`: what a function takes and answers is documented at each.
/// `setSlab(index, arrayBuffer)` is called before the first read that lies in that memory.
pub(crate) fn connect(call: &Call<'_, Streams, 7>) -> Result<(), JsError> {
    let (env, state) = (call.env(), call.state());
    // SAFETY: the JavaScript half makes the first and Node the second; neither is ever handed to users.
    let (words, base) = unsafe {
        (Pinned::new(env, call.argument(0), "words")?, Pinned::new(env, call.argument(1), "streamBaseState")?)
    };
    let callback = |index: usize| env.reference(call.argument(index));
    let callbacks = [callback(2)?, callback(3)?, callback(4)?, callback(5)?];
    let shared = Shared { words, base, callbacks, set_slab: callback(6)? };
    if state.shared.set(shared).is_err() {
        return Err(JsError::error(
            "ERR_PORTLAB_CONNECTED",
            "portlab: streams.connect was called before in this thread",
        ));
    }
    // SAFETY: `env` is live; the state outlives the hook, for the host keeps the instance until `ended` removes it.
    let status = unsafe {
        sys::napi_add_async_cleanup_hook(
            env.raw(),
            Some(end),
            ptr::from_ref(state).cast_mut().cast(),
            ptr::null_mut(),
        )
    };
    check("napi_add_async_cleanup_hook", status)
}

impl Streams {
    /// The numbers that go both ways.
    ///
    /// # Panics
    /// Before [`connect`].
    #[inline]
    pub(crate) fn word(&self, index: usize) -> i32 {
        self.shared().words.cells()[index].get()
    }

    /// # Panics
    /// Before [`connect`].
    #[inline]
    pub(crate) fn set_word(&self, index: usize, value: i32) {
        self.shared().words.cells()[index].set(value);
    }

    /// # Panics
    /// Before [`connect`].
    #[inline]
    pub(crate) fn set_base(&self, field: BaseState, value: i32) {
        self.shared().base.cells()[field as usize].set(value);
    }

    /// # Panics
    /// Before [`connect`].
    #[inline]
    pub(crate) fn base(&self, field: BaseState) -> i32 {
        self.shared().base.cells()[field as usize].get()
    }

    #[inline]
    fn shared(&self) -> &Shared {
        self.shared.get().expect("connect() comes first")
    }

    /// Whether the environment ends: then memory is all that there is to give back.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// Runs `body` in an environment, from a callback of libuv's. A host that refuses is shutting down, and nobody
    /// waits for the result any more.
    pub(crate) fn enter(&self, body: impl FnOnce(Env<'_>) -> Result<(), JsError>) {
        // SAFETY: libuv calls on this thread, and the environment is live until `end` has run, which sets `ended`;
        // `scope` opens the scope at once.
        let env = unsafe { Env::from_raw(self.env) };
        let _refused = env.scope(body);
    }

    /// Tells JavaScript, as the event loop does: ticks and microtasks run before this returns.
    ///
    /// # Errors
    /// When the host refuses JavaScript. What JavaScript throws is reported: its own half catches what users throw.
    pub(crate) fn tell(&self, env: Env<'_>, event: Event) -> Result<(), JsError> {
        let function = self.shared().callbacks[event as usize].get(env)?;
        let mut result = ptr::null_mut();
        // SAFETY: `env` is live with a scope open; a function is an object too, and so may be its own receiver; there
        // are no arguments.
        let status = unsafe {
            sys::napi_make_callback(
                env.raw(),
                ptr::null_mut(),
                function.raw(),
                function.raw(),
                0,
                ptr::null(),
                &raw mut result,
            )
        };
        if status == Status::napi_pending_exception {
            return report(env);
        }
        check("napi_make_callback", status)
    }

    /// Calls JavaScript, which runs ticks and microtasks itself.
    ///
    /// # Errors
    /// As [`Streams::tell`].
    pub(crate) fn call(&self, env: Env<'_>, event: Event) -> Result<(), JsError> {
        let function = self.shared().callbacks[event as usize].get(env)?;
        let mut result = ptr::null_mut();
        // SAFETY: as in `tell`.
        let status = unsafe {
            sys::napi_call_function(
                env.raw(),
                function.raw(),
                function.raw(),
                0,
                ptr::null(),
                &raw mut result,
            )
        };
        if status == Status::napi_pending_exception {
            return report(env);
        }
        check("napi_call_function", status)
    }

    /// Hands a block of memory to JavaScript.
    ///
    /// # Errors
    /// When the host refuses.
    pub(crate) fn set_slab(&self, env: Env<'_>, index: i32, memory: Value<'_>) -> Result<(), JsError> {
        let index = env.int32(index)?;
        // SAFETY: both are values of this scope.
        let memory = unsafe { env.value("napi_create_external_arraybuffer", Status::napi_ok, memory.raw())? };
        self.shared().set_slab.get(env)?.call(&[index, memory]).map(drop)
    }

    /// The environment ends, and the last handle is closed.
    pub(crate) fn handle_closed(&self) {
        if !self.ended.get() || !self.handles.borrow().is_empty() {
            return;
        }
        let cleanup = self.cleanup.replace(ptr::null_mut());
        if !cleanup.is_null() {
            // SAFETY: the host gave it to `end`; it is given back once. `self` may be gone afterwards.
            let _always = unsafe { sys::napi_remove_async_cleanup_hook(cleanup) };
        }
    }
}

/// Reports what a callback threw although it catches what users throw: the port's own fault, or the end of a worker,
/// which is no exception that anybody handles.
#[cold]
fn report(env: Env<'_>) -> Result<(), JsError> {
    let mut error = ptr::null_mut();
    // SAFETY: `env` is live and `error` is a valid out-pointer.
    check("napi_get_and_clear_last_exception", unsafe {
        sys::napi_get_and_clear_last_exception(env.raw(), &raw mut error)
    })?;
    // SAFETY: `error` is a value of this scope.
    check("napi_fatal_exception", unsafe { sys::napi_fatal_exception(env.raw(), error) })
}

/// The environment ends: every handle is closed, and the host waits until libuv has given back the last.
unsafe extern "C" fn end(cleanup: sys::napi_async_cleanup_hook_handle, state: *mut c_void) {
    // SAFETY: `connect` gave the state, which lives until the hook is removed.
    let state = unsafe { &*state.cast_const().cast::<Streams>() };
    guarded("streams", || {
        state.ended.set(true);
        state.cleanup.set(cleanup);
        let handles: Vec<NonNull<Handle>> = state.handles.borrow().iter().copied().collect();
        for handle in handles {
            // SAFETY: handles in the table are live.
            let handle = unsafe { handle.as_ref() };
            // SAFETY: as above; closing twice is what the question prevents.
            unsafe {
                if uv::uv_is_closing(handle.uv()) == 0 {
                    uv::uv_close(handle.uv(), crate::handle::closed);
                }
            }
        }
        state.handle_closed();
    });
}
