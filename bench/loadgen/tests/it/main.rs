//! The load generator as a process, against servers of the standard library.
#![allow(missing_docs)]

mod client;
mod servers;

use std::time::Duration;

use client::Client;
use hdrhistogram::Histogram;
use serde_json::{Value, json};

#[track_caller]
fn ran(reply: &Value) -> (u64, u64, u64) {
    let count = |name: &str| reply["ran"][name].as_u64().unwrap_or_else(|| panic!("{reply}"));
    (count("operations"), count("bytes_sent"), count("bytes_received"))
}

#[test]
fn echoes_are_counted_to_the_byte() {
    let mut client = Client::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    for address in [json!({ "port": servers::echo(0) }), json!({ "unix": servers::echo_unix(&path) })] {
        for (size, lanes) in [(1, 1), (64, 7), (300_000, 3)] {
            let target = client.open(&address, lanes, &json!({ "kind": "echo", "size": size }));
            let reply = client.run(target, 20, None);
            assert_eq!(ran(&reply), (20, 20 * size, 20 * size), "{address} {size}");
            assert_eq!(ran(&client.run(target, 1, None)), (1, size, size), "and again");
            assert_eq!(client.histogram(target).len(), 21);
            assert_eq!(client.histogram(target).len(), 0, "it starts anew");
        }
    }
}

#[test]
fn one_other_byte_is_a_wrong_answer() {
    let mut client = Client::start();
    // The byte with that number, counted from 1.
    let target =
        client.open(&json!({ "port": servers::echo(700) }), 1, &json!({ "kind": "echo", "size": 64 }));
    let reply = client.run(target, 100, None);
    let wrong = reply["wrong"].as_str().unwrap_or_else(|| panic!("{reply}"));
    assert_eq!(
        wrong,
        "connection 0, operation 10: byte 59 of an answer of 64 bytes differs, or is one too many"
    );
}

#[test]
fn a_server_that_hangs_up_is_told_apart_from_a_wrong_answer() {
    let mut client = Client::start();
    let target = client.open(
        &json!({ "port": servers::hangs_up_after(64) }),
        1,
        &json!({ "kind": "echo", "size": 64 }),
    );
    let reply = client.run(target, 100, None);
    assert!(reply["failed"].as_str().is_some_and(|text| text.contains("connection 0")), "{reply}");
}

#[test]
fn nobody_who_listens_is_an_error_that_says_so() {
    let mut client = Client::start();
    let exchange = json!({ "kind": "echo", "size": 64 });
    let reply =
        client.ask(&json!({ "do": "open", "address": { "port": 1 }, "lanes": 1, "exchange": exchange }));
    assert!(reply["failed"].as_str().is_some_and(|text| text.contains("Connection refused")), "{reply}");
    let reply = client.ask(&json!({ "do": "run", "target": 3, "operations": 1 }));
    assert!(reply["failed"].as_str().is_some_and(|text| text.contains("no target 3")), "{reply}");
}

#[test]
fn responses_must_have_the_body() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body");
    let text = "hello ".repeat(9000);
    std::fs::write(&body, &text).unwrap();
    let mut client = Client::start();
    let exchange = json!({ "kind": "http", "body": body });
    let target = client.open(&json!({ "port": servers::http(text.clone()) }), 3, &exchange);
    assert_eq!(ran(&client.run(target, 30, None)).0, 30);
    let other = text.replace("hello hello ", "hello Hello ");
    let target = client.open(&json!({ "port": servers::http(other) }), 3, &exchange);
    let reply = client.run(target, 30, None);
    assert!(reply["wrong"].as_str().is_some_and(|text| text.contains("byte 6 ")), "{reply}");
}

#[test]
fn an_operation_may_have_a_connection_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let content: Vec<u8> = (0..1_000_000_u32).map(|place| (place % 251) as u8).collect();
    std::fs::write(&file, &content).unwrap();
    let mut client = Client::start();
    let echo = json!({ "port": servers::echo(0) });
    let target = client.open(&echo, 5, &json!({ "kind": "connect", "size": 10 }));
    assert_eq!(ran(&client.run(target, 300, None)), (300, 3000, 3000));
    let download = json!({ "port": servers::sends(content.clone()) });
    let target = client.open(&download, 2, &json!({ "kind": "download", "file": file }));
    assert_eq!(ran(&client.run(target, 6, None)), (6, 0, 6_000_000));
    let target =
        client.open(&json!({ "port": servers::reads() }), 2, &json!({ "kind": "upload", "file": file }));
    assert_eq!(ran(&client.run(target, 6, None)), (6, 6_000_000, 0));
    let cut = json!({ "port": servers::sends(content[..content.len() - 1].to_vec()) });
    let target = client.open(&cut, 2, &json!({ "kind": "download", "file": file }));
    let reply = client.run(target, 1, None);
    assert!(reply["failed"].as_str().is_some_and(|text| text.contains("999999 of 1000000")), "{reply}");
}

/// A server stalls once. Whoever measures from when a message was sent sees one slow operation; here all those that
/// were meant to start during the stall are slow.
#[test]
fn a_stall_is_seen_by_every_operation_that_was_meant_to_start_in_it() {
    const STALL: Duration = Duration::from_millis(400);
    let mut client = Client::start();
    let target = client.open(
        &json!({ "port": servers::stalls_once(STALL) }),
        1,
        &json!({ "kind": "echo", "size": 64 }),
    );
    let reply = client.run(target, 600, Some(1000.0));
    assert_eq!(ran(&reply).0, 600);
    assert!(reply["ran"]["elapsed_ns"].as_u64().unwrap() >= 599_000_000, "not faster than asked: {reply}");
    let histogram: Histogram<u64> = client.histogram(target);
    let slow = histogram.count_between(STALL.as_nanos() as u64 / 2, u64::MAX);
    assert!(slow >= 190, "{slow} operations waited for half of the stall or longer");
}

#[test]
fn a_rate_needs_to_be_one() {
    let mut client = Client::start();
    let target = client.open(&json!({ "port": servers::echo(0) }), 1, &json!({ "kind": "echo", "size": 1 }));
    let reply = client.run(target, 1, Some(0.0));
    assert!(reply["failed"].as_str().is_some_and(|text| text.contains("above 0")), "{reply}");
}
