//! Operations on a target: when each starts, and on which lane.

use std::collections::VecDeque;
use std::time::Instant;

use crate::command::Ran;
use crate::fault::Fault;
use crate::lane::Moved;
use crate::pace::Pace;
use crate::target::Target;

/// Performs so many operations and returns when the last one is answered.
///
/// An operation starts on the lane that has been free for longest. At a fixed rate one that finds none free waits for
/// the next, and that wait is a part of its latency: it is measured from when it was meant to start.
///
/// # Errors
///
/// A wrong answer, a broken connection, or a server that is silent. The target is then of no further use.
pub(crate) fn run(target: &mut Target, operations: u64, rate: Option<f64>) -> Result<Ran, Fault> {
    if rate.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
        return Err(Fault::Usage("a rate is a number of operations a second above 0"));
    }
    let start = Instant::now();
    let pace = Pace::new(start, rate);
    let mut free: VecDeque<usize> = (0..target.lanes.len()).collect();
    let mut ran = Ran { operations: 0, bytes_sent: 0, bytes_received: 0, elapsed_ns: 0 };
    let mut started = 0;
    loop {
        let mut due = None;
        while let Some(&lane) = free.front().filter(|_| started < operations) {
            due = pace.intended(started);
            let now = Instant::now();
            let intended = due.unwrap_or(now);
            if intended > now {
                break;
            }
            due = None;
            free.pop_front();
            started += 1;
            take(&mut ran, begin(target, lane, intended)?);
        }
        if ran.operations == operations {
            ran.elapsed_ns = start.elapsed().as_nanos() as u64;
            return Ok(ran);
        }
        for (lane, ending) in target.events.wait(due, ran.operations, operations)? {
            let moved = target.lanes[lane].advance(&target.messages, &mut target.buffer, ending)?;
            take(&mut ran, moved);
            if moved.done {
                target.latencies.record(target.lanes[lane].intended.elapsed());
                free.push_back(lane);
            }
        }
    }
}

fn begin(target: &mut Target, lane: usize, intended: Instant) -> Result<Moved, Fault> {
    let Target { lanes, messages, events, address, operations, .. } = target;
    let operation = *operations;
    *operations += 1;
    lanes[lane]
        .begin(messages, operation, intended, |lane| lane.connect(&events.poll, address, Some(operation)))
}

fn take(ran: &mut Ran, moved: Moved) {
    ran.bytes_sent += moved.sent;
    ran.bytes_received += moved.received;
    ran.operations += u64::from(moved.done);
}
