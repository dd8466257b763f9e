//! The client of network benchmarks, as a process of its own: what it costs is none of the server's CPU time.
//!
//! It reads one command a line on standard input (JSON, [`command::Command`]) and answers each with one line on
//! standard output. It opens connections to a port of 127.0.0.1 or to a unix socket, nothing else; sends messages
//! back to back or at a fixed rate; and compares every byte that comes back with what must come. It ends with its
//! standard input, and with the process that started it.

mod command;
mod drive;
mod fault;
mod lane;
mod latency;
mod message;
mod pace;
mod socket;
mod target;

use std::io::{self, BufRead as _, Write as _};
use std::num::NonZeroU64;
use std::process::ExitCode;

use command::{Command, Reply};
use fault::Fault;
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
    let mut targets = Vec::new();
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let reply = match serde_json::from_str(&line?) {
            Ok(command) => answer(&mut targets, command),
            Err(error) => Reply::Failed(format!("this is no command: {error}")),
        };
        serde_json::to_writer(&mut answers, &reply)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
    Ok(())
}

fn answer(targets: &mut Vec<Option<Target>>, command: Command) -> Reply {
    let result = match command {
        Command::Open { address, lanes, exchange } => Target::open(address, lanes, &exchange).map(|target| {
            targets.push(Some(target));
            Reply::Opened(targets.len() - 1)
        }),
        Command::Run { target, operations, rate } => {
            opened(targets, target).and_then(|own| drive::run(own, operations, rate)).map(Reply::Ran)
        }
        Command::Latencies { target } => {
            opened(targets, target).map(|own| Reply::Latencies(own.latencies.take()))
        }
        Command::Close { target } => opened(targets, target).map(|_| ()).map(|()| {
            targets[target] = None;
            Reply::Closed
        }),
    };
    match result {
        Ok(reply) => reply,
        Err(Fault::Wrong(what)) => Reply::Wrong(what),
        Err(fault) => Reply::Failed(fault.to_string()),
    }
}

fn opened(targets: &mut [Option<Target>], number: usize) -> Result<&mut Target, Fault> {
    targets.get_mut(number).and_then(Option::as_mut).ok_or(Fault::NotOpen(number))
}
