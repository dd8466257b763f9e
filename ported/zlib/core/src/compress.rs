use zlib_rs::{Deflate, DeflateConfig, DeflateError, DeflateFlush, Method, Status};

pub use zlib_rs::Strategy;

use crate::error::{BUF_ERROR, DATA_ERROR, MEM_ERROR, STREAM_ERROR, UNEXPECTED_END};
use crate::{Codec, Flush, Moved, ZlibError};

/// What stands around the compressed data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Two bytes and an Adler-32 (`zlib.Deflate`).
    Zlib,
    /// Ten bytes, a CRC-32 and a length (`zlib.Gzip`).
    Gzip,
    /// Nothing (`zlib.DeflateRaw`).
    Raw,
}

/// The options of Node's compressing classes.
#[derive(Clone, Debug)]
pub struct CompressOptions {
    /// What stands around the data.
    pub format: Format,
    /// 0 (stored) to 9, or -1 for 6.
    pub level: i32,
    /// Binary logarithm of the window in bytes, 8 to 15.
    pub window_bits: i32,
    /// 1 to 9.
    pub mem_level: i32,
    /// How matches are looked for.
    pub strategy: Strategy,
    /// What both sides know; empty for nothing. Gzip has none.
    pub dictionary: Vec<u8>,
}

impl CompressOptions {
    /// Node's defaults.
    pub fn new(format: Format) -> Self {
        let strategy = Strategy::Default;
        Self { format, level: -1, window_bits: 15, mem_level: 8, strategy, dictionary: Vec::new() }
    }

    fn valid(&self) -> bool {
        (-1..=9).contains(&self.level)
            && (8..=15).contains(&self.window_bits)
            && (1..=9).contains(&self.mem_level)
    }
}

/// `zlib.Gzip`, `zlib.Deflate` or `zlib.DeflateRaw`.
pub struct Compressor {
    deflate: Deflate,
    /// What says in the header how well it was tried, where Node says something else.
    header: Option<Header>,
}

impl Compressor {
    /// Begins a stream.
    ///
    /// # Errors
    /// `Z_STREAM_ERROR` for options out of range, with Node's words: `Init error` or `Failed to set dictionary`.
    pub fn new(options: &CompressOptions) -> Result<Self, ZlibError> {
        if !options.valid() {
            return Err(ZlibError::new("Init error", STREAM_ERROR));
        }
        let window_bits = match options.format {
            // zlib has no window of 256 bytes for compression either.
            Format::Zlib => options.window_bits.max(9),
            Format::Gzip => options.window_bits.max(9) + 16,
            Format::Raw => -options.window_bits.max(9),
        };
        let mut deflate = Deflate::new_with_config(DeflateConfig {
            level: level(options.level),
            method: Method::Deflated,
            window_bits,
            mem_level: options.mem_level,
            strategy: options.strategy,
        });
        if !options.dictionary.is_empty() && options.format != Format::Gzip {
            deflate
                .set_dictionary(&options.dictionary)
                .map_err(|_| ZlibError::new("Failed to set dictionary", STREAM_ERROR))?;
        }
        let header = (options.level == 1).then_some(options.format).and_then(Header::of_fastest);
        Ok(Self { deflate, header })
    }
}

/// zlib-rs's level 1 makes files a quarter larger than Node's; its level 2 is smaller, and still faster.
fn level(level: i32) -> i32 {
    if level == 1 { 2 } else { level }
}

impl Codec for Compressor {
    fn step(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Moved, ZlibError> {
        let (read, written) = (self.deflate.total_in(), self.deflate.total_out());
        let status = self.deflate.compress(input, output, deflate_flush(flush)).map_err(|error| {
            let errno = match error {
                DeflateError::StreamError => STREAM_ERROR,
                DeflateError::DataError => DATA_ERROR,
                DeflateError::MemError => MEM_ERROR,
            };
            ZlibError::new(self.deflate.error_message().unwrap_or("Zlib error"), errno)
        })?;
        let consumed = (self.deflate.total_in() - read) as usize;
        let produced = (self.deflate.total_out() - written) as usize;
        if let Some(header) = self.header {
            header.write(&mut output[..produced], written);
        }
        let ended = status == Status::StreamEnd;
        if !ended && flush == Flush::Finish && produced < output.len() {
            return Err(ZlibError::new(UNEXPECTED_END, BUF_ERROR));
        }
        Ok(Moved { consumed, produced, ended })
    }
}

fn deflate_flush(flush: Flush) -> DeflateFlush {
    match flush {
        Flush::No => DeflateFlush::NoFlush,
        Flush::Partial => DeflateFlush::PartialFlush,
        Flush::Sync => DeflateFlush::SyncFlush,
        Flush::Full => DeflateFlush::FullFlush,
        Flush::Finish => DeflateFlush::Finish,
        Flush::Block => DeflateFlush::Block,
    }
}

/// The byte of a header that names the effort, for the level that the user asked for.
#[derive(Clone, Copy, Debug)]
enum Header {
    Zlib,
    Gzip,
}

impl Header {
    fn of_fastest(format: Format) -> Option<Self> {
        match format {
            Format::Zlib => Some(Self::Zlib),
            Format::Gzip => Some(Self::Gzip),
            Format::Raw => None,
        }
    }

    /// Corrects a header in output whose first byte is the stream's byte `position`.
    fn write(self, output: &mut [u8], position: u64) {
        // RFC 1952, XFL: the compressor used its fastest algorithm.
        const GZIP_FASTEST: (u64, u8) = (8, 4);
        /// RFC 1950, FLG: FDICT says that a dictionary was used.
        const DICTIONARY: u8 = 0x20;
        match self {
            Self::Gzip => {
                let at = GZIP_FASTEST.0.checked_sub(position).and_then(|at| output.get_mut(at as usize));
                if let Some(effort) = at {
                    *effort = GZIP_FASTEST.1;
                }
            }
            // zlib writes both bytes at once; an output of a single one keeps the other level's, which is as valid.
            Self::Zlib => {
                if position == 0
                    && let [method, flags, ..] = output
                {
                    *flags &= DICTIONARY;
                    *flags += 31 - (u16::from_be_bytes([*method, *flags]) % 31) as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(options: &CompressOptions, input: &[u8]) -> Vec<u8> {
        let mut compressor = Compressor::new(options).expect("valid options");
        let mut output = vec![0; 2 * input.len() + 64];
        let moved = compressor.step(input, &mut output, Flush::Finish).expect("compresses");
        assert!(moved.ended && moved.consumed == input.len());
        output.truncate(moved.produced);
        output
    }

    /// The first bytes of what Node 24 and 26 make of `a`, level 0 to 9.
    #[test]
    fn headers_are_those_of_node() {
        let extra_flags = [4, 4, 0, 0, 0, 0, 0, 0, 0, 2];
        let zlib_flags = [0x01, 0x01, 0x5e, 0x5e, 0x5e, 0x5e, 0x9c, 0xda, 0xda, 0xda];
        for level in 0..=9 {
            let options = |format| CompressOptions { level, ..CompressOptions::new(format) };
            let gzip = compressed(&options(Format::Gzip), b"a");
            assert_eq!(gzip[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra_flags[level as usize], 3], "{level}");
            let zlib = compressed(&options(Format::Zlib), b"a");
            assert_eq!(zlib[..2], [0x78, zlib_flags[level as usize]], "{level}");
        }
        assert_eq!(compressed(&CompressOptions::new(Format::Gzip), b"a")[8], 0);
    }

    #[test]
    fn a_header_is_corrected_in_whatever_pieces_it_comes() {
        let options = CompressOptions { level: 1, ..CompressOptions::new(Format::Gzip) };
        let whole = compressed(&options, b"some text, some text");
        for piece in [1, 2, 3, 8, 9, 10] {
            let mut compressor = Compressor::new(&options).expect("valid options");
            let (mut input, mut pieces) = (&b"some text, some text"[..], Vec::new());
            loop {
                let mut output = vec![0; piece];
                let moved = compressor.step(input, &mut output, Flush::Finish).expect("compresses");
                input = &input[moved.consumed..];
                pieces.extend_from_slice(&output[..moved.produced]);
                if moved.ended {
                    break;
                }
            }
            assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let wrong: [fn(&mut CompressOptions); 4] = [
            |options| options.level = 10,
            |options| options.window_bits = 16,
            |options| options.mem_level = 0,
            |options| options.window_bits = 7,
        ];
        for change in wrong {
            let mut options = CompressOptions::new(Format::Zlib);
            change(&mut options);
            let error = Compressor::new(&options).err().expect("refused");
            assert_eq!((error.message, error.code()), ("Init error", "Z_STREAM_ERROR"));
        }
    }
}
