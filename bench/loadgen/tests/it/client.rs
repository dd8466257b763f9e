//! A running load generator.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use serde_json::{Value, json};

pub(crate) struct Client {
    child: Child,
    commands: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

impl Client {
    pub(crate) fn start() -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portlab-loadgen"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, replies) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Client { child, commands, replies }
    }

    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
        let mut line = String::new();
        self.replies.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    #[track_caller]
    pub(crate) fn open(&mut self, address: &Value, lanes: usize, exchange: &Value) -> u64 {
        let reply =
            self.ask(&json!({ "do": "open", "address": address, "lanes": lanes, "exchange": exchange }));
        reply["opened"].as_u64().unwrap_or_else(|| panic!("{reply}"))
    }

    pub(crate) fn run(&mut self, target: u64, operations: u64, rate: Option<f64>) -> Value {
        self.ask(&json!({ "do": "run", "target": target, "operations": operations, "rate": rate }))
    }

    pub(crate) fn histogram(&mut self, target: u64) -> Histogram<u64> {
        let reply = self.ask(&json!({ "do": "latencies", "target": target }));
        let text = reply["latencies"].as_str().unwrap_or_else(|| panic!("{reply}"));
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        drop(self.commands.take());
        let status = self.child.wait().unwrap();
        if !std::thread::panicking() {
            assert!(status.success(), "{status}");
        }
    }
}
