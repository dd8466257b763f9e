//! Messages of the driver, put together to a run.

use std::collections::BTreeMap;

use bench_schema::{Histogram, Job, Message, ProcessRun, Role};

use super::spawn::HostProcess;
use crate::ProcessFault;

/// A line longer than this is shown in part.
const SHOWN: usize = 300;

pub(super) struct Collector {
    run: ProcessRun,
    /// Operations of a slice, by role.
    operations: BTreeMap<Role, u64>,
    done: bool,
}

impl Collector {
    pub(super) fn new(job: Job, process: u32) -> Collector {
        let run = ProcessRun {
            job,
            process,
            host_version: String::new(),
            samples: Vec::new(),
            latencies: BTreeMap::new(),
            counters: Vec::new(),
            max_rss_bytes: 0,
            port_calls: BTreeMap::new(),
            crossings: BTreeMap::new(),
            copied: BTreeMap::new(),
            rejections: Vec::new(),
        };
        Collector { run, operations: BTreeMap::new(), done: false }
    }

    pub(super) fn accept(&mut self, line: &str) -> Result<(), ProcessFault> {
        let message = serde_json::from_str(line).map_err(|error| {
            let shown: String = line.chars().take(SHOWN).collect();
            ProcessFault::Protocol { line: format!("{shown} ({error})") }
        })?;
        let run = &mut self.run;
        match message {
            Message::Ready { host_version, operations, counters } => {
                self.operations = operations;
                run.host_version = host_version;
                run.counters = counters;
            }
            Message::Sample(sample) => run.samples.push(sample),
            Message::Rejected { role, round, expected, actual } => run.rejections.push(format!(
                "round {round} of the {} arm yielded {actual} instead of {expected} ({})",
                role.as_str(),
                run.job.workload.display()
            )),
            Message::Latency { role, histogram } => {
                run.latencies.insert(role, Histogram(histogram));
            }
            Message::Done { max_rss_bytes, port_calls, crossings, copied } => {
                (run.max_rss_bytes, run.port_calls) = (max_rss_bytes, port_calls);
                (run.crossings, run.copied) = (crossings, copied);
                self.done = true;
            }
            Message::Failed { error } => return Err(ProcessFault::Failed(error)),
        }
        Ok(())
    }

    /// Whether the process said that it was done and then ended well.
    pub(super) fn verdict(&self, process: &mut HostProcess) -> Result<(), ProcessFault> {
        match process.status() {
            Some(status) if self.done && status.success() => Ok(()),
            Some(status) => Err(ProcessFault::Died { status: status.to_string(), stderr: process.output() }),
            None => Err(ProcessFault::Died {
                status: "it closed its results and did not exit".into(),
                stderr: process.output(),
            }),
        }
    }

    pub(super) fn operations(&self, role: Role) -> Option<u64> {
        self.operations.get(&role).copied()
    }

    pub(super) fn into_run(self) -> ProcessRun {
        self.run
    }

    /// What there is, if there is anything.
    pub(super) fn into_partial(self) -> Option<Box<ProcessRun>> {
        let empty = self.run.samples.is_empty() && self.run.rejections.is_empty();
        (!empty).then(|| Box::new(self.run))
    }
}
