//! A server that is asked, and the lanes to it.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::epoll;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use crate::command::{Address, Exchange};
use crate::fault::Fault;
use crate::lane::Lane;
use crate::latency::Latencies;
use crate::message::Messages;

/// A server that moves nothing for this long is given up.
pub(crate) const SILENCE: Duration = Duration::from_secs(10);
/// Connections that are opened at once: fewer than the backlog of a server, 511 in Node.
const WAVE: usize = 128;
/// Larger than any message, so that most are received in one piece.
const BUFFER: usize = 256 << 10;
/// What the timer is called among the events; lanes have their numbers.
const TIMER: u64 = u64::MAX;

pub(crate) struct Target {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) messages: Messages,
    pub(crate) latencies: Latencies,
    /// Operations so far.
    pub(crate) operations: u64,
    pub(crate) buffer: Vec<u8>,
    pub(crate) events: Events,
    pub(crate) address: Address,
}

/// What is waited for.
pub(crate) struct Events {
    pub(crate) poll: OwnedFd,
    timer: OwnedFd,
    list: Vec<epoll::Event>,
}

impl Target {
    pub(crate) fn open(address: Address, lanes: usize, exchange: &Exchange) -> Result<Target, Fault> {
        if lanes == 0 {
            return Err(Fault::Usage("a target needs at least one lane"));
        }
        allow_descriptors()?;
        let mut target = Target {
            lanes: (0..lanes).map(Lane::new).collect(),
            messages: Messages::new(exchange)?,
            latencies: Latencies::new(),
            operations: 0,
            buffer: vec![0; BUFFER],
            events: Events::new()?,
            address,
        };
        if !target.messages.form.is_fresh() {
            target.connect()?;
        }
        Ok(target)
    }

    fn connect(&mut self) -> Result<(), Fault> {
        let total = self.lanes.len();
        for first in (0..total).step_by(WAVE) {
            let wave = first..(first + WAVE).min(total);
            for lane in &mut self.lanes[wave.clone()] {
                lane.connect(&self.events.poll, &self.address, None)?;
            }
            while !self.lanes[wave.clone()].iter().all(Lane::is_connected) {
                let connected = || self.lanes.iter().filter(|lane| lane.is_connected()).count();
                let (answered, asked) = (connected() as u64, total as u64);
                for (number, ending) in self.events.wait(None, answered, asked)? {
                    self.lanes[number].advance(&self.messages, &mut self.buffer, ending)?;
                }
            }
        }
        Ok(())
    }
}

impl Events {
    fn new() -> Result<Events, Fault> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Fault::kernel("make an epoll"))?;
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)
            .map_err(Fault::kernel("make a timer"))?;
        // By edges, so that it never has to be read.
        epoll::add(
            &poll,
            &timer,
            epoll::EventData::new_u64(TIMER),
            epoll::EventFlags::IN | epoll::EventFlags::ET,
        )
        .map_err(Fault::kernel("watch a timer"))?;
        Ok(Events { poll, timer, list: Vec::with_capacity(1024) })
    }

    /// Waits for lanes, at most until `until`: the number of each, and whether the server has ended its side.
    ///
    /// # Errors
    ///
    /// When nothing happens for [`SILENCE`]; `answered` of `asked` is what the error then says.
    pub(crate) fn wait(
        &mut self,
        until: Option<Instant>,
        answered: u64,
        asked: u64,
    ) -> Result<impl Iterator<Item = (usize, bool)> + use<>, Fault> {
        if let Some(until) = until {
            self.set_timer(until.saturating_duration_since(Instant::now()))?;
        }
        let silence = Timespec { tv_sec: SILENCE.as_secs() as i64, tv_nsec: 0 };
        self.list.clear();
        let spare = rustix::buffer::spare_capacity(&mut self.list);
        match epoll::wait(&self.poll, spare, Some(&silence)) {
            Ok(0) => return Err(Fault::Silence { limit: SILENCE, answered, asked }),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Fault::kernel("wait for events")(errno)),
        }
        let ends = epoll::EventFlags::RDHUP | epoll::EventFlags::HUP | epoll::EventFlags::ERR;
        let lanes: Vec<(usize, bool)> = self
            .list
            .iter()
            .map(|event| (event.data.u64(), event.flags))
            .filter(|(name, _)| *name != TIMER)
            .map(|(number, flags)| (number as usize, flags.intersects(ends)))
            .collect();
        Ok(lanes.into_iter())
    }

    fn set_timer(&self, after: Duration) -> Result<(), Fault> {
        // Zero would take the timer back.
        let after = after.max(Duration::from_nanos(1));
        let value = Timespec { tv_sec: after.as_secs() as i64, tv_nsec: i64::from(after.subsec_nanos()) };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)
            .map_err(Fault::kernel("set a timer"))?;
        Ok(())
    }
}

/// Takes as many descriptors as the system lets it.
fn allow_descriptors() -> Result<(), Fault> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).map_err(Fault::kernel("raise the limit of descriptors"))
}
