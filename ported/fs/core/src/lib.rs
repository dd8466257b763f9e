//! File system semantics of Node's fs binding, without a JavaScript engine.
