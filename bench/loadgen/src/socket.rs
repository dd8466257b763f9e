//! Sockets of loopback that do not block once they are connected.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, ipproto, socket_with, sockopt,
};

use crate::command::Address;
use crate::fault::Fault;

/// Addresses of loopback from which connections that end come. Each has 28,232 ephemeral ports by default, and one
/// that was closed here rests for a minute: from one address alone a million connections would run out of them.
const SOURCES: u8 = 250;

/// Begins to connect. The socket is writable once it is connected; [`finish`] says whether it is.
///
/// `turn` spreads connections over source addresses; `None` leaves the source to the kernel.
pub(crate) fn begin(address: &Address, lane: usize, turn: Option<u64>) -> Result<OwnedFd, Fault> {
    let make = |family, flags, protocol| {
        let flags = flags | SocketFlags::CLOEXEC;
        socket_with(family, SocketType::STREAM, flags, protocol).map_err(Fault::socket("make a socket", lane))
    };
    match address {
        Address::Port(port) => {
            let socket = make(AddressFamily::INET, SocketFlags::NONBLOCK, Some(ipproto::TCP))?;
            // A message is sent when it is handed over, as Node's own clients do.
            sockopt::set_tcp_nodelay(&socket, true).map_err(Fault::socket("set TCP_NODELAY", lane))?;
            if let Some(turn) = turn {
                let source = Ipv4Addr::new(127, 0, 0, 2 + (turn % u64::from(SOURCES)) as u8);
                bind(&socket, &SocketAddrV4::new(source, 0))
                    .map_err(Fault::socket("bind to a source address", lane))?;
            }
            match connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, *port)) {
                Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
                Err(errno) => Err(Fault::socket("connect", lane)(errno)),
            }
        }
        Address::Unix(path) => {
            // A unix socket that does not block is refused while the server's backlog is full: this one waits.
            let socket = make(AddressFamily::UNIX, SocketFlags::empty(), None)?;
            let name = SocketAddrUnix::new(path).map_err(Fault::socket("use the socket's path", lane))?;
            connect(&socket, &name).map_err(Fault::socket("connect", lane))?;
            ioctl_fionbio(&socket, true).map_err(Fault::socket("keep a connection from blocking", lane))?;
            Ok(socket)
        }
    }
}

/// Whether a socket that was found writable is connected.
pub(crate) fn finish(socket: &OwnedFd, lane: usize) -> Result<(), Fault> {
    let outcome =
        sockopt::socket_error(socket).map_err(Fault::socket("ask whether it is connected", lane))?;
    outcome.map_err(Fault::socket("connect", lane))
}
