//! Threads that deliver what nobody has submitted a job for, such as the changes of a watched file.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::pool::{Finished, Origin, Pool};
use super::wake::Remote;
use super::{Completions, Job};
use crate::env::Env;
use crate::error::JsError;
use crate::panic;

/// A thread's way to JavaScript.
pub struct Source<J: Job> {
    pool: Arc<Pool<J>>,
    remote: Remote,
}

impl<J: Job> Source<J> {
    /// Delivers an output under a slot, which is none of a job. `place` is what the error of a panic names.
    pub fn deliver(&self, slot: i32, place: &'static str, output: J::Output) {
        if self.pool.finish(Finished { slot, place, output: Ok(output), origin: Origin::Source }) {
            self.remote.call();
        }
    }
}

/// A thread, and how it is told to end.
pub(super) struct Running {
    stop: Box<dyn FnOnce()>,
    thread: JoinHandle<()>,
}

impl Running {
    /// Ends the thread and waits for it.
    pub(super) fn end(self) {
        (self.stop)();
        // The thread catches its panics; what it could still fail with changes nothing here.
        let _ended = self.thread.join();
    }
}

impl<J: Job> Completions<J> {
    /// Starts a thread for what happens by itself. `run` ends soon after `stop`, which is called once, on the
    /// JavaScript thread, when the environment ends. A panic in `run` is logged once and ends the thread.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start_source(
        &self,
        name: &str,
        stop: impl FnOnce() + 'static,
        run: impl FnOnce(&Source<J>) + Send + 'static,
    ) -> io::Result<()> {
        let queue = &*self.0;
        let module = queue.module;
        let source = Source { pool: Arc::clone(&queue.pool), remote: queue.wake().remote() };
        let thread = thread::Builder::new().name(format!("portlab-{module}-{name}")).spawn(move || {
            panic::guard_thread();
            panic::log(module, || run(&source));
        })?;
        queue.sources.borrow_mut().push(Running { stop: Box::new(stop), thread });
        Ok(())
    }

    /// Keeps the event loop alive until [`Completions::let_go`]; counted.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn hold(&self, env: Env<'_>) -> Result<(), JsError> {
        self.0.one_more(&self.0.held, env)
    }

    /// Undoes one [`Completions::hold`].
    ///
    /// # Errors
    /// When the host refuses.
    pub fn let_go(&self, env: Env<'_>) -> Result<(), JsError> {
        self.0.held.set(self.0.held.get().saturating_sub(1));
        self.0.rest(env)
    }
}
