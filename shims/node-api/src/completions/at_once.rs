//! Operations that are finished on the JavaScript thread: which may be, and how many before the others have a turn.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::pool::{Finished, Origin};
use super::queue::{Completions, pool_size};
use super::{Effect, Job};
use crate::env::Env;
use crate::error::JsError;
use crate::panic;

/// How long operations may be finished on the JavaScript thread between two deliveries: some hundred small files, or
/// megabytes of larger ones. Handing a small file to the pool takes this thread about as long as reading it.
const BUDGET: Duration = Duration::from_micros(500);

/// What an operation would overtake, and what was spent already.
#[derive(Default)]
pub(super) struct Ahead {
    /// Jobs that the pool has, until JavaScript has seen their completion; and those among them that change something.
    pooled: Cell<usize>,
    changes: Cell<usize>,
    /// Since the last delivery.
    spent: Cell<Duration>,
}

impl Ahead {
    /// A job goes to the pool.
    pub(super) fn submitted(&self, effect: Effect) {
        self.pooled.set(self.pooled.get() + 1);
        if effect == Effect::Changes {
            self.changes.set(self.changes.get() + 1);
        }
    }

    /// All of this is delivered now.
    pub(super) fn delivered(&self, origins: impl Iterator<Item = Origin>) {
        self.spent.set(Duration::ZERO);
        for origin in origins {
            let Origin::Pool(effect) = origin else { continue };
            self.pooled.set(self.pooled.get() - 1);
            if effect == Effect::Changes {
                self.changes.set(self.changes.get() - 1);
            }
        }
    }

    fn allows(&self, effect: Effect) -> bool {
        let free =
            self.pooled.get() == 0 || effect == Effect::Looks && self.changes.get() == 0 && pool_size() > 1;
        free && self.spent.get() < BUDGET
    }
}

impl<J: Job> Completions<J> {
    /// Completes an operation whose output is known already: on a later turn of the event loop, like a job's, and
    /// without a thread.
    ///
    /// # Errors
    /// When the host refuses; nothing is delivered then, and the slot is free again.
    pub fn complete(
        &self,
        env: Env<'_>,
        slot: i32,
        place: &'static str,
        output: J::Output,
    ) -> Result<(), JsError> {
        self.0.one_more(&self.0.in_flight, env)?;
        self.0.finish(Finished { slot, place, output: Ok(output), origin: Origin::Here });
        Ok(())
    }

    /// Finishes an operation on this thread where that takes no waiting, for a trip to the pool costs many times
    /// what an answer from the kernel's memory costs: `now` makes the output without blocking, or answers `None`
    /// when it would block. The completion comes as all others do, in a later turn of the event loop and among
    /// them in order. `job` makes the job for the pool when `now` answers `None` or is not asked:
    ///
    /// - as long as the pool has an operation that changes something, or has any, if this one changes something or
    ///   the pool is a single thread: so nothing overtakes what it may depend on;
    /// - when what was finished since the last delivery has taken longer than 500 us, so that a burst does not keep
    ///   the event loop from its other work.
    ///
    /// # Errors
    /// Those of [`Completions::submit`].
    #[inline]
    pub fn finish_or_submit(
        &self,
        env: Env<'_>,
        slot: i32,
        place: &'static str,
        effect: Effect,
        now: impl FnOnce() -> Option<J::Output>,
        job: impl FnOnce() -> J,
    ) -> Result<(), JsError> {
        let queue = &*self.0;
        if queue.ahead.allows(effect) {
            let start = Instant::now();
            let output = panic::catch(now).transpose();
            queue.ahead.spent.set(queue.ahead.spent.get() + start.elapsed());
            if let Some(output) = output {
                queue.one_more(&queue.in_flight, env)?;
                queue.finish(Finished { slot, place, output, origin: Origin::Here });
                return Ok(());
            }
        }
        self.submit(env, slot, job())
    }
}
