use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bench_schema::RunStatus;
use bench_store::{SqliteStore, Store};

use crate::{key, process, record};

const STORE: &str = "PORTLAB_TEST_STORE";

/// Kills the writer also when the test fails: it would write for ever.
struct Writer(Child);

impl Writer {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts itself as the program that is killed while it stores one process run after the other.
#[test]
fn a_killed_program_leaves_whole_process_runs() {
    if let Some(path) = std::env::var_os(STORE) {
        let mut store = SqliteStore::open(path.as_ref()).unwrap();
        let run = store.begin(&record()).unwrap();
        for index in 0.. {
            store.add(run, &key("fs/stat"), &process(index, 60)).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    for repetition in 1..=3 {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::a_killed_program_leaves_whole_process_runs", "--nocapture"])
            .env(STORE, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut writer = Writer(child);
        let started = Instant::now();
        let stored = |run: i64| {
            let store = SqliteStore::open_to_read(&path).ok()?;
            Some(store.process_runs(run, &key("fs/stat")).ok()?.len())
        };
        while stored(repetition).is_none_or(|stored| stored < 5) {
            assert!(started.elapsed() < Duration::from_mins(10), "the writer wrote nothing");
            std::thread::sleep(Duration::from_millis(7));
        }
        let reader = SqliteStore::open_to_read(&path).unwrap();
        assert_eq!(reader.runs().unwrap()[0].status, RunStatus::Running, "its program lives");
        writer.kill();

        let status = |store: &SqliteStore| store.runs().unwrap()[0].status;
        assert_eq!(status(&SqliteStore::open_to_read(&path).unwrap()), RunStatus::Failed, "seen by a reader");
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(status(&store), RunStatus::Failed);
        let runs = store.process_runs(repetition, &key("fs/stat")).unwrap();
        assert!(runs.len() >= 5);
        for (index, run) in runs.iter().enumerate() {
            assert_eq!((run.process as usize, run.samples.len()), (index, 120));
        }
        let marks = std::fs::read_dir(folder.path()).unwrap();
        let names = marks.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(names.filter(|name| name.contains("-run-")).count(), 0, "marks of the dead are removed");
    }
}
