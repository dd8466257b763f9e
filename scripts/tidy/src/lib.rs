//! Architecture tests: the rules of this repository that a compiler does not check.
//!
//! Each rule is a pure function from what was read (packages, files, symbols) to the sentences in which it
//! is broken, so that each can be shown a small made-up violation; `tests/repository.rs` applies all of them
//! to the repository itself. A sentence says where, what and what to do instead.

mod benchmarks;
mod imports;
mod names;
mod ports;
mod sources;
mod symbols;
mod workspace;

pub use benchmarks::{Benchmarks, benchmarks_and_workloads_match};
pub use imports::{graph_is_free_of, imports_follow_the_design, napi_sys_is_linked_directly};
pub use names::{names_say_something, no_list_names_a_port};
pub use ports::port_is_whole;
pub use sources::{
    SourceFile, files_are_short, licences_are_there, lints_are_on, no_machine_paths, nothing_is_put_off,
    v8_is_included_only_by_v8_gap,
};
pub use symbols::{EXPERIMENTAL, Imports, SymbolError, imports_of, module_imports_only_what_it_may};
pub use workspace::{Node, Package, Workspace, WorkspaceError};
