//! Transforms by the options of Node's zlib.

use zlib_core::{
    Codec, CompressOptions, Compressor, DecompressFormat, DecompressOptions, Decompressor, Flush, Format,
    Strategy,
};

/// What goes on between source and sink, and how its stream ends.
pub struct Transform {
    /// What it does.
    pub codec: Box<dyn Codec>,
    /// The flush with the last input, `finishFlush` among the options of Node's zlib.
    pub finish: Flush,
}

/// What the constructors of Node's zlib hand to the `init` of their handle.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it does, by the number in `zlib.constants`: 1 `DEFLATE` to 7 `UNZIP`.
    pub mode: i32,
    /// -1 to 9.
    pub level: i32,
    /// 8 to 15; 0 for what the header says, where something is decompressed.
    pub window_bits: i32,
    /// 1 to 9.
    pub mem_level: i32,
    /// 0 to 4, by the numbers in `zlib.constants`.
    pub strategy: i32,
    /// How the stream ends, by the numbers in `zlib.constants`.
    pub finish_flush: i32,
    /// What both sides know; empty for nothing.
    pub dictionary: Vec<u8>,
}

impl Transform {
    /// None when the options are none of a transform that is known here.
    pub fn new(options: Options) -> Option<Self> {
        let finish = Flush::from_number(options.finish_flush)?;
        let Options { level, mem_level, dictionary, .. } = options;
        let compress = |format| -> Option<Box<dyn Codec>> {
            let strategy = Strategy::try_from(options.strategy).ok()?;
            let window_bits = options.window_bits;
            let options = CompressOptions {
                format,
                level,
                window_bits,
                mem_level,
                strategy,
                dictionary: dictionary.clone(),
            };
            Some(Box::new(Compressor::new(&options).ok()?))
        };
        let decompress = |format| -> Option<Box<dyn Codec>> {
            let window_bits = u8::try_from(options.window_bits).ok()?;
            let options = DecompressOptions { format, window_bits, dictionary: dictionary.clone() };
            Some(Box::new(Decompressor::new(options).ok()?))
        };
        let codec = match options.mode {
            1 => compress(Format::Zlib),
            2 => decompress(DecompressFormat::Zlib),
            3 => compress(Format::Gzip),
            4 => decompress(DecompressFormat::Gzip),
            5 => compress(Format::Raw),
            6 => decompress(DecompressFormat::Raw),
            7 => decompress(DecompressFormat::Detect),
            _ => None,
        }?;
        Some(Self { codec, finish })
    }
}
