//! What makes an arm slower by a known amount: work in units, whose cost the driver measures before it uses them.

use std::hint::black_box;

use node_api::{Env, JsError};

/// Of each string that [`allocate`] makes.
const STRING_BYTES: usize = 256;

/// So many steps of a multiplication that no compiler can skip.
pub(crate) fn spin(steps: u32) {
    let mut state = black_box(1_u64);
    for _ in 0..steps {
        state = black_box(state.wrapping_mul(0x2545_f491_4f6c_dd1d).rotate_left(17));
    }
}

/// So many strings on the JavaScript heap, all of them garbage when this returns.
pub(crate) fn allocate(env: Env<'_>, strings: u32) -> Result<(), JsError> {
    for _ in 0..strings {
        // A scope each: garbage that handles still hold would be copied by the next collection.
        env.scope(|env| env.latin1(&[b'c'; STRING_BYTES]).map(drop))?;
    }
    Ok(())
}

/// So many calls of `getppid(2)`, which the kernel answers from memory and no C library caches.
pub(crate) fn call_system(calls: u32) {
    for _ in 0..calls {
        // SAFETY: getppid has no arguments and cannot fail.
        black_box(unsafe { libc::getppid() });
    }
}
