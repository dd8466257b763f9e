use serde::{Deserialize, Serialize};

/// One benchmark as another tool measured it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Imported {
    /// The tool's name for it, behind the tool's own: `criterion/decode/1m`.
    pub name: String,
    /// Nanoseconds of one operation, one number a sample; all above zero.
    pub samples_ns: Vec<f64>,
}
