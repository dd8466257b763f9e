//! What is compressed with any options, in any pieces, comes back; what is damaged ends with Node's error.

use proptest::prelude::*;
use zlib_core::{
    Codec, CompressOptions, Compressor, DecompressFormat, DecompressOptions, Decompressor, Flush, Format,
    Strategy as Search, ZlibError,
};

/// Runs all of `input` through, `piece` bytes at a time, with room for `room` bytes at a time, as Node's lib does:
/// the last piece finishes the stream.
fn run(codec: &mut dyn Codec, input: &[u8], piece: usize, room: usize) -> Result<Vec<u8>, ZlibError> {
    let mut result = Vec::new();
    let mut pieces: Vec<&[u8]> = input.chunks(piece).collect();
    pieces.push(&[]);
    let last = pieces.len() - 1;
    for (index, mut rest) in pieces.into_iter().enumerate() {
        let flush = if index == last { Flush::Finish } else { Flush::No };
        loop {
            let mut output = vec![0; room];
            let moved = codec.step(rest, &mut output, flush)?;
            rest = &rest[moved.consumed..];
            result.extend_from_slice(&output[..moved.produced]);
            if moved.produced < room {
                break;
            }
        }
    }
    Ok(result)
}

fn compress(options: &CompressOptions, input: &[u8]) -> Vec<u8> {
    run(&mut Compressor::new(options).expect("valid options"), input, 100, 64).expect("compresses")
}

fn decompress(options: DecompressOptions, input: &[u8]) -> Result<Vec<u8>, ZlibError> {
    run(&mut Decompressor::new(options).expect("valid options"), input, 1 << 16, 1 << 14)
}

fn counterpart(format: Format) -> DecompressFormat {
    match format {
        Format::Zlib => DecompressFormat::Zlib,
        Format::Gzip => DecompressFormat::Gzip,
        Format::Raw => DecompressFormat::Raw,
    }
}

fn options() -> impl Strategy<Value = CompressOptions> {
    let formats = prop_oneof![Just(Format::Zlib), Just(Format::Gzip), Just(Format::Raw)];
    let searches = prop_oneof![
        Just(Search::Default),
        Just(Search::Filtered),
        Just(Search::HuffmanOnly),
        Just(Search::Rle),
        Just(Search::Fixed)
    ];
    let dictionaries = prop_oneof![Just(Vec::new()), prop::collection::vec(0_u8..8, 1..300)];
    (formats, -1..=9, 8..=15, 1..=9, searches, dictionaries).prop_map(
        |(format, level, window_bits, mem_level, strategy, dictionary)| CompressOptions {
            format,
            level,
            window_bits,
            mem_level,
            strategy,
            dictionary,
        },
    )
}

/// Bytes with repetitions near and far.
fn content() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((prop::collection::vec(0_u8..8, 0..40), 1_usize..60), 0..30)
        .prop_map(|runs| runs.into_iter().flat_map(|(run, times)| run.repeat(times)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_goes_in_comes_out(options in options(), content in content(), piece in 1_usize..5000, room in 1_usize..5000) {
        let (format, dictionary) = (counterpart(options.format), options.dictionary.clone());
        let mut compressor = Compressor::new(&options).expect("valid options");
        let compressed = run(&mut compressor, &content, piece, room.max(8)).expect("compresses");
        let expected = DecompressOptions { dictionary, ..DecompressOptions::new(format) };
        let mut decompressor = Decompressor::new(expected).expect("valid options");
        prop_assert_eq!(run(&mut decompressor, &compressed, room, piece.max(8)), Ok(content));
    }

    #[test]
    fn no_input_is_too_wrong(input in prop::collection::vec(any::<u8>(), 0..200), piece in 1_usize..50) {
        for format in [DecompressFormat::Zlib, DecompressFormat::Gzip, DecompressFormat::Raw, DecompressFormat::Detect] {
            let mut decompressor = Decompressor::new(DecompressOptions::new(format)).expect("valid options");
            let _any = run(&mut decompressor, &input, piece, 64);
        }
    }
}

const GZIP: DecompressFormat = DecompressFormat::Gzip;
const ZLIB: DecompressFormat = DecompressFormat::Zlib;

#[track_caller]
fn fails(options: DecompressOptions, input: &[u8], message: &str, errno: i32, code: &str) {
    let error = decompress(options, input).expect_err("refused");
    assert_eq!((error.message, error.errno, error.code()), (message, errno, code));
}

/// As Node 24 and 26 fail with the same input.
#[test]
fn damage_is_reported_in_nodes_words() {
    let gzip = compress(&CompressOptions::new(Format::Gzip), b"hello");
    let with = |at: usize, value: u8| {
        let mut damaged = gzip.clone();
        damaged[at] ^= value;
        damaged
    };
    let of = DecompressOptions::new;
    fails(of(GZIP), b"", "unexpected end of file", -5, "Z_BUF_ERROR");
    fails(of(GZIP), &gzip[..gzip.len() - 3], "unexpected end of file", -5, "Z_BUF_ERROR");
    fails(of(DecompressFormat::Detect), &gzip[..1], "unexpected end of file", -5, "Z_BUF_ERROR");
    fails(of(GZIP), b"no gzip at all", "incorrect header check", -3, "Z_DATA_ERROR");
    fails(of(GZIP), &with(2, 0x0f), "unknown compression method", -3, "Z_DATA_ERROR");
    fails(of(GZIP), &with(gzip.len() - 6, 1), "incorrect data check", -3, "Z_DATA_ERROR");
    fails(of(GZIP), &with(gzip.len() - 1, 1), "incorrect length check", -3, "Z_DATA_ERROR");
    fails(of(GZIP), &[&gzip[..], b"garbage"].concat(), "incorrect header check", -3, "Z_DATA_ERROR");
    fails(of(DecompressFormat::Raw), &[0xff, 0xff], "invalid block type", -3, "Z_DATA_ERROR");
    let narrow = DecompressOptions { window_bits: 9, ..of(ZLIB) };
    fails(
        narrow,
        &compress(&CompressOptions::new(Format::Zlib), b"a"),
        "invalid window size",
        -3,
        "Z_DATA_ERROR",
    );
}

#[test]
fn dictionaries_are_asked_for() {
    let known = |dictionary: &[u8]| DecompressOptions {
        dictionary: dictionary.to_vec(),
        ..DecompressOptions::new(ZLIB)
    };
    for level in [1, 6] {
        let options =
            CompressOptions { level, dictionary: b"hello".to_vec(), ..CompressOptions::new(Format::Zlib) };
        let zlib = compress(&options, b"hello hello");
        // FDICT, the level, and a check that makes the two bytes a multiple of 31.
        assert_eq!(zlib[..6], [0x78, if level == 1 { 0x3f } else { 0xbb }, 0x06, 0x2c, 0x02, 0x15]);
        fails(known(b""), &zlib, "Missing dictionary", 2, "Z_NEED_DICT");
        fails(known(b"hullo"), &zlib, "Bad dictionary", 2, "Z_NEED_DICT");
        assert_eq!(decompress(known(b"hello"), &zlib).as_deref(), Ok(&b"hello hello"[..]));
    }
}

#[test]
fn members_follow_each_other_and_zeros_end_them() {
    let gzip = compress(&CompressOptions::new(Format::Gzip), b"hello");
    let of = DecompressOptions::new;
    for format in [GZIP, DecompressFormat::Detect] {
        assert_eq!(decompress(of(format), &[&gzip[..], &gzip].concat()).as_deref(), Ok(&b"hellohello"[..]));
    }
    assert_eq!(decompress(of(GZIP), &[&gzip[..], &[0; 11]].concat()).as_deref(), Ok(&b"hello"[..]));
}

#[test]
fn unzip_knows_both_formats_even_byte_by_byte() {
    for format in [Format::Gzip, Format::Zlib] {
        let compressed = compress(&CompressOptions::new(format), b"hello");
        for piece in [1, 2, 100] {
            let options =
                DecompressOptions { window_bits: 0, ..DecompressOptions::new(DecompressFormat::Detect) };
            let mut unzip = Decompressor::new(options).expect("valid options");
            assert_eq!(run(&mut unzip, &compressed, piece, 64).as_deref(), Ok(&b"hello"[..]));
        }
    }
}
