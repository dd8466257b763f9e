//! The file in which a traced process counts the Node-API calls of one module.
//!
//! The process maps its counters from the file, so that what it has counted is there however it ends. A header of
//! whole pages comes first: fields that end with NULs (the magic, the header's length, the process id, the module's
//! path, the functions' names), then zeros. One native-endian `u64` a function follows, in the order of the names.

use std::fmt;

const MAGIC: &str = "portlab-trace-1";
/// Counters begin on a page of their own.
const PAGE: usize = 4096;
/// More would be no record of ours: the header of every function of Node-API takes two pages.
const MOST_HEADER_BYTES: usize = 1 << 20;

/// What one process called in one module.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// The process.
    pub pid: u32,
    /// Path of the module.
    pub module: String,
    /// Functions and how often each was called, in the order of the module's imports.
    pub calls: Vec<(String, u64)>,
}

/// The bytes before the counters; their number is a multiple of the page. With a longer `least` there is room for
/// more functions, which a later header of the same length then names.
pub fn header(pid: u32, module: &str, functions: &[String], least: usize) -> Vec<u8> {
    let fields: Vec<String> =
        [pid.to_string(), module.replace('\0', "")].into_iter().chain(functions.iter().cloned()).collect();
    let text = fields.join("\0");
    // The longest length has 7 digits.
    let length = (MAGIC.len() + 1 + 7 + 1 + text.len() + 1).max(least).next_multiple_of(PAGE);
    let mut bytes = format!("{MAGIC}\0{length}\0{text}\0").into_bytes();
    bytes.resize(length, 0);
    bytes
}

/// The file is no record, or only part of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordError(&'static str);

impl fmt::Display for RecordError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for RecordError {}

/// Reads a record.
///
/// # Errors
/// For what is no record and for a damaged one.
pub fn read(bytes: &[u8]) -> Result<Record, RecordError> {
    let (magic, rest) = field(bytes)?;
    if magic != MAGIC {
        return Err(RecordError("it is no record of portlab trace"));
    }
    let (length, _) = field(rest)?;
    let length: usize = length.parse().map_err(|_| RecordError("the length of its header is no number"))?;
    if !(PAGE..=MOST_HEADER_BYTES).contains(&length) || length > bytes.len() {
        return Err(RecordError("its header is cut off"));
    }
    let (header, counters) = bytes.split_at(length);
    let text = std::str::from_utf8(header).map_err(|_| RecordError("its header is no UTF-8"))?;
    let mut fields = text.trim_end_matches('\0').split('\0').skip(2);
    let pid = fields.next().and_then(|pid| pid.parse().ok()).ok_or(RecordError("it names no process"))?;
    let module = fields.next().ok_or(RecordError("it names no module"))?.to_owned();
    let names: Vec<&str> = fields.collect();
    let (counters, _) = counters.as_chunks::<8>();
    if counters.len() < names.len() {
        return Err(RecordError("its counters are cut off"));
    }
    let calls =
        names.iter().zip(counters).map(|(name, bytes)| ((*name).to_owned(), u64::from_ne_bytes(*bytes)));
    Ok(Record { pid, module, calls: calls.collect() })
}

/// The text before the next NUL, and what follows it.
fn field(bytes: &[u8]) -> Result<(&str, &[u8]), RecordError> {
    let cut = RecordError("it is no record of portlab trace");
    let end = bytes.iter().take(64).position(|&byte| byte == 0).ok_or_else(|| cut.clone())?;
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| cut)?;
    Ok((text, &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(counts: &[u64]) -> Vec<u8> {
        let names: Vec<String> = (0..counts.len()).map(|index| format!("napi_{index}")).collect();
        let mut bytes = header(77, "/a b/tea.node", &names, 0);
        assert_eq!(bytes.len() % PAGE, 0);
        bytes.extend(counts.iter().flat_map(|count| count.to_ne_bytes()));
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let record = read(&written(&[3, u64::MAX])).expect("a record");
        assert_eq!((record.pid, record.module.as_str()), (77, "/a b/tea.node"));
        assert_eq!(record.calls, [("napi_0".to_owned(), 3), ("napi_1".to_owned(), u64::MAX)]);
        assert_eq!(read(&written(&[])).expect("a record").calls, []);
        // A mapping is whole pages: what follows the counters is not read.
        let mut padded = written(&[5]);
        padded.resize(PAGE * 2, 0);
        assert_eq!(read(&padded).expect("a record").calls, [("napi_0".to_owned(), 5)]);
        // Room for names that come later.
        let mut later = header(1, "m", &["napi_x".to_owned()], 3 * PAGE);
        assert_eq!(later.len(), header(1, "m", &[], 3 * PAGE).len());
        later.extend(9_u64.to_ne_bytes());
        assert_eq!(read(&later).expect("a record").calls, [("napi_x".to_owned(), 9)]);
        // Several pages of names.
        assert_eq!(read(&written(&vec![1; 2000])).expect("a record").calls.len(), 2000);
    }

    #[test]
    fn damaged_records_are_errors() {
        let whole = written(&[1, 2]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "cut at {length}");
        }
        // Any byte of the header may be wrong: an error or another record, never a panic.
        for index in 0..64 {
            for byte in [0, b'9', 0xff] {
                let mut bytes = whole.clone();
                bytes[index] = byte;
                let _ = read(&bytes);
            }
        }
        assert!(read(b"#!/bin/sh\n").is_err());
    }
}
