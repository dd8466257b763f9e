//! Clients that misbehave, by a seed: they send and read in pieces of any size, pause, end their side early or late,
//! reset, or close with bytes unread, while the server is told to do the like. Every byte is accounted for afterwards.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown, sockopt};

use crate::fault::Fault;
use crate::target::SILENCE;

/// The first bytes of a connection: its number and what the server shall do after how many bytes, little-endian
/// `u32`, `u8`, `u32`.
const HEADER: usize = 9;
/// What the server can be told to do: 0 echo; 1 wait before it reads on; 2 end its side; 3 reset; 4 destroy.
const BEHAVIOURS: u8 = 5;
/// The behaviours by which the server itself cuts nothing off.
const HARMLESS: u8 = 2;
const LONGEST: u32 = 256 << 10;
const LARGEST_PIECE: usize = 32 << 10;
const LONGEST_PAUSE_MS: u64 = 20;

/// How the client meant to end a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ending {
    /// Its side once all is sent, then the rest of the answer to its end.
    Orderly,
    /// A reset after so many bytes sent.
    Reset(usize),
    /// A close after so many bytes received, whatever is still to be read.
    Close(usize),
}

/// One connection, as the client saw it.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) number: u32,
    pub(crate) behaviour: u8,
    pub(crate) ending: Ending,
    /// Bytes that the kernel took.
    pub(crate) sent: usize,
    /// Bytes that came, each of which was the right one.
    pub(crate) received: usize,
    /// The server ended its side, and no error came before.
    pub(crate) clean: bool,
}

/// What a connection sends.
pub(crate) struct Content<'a> {
    header: [u8; HEADER],
    pool: &'a [u8],
    begin: usize,
}

impl<'a> Content<'a> {
    pub(crate) fn new(pool: &'a [u8], number: u32, behaviour: u8, after: u32) -> Content<'a> {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&number.to_le_bytes());
        header[4] = behaviour;
        header[5..].copy_from_slice(&after.to_le_bytes());
        let begin = number.wrapping_mul(2_654_435_761) as usize % (pool.len() - LONGEST as usize);
        Content { header, pool, begin }
    }

    /// At most `length` bytes from a position.
    pub(crate) fn piece(&self, position: usize, length: usize) -> &[u8] {
        let all = if position < HEADER {
            &self.header[position..]
        } else {
            &self.pool[self.begin + position - HEADER..]
        };
        &all[..length.min(all.len())]
    }

    /// CRC-32 of the first bytes.
    pub(crate) fn checksum(&self, length: usize) -> u32 {
        let mut hash = crc32fast::Hasher::new();
        let mut position = 0;
        while position < length {
            let piece = self.piece(position, length - position);
            hash.update(piece);
            position += piece.len();
        }
        hash.finalize()
    }
}

/// Random bytes from which connections cut their content.
pub(crate) fn pool(seed: u64) -> Vec<u8> {
    let mut pool = vec![0; 1 << 20];
    StdRng::seed_from_u64(seed).fill(&mut pool[..]);
    pool
}

/// How far the server went with a connection before it did what it was told, from the connection's number.
pub(crate) fn plan(seed: u64, number: u32) -> (StdRng, u8, u32) {
    let mut random = StdRng::seed_from_u64(seed ^ (u64::from(number) << 20));
    let behaviour = if random.random_bool(0.5) { 0 } else { random.random_range(0..BEHAVIOURS) };
    let after = random.random_range(0..LONGEST / 4);
    (random, behaviour, after)
}

/// One lane after the other opens connections for that long; each has `lanes` numbers of its own.
pub(crate) fn run(port: u16, lanes: u32, duration: Duration, seed: u64) -> Result<Vec<Connection>, Fault> {
    let pool = pool(seed);
    let until = Instant::now() + duration;
    let lane = |lane: u32| {
        let mut connections = Vec::new();
        for number in (lane..).step_by(lanes as usize) {
            if Instant::now() >= until {
                break;
            }
            connections.push(misbehave(port, number, seed, &pool)?);
        }
        Ok(connections)
    };
    let results: Vec<Result<Vec<Connection>, Fault>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..lanes).map(|number| scope.spawn(move || lane(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("lanes do not panic")).collect()
    });
    let mut all = Vec::new();
    for result in results {
        all.extend(result?);
    }
    Ok(all)
}

fn misbehave(port: u16, number: u32, seed: u64, pool: &[u8]) -> Result<Connection, Fault> {
    let lane = number as usize;
    let (mut random, behaviour, after) = plan(seed, number);
    let content = Content::new(pool, number, behaviour, after);
    // Many small ones and some large ones.
    let total = HEADER + (f64::from(LONGEST - HEADER as u32) * random.random::<f64>().powi(4)) as usize;
    let ending = match random.random_range(0..10) {
        0..6 => Ending::Orderly,
        6..8 => Ending::Reset(random.random_range(0..=total)),
        _ => Ending::Close(random.random_range(0..=total)),
    };
    let pauses = if random.random_bool(0.3) { 0.05 } else { 0.0 };
    let mut own = Connection { number, behaviour, ending, sent: 0, received: 0, clean: false };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let socket = TcpStream::connect_timeout(&address, SILENCE)
        .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
        .map_err(|source| Fault::Socket { what: "connect", lane, source })?;
    let mut buffer = vec![0; LARGEST_PIECE];
    let mut ended = false;
    loop {
        let cut = match ending {
            Ending::Orderly => false,
            Ending::Reset(sent) => own.sent >= sent,
            Ending::Close(received) => own.received >= received,
        };
        if cut {
            if matches!(ending, Ending::Reset(_)) {
                sockopt::set_socket_linger(&socket, Some(Duration::ZERO))
                    .map_err(Fault::socket("ask for a reset", lane))?;
            }
            return Ok(own);
        }
        if own.sent == total && !ended {
            // The server may have reset it just now: the next call says so.
            let _ = shutdown(&socket, Shutdown::Write);
            ended = true;
        }
        if random.random_bool(pauses) {
            std::thread::sleep(Duration::from_millis(random.random_range(0..=LONGEST_PAUSE_MS)));
        }
        let wanted = if own.sent < total { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let mut sockets = [PollFd::from_borrowed_fd(socket.as_fd(), wanted)];
        let silence = Timespec { tv_sec: SILENCE.as_secs() as i64, tv_nsec: 0 };
        if poll(&mut sockets, Some(&silence)).map_err(Fault::kernel("wait for a connection"))? == 0 {
            return Err(Fault::Silence {
                limit: SILENCE,
                answered: own.received as u64,
                asked: total as u64,
            });
        }
        let ready = sockets[0].revents();
        if ready.contains(PollFlags::OUT) && own.sent < total {
            let most = if let Ending::Reset(sent) = ending { sent } else { total } - own.sent;
            let piece = content.piece(own.sent, random.random_range(1..=LARGEST_PIECE).min(most));
            match send(&socket, piece, SendFlags::NOSIGNAL) {
                Ok(count) => own.sent += count,
                Err(Errno::AGAIN) => {}
                // The server was told to cut it off, or the other direction of that.
                Err(Errno::PIPE | Errno::CONNRESET) => return Ok(own),
                Err(errno) => return Err(Fault::socket("send", lane)(errno)),
            }
        }
        if ready.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
            let room = random.random_range(1..=LARGEST_PIECE);
            match recv(&socket, &mut buffer[..room], RecvFlags::empty()) {
                Ok((_, 0)) => {
                    own.clean = own.sent == total;
                    return Ok(own);
                }
                Ok((_, count)) => own.compare(&content, &buffer[..count])?,
                Err(Errno::AGAIN) => {}
                Err(Errno::CONNRESET) => return Ok(own),
                Err(errno) => return Err(Fault::socket("receive", lane)(errno)),
            }
        }
    }
}

impl Connection {
    fn compare(&mut self, content: &Content<'_>, mut came: &[u8]) -> Result<(), Fault> {
        while !came.is_empty() {
            let expected = content.piece(self.received, came.len());
            if self.received + expected.len() > self.sent || expected != &came[..expected.len()] {
                let (number, place) = (self.number, self.received);
                return Err(Fault::Wrong(format!(
                    "connection {number}: other bytes came back from byte {place} on"
                )));
            }
            self.received += expected.len();
            came = &came[expected.len()..];
        }
        Ok(())
    }

    /// Whether the server must have had all, and the client all of its answer.
    pub(crate) fn is_whole(&self) -> bool {
        self.ending == Ending::Orderly && self.behaviour < HARMLESS
    }
}
