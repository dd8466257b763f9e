use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why an operation has no valid answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The server answered something else.
    #[error("{0}")]
    Wrong(String),
    #[error("there is no target {0}: open one first")]
    NotOpen(usize),
    #[error("{0}")]
    Usage(&'static str),
    #[error("cannot read {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("cannot {what} (connection {lane}): {source}")]
    Socket { what: &'static str, lane: usize, source: io::Error },
    #[error("cannot {what}: {source}")]
    Kernel { what: &'static str, source: io::Error },
    #[error(
        "connection {lane} was ended by the server after {received} of {expected} bytes of answer {operation}"
    )]
    Ended { lane: usize, operation: u64, received: usize, expected: usize },
    #[error("nothing came for {} s: {answered} of {asked} operations were answered", .limit.as_secs())]
    Silence { limit: Duration, answered: u64, asked: u64 },
}

impl Fault {
    pub(crate) fn kernel(what: &'static str) -> impl Fn(rustix::io::Errno) -> Fault {
        move |errno| Fault::Kernel { what, source: errno.into() }
    }

    pub(crate) fn socket(what: &'static str, lane: usize) -> impl Fn(rustix::io::Errno) -> Fault {
        move |errno| Fault::Socket { what, lane, source: errno.into() }
    }
}
