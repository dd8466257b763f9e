//! What clients sent and got against what the server says that it got and sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::faults::{self, Connection, Content};

/// One connection, as the server saw it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The first four bytes.
    number: u32,
    received: usize,
    /// CRC-32 of all that it received.
    checksum: u32,
    /// What it wrote back, in bytes.
    written: usize,
    /// Whether the client's side ended in order.
    ended: bool,
}

/// Totals of a run; every byte of it is accounted for.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Account {
    pub(crate) connections: usize,
    /// Connections of which the server must have had all, and the client all of its answer.
    pub(crate) whole: usize,
    /// Connections that one side cut off before the server knew their number.
    pub(crate) unknown: usize,
    pub(crate) bytes_sent: usize,
    pub(crate) bytes_received_by_server: usize,
    pub(crate) bytes_written_by_server: usize,
    pub(crate) bytes_received: usize,
}

/// Compares both sides.
///
/// The server has a beginning of what the client sent, by its checksum; the client has a beginning of what the server
/// wrote, by every byte when it came. Where neither side cut the connection off, each has the whole.
pub(crate) fn account(connections: &[Connection], records: &[Record], seed: u64) -> Result<Account, Fault> {
    let pool = faults::pool(seed);
    let by_number: BTreeMap<u32, &Record> = records.iter().map(|record| (record.number, record)).collect();
    if by_number.len() != records.len() {
        return Err(Fault::Wrong("the server has two records of one connection".to_owned()));
    }
    let mut account = Account { connections: connections.len(), ..Account::default() };
    for own in connections {
        let wrong = |what: String| Err(Fault::Wrong(format!("connection {}: {what}", own.number)));
        account.bytes_sent += own.sent;
        account.bytes_received += own.received;
        let Some(record) = by_number.get(&own.number) else {
            if own.is_whole() || own.received > 0 {
                return wrong("the server does not know it".to_owned());
            }
            account.unknown += 1;
            continue;
        };
        let Record { received, checksum, written, ended, .. } = **record;
        account.bytes_received_by_server += received;
        account.bytes_written_by_server += written;
        if received > own.sent || own.received > written {
            let (sent, got) = (own.sent, own.received);
            return wrong(format!("of {sent} bytes {received} came, of {written} bytes back {got} came"));
        }
        let (_, behaviour, after) = faults::plan(seed, own.number);
        if Content::new(&pool, own.number, behaviour, after).checksum(received) != checksum {
            return wrong(format!("the server got {received} other bytes"));
        }
        if own.is_whole() {
            account.whole += 1;
            let whole =
                own.clean && ended && received == own.sent && written == received && own.received == written;
            if !whole {
                return wrong(format!("neither side cut it off, and it is not whole: {own:?}, {record:?}"));
            }
        }
    }
    Ok(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Ending;

    const SEED: u64 = 5;

    /// A whole connection and the server's record of it.
    fn whole() -> (Connection, Record) {
        let number = (0..100).find(|number| faults::plan(SEED, *number).1 == 0).unwrap();
        let (_, behaviour, after) = faults::plan(SEED, number);
        let checksum = Content::new(&faults::pool(SEED), number, behaviour, after).checksum(5000);
        let connection = Connection {
            number,
            behaviour,
            ending: Ending::Orderly,
            sent: 5000,
            received: 5000,
            clean: true,
        };
        (connection, Record { number, received: 5000, checksum, written: 5000, ended: true })
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Connection, &mut Record), is_right: bool) {
        let (mut connection, mut record) = whole();
        change(&mut connection, &mut record);
        assert_eq!(account(&[connection], &[record], SEED).is_ok(), is_right);
    }

    #[test]
    fn a_byte_that_is_missing_or_another_is_found() {
        check(|_, _| {}, true);
        check(|_, record| record.checksum ^= 1, false);
        check(|_, record| record.received -= 1, false);
        check(|connection, _| connection.received -= 1, false);
        check(|_, record| record.ended = false, false);
    }

    #[test]
    fn what_was_cut_off_may_lack_an_end_and_nothing_else() {
        let cut = |connection: &mut Connection| connection.ending = Ending::Reset(5000);
        check(
            |connection, _| {
                cut(connection);
                connection.received = 70;
            },
            true,
        );
        check(
            |connection, record| {
                cut(connection);
                record.received = 5001;
            },
            false,
        );
        check(
            |connection, record| {
                cut(connection);
                record.checksum ^= 1;
            },
            false,
        );
        check(
            |connection, record| {
                cut(connection);
                record.written = 10;
            },
            false,
        );
    }

    #[test]
    fn a_whole_connection_is_known_to_the_server() {
        let (connection, _) = whole();
        assert!(account(&[connection], &[], SEED).is_err());
    }
}
