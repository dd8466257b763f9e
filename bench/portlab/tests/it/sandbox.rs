//! A checkout of its own for each test, and portlab run in it.

use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bench_schema::{Document, Level};
use bench_store::{BenchKey, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;

/// After this long a command hangs: bisect and the arbiter build and measure several times, on busy machines too.
const PATIENCE: Duration = Duration::from_mins(10);

/// What a benchmark asks by default, and its right answer.
const BODY: &str = "\
import * as stock from 'node:os';
export function binding({ binding: os }) {
  const expected = stock.hostname();
  const ctx = {};
  return { run: () => os.getHostname(ctx) === expected };
}
";

/// A checkout with the ports, shims and hosts of the real one, and benchmarks that a test may edit.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// With the definitions and workloads of the real checkout.
    pub(crate) fn new() -> Sandbox {
        let sandbox = Sandbox { folder: tempfile::tempdir().expect("a temporary folder can be made") };
        let (from, to) = (checkout(), sandbox.root());
        for link in ["ported", "shims", "Cargo.toml"] {
            symlink(from.join(link), to.join(link)).expect("a link can be made");
        }
        for part in ["definitions", "workloads", "hosts", "inputs", "driver", "driver.mjs"] {
            copy(&from.join("bench").join(part), &to.join("bench").join(part));
        }
        for part in ["probe", "os", "v8-gap"] {
            let staged = from.join(".portlab/stage").join(part);
            assert!(
                staged.is_dir(),
                "these tests take what is staged, and {} is not there: run `scripts/lab build` first",
                staged.display()
            );
            copy(&staged, &to.join(".portlab/stage").join(part));
        }
        sandbox
    }

    /// With these benchmarks of os alone, each the name, a margin and the workload's text; an empty text is the
    /// host name's.
    pub(crate) fn with(benchmarks: &[(&str, f64, &str)]) -> Sandbox {
        let sandbox = Sandbox::new();
        let definitions = sandbox.root().join("bench/definitions");
        fs::remove_dir_all(&definitions).expect("a copy can be removed");
        for (name, margin, body) in benchmarks {
            let text = format!(
                "[[benchmark]]\nid = \"os/{name}\"\nworkload = \"{name}.mjs\"\nlevels = [\"binding\"]\n\
                 kind = \"sync\"\nexpect = true\nmargin = {margin:?}\nanalysis = \"A test's.\"\n"
            );
            sandbox.write(&format!("bench/definitions/os/{name}.toml"), &text);
            let body = if body.is_empty() { BODY } else { body };
            sandbox.write(&format!("bench/workloads/os/{name}.mjs"), body);
        }
        sandbox
    }

    /// Gives the port os, then the only one, a JavaScript half, and adds to its port.toml.
    pub(crate) fn give_half(&self, half: &str, port: &str) {
        let ported = self.root().join("ported");
        fs::remove_file(&ported).expect("it is a link");
        let real = fs::read_to_string(checkout().join("ported/os/port.toml")).expect("os is a port");
        let (head, rest) = real.split_once("[world]").expect("a port has a world");
        self.write("ported/os/port.toml", &format!("{head}js = \"js/index.js\"\n\n[world]{rest}\n{port}"));
        let half = self.write("ported/os/js/index.js", half);
        let staged = self.root().join(".portlab/stage/os/port.json");
        let mut json: Value =
            serde_json::from_slice(&fs::read(&staged).expect("it was copied")).expect("it is JSON");
        json["js_path"] = Value::from(half.to_string_lossy());
        fs::write(staged, json.to_string()).expect("it can be written");
    }

    /// Copies a folder of the real checkout again.
    pub(crate) fn copy_real(&self, part: &str) {
        copy(&checkout().join(part), &self.root().join(part));
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the checkout.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
        path
    }

    /// Writes a program of the checkout's folder `bin`.
    pub(crate) fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(&format!("bin/{name}"), text);
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("its mode can be set");
        path
    }

    /// Where this checkout's runs are stored.
    pub(crate) fn store(&self) -> PathBuf {
        self.root().join("runs/store.sqlite")
    }

    /// The store, seen to be consistent.
    pub(crate) fn open_store(&self) -> SqliteStore {
        let connection = rusqlite::Connection::open(self.store()).expect("the store is a file");
        let check: String = connection
            .pragma_query_value(None, "integrity_check", |row| row.get(0))
            .expect("the store is a database");
        assert_eq!(check, "ok", "the store is damaged");
        SqliteStore::open_to_read(&self.store()).expect("the store can be read")
    }

    /// portlab in this checkout, with nothing of the caller's settings.
    pub(crate) fn portlab(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portlab"));
        self.settle(command.args(arguments));
        command
    }

    /// Gives any command the environment in which [`Self::portlab`] runs.
    pub(crate) fn settle<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for name in ["PORTLAB_HOST", "PORTLAB_BUDGET", "PORTLAB_SCRATCH", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
            .current_dir(self.root())
            .env("PORTLAB_ROOT", self.root())
            .env("PORTLAB_HOSTS_DIR", hosts_folder())
            .env("PORTLAB_STORE", self.store())
            .stdin(Stdio::null())
    }

    /// Runs portlab to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        run(&mut self.portlab(arguments))
    }

    /// `compare os --json` of what is staged, within so many seconds.
    pub(crate) fn compare(&self, budget: &str) -> Command {
        self.portlab(&["compare", "os", "--no-build", "--json", "--seed", "1", "--budget", budget])
    }
}

/// What names the row of a benchmark of [`Sandbox::with`].
pub(crate) fn key(benchmark: &str) -> BenchKey {
    BenchKey {
        benchmark: benchmark.into(),
        level: Level::Binding,
        host: "node26".into(),
        baseline: "native".into(),
        candidate: "node-api".into(),
    }
}

/// How a command ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Fails the test, with all that was written, unless it ended with this code and without a panic.
    #[track_caller]
    pub(crate) fn with_code(self, code: i32) -> Ended {
        assert_eq!(self.status.code(), Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// Fails the test unless standard error has all of these.
    #[track_caller]
    pub(crate) fn saying(self, texts: &[&str]) -> Ended {
        for text in texts {
            assert!(self.stderr.contains(text), "\"{text}\" is not in stderr: {}", self.stderr);
        }
        self
    }

    /// Fails the test unless nothing was written to standard output.
    #[track_caller]
    pub(crate) fn without_data(self) -> Ended {
        assert_eq!(self.stdout, "", "data was printed");
        self
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => {
                panic!("stdout is not one JSON document: {error}\n{}\n{}", self.stdout, self.stderr)
            }
        }
    }

    /// The same as a document of compare or gate.
    #[track_caller]
    pub(crate) fn document(&self) -> Document {
        serde_json::from_value(self.json()).expect("it is a document")
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    finish(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it can be started"))
}

/// Waits until a command with piped output ends; one that hangs is killed and fails the test.
pub(crate) fn finish(mut child: Child) -> Ended {
    let stdout = child.stdout.take().map(reader);
    let stderr = child.stderr.take().map(reader);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            break Some(status);
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("it is our child");
            child.wait().expect("it is our child");
            break None;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = |thread: Option<std::thread::JoinHandle<String>>| {
        thread.map_or_else(String::new, |thread| thread.join().expect("a reader does not panic"))
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
    let Some(status) = status else { panic!("it hung for {PATIENCE:?}\n{stdout}\n{stderr}") };
    Ended { status, stdout, stderr }
}

fn reader(mut stream: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8(bytes).expect("portlab writes UTF-8")
    })
}

/// Waits until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The real checkout.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the tests are in a checkout")
}

/// The real pinned hosts.
pub(crate) fn hosts_folder() -> PathBuf {
    std::env::var_os("PORTLAB_HOSTS_DIR")
        .map_or_else(|| checkout().join(".portlab/hosts/node_modules"), |folder| checkout().join(folder))
}

/// The binary of a pinned host.
pub(crate) fn host_binary(host: &str) -> PathBuf {
    let binary = hosts_folder().join(host).join("bin/node");
    assert!(
        binary.is_file(),
        "these tests measure on the pinned hosts, and {} is not there: run `scripts/lab hosts --install` first",
        binary.display()
    );
    binary
}

/// The first bytes of a file.
pub(crate) fn beginning(path: &Path, length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(length).read_to_end(&mut bytes)).expect("it can be read");
    bytes
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().expect("it is below the root")).expect("a folder can be made");
        fs::copy(from, to).expect("a file can be copied");
        return;
    }
    // Images of arms are made anew for each run.
    if from.ends_with("arms") {
        return;
    }
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("a folder can be read");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
