//! Plan, looks, confirmation, verdict.
