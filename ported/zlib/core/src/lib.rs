//! Streaming compression as Node's zlib has it: its options, its headers byte for byte, its errors word for word.
//!
//! The work is zlib-rs's (Zlib licence), which takes about two thirds of the CPU time of the zlib in Node for level 6.
//! Compressed bytes therefore differ from Node's; what they decompress to, and how large they may be, does not: every
//! level is within 3% of Node's size on text and on machine code. What repeats again and again over a long distance
//! (a file of 16 KiB thirty times) can take half as much again as Node's, which is little in any case.
//!
//! ```
//! use zlib_core::{Codec, CompressOptions, Compressor, Flush, Format};
//!
//! let mut gzip = Compressor::new(&CompressOptions::new(Format::Gzip))?;
//! let mut output = [0; 64];
//! let moved = gzip.step(b"text", &mut output, Flush::Finish)?;
//! assert_eq!(moved.consumed, 4);
//! assert_eq!(output[..3], [0x1f, 0x8b, 8]);
//! # Ok::<(), zlib_core::ZlibError>(())
//! ```

mod compress;
mod decompress;
mod error;

pub use compress::{CompressOptions, Compressor, Format, Strategy};
pub use decompress::{DecompressFormat, DecompressOptions, Decompressor};
pub use error::ZlibError;

/// How much of what is known is to be written out, with zlib's numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Flush {
    /// As much as compresses best.
    #[default]
    No = 0,
    /// To the end of a block of ten bits.
    Partial = 1,
    /// To a byte's boundary, so that all input so far can be read.
    Sync = 2,
    /// As [`Flush::Sync`], and nothing that follows refers to what came before.
    Full = 3,
    /// The stream ends with this input.
    Finish = 4,
    /// To the end of a block.
    Block = 5,
}

impl Flush {
    /// The flush of zlib's number, as Node's `zlib.constants` has them.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::No, Self::Partial, Self::Sync, Self::Full, Self::Finish, Self::Block]
            .into_iter()
            .find(|flush| *flush as i32 == number)
    }
}

/// What one step did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moved {
    /// Bytes taken from the input.
    pub consumed: usize,
    /// Bytes written to the output.
    pub produced: usize,
    /// The stream has ended: what is left of the input does not belong to it.
    pub ended: bool,
}

/// What compresses or decompresses, a step at a time.
pub trait Codec: Send {
    /// Does what one `write` of Node's binding does: takes input and fills output until one of them is used up or the
    /// stream ends. While it fills the whole output there may be more to come, even without input.
    ///
    /// # Errors
    /// What Node's binding hands to `onerror`, with the same message, number and code.
    fn step(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Moved, ZlibError>;
}
