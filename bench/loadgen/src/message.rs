//! What is sent and what must come back.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::command::Exchange;
use crate::fault::Fault;

/// Distinct places at which a message may begin: an answer to another message, or to another connection's, differs.
const BEGINNINGS: usize = 1 << 20;
const SEED: u64 = 0x706f_7274_6c61_6266;
const HTTP_REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n";

/// The messages of one target.
pub(crate) struct Messages {
    /// Pseudo-random bytes out of which messages are cut.
    pool: Vec<u8>,
    size: usize,
    content: Vec<u8>,
    pub(crate) form: Form,
}

/// The form of one operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// A message each way on a connection that stays.
    Echo,
    /// A message on a connection that stays; the file's bytes come back.
    Ask,
    /// A request on a connection that stays; a response head and the file's bytes come back.
    Http,
    /// A connection of its own for a message each way.
    Connect,
    /// A connection of its own on which the file's bytes come.
    Download,
    /// A connection of its own on which the file's bytes go.
    Upload,
}

impl Form {
    /// Whether an operation has a connection of its own.
    pub(crate) fn is_fresh(self) -> bool {
        matches!(self, Form::Connect | Form::Download | Form::Upload)
    }
}

impl Messages {
    pub(crate) fn new(exchange: &Exchange) -> Result<Messages, Fault> {
        let (form, size, content) = match exchange {
            Exchange::Echo { size, answer: None } => (Form::Echo, *size, Vec::new()),
            Exchange::Echo { size, answer: Some(file) } => (Form::Ask, *size, read(file)?),
            Exchange::Http { body } => (Form::Http, 0, read(body)?),
            Exchange::Connect { size } => (Form::Connect, *size, Vec::new()),
            Exchange::Download { file } => (Form::Download, 0, read(file)?),
            Exchange::Upload { file } => (Form::Upload, 0, read(file)?),
        };
        if size == 0 && matches!(form, Form::Echo | Form::Ask | Form::Connect) {
            return Err(Fault::Usage("a message needs at least one byte"));
        }
        let mut pool = vec![0; if size > 0 { BEGINNINGS + size } else { 0 }];
        StdRng::seed_from_u64(SEED).fill(&mut pool[..]);
        Ok(Messages { pool, size, content, form })
    }

    /// What a lane sends in its operation of that number.
    pub(crate) fn request(&self, lane: usize, operation: u64) -> &[u8] {
        match self.form {
            Form::Echo | Form::Ask | Form::Connect => {
                let begin = beginning(lane, operation);
                &self.pool[begin..begin + self.size]
            }
            Form::Http => HTTP_REQUEST,
            Form::Download => &[],
            Form::Upload => &self.content,
        }
    }

    /// What must come back, after the head of a response.
    pub(crate) fn answer(&self, lane: usize, operation: u64) -> &[u8] {
        match self.form {
            Form::Echo | Form::Connect => self.request(lane, operation),
            Form::Ask | Form::Http | Form::Download => &self.content,
            Form::Upload => &[],
        }
    }
}

/// Spreads lanes and operations over the pool (the finalizer of `SplitMix64`, Steele et al. 2014).
fn beginning(lane: usize, operation: u64) -> usize {
    let mut word = operation ^ (lane as u64).rotate_left(40);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (word ^ (word >> 31)) as usize % BEGINNINGS
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    std::fs::read(path).map_err(|source| Fault::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_other_operations_and_lanes_differ() {
        let messages = Messages::new(&Exchange::Echo { size: 64, answer: None }).unwrap();
        let first = messages.request(0, 0);
        assert_eq!(first.len(), 64);
        assert_eq!(messages.answer(0, 0), first);
        for (lane, operation) in [(0, 1), (1, 0), (499, 1 << 33)] {
            assert_ne!(messages.request(lane, operation), first, "{lane}, {operation}");
        }
    }

    #[test]
    fn an_empty_message_could_not_be_answered() {
        assert!(Messages::new(&Exchange::Connect { size: 0 }).is_err());
    }
}
