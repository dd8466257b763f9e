//! Names under which there were regular files when they were last looked at.

use std::cell::RefCell;
use std::ffi::CStr;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many names a thread remembers, 8 bytes for each; of two that meet, the later.
const NAMES: usize = 4096;

thread_local! {
    /// Hashes. A name that has another's hash, or stands for something else by now, is one that was not looked at:
    /// what is opened under it is looked at afterwards.
    static REGULAR: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A name on its way to or from what a thread remembers.
#[derive(Clone, Copy)]
pub(super) struct Name(u64);

impl Name {
    pub(super) fn of(path: &CStr) -> Self {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Whether a regular file was found under it.
    pub(super) fn was_regular(self) -> bool {
        REGULAR.with_borrow(|names| names.get(self.place()) == Some(&self.0))
    }

    /// Remembers what is under it now.
    pub(super) fn is_regular(self, regular: bool) {
        REGULAR.with_borrow_mut(|names| {
            if names.is_empty() {
                names.resize(NAMES, 0);
            }
            names[self.place()] = if regular { self.0 } else { 0 };
        });
    }

    fn place(self) -> usize {
        self.0 as usize % NAMES
    }
}
