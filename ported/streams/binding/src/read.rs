//! Reads: memory that is used again, one crossing a read and no object beyond lib's own Buffer.
//!
//! libuv reads into the free part of a block that JavaScript has as one `ArrayBuffer`; JavaScript is told where. A
//! short read is copied to a block of short reads, so that the large one is not spent on it. When the last Buffer over
//! a block is collected, the block is used again.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use node_api::sys;
use node_api::{Call, Env, JsError, Value, check, guarded};
use streams_core::{MOST_COPIED, Slab};

use crate::handle::{Handle, answer};
use crate::state::{BaseState, Event, Streams};
use crate::uv::{self, Buf};

/// What libuv suggests to read at once, as natively.
const READ: usize = 64 * 1024;
/// The slabs by the number that JavaScript knows them by; 0 means that nothing was read.
const SHORT: usize = 1;
const LONG: usize = 2;
/// What a parser reads: it keeps nothing, so that each read goes to the beginning, and JavaScript to the view it has.
const PARSED: usize = 3;
const SLABS: usize = 4;
/// How much JavaScript has in one block.
const SIZES: [usize; SLABS] = [0, 64 * 1024, 8 * READ, READ];
/// How many bytes of blocks of each size are kept when JavaScript has let go of them. V8 collects when
/// their memory has grown by 64 MiB: with less kept, a steady stream would have the kernel clear fresh pages for each read.
const MOST_KEPT: usize = 64 << 20;

/// Where reads go in one environment.
#[derive(Default)]
pub(crate) struct Memories {
    current: [Rc<Current>; SLABS],
    kept: [Rc<Kept>; SLABS],
    /// Where a read goes when no block has room: it is copied out at once.
    spare: RefCell<Vec<u8>>,
}

/// The block that reads go to now.
#[derive(Default)]
struct Current {
    slab: Cell<Slab>,
    block: Cell<Option<NonNull<u8>>>,
}

/// Blocks that JavaScript has let go of.
#[derive(Default)]
struct Kept(RefCell<Vec<Block>>);

/// Memory that is not cleared: what lies behind a Buffer is as in Node's own pool (`Buffer.allocUnsafe`).
type Block = Box<[MaybeUninit<u8>]>;

impl Memories {
    /// Where the next read may go to.
    fn room(&self, is_parsed: bool) -> Buf {
        if let (true, Some(block)) = (is_parsed, self.current[PARSED].block.get()) {
            return Buf { base: block.as_ptr(), len: READ };
        }
        let current = &self.current[LONG];
        if let (Some(at), Some(block)) = (current.slab.get().room_for(READ), current.block.get()) {
            // SAFETY: the slab is as large as the block.
            return Buf { base: unsafe { block.as_ptr().add(at) }, len: READ };
        }
        let mut spare = self.spare.borrow_mut();
        spare.resize(READ, 0);
        Buf { base: spare.as_mut_ptr(), len: READ }
    }
}

impl Current {
    /// Whether `address` is where [`Memories::room`] said that this block is free.
    fn is_next(&self, address: *mut u8) -> bool {
        let next = self.slab.get().room_for(0);
        // SAFETY: the slab is as large as the block.
        self.block.get().zip(next).is_some_and(|(block, at)| unsafe { block.as_ptr().add(at) } == address)
    }

    /// A block that came back is not read into any more. It does so while it is the current one only when somebody has
    /// detached its `ArrayBuffer`.
    fn forget(&self, block: *const u8) {
        if self.block.get().is_some_and(|own| own.as_ptr().cast_const() == block) {
            self.block.set(None);
            self.slab.set(Slab::default());
        }
    }

    fn take(&self, length: usize) -> usize {
        let mut slab = self.slab.get();
        let at = slab.take(length);
        self.slab.set(slab);
        at
    }
}

/// What the finalizer of a block gets: the memory, and where it goes.
struct Lent {
    memory: Block,
    current: Rc<Current>,
    kept: Rc<Kept>,
}

/// Gives JavaScript a new block for the slab `index`.
fn lend(env: Env<'_>, state: &Streams, index: usize) -> Result<(), JsError> {
    unsafe extern "C" fn returned(_env: sys::napi_env, _data: *mut c_void, lent: *mut c_void) {
        // SAFETY: `lend` gave it away, and the host calls once.
        let lent = unsafe { Box::from_raw(lent.cast::<Lent>()) };
        guarded("streams", || {
            let Lent { memory, current, kept } = *lent;
            current.forget(memory.as_ptr().cast());
            let mut kept = kept.0.borrow_mut();
            if (kept.len() + 1) * memory.len() <= MOST_KEPT {
                kept.push(memory);
            }
        });
    }

    let memories = &state.memories;
    let kept = Rc::clone(&memories.kept[index]);
    let memory = kept.0.borrow_mut().pop().unwrap_or_else(|| Box::new_uninit_slice(SIZES[index]));
    let current = Rc::clone(&memories.current[index]);
    let mut lent = Box::new(Lent { memory, current, kept });
    let block = lent.memory.as_mut_ptr().cast::<u8>();
    let lent = Box::into_raw(lent);
    let mut buffer = ptr::null_mut();
    // SAFETY: `env` is live; the block is readable and writable for its size until the host calls `returned`, once.
    let status = unsafe {
        sys::napi_create_external_arraybuffer(
            env.raw(),
            block.cast(),
            SIZES[index],
            Some(returned),
            lent.cast(),
            &raw mut buffer,
        )
    };
    if let Err(error) = check("napi_create_external_arraybuffer", status) {
        // SAFETY: the host did not take it.
        drop(unsafe { Box::from_raw(lent) });
        return Err(error);
    }
    // SAFETY: the call has made it in this scope.
    state.set_slab(env, index as i32, unsafe { Value::from_raw(env, buffer) })?;
    let current = &memories.current[index];
    current.slab.set(Slab::new(SIZES[index]));
    current.block.set(NonNull::new(block));
    Ok(())
}

/// Puts what was read where JavaScript has it, and says where: slab and offset.
fn place(env: Env<'_>, state: &Streams, data: *mut u8, length: usize) -> Result<(usize, usize), JsError> {
    let index = if length <= MOST_COPIED { SHORT } else { LONG };
    let current = &state.memories.current[index];
    if index == LONG && current.is_next(data) {
        return Ok((index, current.take(length)));
    }
    if current.slab.get().room_for(length).is_none() {
        lend(env, state, index)?;
    }
    let at = current.take(length);
    if let Some(block) = current.block.get() {
        // SAFETY: the slab, which is as large as the block, has just handed out these bytes; libuv has filled the
        // others, in another block or behind them in the spare memory.
        unsafe { ptr::copy_nonoverlapping(data, block.as_ptr().add(at), length) };
    }
    Ok((index, at))
}

/// `consume()`: `[handle, 1 or 0]`. C++ reads from it, which keeps no Buffer that it is given; or no more. Its callbacks
/// each run ticks and microtasks unless they are called within another callback: so `onRead` is called plainly, and
/// runs what is left itself.
pub(crate) fn consume(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let state = call.state();
    let is_parsed = state.word(1) != 0;
    if is_parsed && state.memories.current[PARSED].block.get().is_none() {
        lend(call.env(), state, PARSED)?;
    }
    answer(call, |handle| {
        handle.consumed.set(is_parsed);
        handle.is_parsed.set(is_parsed && handle.user_buffer.borrow().is_none());
        0
    })
}

/// `replaceSlab()`: what [`Event::Read`] has just told, when somebody has detached that slab's `ArrayBuffer`, which
/// nothing can refuse (`ArrayBuffer.prototype.transfer`). What was read moves to a new one; `streamBaseState` says where.
pub(crate) fn replace(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let state = call.state();
    let index = state.word(1) as usize;
    let length = state.base(BaseState::ReadBytesOrError) as usize;
    let at = state.base(BaseState::ArrayBufferOffset) as usize;
    let current = state.memories.current.get(index).filter(|_| [SHORT, LONG].contains(&index));
    let block = current.and_then(|current| current.block.get());
    let (Some(current), Some(block), true) = (current, block, at + length <= SIZES[index % SLABS]) else {
        return Err(JsError::error("ERR_INVALID_STATE", "replaceSlab is for the read that was just told"));
    };
    // SAFETY: the block is this module's until its finalizer has run, which takes it out of `current`; the range was
    // checked, and `place` has filled it.
    let bytes = unsafe { std::slice::from_raw_parts(block.as_ptr().add(at), length) }.to_vec();
    lend(call.env(), state, index)?;
    let at = current.take(length);
    if let Some(block) = current.block.get() {
        // SAFETY: the slab, which is as large as the block, has just handed out these bytes.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), block.as_ptr().add(at), length) };
    }
    state.set_base(BaseState::ArrayBufferOffset, at as i32);
    Ok(())
}

/// `readStart()`: `[handle]` becomes `[status]`.
pub(crate) fn start(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open.
    answer(call, |handle| unsafe { uv::uv_read_start(handle.uv(), allocate, read) })
}

/// `readStop()`: `[handle]` becomes `[status]`.
pub(crate) fn stop(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open.
    answer(call, |handle| unsafe { uv::uv_read_stop(handle.uv()) })
}

/// `useUserBuffer(buffer)`: `[handle]`. Reads go there from now on.
pub(crate) fn use_user_buffer(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    call.bytes(0, "buffer")?;
    let buffer = call.env().reference(call.argument(0))?;
    let mut replaced = Some(buffer);
    answer(call, |handle| {
        replaced = handle.user_buffer.replace(replaced.take());
        0
    })?;
    replaced.map_or(Ok(()), |reference| reference.delete(call.env()))
}

unsafe extern "C" fn allocate(uv: *mut c_void, _suggested: usize, buf: *mut Buf) {
    // SAFETY: libuv calls for an open handle of this module.
    let handle = unsafe { Handle::of(uv) };
    guarded("streams", || {
        let mut room = Buf { base: ptr::null_mut(), len: 0 };
        let user_buffer = handle.user_buffer.borrow();
        if let Some(buffer) = &*user_buffer {
            // Asked for again at each read: its user may have detached it.
            handle.state().enter(|env| {
                let bytes = buffer.get(env)?.bytes()?;
                room = Buf { base: bytes.as_mut_ptr(), len: bytes.len() };
                Ok(())
            });
        } else {
            room = handle.state().memories.room(handle.is_parsed.get());
        }
        // SAFETY: libuv's out-pointer. A length of 0 makes the read end with ENOBUFS.
        unsafe { *buf = room };
    });
}

unsafe extern "C" fn read(uv: *mut c_void, nread: isize, buf: *const Buf) {
    // SAFETY: libuv calls for an open handle of this module.
    let handle = unsafe { Handle::of(uv) };
    let state = handle.state();
    if nread == 0 || state.has_ended() {
        return;
    }
    guarded("streams", || {
        state.enter(|env| {
            let mut at = (0, 0);
            if let Ok(length) = usize::try_from(nread) {
                handle.bytes_read.set(handle.bytes_read.get() + length as u64);
                if handle.is_parsed.get() {
                    at = (PARSED, 0);
                } else if handle.user_buffer.borrow().is_none() {
                    // SAFETY: libuv's pointer to what `allocate` gave it.
                    at = place(env, state, unsafe { (*buf).base }, length)?;
                }
            }
            state.set_word(0, handle.slot as i32);
            state.set_word(1, at.0 as i32);
            state.set_base(BaseState::ReadBytesOrError, nread as i32);
            state.set_base(BaseState::ArrayBufferOffset, at.1 as i32);
            if handle.consumed.get() {
                state.call(env, Event::Read)?;
            } else {
                state.tell(env, Event::Read)?;
            }
            if at.0 == LONG && state.memories.current[LONG].slab.get().room_for(READ).is_none() {
                // Now rather than when the next read has gone to the spare memory.
                lend(env, state, LONG)?;
            }
            Ok(())
        });
    });
}
