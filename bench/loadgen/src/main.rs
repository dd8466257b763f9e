//! The client of network benchmarks, as a process of its own: what it costs is none of the server's CPU time.
//!
//! It reads one command a line on standard input (JSON, [`command::Command`]) and answers each with one line on
//! standard output. It opens connections to a port of 127.0.0.1 or to a unix socket, nothing else; sends messages
//! back to back or at a fixed rate; and compares every byte that comes back with what must come. It ends with its
//! standard input, and with the process that started it.

mod account;
mod command;
mod drive;
mod fault;
mod faults;
mod lane;
mod latency;
mod message;
mod pace;
mod slow;
mod socket;
mod target;

use std::io::{self, BufRead as _, Write as _};
use std::num::NonZeroU64;
use std::process::ExitCode;
use std::time::Duration;

use command::{Command, Reply};
use fault::Fault;
use faults::Connection;
use target::Target;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portlab-loadgen: {error}");
            ExitCode::from(3)
        }
    }
}

/// Answers commands until nobody asks any more.
fn serve() -> io::Result<()> {
    // A host that was killed must not leave a client behind that goes on sending.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // Sleeps end within microseconds of their time: by default the kernel adds up to 50.
    rustix::thread::set_current_timer_slack(NonZeroU64::new(1))?;
    let mut served = Served::default();
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let reply = match serde_json::from_str(&line?) {
            Ok(command) => served.answer(command),
            Err(error) => Reply::Failed(format!("this is no command: {error}")),
        };
        serde_json::to_writer(&mut answers, &reply)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
    Ok(())
}

/// What earlier commands have left.
#[derive(Default)]
struct Served {
    targets: Vec<Option<Target>>,
    /// Of the last `Faults`, with its seed.
    faulted: Option<(Vec<Connection>, u64)>,
}

impl Served {
    fn answer(&mut self, command: Command) -> Reply {
        self.result(command).unwrap_or_else(|fault| match fault {
            Fault::Wrong(what) => Reply::Wrong(what),
            other => Reply::Failed(other.to_string()),
        })
    }

    fn result(&mut self, command: Command) -> Result<Reply, Fault> {
        Ok(match command {
            Command::Open { address, lanes, exchange } => {
                self.targets.push(Some(Target::open(address, lanes, &exchange)?));
                Reply::Opened(self.targets.len() - 1)
            }
            Command::Run { target, operations, rate } => {
                Reply::Ran(drive::run(self.target(target)?, operations, rate)?)
            }
            Command::Latencies { target } => Reply::Latencies(self.target(target)?.latencies.take()),
            Command::Faults { port, lanes, millis, seed } => {
                let connections = faults::run(port, lanes, Duration::from_millis(millis), seed)?;
                let count = connections.len();
                self.faulted = Some((connections, seed));
                Reply::Faulted(count)
            }
            Command::Account { records } => {
                let (connections, seed) =
                    self.faulted.take().ok_or(Fault::Usage("there were no faults to account for"))?;
                Reply::Accounted(account::account(&connections, &records, seed)?)
            }
            Command::Slow { port, lanes, millis, file } => {
                Reply::Slowed(slow::read(port, lanes, Duration::from_millis(millis), &file)?)
            }
            Command::Close { target } => {
                self.target(target)?;
                self.targets[target] = None;
                Reply::Closed
            }
        })
    }

    fn target(&mut self, number: usize) -> Result<&mut Target, Fault> {
        self.targets.get_mut(number).and_then(Option::as_mut).ok_or(Fault::NotOpen(number))
    }
}
