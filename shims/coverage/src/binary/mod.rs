//! A Node binary: its functions, and who calls whom.

mod error;
mod graph;
mod image;
mod name;
mod units;

pub use error::BinaryError;
pub use graph::{Edge, EdgeKind, Function, Graph, Site};
pub use image::{Image, Relocation, Symbol};
pub use name::{Root, parameters, qualified, root};
