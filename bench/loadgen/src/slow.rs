//! Clients that read less than a server could send: what it has not sent must not pile up in its memory.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::net::sockopt;

use crate::fault::Fault;
use crate::target::SILENCE;

/// What a client reads at a time.
const PIECE: usize = 4 << 10;
/// Between the rounds in which each client reads once.
const REST: Duration = Duration::from_millis(20);

/// Reads from so many connections at once for that long and compares all of it with the repeated bytes of `file`;
/// returns how many bytes those were.
pub(crate) fn read(port: u16, lanes: usize, duration: Duration, file: &Path) -> Result<u64, Fault> {
    let block = std::fs::read(file).map_err(|source| Fault::File { path: file.to_owned(), source })?;
    if block.is_empty() {
        return Err(Fault::Usage("the file that the server repeats is empty"));
    }
    let until = Instant::now() + duration;
    let mut clients = Vec::new();
    for lane in 0..lanes {
        let failed = |source| Fault::Socket { what: "connect", lane, source };
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        client.set_read_timeout(Some(SILENCE)).map_err(failed)?;
        clients.push((client, 0));
    }
    let mut piece = vec![0; PIECE];
    while Instant::now() < until {
        for (lane, (client, position)) in clients.iter_mut().enumerate() {
            let failed = |source| Fault::Socket { what: "receive", lane, source };
            client.read_exact(&mut piece).map_err(failed)?;
            let expected = block.iter().cycle().skip(*position % block.len());
            if !piece.iter().eq(expected.take(PIECE)) {
                return Err(Fault::Wrong(format!(
                    "connection {lane}: other bytes came from byte {position} on"
                )));
            }
            *position += PIECE;
        }
        std::thread::sleep(REST);
    }
    for (lane, (client, _)) in clients.iter().enumerate() {
        sockopt::set_socket_linger(client, Some(Duration::ZERO))
            .map_err(Fault::socket("ask for a reset", lane))?;
    }
    Ok(clients.iter().map(|(_, position)| *position as u64).sum())
}
