//! What the stream handles of Node's bindings decide, without libuv and without a JavaScript engine: where a read goes
//! ([`Slab`]), what is left of a write that was cut ([`rest_of`]), how a handle lives ([`Life`]), and the small integers
//! by which JavaScript names handles and requests ([`Slots`]). [`pump`] is what `pipeline()` does when nobody looks.

mod encoding;
mod life;
pub mod pump;
mod rest;
mod slab;
mod slots;

pub use encoding::Encoding;
pub use life::Life;
pub use rest::{Rest, rest_of};
pub use slab::{ALIGNMENT, MOST_COPIED, Slab};
pub use slots::Slots;
