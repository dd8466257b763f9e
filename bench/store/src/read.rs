//! What a store holds, read back.

use std::collections::BTreeMap;

use bench_schema::{
    Artifact, Document, Histogram, ProcessRun, PublishedCalibration, RunRecord, RunStatus, Sample,
};
use rusqlite::{OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use crate::{BenchKey, Filter, Loss, SqliteStore, StoreError};

impl SqliteStore {
    pub(crate) fn json<T: DeserializeOwned>(&self, what: &str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| StoreError::value(&self.path, what, error))
    }

    /// A variant without fields, from the name that serde gives it.
    pub(crate) fn word<T: DeserializeOwned>(&self, what: &str, word: &str) -> Result<T, StoreError> {
        let value = serde_json::Value::String(word.to_owned());
        serde_json::from_value(value).map_err(|error| StoreError::value(&self.path, what, error))
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(self.fail())?;
        let rows = statement.query_map(params, |row| read(row)).map_err(self.fail())?;
        rows.collect::<rusqlite::Result<Vec<T>>>().map_err(self.fail())
    }

    pub(crate) fn read_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.matching(&Filter::default(), -1, false)
    }

    pub(crate) fn read_calibration_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        if self.format < 2 {
            return Ok(Vec::new());
        }
        self.matching(&Filter::default(), -1, true)
    }

    pub(crate) fn read_calibrations(&self, machine: &str) -> Result<Vec<PublishedCalibration>, StoreError> {
        if self.format < 2 {
            return Ok(Vec::new());
        }
        let texts = self.rows(
            "SELECT calibration FROM calibrations WHERE machine = ?1 ORDER BY module, host",
            [machine],
            |row| row.get::<_, String>(0),
        )?;
        texts.iter().map(|text| self.json("calibration", text)).collect()
    }

    pub(crate) fn read_latest(&self, filter: &Filter) -> Result<Option<RunRecord>, StoreError> {
        Ok(self.matching(filter, 1, false)?.pop())
    }

    fn matching(
        &self,
        filter: &Filter,
        limit: i64,
        calibrations: bool,
    ) -> Result<Vec<RunRecord>, StoreError> {
        let status: Option<String> = match filter.status {
            None => None,
            Some(status) => serde_json::to_value(status)
                .map_err(|error| StoreError::value(&self.path, "status", error))?
                .as_str()
                .map(str::to_owned),
        };
        let column = if self.format < 2 { "NULL" } else { "calibration" };
        let sql = format!(
            "SELECT id, started_at, command, commit_id, dirty, status, machine, {column} FROM runs
             WHERE (({column} IS NOT NULL) = ?7)
               AND (?1 IS NULL OR commit_id = ?1)
               AND (?2 IS NULL OR EXISTS (SELECT 1 FROM benches WHERE run = runs.id AND host = ?2))
               AND (?3 IS NULL OR EXISTS
                    (SELECT 1 FROM benches WHERE run = runs.id AND substr(benchmark, 1, length(?3) + 1) = ?3 || '/'))
               AND (?4 IS NULL OR status = ?4)
               AND (?5 IS NULL OR id < ?5)
             ORDER BY id DESC LIMIT ?6"
        );
        let found = self.rows(
            &sql,
            params![filter.commit, filter.host, filter.module, status, filter.before, limit, calibrations],
            |row| {
                let texts: (String, String, Option<String>) = (row.get(5)?, row.get(6)?, row.get(7)?);
                let record: (i64, String, String, Option<String>, bool) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
                Ok((record, texts))
            },
        )?;
        let records = found.into_iter().map(
            |((id, started_at, command, commit, dirty), (status, machine, calibration))| {
                Ok(RunRecord {
                    id,
                    started_at,
                    command,
                    commit,
                    dirty,
                    status: self.as_it_is(id, self.word("status of a run", &status)?),
                    machine: self.json("machine of a run", &machine)?,
                    artifacts: self.artifacts(id)?,
                    calibration: calibration
                        .map(|text| self.json("calibration of a run", &text))
                        .transpose()?,
                })
            },
        );
        records.collect()
    }

    fn artifacts(&self, run: i64) -> Result<Vec<Artifact>, StoreError> {
        self.rows(
            "SELECT module, variant, path, sha256 FROM artifacts WHERE run = ?1 ORDER BY rowid",
            [run],
            |row| {
                Ok(Artifact {
                    module: row.get(0)?,
                    variant: row.get(1)?,
                    path: row.get(2)?,
                    sha256: row.get(3)?,
                })
            },
        )
    }

    pub(crate) fn read_document(&self, run: i64) -> Result<Option<Document>, StoreError> {
        let _: RunStatus = self.status(run)?;
        let text: Option<String> = self
            .connection
            .query_row("SELECT document FROM documents WHERE run = ?1", [run], |row| row.get(0))
            .optional()
            .map_err(self.fail())?;
        text.map(|text| self.json("document of a run", &text)).transpose()
    }

    fn bench_rows(&self, run: i64) -> Result<Vec<(i64, BenchKey)>, StoreError> {
        let _: RunStatus = self.status(run)?;
        let found = self.rows(
            "SELECT id, benchmark, level, host, baseline, candidate FROM benches WHERE run = ?1 ORDER BY id",
            [run],
            |row| {
                let names: [String; 5] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
                Ok((row.get(0)?, names))
            },
        )?;
        let keys = found.into_iter().map(|(id, [benchmark, level, host, baseline, candidate])| {
            let level = self.word("level of a benchmark", &level)?;
            Ok((id, BenchKey { benchmark, level, host, baseline, candidate }))
        });
        keys.collect()
    }

    pub(crate) fn read_benches(&self, run: i64) -> Result<Vec<BenchKey>, StoreError> {
        Ok(self.bench_rows(run)?.into_iter().map(|(_, key)| key).collect())
    }

    pub(crate) fn read_losses(&self, run: i64) -> Result<Vec<Loss>, StoreError> {
        let mut losses = Vec::new();
        for (bench, key) in self.bench_rows(run)? {
            losses.extend(self.rows(
                "SELECT process, error FROM losses WHERE bench = ?1 ORDER BY rowid",
                [bench],
                |row| Ok(Loss { key: key.clone(), process: row.get(0)?, error: row.get(1)? }),
            )?);
        }
        Ok(losses)
    }

    pub(crate) fn read_process_runs(&self, run: i64, key: &BenchKey) -> Result<Vec<ProcessRun>, StoreError> {
        let Some((bench, _)) = self.bench_rows(run)?.into_iter().find(|(_, stored)| stored == key) else {
            return Ok(Vec::new());
        };
        let found = self.rows(
            "SELECT id, process, host_version, max_rss_bytes, job, counters, port_calls, crossings, rejections
             FROM processes WHERE bench = ?1 ORDER BY id",
            [bench],
            |row| {
                let texts: [String; 5] = [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?];
                let facts: (i64, u32, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((facts, texts))
            },
        )?;
        let runs = found.into_iter().map(|((id, process, host_version, rss), texts)| {
            let [job, counters, port_calls, crossings, rejections] = texts;
            Ok(ProcessRun {
                job: self.json("job of a process", &job)?,
                process,
                host_version,
                samples: self.samples(id)?,
                latencies: self.latencies(id)?,
                counters: self.json("counters of a process", &counters)?,
                max_rss_bytes: rss.unsigned_abs(),
                port_calls: self.json("port calls of a process", &port_calls)?,
                crossings: self.json("crossings of a process", &crossings)?,
                copied: BTreeMap::new(),
                rejections: self.json("rejections of a process", &rejections)?,
            })
        });
        runs.collect()
    }

    fn samples(&self, process: i64) -> Result<Vec<Sample>, StoreError> {
        let found = self.rows(
            "SELECT role, round, position, operations, wall_ns, cpu_process_ns, cpu_thread_ns, counters
             FROM samples WHERE process = ?1 ORDER BY sequence",
            [process],
            |row| {
                let role: String = row.get(0)?;
                let place: (u32, u32) = (row.get(1)?, row.get(2)?);
                let amounts: [i64; 4] = [row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?];
                let counters: Option<String> = row.get(7)?;
                Ok((role, place, amounts.map(i64::unsigned_abs), counters))
            },
        )?;
        let samples = found.into_iter().map(|(role, (round, position), amounts, counters)| {
            let [operations, wall_ns, cpu_process_ns, cpu_thread_ns] = amounts;
            let counters = match counters {
                None => BTreeMap::new(),
                Some(text) => self.json("counters of a sample", &text)?,
            };
            let role = self.word("role of a sample", &role)?;
            Ok(Sample { role, round, position, operations, wall_ns, cpu_process_ns, cpu_thread_ns, counters })
        });
        samples.collect()
    }

    fn latencies(&self, process: i64) -> Result<BTreeMap<bench_schema::Role, Histogram>, StoreError> {
        let found =
            self.rows("SELECT role, histogram FROM histograms WHERE process = ?1", [process], |row| {
                let texts: (String, String) = (row.get(0)?, row.get(1)?);
                Ok(texts)
            })?;
        let latencies = found
            .into_iter()
            .map(|(role, histogram)| Ok((self.word("role of a histogram", &role)?, Histogram(histogram))));
        latencies.collect()
    }
}
