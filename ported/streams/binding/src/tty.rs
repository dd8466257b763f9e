//! What only terminals do (`TTYWrap`).

use node_api::{Call, JsError};

use crate::handle::answer;
use crate::state::Streams;
use crate::uv;

/// `ttySetMode()`: `[handle, mode]` becomes `[status]`.
pub(crate) fn set_mode(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    // SAFETY: the handle is open, and a terminal's: the JavaScript half calls this on no other.
    answer(call, |handle| unsafe { uv::uv_tty_set_mode(handle.uv(), call.state().word(1)) })
}

/// `ttyWindowSize()`: `[handle]` becomes `[status, columns, rows]`.
pub(crate) fn window_size(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let state = call.state();
    let (mut columns, mut rows) = (0, 0);
    answer(call, |handle| {
        // SAFETY: the handle is open and a terminal's, as above; both out-pointers are valid.
        unsafe { uv::uv_tty_get_winsize(handle.uv(), &raw mut columns, &raw mut rows) }
    })?;
    state.set_word(1, columns);
    state.set_word(2, rows);
    Ok(())
}
