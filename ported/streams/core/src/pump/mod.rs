//! A pipe between two descriptors that runs natively from end to end: what `pipeline()` does when nothing looks at
//! what passes through.
//!
//! A [`Pump`] works in turns of bounded length, so that many share a pool's threads, and so that whoever ordered it can
//! say how far it is, or stop it. Between two files without a transform bytes go by `copy_file_range(2)`, to a socket
//! by `sendfile(2)`; where the kernel has neither for these descriptors, and with a transform, through memory.

mod ends;
mod through;
mod transform;
mod waiting;

use std::time::{Duration, Instant};

use node_error::SyscallError;
use zlib_core::ZlibError;

pub use ends::{Sink, Source, are_plain};
pub use transform::{Options, Transform};
pub use waiting::Waiting;

use ends::Taken;
use through::Through;

/// How far a pump has come, in bytes since it began.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Read from the source.
    pub read: u64,
    /// Taken by the transform; 0 without one.
    pub taken: u64,
    /// Written to the sink.
    pub written: u64,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Turn {
    /// Its time was over.
    Again,
    /// The sink takes nothing for now: try again when it is writable.
    Blocked,
    /// The source has ended, and what its transform made so far is written: the next turn has it finish.
    Ended,
    /// Everything is written.
    Done,
}

/// Which end failed, with what its stream reports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PumpError {
    /// Reading failed.
    Source(SyscallError),
    /// The transform refuses its input.
    Transform(ZlibError),
    /// Compressed data went on after its end had been announced.
    AfterEnd,
    /// Writing failed.
    Sink(SyscallError),
}

/// See the module.
pub struct Pump {
    source: Source,
    sink: Sink,
    progress: Progress,
    route: Route,
    failure: Option<ZlibError>,
}

/// The way that bytes take.
enum Route {
    /// They stay in the kernel.
    Kernel,
    Memory(Through),
}

impl Pump {
    /// A pump that has moved nothing yet.
    pub fn new(source: Source, transform: Option<Transform>, sink: Sink) -> Self {
        let route = match transform {
            None => Route::Kernel,
            Some(transform) => Route::Memory(Through::new(source.piece(), Some(transform))),
        };
        Self { source, sink, progress: Progress::default(), route, failure: None }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What a turn failed with at the transform.
    pub fn failure(&self) -> Option<ZlibError> {
        self.failure
    }

    /// Where the next byte goes, after somebody else has written to the sink in between.
    pub fn move_sink(&mut self, position: Option<u64>) {
        self.sink.position = position;
    }

    /// Moves bytes for about `time`, or until `stopped` says so between two pieces; at least one piece. What was read
    /// has then been written too, unless the sink blocks.
    ///
    /// # Errors
    /// The first failure of any end; what came before it is written.
    pub fn turn(&mut self, time: Duration, stopped: impl Fn() -> bool) -> Result<Turn, PumpError> {
        let began = Instant::now();
        let over = || stopped() || began.elapsed() >= time;
        if let Route::Kernel = self.route {
            loop {
                match self.sink.take_from(&mut self.source)? {
                    Taken::Bytes(count) => {
                        self.progress.read += count;
                        self.progress.written += count;
                        if over() {
                            return Ok(Turn::Again);
                        }
                    }
                    Taken::Blocked => return Ok(Turn::Blocked),
                    // Nothing more, or nothing for these descriptors: reading tells which.
                    Taken::Nothing => break,
                }
            }
            self.route = Route::Memory(Through::new(self.source.piece(), None));
        }
        let Route::Memory(through) = &mut self.route else { return Ok(Turn::Again) };
        let turn = through.turn(&mut self.source, &mut self.sink, &mut self.progress, over);
        if let Err(PumpError::Transform(error)) = turn {
            self.failure = Some(error);
        }
        turn
    }
}
