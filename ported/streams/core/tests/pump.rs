//! Pumps between real files and sockets.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use streams_core::pump::{Progress, Pump, PumpError, Sink, Source, Transform, Turn, Waiting};
use zlib_core::{
    CompressOptions, Compressor, DecompressFormat, DecompressOptions, Decompressor, Flush, Format,
};

const NO_TIME: Duration = Duration::ZERO;
const PIECE: usize = 64 * 1024;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(&self, name: &str, content: &[u8]) -> File {
        fs::write(self.path(name), content).expect("written");
        File::open(self.path(name)).expect("opened")
    }

    fn empty(&self, name: &str) -> File {
        File::create(self.path(name)).expect("created")
    }

    fn content(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("read")
    }
}

fn whole(file: &File) -> Source {
    Source::new(file.as_raw_fd(), None, u64::MAX, PIECE)
}

fn into(file: &File) -> Sink {
    Sink::file(file.as_raw_fd(), None)
}

fn gzip() -> Transform {
    let codec = Compressor::new(&CompressOptions::new(Format::Gzip)).expect("valid options");
    Transform { codec: Box::new(codec), finish: Flush::Finish }
}

fn gunzip() -> Transform {
    let codec = Decompressor::new(DecompressOptions::new(DecompressFormat::Gzip)).expect("valid options");
    Transform { codec: Box::new(codec), finish: Flush::Finish }
}

/// Turns of one piece each until it is done; how far it is then, and how many turns it took.
fn run(pump: &mut Pump) -> Result<(Progress, usize), PumpError> {
    for turns in 1.. {
        if pump.turn(NO_TIME, || false)? == Turn::Done {
            return Ok((pump.progress(), turns));
        }
    }
    unreachable!("the loop has no end")
}

/// Bytes that compress a little.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|i| ((i * i) >> 5) as u8 ^ (i >> 11) as u8).collect()
}

#[test]
fn files_are_copied_in_turns() {
    let folder = Folder::new();
    let content = bytes(5_000_000);
    let (from, to) = (folder.with("from", &content), folder.empty("to"));
    let (progress, turns) = run(&mut Pump::new(whole(&from), None, into(&to))).expect("copied");
    assert!(turns > 3, "{turns}");
    assert_eq!(progress, Progress { read: 5_000_000, taken: 0, written: 5_000_000 });
    assert!(folder.content("to") == content);
}

#[test]
fn what_the_kernel_does_not_copy_goes_through_memory() {
    let folder = Folder::new();
    let content = bytes(300_000);
    let from = folder.with("from", &content);
    fs::write(folder.path("to"), b"before").expect("written");
    let to = OpenOptions::new().append(true).open(folder.path("to")).expect("opened");
    run(&mut Pump::new(whole(&from), None, into(&to))).expect("copied");
    assert!(folder.content("to") == [&b"before"[..], &content].concat());

    // The kernel makes its content while it is read, and says that it is empty.
    let status = File::open("/proc/self/limits").expect("opened");
    let to = folder.empty("limits");
    run(&mut Pump::new(whole(&status), None, into(&to))).expect("copied");
    assert!(folder.content("limits").starts_with(b"Limit"));
}

#[test]
fn compressed_files_come_back() {
    let folder = Folder::new();
    let content = bytes(3_000_000);
    let (from, packed) = (folder.with("from", &content), folder.empty("packed"));
    let (progress, turns) =
        run(&mut Pump::new(whole(&from), Some(gzip()), into(&packed))).expect("compressed");
    let size = folder.content("packed").len() as u64;
    assert_eq!(progress, Progress { read: 3_000_000, taken: 3_000_000, written: size });
    assert!(turns > 3 && size < 3_000_000, "{turns} {size}");

    let (packed, to) = (File::open(folder.path("packed")).expect("opened"), folder.empty("to"));
    let (progress, _) = run(&mut Pump::new(whole(&packed), Some(gunzip()), into(&to))).expect("decompressed");
    assert_eq!(progress, Progress { read: size, taken: size, written: 3_000_000 });
    assert!(folder.content("to") == content);
}

#[test]
fn what_came_before_damage_is_written() {
    let folder = Folder::new();
    let content = bytes(1_000_000);
    let (from, packed) = (folder.with("from", &content), folder.empty("packed"));
    run(&mut Pump::new(whole(&from), Some(gzip()), into(&packed))).expect("compressed");
    let mut damaged = folder.content("packed");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let (damaged, to) = (folder.with("damaged", &damaged), folder.empty("to"));
    let failed = run(&mut Pump::new(whole(&damaged), Some(gunzip()), into(&to)));
    let Err(PumpError::Transform(error)) = failed else { panic!("{failed:?}") };
    assert_eq!((error.code(), error.message), ("Z_DATA_ERROR", "incorrect length check"));
    assert!(content.starts_with(&folder.content("to")) && folder.content("to").len() > 500_000);
}

#[test]
fn the_failing_end_is_named() {
    let folder = Folder::new();
    let (from, to) = (folder.with("from", b"content"), folder.empty("to"));
    // Each is open for the other direction alone.
    for transform in [None, Some(gzip())] {
        let failed = run(&mut Pump::new(whole(&to), transform, into(&to)));
        let Err(PumpError::Source(error)) = failed else { panic!("{failed:?}") };
        assert_eq!((error.errno, error.syscall), (libc::EBADF, "read"));
    }
    for transform in [None, Some(gzip())] {
        let failed = run(&mut Pump::new(whole(&from), transform, into(&from)));
        let Err(PumpError::Sink(error)) = failed else { panic!("{failed:?}") };
        assert_eq!((error.errno, error.syscall), (libc::EBADF, "write"));
    }
}

#[test]
fn a_socket_that_takes_nothing_is_waited_for() {
    let folder = Folder::new();
    let content = bytes(4_000_000);
    for transform in [None, Some(gzip())] {
        let (socket, mut peer) = UnixStream::pair().expect("sockets");
        socket.set_nonblocking(true).expect("set");
        let from = folder.with("from", &content);
        let sink = Sink::socket(socket.as_raw_fd()).expect("duplicated");
        let fd = sink.descriptor();
        let is_compressed = transform.is_some();
        let mut pump = Pump::new(whole(&from), transform, sink);
        drop(socket);

        let waiting = Waiting::new().expect("epoll");
        let (ready, readies) = mpsc::channel();
        let on_thread = waiting.clone();
        let thread = thread::spawn(move || on_thread.run(|number| ready.send(number).expect("received")));
        let reader = thread::spawn(move || {
            let mut received = Vec::new();
            peer.read_to_end(&mut received).map(|_| received)
        });
        let mut blocked = 0;
        loop {
            match pump.turn(Duration::from_secs(1), || false).expect("written") {
                Turn::Done => break,
                Turn::Again | Turn::Ended => {}
                Turn::Blocked => {
                    blocked += 1;
                    waiting.wait_for(fd, 7).expect("waits");
                    assert_eq!(readies.recv(), Ok(7));
                }
            }
        }
        waiting.forget(fd);
        waiting.end();
        thread.join().expect("no panic");
        let written = pump.progress().written;
        drop(pump);
        let received = reader.join().expect("no panic").expect("received");
        assert_eq!(received.len() as u64, written);
        assert!(is_compressed || (blocked > 0 && received == content));
    }
}

#[test]
fn a_peer_that_has_gone_fails_the_sink() {
    let folder = Folder::new();
    let from = folder.with("from", &bytes(1_000_000));
    let (socket, peer) = UnixStream::pair().expect("sockets");
    socket.set_nonblocking(true).expect("set");
    drop(peer);
    let sink = Sink::socket(socket.as_raw_fd()).expect("duplicated");
    let failed = run(&mut Pump::new(whole(&from), None, sink));
    let Err(PumpError::Sink(error)) = failed else { panic!("{failed:?}") };
    assert_eq!((error.errno, error.syscall), (libc::EPIPE, "write"));
}

#[test]
fn it_stops_when_it_is_told() {
    let folder = Folder::new();
    let (from, to) = (folder.with("from", &bytes(4_000_000)), folder.empty("to"));
    let mut pump = Pump::new(whole(&from), None, into(&to));
    assert_eq!(pump.turn(Duration::from_secs(100), || true), Ok(Turn::Again));
    let progress = pump.progress();
    assert!(progress.written > 0 && progress.written < 4_000_000, "{progress:?}");
    assert_eq!(folder.content("to").len() as u64, progress.written);
}

#[test]
fn somebody_else_may_write_in_between() {
    let folder = Folder::new();
    let (from, mut to) = (folder.with("from", &bytes(2_500_000)), folder.empty("to"));
    let sink = Sink::file(to.as_raw_fd(), Some(10));
    let mut pump = Pump::new(Source::new(from.as_raw_fd(), Some(0), u64::MAX, PIECE), None, sink);
    assert_eq!(pump.turn(NO_TIME, || false), Ok(Turn::Again));
    let there = pump.progress().written + 10;
    to.write_all(b"0123456789").expect("written");
    pump.move_sink(Some(there + 5));
    run(&mut pump).expect("copied");
    let content = folder.content("to");
    assert_eq!(content.len(), 2_500_015);
    assert_eq!(content[..10], *b"0123456789");
    assert_eq!(content[there as usize..][..5], [0; 5]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_range_goes_anywhere(size in 0_usize..200_000, start in 0_u64..250_000, left in 0_u64..250_000, to in 0_u64..1000, piece in 1_usize..70_000, compressed: bool) {
        let folder = Folder::new();
        let content = bytes(size);
        let from = folder.with("from", &content);
        let target = folder.empty("to");
        let source = Source::new(from.as_raw_fd(), Some(start), left, piece);
        let transform = if compressed { Some(gzip()) } else { None };
        run(&mut Pump::new(source, transform, Sink::file(target.as_raw_fd(), Some(to)))).expect("copied");
        let expected: Vec<u8> = content.into_iter().skip(start as usize).take(left as usize).collect();
        let mut written = folder.content("to");
        let written = written.split_off((to as usize).min(written.len()));
        if compressed {
            let packed = folder.with("packed", &written);
            let back = folder.empty("back");
            run(&mut Pump::new(whole(&packed), Some(gunzip()), into(&back))).expect("decompressed");
            prop_assert!(folder.content("back") == expected);
        } else {
            prop_assert!(written == expected);
        }
    }
}
