use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use bench_schema::{Document, ProcessRun, PublishedCalibration, RunRecord, RunStatus};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;

use crate::connection::{create_or_migrate, end_dead_runs, open_read_only, prepare};
use crate::format::{APPLICATION, FORMAT};
use crate::{BenchKey, Loss, Store, StoreError, alive};

/// Runs in one SQLite file. Several programs may use it at once.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    /// The runs that this program measures.
    claims: BTreeMap<i64, File>,
    /// The file's format: a store that is only read stays as an older program wrote it.
    pub(crate) format: i64,
}

impl SqliteStore {
    /// Opens the store, or creates it and its folder. An existing file is checked first (SQLite's `quick_check`,
    /// some tenths of a second for a hundred megabytes) and never written when it is damaged, newer or foreign.
    ///
    /// # Errors
    ///
    /// When it cannot be created or read, is damaged, has a newer format, or is not a store.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| StoreError::folder(path, &error))?;
        }
        if path.metadata().is_ok_and(|metadata| metadata.len() > 0) {
            SqliteStore::inspect(path)?;
        }
        let fail = |error: rusqlite::Error| StoreError::of(path, &error);
        let mut connection = Connection::open(path).map_err(fail)?;
        prepare(&connection).map_err(fail)?;
        create_or_migrate(&mut connection).map_err(fail)?;
        end_dead_runs(&connection, path).map_err(fail)?;
        Ok(SqliteStore { connection, path: path.to_owned(), claims: BTreeMap::new(), format: FORMAT })
    }

    /// Opens an existing store to read it, also where nothing may be written.
    ///
    /// # Errors
    ///
    /// When it does not exist or cannot be read, is damaged, has a newer format, or is not a store.
    pub fn open_to_read(path: &Path) -> Result<SqliteStore, StoreError> {
        let connection = SqliteStore::inspect(path)?;
        let format = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| StoreError::of(path, &error))?;
        Ok(SqliteStore { connection, path: path.to_owned(), claims: BTreeMap::new(), format })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file refuse to grow by more than `pages` pages, as a nearly full disk does.
    #[doc(hidden)]
    pub fn leave_room_for_test(&self, pages: i64) {
        let count = self.connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0));
        let limit =
            count.and_then(|count| self.connection.pragma_update(None, "max_page_count", count + pages));
        assert!(limit.is_ok(), "the limit of a test could not be set: {limit:?}");
    }

    /// Reads the file's kind, format and consistency without writing to it.
    fn inspect(path: &Path) -> Result<Connection, StoreError> {
        let fail = |error: rusqlite::Error| StoreError::of(path, &error);
        let name = path.display().to_string();
        let connection = open_read_only(path).map_err(fail)?;
        let pragma =
            |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(fail);
        let (application, format) = (pragma("application_id")?, pragma("user_version")?);
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fail)?;
        if (application, format, tables) == (0, 0, 0) {
            // A store whose creation was cut short: there is nothing in it to lose.
            return Ok(connection);
        }
        if application != APPLICATION {
            let detail = "its application id is another program's".to_owned();
            return Err(StoreError::Foreign { path: name, detail });
        }
        if format > FORMAT {
            return Err(StoreError::Newer { path: name, found: format });
        }
        let found: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail)?;
        if found != "ok" {
            return Err(StoreError::Damaged { path: name, detail: found });
        }
        Ok(connection)
    }

    pub(crate) fn fail(&self) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        |error| StoreError::of(&self.path, &error)
    }

    /// The status of a run.
    pub(crate) fn status(&self, run: i64) -> Result<RunStatus, StoreError> {
        let status: Option<String> = self
            .connection
            .query_row("SELECT status FROM runs WHERE id = ?1", [run], |row| row.get(0))
            .optional()
            .map_err(self.fail())?;
        let missing = || StoreError::NoSuchRun { path: self.path.display().to_string(), run };
        Ok(self.as_it_is(run, self.word("status of a run", &status.ok_or_else(missing)?)?))
    }

    /// The status of a run whose program may have died since it was written.
    pub(crate) fn as_it_is(&self, run: i64, written: RunStatus) -> RunStatus {
        match written {
            RunStatus::Running if !alive::is_claimed(&self.path, run) => RunStatus::Failed,
            written => written,
        }
    }

    /// Runs `write` in one transaction on a run that is being measured.
    fn write(
        &mut self,
        run: i64,
        write: impl FnOnce(&Transaction<'_>) -> Result<(), WriteError>,
    ) -> Result<(), StoreError> {
        if self.status(run)? != RunStatus::Running {
            return Err(StoreError::Ended { path: self.path.display().to_string(), run });
        }
        self.change(write)
    }

    fn change(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<(), WriteError>,
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let outcome = (|| {
            // Immediate: waiting for another writer is possible before the first read, not after it.
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            write(&transaction)?;
            transaction.commit()?;
            Ok(())
        })();
        outcome.map_err(|error: WriteError| error.of(&path))
    }
}

impl Store for SqliteStore {
    fn begin(&mut self, record: &RunRecord) -> Result<i64, StoreError> {
        let path = self.path.clone();
        let machine = serde_json::to_string(&record.machine)
            .map_err(|error| StoreError::value(&path, "machine", error))?;
        let calibration = record.calibration.as_ref().map(serde_json::to_string).transpose();
        let calibration = calibration.map_err(|error| StoreError::value(&path, "calibration", error))?;
        let outcome = (|| {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute(
                "INSERT INTO runs
                 (started_at, command, commit_id, dirty, status, machine_fingerprint, machine, calibration)
                 VALUES (?1, ?2, ?3, ?4, 'running', ?5, ?6, ?7)",
                params![
                    record.started_at,
                    record.command,
                    record.commit,
                    record.dirty,
                    record.machine.fingerprint,
                    machine,
                    calibration
                ],
            )?;
            let run = transaction.last_insert_rowid();
            for artifact in &record.artifacts {
                transaction.execute(
                    "INSERT INTO artifacts (run, module, variant, path, sha256) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![run, artifact.module, artifact.variant, artifact.path, artifact.sha256],
                )?;
            }
            // Before anybody else can see the run.
            let claim = alive::claim(&path, run)?;
            transaction.commit()?;
            Ok((run, claim))
        })();
        let (run, claim) = outcome.map_err(|error: WriteError| error.of(&path))?;
        self.claims.insert(run, claim);
        Ok(run)
    }

    fn add(&mut self, run: i64, key: &BenchKey, process: &ProcessRun) -> Result<(), StoreError> {
        self.write(run, |transaction| {
            let bench = bench_id(transaction, run, key)?;
            insert_process(transaction, bench, process)
        })
    }

    fn add_loss(&mut self, run: i64, loss: &Loss) -> Result<(), StoreError> {
        self.write(run, |transaction| {
            let bench = bench_id(transaction, run, &loss.key)?;
            transaction.execute(
                "INSERT INTO losses (bench, process, error) VALUES (?1, ?2, ?3)",
                params![bench, loss.process, loss.error],
            )?;
            Ok(())
        })
    }

    fn finish(&mut self, run: i64, status: RunStatus, document: &Document) -> Result<(), StoreError> {
        self.write(run, |transaction| {
            transaction.execute(
                "INSERT INTO documents (run, document) VALUES (?1, ?2)",
                params![run, serde_json::to_string(document)?],
            )?;
            transaction.execute("UPDATE runs SET status = ?2 WHERE id = ?1", params![run, word(&status)?])?;
            Ok(())
        })?;
        self.claims.remove(&run);
        alive::release(&self.path, run);
        Ok(())
    }

    fn amend(&mut self, document: &Document) -> Result<(), StoreError> {
        self.status(document.run)?;
        self.change(|transaction| {
            transaction.execute(
                "UPDATE documents SET document = ?2 WHERE run = ?1",
                params![document.run, serde_json::to_string(document)?],
            )?;
            Ok(())
        })
    }

    fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.read_runs()
    }

    fn latest(&self, filter: &crate::Filter) -> Result<Option<RunRecord>, StoreError> {
        self.read_latest(filter)
    }

    fn document(&self, run: i64) -> Result<Option<Document>, StoreError> {
        self.read_document(run)
    }

    fn benches(&self, run: i64) -> Result<Vec<BenchKey>, StoreError> {
        self.read_benches(run)
    }

    fn process_runs(&self, run: i64, key: &BenchKey) -> Result<Vec<ProcessRun>, StoreError> {
        self.read_process_runs(run, key)
    }

    fn losses(&self, run: i64) -> Result<Vec<Loss>, StoreError> {
        self.read_losses(run)
    }

    fn calibration_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.read_calibration_runs()
    }

    fn keep_calibration(&mut self, calibration: &PublishedCalibration) -> Result<(), StoreError> {
        let path = self.path.clone();
        let text = serde_json::to_string(calibration)
            .map_err(|error| StoreError::value(&path, "calibration", error))?;
        let PublishedCalibration { machine, module, host, .. } = calibration;
        self.connection
            .execute(
                "INSERT OR REPLACE INTO calibrations (machine, module, host, calibration) VALUES (?1, ?2, ?3, ?4)",
                params![machine.fingerprint, module, host, text],
            )
            .map(drop)
            .map_err(self.fail())
    }

    fn calibrations(&self, machine: &str) -> Result<Vec<PublishedCalibration>, StoreError> {
        self.read_calibrations(machine)
    }
}

/// What can go wrong inside a transaction, before it is known which file to name.
enum WriteError {
    Sqlite(rusqlite::Error),
    Json(serde_json::Error),
    Io(std::io::Error),
}

impl WriteError {
    fn of(&self, path: &Path) -> StoreError {
        match self {
            WriteError::Sqlite(error) => StoreError::of(path, error),
            WriteError::Json(error) => StoreError::value(path, "value to store", error),
            WriteError::Io(error) => StoreError::folder(path, error),
        }
    }
}

impl From<std::io::Error> for WriteError {
    fn from(error: std::io::Error) -> WriteError {
        WriteError::Io(error)
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> WriteError {
        WriteError::Sqlite(error)
    }
}

impl From<serde_json::Error> for WriteError {
    fn from(error: serde_json::Error) -> WriteError {
        WriteError::Json(error)
    }
}

/// The name that serde gives to a variant without fields.
fn word<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}

fn bench_id(transaction: &Transaction<'_>, run: i64, key: &BenchKey) -> rusqlite::Result<i64> {
    let names = params![run, key.benchmark, key.level.as_str(), key.host, key.baseline, key.candidate];
    transaction.execute(
        "INSERT INTO benches (run, benchmark, level, host, baseline, candidate) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
        names,
    )?;
    transaction.query_row(
        "SELECT id FROM benches WHERE run = ?1 AND benchmark = ?2 AND level = ?3 AND host = ?4 AND baseline = ?5
         AND candidate = ?6",
        names,
        |row| row.get(0),
    )
}

fn insert_process(transaction: &Transaction<'_>, bench: i64, process: &ProcessRun) -> Result<(), WriteError> {
    transaction.execute(
        "INSERT INTO processes
         (bench, process, host_version, max_rss_bytes, job, counters, port_calls, crossings, rejections)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            bench,
            process.process,
            process.host_version,
            integer(process.max_rss_bytes)?,
            serde_json::to_string(&process.job)?,
            serde_json::to_string(&process.counters)?,
            serde_json::to_string(&process.port_calls)?,
            serde_json::to_string(&process.crossings)?,
            serde_json::to_string(&process.rejections)?,
        ],
    )?;
    let id = transaction.last_insert_rowid();
    let mut insert = transaction.prepare_cached(
        "INSERT INTO samples
         (process, sequence, role, round, position, operations, wall_ns, cpu_process_ns, cpu_thread_ns, counters)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for (sequence, sample) in process.samples.iter().enumerate() {
        let counters = if sample.counters.is_empty() {
            None // Most samples: nothing to store is stored as nothing.
        } else {
            Some(serde_json::to_string(&sample.counters)?)
        };
        insert.execute(params![
            id,
            sequence as i64,
            sample.role.as_str(),
            sample.round,
            sample.position,
            integer(sample.operations)?,
            integer(sample.wall_ns)?,
            integer(sample.cpu_process_ns)?,
            integer(sample.cpu_thread_ns)?,
            counters,
        ])?;
    }
    for (role, histogram) in &process.latencies {
        transaction.execute(
            "INSERT INTO histograms (process, role, histogram) VALUES (?1, ?2, ?3)",
            params![id, role.as_str(), histogram.0],
        )?;
    }
    Ok(())
}

/// SQLite's integers are signed; 2^63 ns are 292 years.
fn integer(value: u64) -> rusqlite::Result<i64> {
    i64::try_from(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
