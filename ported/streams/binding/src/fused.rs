//! Pumps as JavaScript runs them: a turn is one job of the port's pool, so that streams tell how far they are, and
//! whoever aborts one waits no longer than for a turn.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use node_api::completions::{Completions, Job, Settle, Settled, Source as Thread, Words};
use node_api::{Call, Env, JsError, Pinned};
use streams_core::pump::{Options, Pump, PumpError, Sink, Source, Transform, Turn, Waiting, are_plain};

use crate::state::Streams;

/// How long a turn takes: a hundred times what it costs to begin another one.
const TURN: Duration = Duration::from_millis(20);

/// The pumps of one environment.
#[derive(Default)]
pub(crate) struct Fused {
    connection: OnceCell<Connection>,
    pumps: RefCell<HashMap<u32, Arc<Shared>>>,
    last: Cell<u32>,
    waiting: OnceCell<Waiting>,
}

/// What the JavaScript half shares.
struct Connection {
    completions: Completions<TurnJob>,
    numbers: Pinned<f64>,
}

/// A pump that both threads know.
struct Shared {
    pump: Mutex<Pump>,
    /// Nobody wants what comes.
    stopped: AtomicBool,
    /// What to wait for.
    sink: RawFd,
}

impl Shared {
    fn pump(&self) -> MutexGuard<'_, Pump> {
        self.pump.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One turn.
pub(crate) struct TurnJob(Arc<Shared>);

impl Job for TurnJob {
    type Output = Outcome;

    fn name(&self) -> &'static str {
        "streams.pump"
    }

    fn run(self) -> Outcome {
        let stopped = || self.0.stopped.load(Ordering::Relaxed);
        if stopped() {
            return Outcome::Turn(Ok(Turn::Again));
        }
        Outcome::Turn(self.0.pump().turn(TURN, stopped))
    }
}

/// What a job delivers.
pub(crate) enum Outcome {
    Turn(Result<Turn, PumpError>),
    /// The socket of a pump takes bytes again.
    Writable,
}

impl Settle for Outcome {
    /// 0 to go on, 1 when the sink blocks, 2 when all is done, 3 when the transform failed (see [`report`]), 4 when
    /// compressed data went on after its end, 5 when the source has ended and the transform is to finish. What fails at an end is a system error, whose syscall names the end.
    fn settle<'env>(self, _env: Env<'env>, _words: Words<'_>) -> Result<Settled<'env>, JsError> {
        let state = match self {
            Outcome::Turn(Ok(Turn::Again)) | Outcome::Writable => 0,
            Outcome::Turn(Ok(Turn::Blocked)) => 1,
            Outcome::Turn(Ok(Turn::Done)) => 2,
            Outcome::Turn(Err(PumpError::Transform(_))) => 3,
            Outcome::Turn(Err(PumpError::AfterEnd)) => 4,
            Outcome::Turn(Ok(Turn::Ended)) => 5,
            Outcome::Turn(Err(PumpError::Source(error) | PumpError::Sink(error))) => return Err(error.into()),
        };
        Ok(Settled::Number(f64::from(state)))
    }
}

/// How many numbers there are.
const NUMBERS: usize = 16;

/// `connectPumps(drain, entries, words, numbers)`: once for an environment; all worlds share the arrays.
pub(crate) fn connect(call: &Call<'_, Streams, 4>) -> Result<(), JsError> {
    let env = call.env();
    // SAFETY: ported/streams/js/fused and shims/node-api/completions.js make these arrays and keep them.
    let connection = unsafe {
        Connection {
            completions: Completions::new(
                env,
                "streams",
                call.argument(0),
                call.argument(1),
                call.argument(2),
            )?,
            numbers: Pinned::new(env, call.argument(3), "numbers")?,
        }
    };
    if connection.numbers.cells().len() < NUMBERS {
        return Err(JsError::range_error(
            "ERR_OUT_OF_RANGE",
            format!("numbers must have {NUMBERS} elements"),
        ));
    }
    call.state().fused.connection.set(connection).map_err(|_| {
        JsError::error(
            "ERR_INVALID_STATE",
            "the pumps are connected already; all worlds share one connection",
        )
    })
}

/// `openPump(dictionary?)`: numbers `[source, position, left, piece, sink, position, is socket, mode, level, window bits,
/// memory level, strategy, finish flush]`, where -1 is no position and no limit, and the mode is one of Node's zlib or 0.
/// Answers with the pump's number; -1 when these ends or options are not for a pump.
pub(crate) fn open(call: &Call<'_, Streams, 1>) -> Result<(), JsError> {
    let fused = &call.state().fused;
    let numbers = fused.numbers()?;
    let dictionary = if call.count() > 0 {
        // SAFETY: the memory is JavaScript's, which does not run before it is copied.
        unsafe { call.bytes(0, "dictionary")?.as_slice() }.to_vec()
    } else {
        Vec::new()
    };
    numbers.answer(match pump(numbers, dictionary) {
        None => -1.0,
        Some((pump, sink)) => {
            let number = fused.last.get().wrapping_add(1);
            fused.last.set(number);
            let shared = Shared { pump: Mutex::new(pump), stopped: AtomicBool::new(false), sink };
            fused.pumps.borrow_mut().insert(number, Arc::new(shared));
            f64::from(number)
        }
    });
    Ok(())
}

fn pump(numbers: Numbers<'_>, dictionary: Vec<u8>) -> Option<(Pump, RawFd)> {
    let (from, to, to_socket) = (numbers.i32(0), numbers.i32(4), numbers.i32(6) != 0);
    if !are_plain(from, to, to_socket) {
        return None;
    }
    let transform = match numbers.i32(7) {
        0 => None,
        mode => Some(Transform::new(Options {
            mode,
            level: numbers.i32(8),
            window_bits: numbers.i32(9),
            mem_level: numbers.i32(10),
            strategy: numbers.i32(11),
            finish_flush: numbers.i32(12),
            dictionary,
        })?),
    };
    let left = numbers.length(2).unwrap_or(u64::MAX);
    let source = Source::new(from, numbers.length(1), left, numbers.i32(3).max(1) as usize);
    let sink = if to_socket { Sink::socket(to).ok()? } else { Sink::file(to, numbers.length(5)) };
    let descriptor = sink.descriptor();
    Some((Pump::new(source, transform, sink), descriptor))
}

/// `turnPump()`: numbers `[slot, pump, sink's position]`; delivers what [`Outcome`] says.
pub(crate) fn turn(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let fused = &call.state().fused;
    let numbers = fused.numbers()?;
    let shared = fused.shared(numbers.i32(1))?;
    shared.pump().move_sink(numbers.length(2));
    fused.connection()?.completions.submit(call.env(), numbers.i32(0), TurnJob(shared))
}

/// `reportPump()`: numbers `[pump]`; answers with what was read, taken by the transform and written, and the transform's
/// zlib number; returns its message once it has failed.
pub(crate) fn report(call: &Call<'_, Streams, 0>) -> Result<Option<&'static str>, JsError> {
    let fused = &call.state().fused;
    let numbers = fused.numbers()?;
    let shared = fused.shared(numbers.i32(0))?;
    let pump = shared.pump();
    let progress = pump.progress();
    numbers.set(0, progress.read as f64);
    numbers.set(1, progress.taken as f64);
    numbers.set(2, progress.written as f64);
    let failure = pump.failure();
    numbers.set(3, failure.map_or(0.0, |error| f64::from(error.errno)));
    Ok(failure.map(|error| error.message))
}

/// `awaitSink()`: numbers `[pump]`; delivers under the slot `~pump` when its socket takes bytes again. The event loop
/// goes on for it.
pub(crate) fn await_sink(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let fused = &call.state().fused;
    let number = fused.numbers()?.i32(0);
    let sink = fused.shared(number)?.sink;
    let waiting = fused.waiting()?;
    waiting.wait_for(sink, number.cast_unsigned()).map_err(|error| cannot_wait(&error))?;
    fused.connection()?.completions.hold(call.env())
}

/// `sinkReady()`: what [`await_sink`] has begun is over.
pub(crate) fn sink_ready(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    call.state().fused.connection()?.completions.let_go(call.env())
}

/// `closePump()`: numbers `[pump]`; a turn that runs ends soon.
pub(crate) fn close(call: &Call<'_, Streams, 0>) -> Result<(), JsError> {
    let fused = &call.state().fused;
    let number = fused.numbers()?.i32(0).cast_unsigned();
    if let Some(shared) = fused.pumps.borrow_mut().remove(&number) {
        shared.stopped.store(true, Ordering::Relaxed);
        if let Some(waiting) = fused.waiting.get() {
            waiting.forget(shared.sink);
        }
    }
    Ok(())
}

impl Fused {
    fn connection(&self) -> Result<&Connection, JsError> {
        self.connection.get().ok_or_else(|| {
            JsError::error("ERR_INVALID_STATE", "connectPumps comes before any other call of pumps")
        })
    }

    fn numbers(&self) -> Result<Numbers<'_>, JsError> {
        Ok(Numbers(self.connection()?.numbers.cells()))
    }

    fn shared(&self, number: i32) -> Result<Arc<Shared>, JsError> {
        let pumps = self.pumps.borrow();
        let shared = pumps.get(&number.cast_unsigned()).map(Arc::clone);
        shared.ok_or_else(|| JsError::error("ERR_INVALID_STATE", format!("there is no pump {number}")))
    }

    /// The thread that waits for sockets; it starts with the first that blocks.
    fn waiting(&self) -> Result<&Waiting, JsError> {
        if let Some(waiting) = self.waiting.get() {
            return Ok(waiting);
        }
        let waiting = Waiting::new().map_err(|error| cannot_wait(&error))?;
        let (ended, on_thread) = (waiting.clone(), waiting.clone());
        let run = move |thread: &Thread<TurnJob>| {
            on_thread.run(|number| thread.deliver(!number.cast_signed(), "streams.pump", Outcome::Writable));
        };
        let completions = &self.connection()?.completions;
        completions.start_source("waiting", move || ended.end(), run).map_err(|error| cannot_wait(&error))?;
        Ok(self.waiting.get_or_init(|| waiting))
    }
}

fn cannot_wait(error: &std::io::Error) -> JsError {
    node_error::SyscallError::from_io(error, "epoll_ctl").into()
}

/// The numbers of a call.
#[derive(Clone, Copy)]
struct Numbers<'a>(&'a [Cell<f64>]);

impl Numbers<'_> {
    fn i32(self, index: usize) -> i32 {
        self.0[index].get() as i32
    }

    /// None for -1, and for what is infinite.
    fn length(self, index: usize) -> Option<u64> {
        let number = self.0[index].get();
        (number >= 0.0 && number.is_finite()).then_some(number as u64)
    }

    fn set(self, index: usize, value: f64) {
        self.0[index].set(value);
    }

    fn answer(self, value: f64) {
        self.set(0, value);
    }
}
