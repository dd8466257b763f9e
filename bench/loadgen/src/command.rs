//! What is asked and what is answered, one JSON document a line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Record};

/// One line of standard input.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    /// Makes a target and, where its connections persist, opens them.
    Open {
        address: Address,
        /// Connections that work at once.
        lanes: usize,
        exchange: Exchange,
    },
    /// Performs operations and waits for all of them.
    Run {
        target: usize,
        operations: u64,
        /// Operations a second, evenly spaced, whether or not earlier ones have been answered. Absent: each
        /// lane starts its next operation when its last one has ended.
        #[serde(default)]
        rate: Option<f64>,
    },
    /// Hands over the latencies since the target was opened or last asked.
    Latencies { target: usize },
    /// Opens connections that misbehave, by the seed, for so long (see `faults.rs` for what the server must do), and
    /// keeps what each saw until `Account`.
    Faults { port: u16, lanes: u32, millis: u64, seed: u64 },
    /// Compares what the connections of the last `Faults` saw with what the server saw.
    Account { records: Vec<Record> },
    /// Opens connections on which the server repeats the file's bytes without end, reads a little of each now and
    /// then for so long, and resets them.
    Slow { port: u16, lanes: usize, millis: u64, file: PathBuf },
    /// Closes the target's connections.
    Close { target: usize },
}

/// Where the server listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Address {
    /// A port of 127.0.0.1.
    Port(u16),
    /// A unix socket.
    Unix(PathBuf),
}

/// What one operation is.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Exchange {
    /// Sends `size` bytes over a lane's connection; the answer is the same bytes, or those of the file `answer`.
    Echo {
        size: usize,
        #[serde(default)]
        answer: Option<PathBuf>,
    },
    /// `GET /` with keep-alive; the answer is status 200 with the file's bytes as its body.
    Http { body: PathBuf },
    /// Connects, does as `Echo`, ends its side, waits for the other side's end, and closes.
    Connect { size: usize },
    /// Connects and reads the file's bytes until the other side ends.
    Download { file: PathBuf },
    /// Connects, sends the file's bytes, ends its side and waits for the other side's end.
    Upload { file: PathBuf },
}

/// One line of standard output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// The target's number.
    Opened(usize),
    Ran(Ran),
    /// How many connections there were.
    Faulted(usize),
    Accounted(Account),
    /// How many bytes were read.
    Slowed(u64),
    /// An HDR histogram of nanoseconds (V2) in base64.
    Latencies(String),
    Closed,
    /// An answer differs from what it must be; the target is of no further use.
    Wrong(String),
    /// Something broke or was asked wrongly.
    Failed(String),
}

/// What a run came to. Every byte of it was compared.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Ran {
    pub(crate) operations: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    /// From the first start to the last answer.
    pub(crate) elapsed_ns: u64,
}
