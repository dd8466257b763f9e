//! Clients that read less than a server could send: what it has not sent must not pile up in its memory.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::net::{
    AddressFamily, SocketFlags, SocketType, connect as connect_to, ipproto, socket_with, sockopt,
};

use crate::fault::Fault;
use crate::target::SILENCE;

/// What a client reads at a time.
const PIECE: usize = 4 << 10;
/// The client's share of what is in flight: by default the kernel lets it grow to megabytes a connection.
const RECEIVE_BUFFER: usize = 64 << 10;
/// Between the rounds in which each client reads once.
const REST: Duration = Duration::from_millis(20);

/// Reads from so many connections at once for that long and compares all of it with the repeated bytes of `file`;
/// returns how many bytes those were.
pub(crate) fn read(port: u16, lanes: usize, duration: Duration, file: &Path) -> Result<u64, Fault> {
    let block = std::fs::read(file).map_err(|source| Fault::File { path: file.to_owned(), source })?;
    if block.is_empty() {
        return Err(Fault::Usage("the file that the server repeats is empty"));
    }
    let mut clients = Vec::new();
    for lane in 0..lanes {
        clients.push((connect(port, lane)?, 0));
    }
    let until = Instant::now() + duration;
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

fn connect(port: u16, lane: usize) -> Result<TcpStream, Fault> {
    let socket =
        socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, Some(ipproto::TCP))
            .map_err(Fault::socket("make a socket", lane))?;
    // Before it connects, since the window is announced then.
    sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)
        .map_err(Fault::socket("bound what is received", lane))?;
    connect_to(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
        .map_err(Fault::socket("connect", lane))?;
    let client = TcpStream::from(socket);
    let failed = |source| Fault::Socket { what: "bound how long it waits", lane, source };
    client.set_read_timeout(Some(SILENCE)).map_err(failed)?;
    Ok(client)
}
