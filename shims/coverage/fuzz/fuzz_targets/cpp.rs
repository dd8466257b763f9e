//! Any text as C++ and as linker names: never a panic, and lines within the text.
#![no_main]

use coverage::binary::{parameters, qualified, root};
use coverage::cpp::{declarations, uses};
use coverage::headers::node_api_of;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let lines = text.lines().count().max(1);
    assert!(uses(text).uses.iter().all(|used| (1..=lines).contains(&used.line)));
    let _ = declarations(text, "v8");
    let _ = node_api_of(text);
    for name in text.split_whitespace() {
        let _ = (root(name), qualified(name), parameters(name));
    }
});
