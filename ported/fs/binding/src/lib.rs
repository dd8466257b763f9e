//! Node's fs binding over Node-API.
