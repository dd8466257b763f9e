//! Changes of files: what a thread of the port's own finds is delivered under slots that are no request's.
//!
//! Slot -1 says that changes wait in inotify; slot `-2 - id` is a look at the file of the poll `id`.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::sync::Arc;

use fs_core::{Inotify, Notice, StatPoll, Watcher};
use node_api::completions::Source;
use node_api::{Call, JsError, StringBuffer, Value};
use node_error::SyscallError;

use crate::asynchronous::{FsJob, Outcome};
use crate::state::Fs;

/// The watching of one environment; its thread starts when it is first needed.
#[derive(Default)]
pub(crate) struct Watching {
    watcher: OnceCell<Watcher>,
    /// The watcher's, once it was asked for.
    inotify: OnceCell<Arc<Inotify>>,
    used: RefCell<Used>,
}

/// The watch descriptors in use, in ascending order: changes of others are for nobody, such as the kernel's word that
/// one has ended. The kernel numbers upwards, so a new one belongs to the end.
#[derive(Default)]
struct Used(Vec<i32>);

impl Used {
    fn insert(&mut self, watch: i32) {
        if self.0.last().is_none_or(|last| *last < watch) {
            self.0.push(watch);
        } else if let Err(index) = self.0.binary_search(&watch) {
            self.0.insert(index, watch);
        }
    }

    fn remove(&mut self, watch: i32) {
        if let Ok(index) = self.0.binary_search(&watch) {
            self.0.remove(index);
        }
    }

    fn contains(&self, watch: i32) -> bool {
        self.0.binary_search(&watch).is_ok()
    }
}

/// The lowest bit of a poll's id: its stats are 64-bit integers.
const BIGINT: u32 = 1;

/// `watch(path)`: numbers `[holds]`; answers with the watch descriptor or a negative errno. With 1 the event loop goes
/// on for it, as after [`hold`].
pub(crate) fn watch(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    let numbers = call.state().numbers()?;
    let holds = numbers.i32(0) != 0;
    match inotify(call)?.and_then(|inotify| inotify.add(&path)) {
        Ok(watch) => {
            call.state().watching.used.borrow_mut().insert(watch);
            if holds {
                call.state().completions()?.hold(call.env())?;
            }
            numbers.answer(f64::from(watch));
        }
        Err(errno) => numbers.answer(f64::from(-errno)),
    }
    Ok(())
}

/// `unwatch()`: numbers `[watch]`.
pub(crate) fn unwatch(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let watch = call.state().numbers()?.i32(0);
    call.state().watching.used.borrow_mut().remove(watch);
    // Without an instance there is no watch either.
    if let Some(inotify) = call.state().watching.inotify.get() {
        inotify.remove(watch);
    }
    Ok(())
}

/// `readChanges()`: the changes of one read, each as watch descriptor, whether it is a rename, and name as Latin-1;
/// undefined when none wait, after which slot -1 says when some do.
pub(crate) fn read_changes<'env>(call: &Call<'env, Fs, 0>) -> Result<Option<Value<'env>>, JsError> {
    let watching = &call.state().watching;
    let (Some(watcher), Some(inotify)) = (watching.watcher.get(), watching.inotify.get()) else {
        return Ok(None);
    };
    let changes = loop {
        let mut changes = inotify.read();
        if changes.is_empty() {
            watcher.rearm();
            return Ok(None);
        }
        changes.retain(|change| watching.used.borrow().contains(change.watch));
        if !changes.is_empty() {
            break changes;
        }
    };
    let array = call.env().array(3 * changes.len())?;
    for (index, change) in (0..).step_by(3).zip(&changes) {
        call.env().scope(|env| {
            array.set_element(index, env.int32(change.watch)?)?;
            array.set_element(index + 1, env.boolean(change.renamed)?)?;
            array.set_element(index + 2, env.latin1(&change.name)?)
        })?;
    }
    Ok(Some(array))
}

/// `startPoll(path)`: numbers `[id, interval]`; answers with 0 or a negative errno.
pub(crate) fn start_poll(call: &Call<'_, Fs, 1>) -> Result<(), JsError> {
    let path = call.path(0, "path", &mut StringBuffer::new())?.to_c_string();
    let numbers = call.state().numbers()?;
    let (id, interval) = (numbers.i32(0).cast_unsigned(), numbers.i64(1) as u32);
    let started = watcher(call)?.map(|watcher| watcher.start_poll(id, StatPoll::new(path, interval)));
    numbers.answer(f64::from(started.map_or_else(|errno| -errno, |()| 0)));
    Ok(())
}

/// `stopPoll()`: numbers `[id]`.
pub(crate) fn stop_poll(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    let id = call.state().numbers()?.i32(0).cast_unsigned();
    if let Some(watcher) = call.state().watching.watcher.get() {
        watcher.stop_poll(id);
    }
    Ok(())
}

/// `hold()`: the event loop goes on until as many calls of `letGo`.
pub(crate) fn hold(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    call.state().completions()?.hold(call.env())
}

/// `letGo()`: see [`hold`].
pub(crate) fn let_go(call: &Call<'_, Fs, 0>) -> Result<(), JsError> {
    call.state().completions()?.let_go(call.env())
}

/// The environment's watcher, or the errno that kept it from being made.
fn watcher<'env, const N: usize>(call: &Call<'env, Fs, N>) -> Result<Result<&'env Watcher, i32>, JsError> {
    let made = &call.state().watching.watcher;
    if let Some(watcher) = made.get() {
        return Ok(Ok(watcher));
    }
    let watcher = match Watcher::new() {
        Ok(watcher) => watcher,
        Err(errno) => return Ok(Err(errno)),
    };
    let (stopped, on_thread) = (watcher.clone(), watcher.clone());
    let run = move |source: &Source<FsJob>| on_thread.run(|notice| deliver(source, notice));
    match call.state().completions()?.start_source("watch", move || stopped.end(), run) {
        Ok(()) => Ok(Ok(made.get_or_init(|| watcher))),
        Err(error) => Ok(Err(errno_of(&error))),
    }
}

/// The watcher's inotify instance, or the errno that kept it from being made.
fn inotify<'env, const N: usize>(call: &Call<'env, Fs, N>) -> Result<Result<&'env Inotify, i32>, JsError> {
    let made = &call.state().watching.inotify;
    if let Some(inotify) = made.get() {
        return Ok(Ok(inotify));
    }
    Ok(watcher(call)?.and_then(Watcher::inotify).map(|inotify| &**made.get_or_init(|| inotify)))
}

fn errno_of(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EAGAIN)
}

fn deliver(source: &Source<FsJob>, notice: Notice) {
    match notice {
        Notice::Changes => source.deliver(-1, "fs.watch", Outcome::nothing()),
        Notice::Look { id, found } => {
            let slot = -2 - id.cast_signed();
            let outcome = match found {
                Ok(stat) => Outcome::stat(stat, id & BIGINT != 0),
                Err(errno) => Outcome::number(SyscallError::new(errno, "stat").uv_errno()),
            };
            source.deliver(slot, "fs.watchFile", outcome);
        }
    }
}
