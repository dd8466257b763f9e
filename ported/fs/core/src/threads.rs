//! How many threads a walk of a tree takes.

use std::num::NonZero;
use std::sync::OnceLock;

/// As many as Node 26 has for the walks of readdir.
const MOST: usize = 4;

/// As many as this machine can run, up to four. Asked for once: the answer takes reading files of /proc and /sys.
pub(crate) fn threads_for_a_tree() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST))
}
