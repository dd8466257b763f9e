//! The file format. It may only grow: a new version adds a migration here and raises [`FORMAT`].

/// The format that this program writes, kept in `PRAGMA user_version`. A file with a higher one is refused.
pub const FORMAT: i64 = 2;

/// `PRAGMA application_id`: "plab" in ASCII, by which `file(1)` and this program know a store.
pub(crate) const APPLICATION: i64 = 0x706c_6162;

/// Format 1. Times are integer nanoseconds and sizes bytes; what is only ever read as a whole is JSON.
pub(crate) const CREATE: &str = "
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at TEXT NOT NULL,
  command TEXT NOT NULL,
  commit_id TEXT,
  dirty INTEGER NOT NULL,
  status TEXT NOT NULL,
  machine_fingerprint TEXT NOT NULL,
  machine TEXT NOT NULL
);
CREATE INDEX runs_by_commit ON runs (commit_id);

CREATE TABLE artifacts (
  run INTEGER NOT NULL REFERENCES runs (id),
  module TEXT NOT NULL,
  variant TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL
);
CREATE INDEX artifacts_by_run ON artifacts (run);

CREATE TABLE benches (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  benchmark TEXT NOT NULL,
  level TEXT NOT NULL,
  host TEXT NOT NULL,
  baseline TEXT NOT NULL,
  candidate TEXT NOT NULL,
  UNIQUE (run, benchmark, level, host, baseline, candidate)
);
CREATE INDEX benches_by_name ON benches (benchmark, host, level);

CREATE TABLE processes (
  id INTEGER PRIMARY KEY,
  bench INTEGER NOT NULL REFERENCES benches (id),
  process INTEGER NOT NULL,
  host_version TEXT NOT NULL,
  max_rss_bytes INTEGER NOT NULL,
  job TEXT NOT NULL,
  counters TEXT NOT NULL,
  port_calls TEXT NOT NULL,
  crossings TEXT NOT NULL,
  rejections TEXT NOT NULL
);
CREATE INDEX processes_by_bench ON processes (bench);

CREATE TABLE samples (
  process INTEGER NOT NULL REFERENCES processes (id),
  sequence INTEGER NOT NULL,
  role TEXT NOT NULL,
  round INTEGER NOT NULL,
  position INTEGER NOT NULL,
  operations INTEGER NOT NULL,
  wall_ns INTEGER NOT NULL,
  cpu_process_ns INTEGER NOT NULL,
  cpu_thread_ns INTEGER NOT NULL,
  counters TEXT,
  PRIMARY KEY (process, sequence)
) WITHOUT ROWID;

CREATE TABLE histograms (
  process INTEGER NOT NULL REFERENCES processes (id),
  role TEXT NOT NULL,
  histogram TEXT NOT NULL,
  PRIMARY KEY (process, role)
) WITHOUT ROWID;

CREATE TABLE losses (
  bench INTEGER NOT NULL REFERENCES benches (id),
  process INTEGER NOT NULL,
  error TEXT NOT NULL
);
CREATE INDEX losses_by_bench ON losses (bench);

CREATE TABLE documents (
  run INTEGER PRIMARY KEY REFERENCES runs (id),
  document TEXT NOT NULL
);
";

/// From format 1 to 2: runs of calibrations, and what was concluded from them.
pub(crate) const FROM_1_TO_2: &str = "
ALTER TABLE runs ADD COLUMN calibration TEXT;

CREATE TABLE calibrations (
  machine TEXT NOT NULL,
  module TEXT NOT NULL,
  host TEXT NOT NULL,
  calibration TEXT NOT NULL,
  PRIMARY KEY (machine, module, host)
);
";
