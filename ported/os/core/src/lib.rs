//! Operating system facts of Node's os binding, without a JavaScript engine.
//!
//! Each function answers as libuv's function of the same purpose does on Linux (`src/unix/linux.c`), from the
//! same files of /proc and /sys and the same system calls. What reads a text is apart from what parses it, so
//! that the parsers are tested on texts of other machines.

mod cpu;
mod interface;
mod memory;
mod proc_file;
mod system;

pub use cpu::{Cpu, cpus};
pub use interface::{Address, Interface, interfaces};
pub use memory::{free_memory, total_memory};
pub use system::{HostnameBuffer, hostname, load_average, uptime};
