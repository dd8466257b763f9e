//! Any code units as UTF-8, against std; lone surrogates are refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|units: Vec<u16>| {
    let mut made = vec![0xFF; 3];
    let is_made = fs_core::encode_utf8(&units, &mut made);
    match String::from_utf16(&units) {
        Ok(text) => assert!(is_made && made == text.as_bytes()),
        Err(_) => assert!(!is_made && made.is_empty()),
    }
});
