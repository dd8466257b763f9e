//! Operating system facts of Node's os binding, without a JavaScript engine.
