//! Files that are no Node binary: a clear error each, never a panic. The test's own program is the healthy ELF file.

use std::path::Path;
use std::sync::OnceLock;

use coverage::binary::{BinaryError, Graph, Image};
use coverage::cpp::{declarations, uses};
use proptest::prelude::*;

fn healthy() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| std::fs::read("/proc/self/exe").expect("this program can be read"))
}

fn error(bytes: &[u8]) -> String {
    Graph::of(Path::new("the/file"), bytes).err().map(|error| error.to_string()).unwrap_or_default()
}

/// The healthy file with one field of its header changed.
fn patched(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = healthy().to_vec();
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn other_formats_are_named() {
    assert!(error(b"").contains("it is empty"));
    assert!(error(b"#!/bin/sh\n").contains("is a script"));
    assert!(error(&[0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]).contains("Mach-O"));
    assert!(error(b"MZ\x90\0").contains("PE file"));
    assert!(error(b"hello").contains("the/file is no ELF file"));
}

#[test]
fn other_processors_are_named() {
    const MACHINE: usize = 18;
    assert!(error(&patched(MACHINE, &[21, 0])).contains("PowerPC"));
    assert!(error(&patched(MACHINE, &[0xf3, 0])).contains("RISC-V"));
    assert!(error(&patched(MACHINE, &[0x34, 0x12])).contains("number 4660"));
    assert!(error(&patched(4, &[1])).contains("32 bits"));
    assert!(error(&patched(5, &[2])).contains("big-endian"));
}

#[test]
fn a_program_that_is_not_node_is_told_so() {
    let message = error(healthy());
    assert!(message.contains("none of them is in the namespace node"), "{message}");
}

#[test]
fn a_missing_file_says_which() {
    let error =
        Graph::read(Path::new("/no/such/node")).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with("/no/such/node: "), "{error}");
}

/// Where the section headers are, and their number.
fn sections() -> (usize, usize) {
    let bytes = healthy();
    let at = u64::from_le_bytes(bytes[40..48].try_into().expect("eight bytes")) as usize;
    (at, u16::from_le_bytes([bytes[60], bytes[61]]) as usize)
}

/// The offset of the header of the section of a type.
fn section_of(kind: u32) -> usize {
    let (at, count) = sections();
    (0..count)
        .map(|index| at + index * 64)
        .find(|header| healthy()[header + 4..header + 8] == kind.to_le_bytes())
        .expect("this program has such a section")
}

#[test]
fn a_stripped_program_is_told_so() {
    let symbols = section_of(2); // SHT_SYMTAB
    let stripped = patched(symbols + 4, &0u32.to_le_bytes());
    assert!(matches!(Image::parse(Path::new("x"), &stripped), Err(BinaryError::Stripped { .. })));
    assert!(error(&stripped).contains("is stripped"), "{}", error(&stripped));
}

#[test]
fn a_truncated_symbol_table_is_told_so() {
    let symbols = section_of(2);
    // Longer than the file, and beginning beyond it.
    for (field, value) in [(32, u64::MAX / 2), (24, healthy().len() as u64 + 4096)] {
        let message = error(&patched(symbols + field, &value.to_le_bytes()));
        assert!(message.contains("is damaged"), "{field}: {message}");
    }
    // Names that lie outside their table.
    let first =
        u64::from_le_bytes(healthy()[symbols + 24..symbols + 32].try_into().expect("eight bytes")) as usize;
    let mut file = healthy().to_vec();
    for entry in 1..50 {
        file[first + entry * 24..first + entry * 24 + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    }
    let message = error(&file);
    assert!(message.contains("symbol table") && message.contains("cut off"), "{message}");
}

#[test]
fn a_file_that_is_cut_off_is_damaged() {
    for part in [5, 64, 100, 4096, healthy().len() / 2, healthy().len() - 1] {
        let message = error(&healthy()[..part]);
        assert!(message.contains("damaged") || message.contains("stripped"), "{part}: {message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Bytes of the headers are changed at random; the reader may answer what it likes.
    #[test]
    fn damaged_headers_never_panic(changes in proptest::collection::vec((0usize..8192, any::<u8>()), 1..12)) {
        let (sections, count) = sections();
        let mut file = healthy().to_vec();
        for (at, byte) in changes {
            // Half of them in the file's header and segments, half in the section headers.
            let at = if at % 2 == 0 { at % 1024 } else { sections + at % (count * 64) };
            file[at] = byte;
        }
        let _ = Image::parse(Path::new("x"), &file);
    }

    #[test]
    fn any_text_is_read_as_cpp(text in "[a-zA-Z0-9_:;(){}<>\\[\\]#\" \n*&,.=+-]{0,400}") {
        let read = uses(&text);
        for used in read.uses {
            prop_assert!(used.line >= 1 && used.line <= text.lines().count().max(1));
        }
        let _ = declarations(&text, "v8");
    }
}
