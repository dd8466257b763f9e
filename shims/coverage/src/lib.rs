//! What Node core does through V8, read from a Node binary, and what Node-API has for it.
//!
//! Official Node binaries keep their symbol table. Every function of Node is disassembled ([`binary`]); the code that
//! sets a binding up shows which C++ function stands behind each JavaScript function ([`registration`], [`bindings`]);
//! a data file says of each function of V8 what Node-API has for it ([`classify`]); and [`survey`] joins all that.
//! [`headers`] and [`source`] add what a binary hides. [`scan`] reads an addon's sources for the same judgement.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use coverage::{binary::Graph, classify::Classification, survey::Surveyor};
//! let graph = Graph::read("node".as_ref())?;
//! let judgement = Classification::built_in();
//! let survey = Surveyor::new(&graph, &judgement).survey("node", None, &Default::default());
//! println!("{} sites, {} symbols", survey.sites, survey.symbols);
//! # Ok(()) }
//! ```

pub mod binary;
pub mod bindings;
pub mod classify;
pub mod cpp;
pub mod exports;
pub mod headers;
pub mod machine;
pub mod registration;
pub mod scan;
pub mod source;
pub mod survey;
