//! Results in the formats of other tools: [`import`] reads what they measured, [`export`] writes a document for
//! them. No statistics here: `bench/gate` compares what was imported.

mod export;
mod import;

pub use export::{Export, export};
pub use import::{Format, ImportError, import};
