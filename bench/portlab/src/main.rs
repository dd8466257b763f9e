//! The portlab command line.
fn main() {}
