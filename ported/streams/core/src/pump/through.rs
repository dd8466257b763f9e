//! Bytes that pass through memory, with or without a transform.

use zlib_core::{Flush, Moved};

use super::ends::{Sink, Source};
use super::{Progress, PumpError, Transform, Turn};

/// Room for what a transform makes before it is written.
const OUTPUT: usize = 128 * 1024;

/// Memory between the ends.
pub(super) struct Through {
    transform: Option<Transform>,
    input: Filled,
    output: Filled,
    stage: Stage,
    /// What was compressed has ended, and something else follows.
    announced: bool,
    /// To be reported as soon as what came before is written.
    failure: Option<PumpError>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Reading,
    /// The source has no more, and nobody was told.
    Ended,
    /// The transform finishes its stream.
    Finishing,
    /// There is no more.
    Finished,
}

/// Memory that is filled from its start and emptied from its start.
struct Filled {
    memory: Vec<u8>,
    start: usize,
    end: usize,
}

impl Filled {
    fn new(room: usize) -> Self {
        Self { memory: vec![0; room], start: 0, end: 0 }
    }

    fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    fn is_empty(&self) -> bool {
        self.start == self.end
    }

    fn is_full(&self) -> bool {
        self.end == self.memory.len()
    }

    fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }
}

impl Through {
    pub(super) fn new(piece: usize, transform: Option<Transform>) -> Self {
        // Without a transform what is read is what is written.
        let (input, output) = if transform.is_some() { (piece, OUTPUT) } else { (0, piece) };
        Self {
            transform,
            input: Filled::new(input),
            output: Filled::new(output),
            stage: Stage::Reading,
            announced: false,
            failure: None,
        }
    }

    pub(super) fn turn(
        &mut self,
        source: &mut Source,
        sink: &mut Sink,
        progress: &mut Progress,
        over: impl Fn() -> bool,
    ) -> Result<Turn, PumpError> {
        let mut has_moved = false;
        loop {
            let is_over = has_moved && over();
            let must_write = is_over || self.is_at_rest();
            while !self.output.is_empty() && (must_write || self.output.is_full()) {
                let Some(written) = sink.write(self.output.bytes())? else { return Ok(Turn::Blocked) };
                self.output.start += written;
                progress.written += written as u64;
                // Not sooner: what a codec makes depends on the room that it finds, and is the same in every run.
                if self.output.is_empty() && self.output.is_full() {
                    self.output.clear();
                }
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            match self.stage {
                Stage::Finished => return Ok(Turn::Done),
                Stage::Ended => {
                    self.stage = Stage::Finishing;
                    return Ok(Turn::Ended);
                }
                Stage::Reading | Stage::Finishing => {}
            }
            if is_over {
                return Ok(Turn::Again);
            }
            self.failure = self.advance(source, progress).err();
            has_moved = true;
        }
    }

    /// Whether nothing more comes in this turn, or at once: then all there is, is written.
    fn is_at_rest(&self) -> bool {
        matches!(self.stage, Stage::Ended | Stage::Finished)
            || self.transform.is_none()
            || self.failure.is_some()
    }

    /// One piece further: reads, or has the transform make output.
    fn advance(&mut self, source: &mut Source, progress: &mut Progress) -> Result<(), PumpError> {
        let Some(transform) = &mut self.transform else {
            let count = source.read(&mut self.output.memory)?;
            (self.output.start, self.output.end) = (0, count);
            progress.read += count as u64;
            if count == 0 {
                self.stage = Stage::Finished;
            }
            return Ok(());
        };
        if self.input.is_empty() && self.stage == Stage::Reading {
            let count = source.read(&mut self.input.memory)?;
            (self.input.start, self.input.end) = (0, count);
            progress.read += count as u64;
            if count == 0 {
                self.stage = Stage::Ended;
                return Ok(());
            }
        }
        let flush = if self.stage == Stage::Finishing { transform.finish } else { Flush::No };
        let room = &mut self.output.memory[self.output.end..];
        let Moved { consumed, produced, .. } =
            transform.codec.step(self.input.bytes(), room, flush).map_err(PumpError::Transform)?;
        if produced > 0 && self.announced {
            return Err(PumpError::AfterEnd);
        }
        self.output.end += produced;
        self.input.start += consumed;
        progress.taken += consumed as u64;
        // Output that fills its room may go on, even without input.
        if !self.output.is_full() {
            self.announced |= !self.input.is_empty();
            self.input.clear();
            if self.stage == Stage::Finishing {
                self.stage = Stage::Finished;
            }
        }
        Ok(())
    }
}
