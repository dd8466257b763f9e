//! Requests in flight: connections, writes and shutdowns (`ReqWrap`).

use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

use node_api::{Call, JsError, guarded};

use crate::handle::{Handle, answer};
use crate::state::{Event, Streams};
use crate::uv::{self, Memory};

/// A request that libuv works on; its data pointer is its address.
pub(crate) struct Request {
    memory: Memory,
    state: *const Streams,
    handle: *const Handle,
    slot: u32,
    kind: c_int,
    /// What is being written and belongs to nobody else: encoded strings.
    pub(crate) data: Vec<u8>,
}

impl Request {
    /// Hands a request to libuv by `dispatch` and answers its status. The slot is in `words[1]` when that is 0, and
    /// [`Event::Request`] follows then.
    pub(crate) fn dispatch(
        handle: &Handle,
        kind: c_int,
        data: Vec<u8>,
        dispatch: impl FnOnce(*mut c_void, &mut Vec<u8>) -> c_int,
    ) -> c_int {
        let state = handle.state();
        // SAFETY: the function takes any type of request.
        let memory = Memory::new(unsafe { uv::uv_req_size(kind) });
        let request = NonNull::from(Box::leak(Box::new(Self { memory, state, handle, slot: 0, kind, data })));
        let slot = state.requests.borrow_mut().insert(request);
        // SAFETY: nobody else has the address until libuv gets it.
        let status = unsafe {
            let request = &mut *request.as_ptr();
            request.slot = slot;
            uv::uv_req_set_data(request.memory.as_ptr(), std::ptr::from_mut(request).cast());
            dispatch(request.memory.as_ptr(), &mut request.data)
        };
        if status == 0 {
            state.set_word(1, slot as i32);
        } else {
            state.requests.borrow_mut().remove(slot);
            // SAFETY: libuv did not take it.
            drop(unsafe { Box::from_raw(request.as_ptr()) });
        }
        status
    }
}

/// libuv has finished a request; when its handle is closed, with `ECANCELED` and before the handle itself.
pub(crate) unsafe extern "C" fn finished(request: *mut c_void, status: c_int) {
    // SAFETY: `dispatch` set the data, and libuv calls once.
    let request = unsafe { Box::from_raw(uv::uv_req_get_data(request).cast::<Request>()) };
    // SAFETY: requests end before their handle is closed, and the state outlives all handles.
    let state = unsafe { &*request.state };
    guarded("streams", || {
        state.requests.borrow_mut().remove(request.slot);
        let mut ends = 0;
        if request.kind == uv::REQ_CONNECT && status == 0 {
            // SAFETY: as above.
            let stream = unsafe { (*request.handle).uv() };
            // SAFETY: the handle is not closed yet.
            ends = unsafe {
                i32::from(uv::uv_is_readable(stream) != 0) + 2 * i32::from(uv::uv_is_writable(stream) != 0)
            };
        }
        let slot = request.slot;
        drop(request);
        if state.has_ended() {
            return;
        }
        state.enter(|env| {
            state.set_word(0, slot as i32);
            state.set_word(1, status);
            state.set_word(2, ends);
            state.tell(env, Event::Request)
        });
    });
}

/// `shutdown()`: `[handle]` becomes `[status, request]`.
pub(crate) fn shutdown(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    answer(call, |handle| {
        Request::dispatch(handle, uv::REQ_SHUTDOWN, Vec::new(), |request, _| {
            // SAFETY: the handle is open, and `finished` frees the request.
            unsafe { uv::uv_shutdown(request, handle.uv(), finished) }
        })
    })
}
