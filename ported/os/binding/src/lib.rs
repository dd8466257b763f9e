//! Node's os binding over Node-API.
