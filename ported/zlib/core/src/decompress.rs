use zlib_rs::{Inflate, InflateError, InflateFlush, Status};

use crate::error::{BUF_ERROR, DATA_ERROR, MEM_ERROR, NEED_DICT, STREAM_ERROR, UNEXPECTED_END};
use crate::{Codec, Flush, Moved, ZlibError};

/// What is expected around the compressed data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecompressFormat {
    /// A zlib header (`zlib.Inflate`).
    Zlib,
    /// Gzip members, one after the other (`zlib.Gunzip`).
    Gzip,
    /// Nothing (`zlib.InflateRaw`).
    Raw,
    /// Gzip if the first two bytes say so, zlib otherwise (`zlib.Unzip`).
    Detect,
}

/// The options of Node's decompressing classes.
#[derive(Clone, Debug)]
pub struct DecompressOptions {
    /// What is expected around the data.
    pub format: DecompressFormat,
    /// Binary logarithm of the largest window in bytes, 8 to 15, or 0 for what the header says.
    pub window_bits: u8,
    /// What both sides know; empty for nothing.
    pub dictionary: Vec<u8>,
}

impl DecompressOptions {
    /// Node's defaults.
    pub fn new(format: DecompressFormat) -> Self {
        Self { format, window_bits: 15, dictionary: Vec::new() }
    }
}

/// `zlib.Gunzip`, `zlib.Inflate`, `zlib.InflateRaw` or `zlib.Unzip`.
pub struct Decompressor {
    inflate: Inflate,
    /// What the data is, as far as is known.
    format: DecompressFormat,
    options: DecompressOptions,
    /// How many of gzip's two magic bytes have been seen, while the format is to be detected.
    magic_seen: usize,
    /// The last member has ended.
    ended: bool,
}

/// The two bytes with which gzip begins.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

impl Decompressor {
    /// Begins a stream.
    ///
    /// # Errors
    /// `Z_STREAM_ERROR` for options out of range, with Node's words.
    pub fn new(options: DecompressOptions) -> Result<Self, ZlibError> {
        let sized = options.window_bits != 0 || options.format != DecompressFormat::Raw;
        if !sized || !matches!(options.window_bits, 0 | 8..=15) {
            return Err(ZlibError::new("Init error", STREAM_ERROR));
        }
        let mut inflate = begin(&options);
        if options.format == DecompressFormat::Raw && !options.dictionary.is_empty() {
            inflate
                .set_dictionary(&options.dictionary)
                .map_err(|_| ZlibError::new("Failed to set dictionary", STREAM_ERROR))?;
        }
        Ok(Self { inflate, format: options.format, options, magic_seen: 0, ended: false })
    }

    /// Looks at the first bytes as Node's binding does, which need not come together.
    fn detect(&mut self, input: &[u8]) {
        for byte in input.iter().take(MAGIC.len() - self.magic_seen) {
            if *byte != MAGIC[self.magic_seen] {
                self.format = DecompressFormat::Zlib;
                return;
            }
            self.magic_seen += 1;
        }
        if self.magic_seen == MAGIC.len() {
            self.format = DecompressFormat::Gzip;
        }
    }

    /// Inflates what one member has; the dictionary is given where it is asked for.
    fn inflate(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Moved, ZlibError> {
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let mut result = self.inflate.decompress(input, output, inflate_flush(flush));
        let mut moved = self.moved_since(read, written);
        if let Err(InflateError::NeedDict { .. }) = result
            && !self.options.dictionary.is_empty()
        {
            if self.inflate.set_dictionary(&self.options.dictionary).is_err() {
                return Err(ZlibError::new("Bad dictionary", NEED_DICT));
            }
            let (rest, room) = (&input[moved.consumed..], &mut output[moved.produced..]);
            result = self.inflate.decompress(rest, room, inflate_flush(flush));
            moved = self.moved_since(read, written);
        }
        match result {
            Ok(Status::StreamEnd) => Ok(Moved { ended: true, ..moved }),
            Ok(Status::Ok | Status::BufError) => Ok(moved),
            Err(InflateError::NeedDict { .. }) => Err(ZlibError::new("Missing dictionary", NEED_DICT)),
            Err(error) => {
                let errno = match error {
                    InflateError::DataError => DATA_ERROR,
                    InflateError::MemError => MEM_ERROR,
                    InflateError::StreamError | InflateError::NeedDict { .. } => STREAM_ERROR,
                };
                Err(ZlibError::new(self.inflate.error_message().unwrap_or("Zlib error"), errno))
            }
        }
    }

    fn moved_since(&self, read: u64, written: u64) -> Moved {
        let consumed = (self.inflate.total_in() - read) as usize;
        let produced = (self.inflate.total_out() - written) as usize;
        Moved { consumed, produced, ended: false }
    }
}

impl Codec for Decompressor {
    fn step(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Moved, ZlibError> {
        if self.format == DecompressFormat::Detect {
            self.detect(input);
        }
        let mut moved = Moved { consumed: 0, produced: 0, ended: self.ended };
        if !self.ended {
            moved = self.inflate(input, output, flush)?;
        }
        // What follows a member is another one, unless it is padding with zeros.
        while moved.ended
            && self.format == DecompressFormat::Gzip
            && input.get(moved.consumed).is_some_and(|byte| *byte != 0)
        {
            self.inflate = begin(&self.options);
            let next = self.inflate(&input[moved.consumed..], &mut output[moved.produced..], flush)?;
            moved.consumed += next.consumed;
            moved.produced += next.produced;
            moved.ended = next.ended;
        }
        self.ended = moved.ended;
        if !moved.ended && flush == Flush::Finish && moved.produced < output.len() {
            return Err(ZlibError::new(UNEXPECTED_END, BUF_ERROR));
        }
        Ok(moved)
    }
}

fn begin(options: &DecompressOptions) -> Inflate {
    match options.format {
        DecompressFormat::Raw => Inflate::new(false, options.window_bits),
        DecompressFormat::Zlib => Inflate::new(true, options.window_bits),
        DecompressFormat::Gzip => Inflate::new(true, options.window_bits + 16),
        DecompressFormat::Detect => Inflate::new(true, options.window_bits + 32),
    }
}

fn inflate_flush(flush: Flush) -> InflateFlush {
    match flush {
        Flush::No => InflateFlush::NoFlush,
        // Inflating writes out all it can in any case.
        Flush::Partial | Flush::Sync | Flush::Full => InflateFlush::SyncFlush,
        Flush::Finish => InflateFlush::Finish,
        Flush::Block => InflateFlush::Block,
    }
}
