//! Servers on loopback, one thread a connection; they end with the test.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Echoes; the byte of that number on each connection, from 1, is another one. 0: none.
pub(crate) fn echo(wrong: usize) -> u16 {
    listen(move |stream| echo_all(stream, wrong))
}

pub(crate) fn echo_unix(path: &Path) -> PathBuf {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || echo_all(stream, 0));
        }
    });
    path.to_owned()
}

/// Echoes one message of so many bytes and then closes.
pub(crate) fn hangs_up_after(bytes: usize) -> u16 {
    listen(move |mut stream| {
        let mut message = vec![0; bytes];
        stream.read_exact(&mut message)?;
        stream.write_all(&message)
    })
}

/// Answers each request with that body.
pub(crate) fn http(body: String) -> u16 {
    listen(move |mut stream| {
        let mut request = Vec::new();
        let mut byte = [0];
        loop {
            stream.read_exact(&mut byte)?;
            request.extend(byte);
            if request.ends_with(b"\r\n\r\n") {
                request.clear();
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
            }
        }
    })
}

/// Sends that and closes.
pub(crate) fn sends(content: Vec<u8>) -> u16 {
    listen(move |mut stream| stream.write_all(&content))
}

/// Reads to the end and closes.
pub(crate) fn reads() -> u16 {
    listen(|mut stream| std::io::copy(&mut stream, &mut std::io::sink()).map(|_| ()))
}

/// Echoes, and waits once before it does.
pub(crate) fn stalls_once(wait: Duration) -> u16 {
    let stalled = AtomicBool::new(false);
    listen(move |mut stream| {
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            if !stalled.swap(true, Ordering::Relaxed) {
                thread::sleep(wait);
            }
            stream.write_all(&buffer[..count])?;
        }
    })
}

fn echo_all(mut stream: impl Read + Write, wrong: usize) -> std::io::Result<()> {
    let mut buffer = vec![0; 65536];
    let mut total = 0;
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        if let Some(byte) = wrong.checked_sub(total + 1).and_then(|place| buffer[..count].get_mut(place)) {
            *byte ^= 1;
        }
        total += count;
        stream.write_all(&buffer[..count])?;
    }
}

fn listen(serve: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = std::sync::Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = std::sync::Arc::clone(&serve);
            // A client that goes away is an error here and nobody's concern.
            thread::spawn(move || drop(serve(stream)));
        }
    });
    port
}
