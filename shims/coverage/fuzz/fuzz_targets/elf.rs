//! Any bytes as a Node binary: an error or a graph, never a panic, and machine code of either processor never hangs.
#![no_main]

use std::path::Path;

use coverage::binary::Graph;
use coverage::bindings::bindings;
use coverage::machine::Machine;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(graph) = Graph::of(Path::new("fuzzed"), bytes) {
        let _ = bindings(&graph);
    }
    for machine in [Machine::X86_64, Machine::Aarch64] {
        machine.steps(0x1000, bytes, &mut |_| {});
    }
});
