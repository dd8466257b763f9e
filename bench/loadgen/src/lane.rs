//! One connection at a time, and the operation on it.

use std::os::fd::OwnedFd;
use std::time::Instant;

use rustix::event::epoll;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

use crate::command::Address;
use crate::fault::Fault;
use crate::message::{Form, Messages};
use crate::socket;

/// Header fields that a response may have.
const MOST_HEADERS: usize = 32;
/// A longer head is no answer to the one request that there is.
const LONGEST_HEAD: usize = 8 << 10;

pub(crate) struct Lane {
    number: usize,
    socket: Option<OwnedFd>,
    connected: bool,
    /// From 0; names the messages.
    operation: u64,
    /// When the operation was meant to start.
    pub(crate) intended: Instant,
    sent: usize,
    /// Of the answer, or of a response's body.
    received: usize,
    /// Of a response, until it is complete.
    head: Option<Vec<u8>>,
    half_closed: bool,
    idle: bool,
}

/// What one call moved.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    /// The operation is over.
    pub(crate) done: bool,
}

impl Lane {
    pub(crate) fn new(number: usize) -> Lane {
        Lane {
            number,
            socket: None,
            connected: false,
            operation: 0,
            intended: Instant::now(),
            sent: 0,
            received: 0,
            head: None,
            half_closed: false,
            idle: true,
        }
    }

    /// Opens a connection and watches it: whatever was open before is closed.
    pub(crate) fn connect(
        &mut self,
        poll: &OwnedFd,
        address: &Address,
        turn: Option<u64>,
    ) -> Result<(), Fault> {
        let socket = socket::begin(address, self.number, turn)?;
        // Once for good, edge by edge: no further system call a message.
        let both = epoll::EventFlags::IN | epoll::EventFlags::OUT;
        let interest = both | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
        epoll::add(poll, &socket, epoll::EventData::new_u64(self.number as u64), interest)
            .map_err(Fault::socket("watch a connection", self.number))?;
        self.socket = Some(socket);
        self.connected = false;
        Ok(())
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    /// Starts an operation, on the lane's connection or on one that it opens for it.
    pub(crate) fn begin(
        &mut self,
        messages: &Messages,
        operation: u64,
        intended: Instant,
        open: impl FnOnce(&mut Lane) -> Result<(), Fault>,
    ) -> Result<Moved, Fault> {
        (self.operation, self.intended) = (operation, intended);
        (self.sent, self.received, self.half_closed, self.idle) = (0, 0, false, false);
        self.head = (messages.form == Form::Http).then(Vec::new);
        if messages.form.is_fresh() {
            open(self)?;
            return Ok(Moved::default());
        }
        self.send(messages).map(|sent| Moved { sent, ..Moved::default() })
    }

    /// Sends and receives what can be at once, after an event of the connection; `ending` if that was the end of
    /// the server's side.
    pub(crate) fn advance(
        &mut self,
        messages: &Messages,
        buffer: &mut [u8],
        ending: bool,
    ) -> Result<Moved, Fault> {
        let Some(socket) = &self.socket else { return Ok(Moved::default()) };
        if !self.connected {
            socket::finish(socket, self.number)?;
            self.connected = true;
        }
        if self.idle {
            return Ok(Moved::default());
        }
        let sent = self.send(messages)?;
        let (received, ended) = self.receive(messages, buffer, ending)?;
        let is_sent = self.sent == messages.request(self.number, self.operation).len();
        let is_answered =
            self.head.is_none() && self.received == messages.answer(self.number, self.operation).len();
        let mut done = is_sent && is_answered;
        if messages.form.is_fresh() {
            let ends_first = messages.form != Form::Download;
            if done && ends_first && !self.half_closed {
                let socket = self.socket.as_ref().expect("it was there above");
                shutdown(socket, Shutdown::Write).map_err(Fault::socket("end its side", self.number))?;
                self.half_closed = true;
            }
            done &= ended;
            if done {
                self.socket = None;
            }
        }
        self.idle = done;
        Ok(Moved { sent, received, done })
    }

    fn send(&mut self, messages: &Messages) -> Result<u64, Fault> {
        let request = messages.request(self.number, self.operation);
        let Some(socket) = &self.socket else { return Ok(0) };
        let before = self.sent;
        while self.sent < request.len() {
            match send(socket, &request[self.sent..], SendFlags::NOSIGNAL) {
                Ok(count) => self.sent += count,
                Err(Errno::AGAIN) => break,
                Err(errno) => return Err(Fault::socket("send", self.number)(errno)),
            }
        }
        Ok((self.sent - before) as u64)
    }

    /// Receives what has come, and whether the server has ended.
    fn receive(
        &mut self,
        messages: &Messages,
        buffer: &mut [u8],
        ending: bool,
    ) -> Result<(u64, bool), Fault> {
        let to_the_end = ending || messages.form.is_fresh();
        let mut total = 0;
        loop {
            let socket = self.socket.as_ref().expect("the caller has seen it");
            match recv(socket, &mut *buffer, RecvFlags::empty()) {
                Ok((_, 0)) if self.is_whole(messages) => return Ok((total, true)),
                Ok((_, 0)) => {
                    let expected = messages.answer(self.number, self.operation).len();
                    let (lane, operation, received) = (self.number, self.operation, self.received);
                    return Err(Fault::Ended { lane, operation, received, expected });
                }
                Ok((_, count)) => {
                    total += count as u64;
                    self.compare(messages, &buffer[..count])?;
                    // A part of a buffer is all that there was; what comes later makes an edge of its own.
                    if count < buffer.len() && !to_the_end {
                        return Ok((total, false));
                    }
                }
                Err(Errno::AGAIN) => return Ok((total, false)),
                Err(errno) => return Err(Fault::socket("receive", self.number)(errno)),
            }
        }
    }

    /// Whether the server may end the connection now.
    fn is_whole(&self, messages: &Messages) -> bool {
        messages.form.is_fresh() && self.received == messages.answer(self.number, self.operation).len()
    }

    fn compare(&mut self, messages: &Messages, came: &[u8]) -> Result<(), Fault> {
        let Some(mut head) = self.head.take() else { return self.compare_body(messages, came) };
        head.extend_from_slice(came);
        match parse_head(&head).map_err(|what| self.wrong(&what))? {
            None => {
                self.head = Some(head);
                Ok(())
            }
            Some((length, announced)) => {
                let expected = messages.answer(self.number, self.operation).len();
                if announced == expected {
                    self.compare_body(messages, &head[length..])
                } else {
                    Err(self.wrong(&format!("a body of {announced} bytes is announced, not of {expected}")))
                }
            }
        }
    }

    fn compare_body(&mut self, messages: &Messages, came: &[u8]) -> Result<(), Fault> {
        let answer = messages.answer(self.number, self.operation);
        let rest = &answer[self.received..];
        if !rest.starts_with(came) {
            let same = rest.iter().zip(came).take_while(|(a, b)| a == b).count();
            let (place, length) = (self.received + same, answer.len());
            return Err(self
                .wrong(&format!("byte {place} of an answer of {length} bytes differs, or is one too many")));
        }
        self.received += came.len();
        Ok(())
    }

    fn wrong(&self, what: &str) -> Fault {
        Fault::Wrong(format!("connection {}, operation {}: {what}", self.number, self.operation))
    }
}

/// The length of a complete head and of the body that it announces; `None` when more of it must come.
fn parse_head(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut fields);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() <= LONGEST_HEAD => return Ok(None),
        Ok(httparse::Status::Partial) => return Err(format!("a head of more than {LONGEST_HEAD} bytes")),
        Err(error) => return Err(format!("no HTTP response: {error}")),
    };
    if response.code != Some(200) {
        return Err(format!("status {} instead of 200", response.code.unwrap_or_default()));
    }
    let field = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
    let announced = field.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok());
    announced
        .map(|announced| Some((length, announced)))
        .ok_or_else(|| "no Content-Length in a response".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_its_own_length_and_the_bodys() {
        let text = b"HTTP/1.1 200 OK\r\nDate: now\r\ncontent-LENGTH: 5\r\n\r\nhello";
        assert_eq!(parse_head(text), Ok(Some((text.len() - 5, 5))));
        assert_eq!(parse_head(&text[..text.len() - 7]), Ok(None), "a part of it");
    }

    #[test]
    fn other_responses_are_no_answer() {
        for text in [
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "hello\r\n\r\n",
        ] {
            assert!(parse_head(text.as_bytes()).is_err(), "{text}");
        }
    }
}
