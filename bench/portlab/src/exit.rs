//! How portlab ends.

use std::fmt::Display;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::output::say;

/// Exit codes, as `--help` lists them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// Nothing regressed.
    Ok = 0,
    /// A row regressed.
    Regressed = 1,
    /// The command line asks for something that does not exist.
    Usage = 2,
    /// The machine lacks something, or a benchmark failed.
    Environment = 3,
    /// A row could not be decided.
    Inconclusive = 4,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command could not do its work: a sentence that says what happened, where, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    /// The command line asks for something that does not exist.
    pub(crate) fn usage(message: impl Display) -> Self {
        Failure { exit: Exit::Usage, message: message.to_string() }
    }

    /// The machine lacks something.
    pub(crate) fn environment(message: impl Display) -> Self {
        Failure { exit: Exit::Environment, message: message.to_string() }
    }
}

/// A flag that Ctrl-C sets, which then says `answer`. What runs then ends after what it has.
pub(crate) fn cancel_on_interrupt(answer: &'static str) -> Result<Arc<AtomicBool>, Failure> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::Relaxed);
        say(answer);
    })
    .map_err(Failure::environment)?;
    Ok(cancel)
}
