//! perf-event counters of the whole process. A counter that the kernel refuses is reported with the kernel's
//! reason and has no value: 0 would read as "nothing happened".

use std::io;
use std::os::fd::AsRawFd as _;

use perf_event::events::{Event, Hardware, Software};
use perf_event::{Builder, Counter};

/// What is asked of the kernel, by the kernel's own names.
fn wanted() -> Vec<(&'static str, Event)> {
    vec![
        ("instructions", Hardware::INSTRUCTIONS.into()),
        ("cycles", Hardware::CPU_CYCLES.into()),
        ("branch-misses", Hardware::BRANCH_MISSES.into()),
        ("cache-misses", Hardware::CACHE_MISSES.into()),
        ("page-faults", Software::PAGE_FAULTS.into()),
        ("context-switches", Software::CONTEXT_SWITCHES.into()),
        ("cpu-migrations", Software::CPU_MIGRATIONS.into()),
    ]
}

/// The counters of the process: those that run, and what became of the others.
pub(crate) struct CounterSet {
    running: Vec<ProcessCounter>,
    report: Vec<Report>,
}

/// Whether the kernel gave a counter.
pub(crate) struct Report {
    pub(crate) name: &'static str,
    /// `None` when it runs, else the kernel's answer.
    pub(crate) reason: Option<String>,
}

/// One event, counted on every thread that existed at the start and on all that these start later.
struct ProcessCounter {
    threads: Vec<Counter>,
}

impl CounterSet {
    /// Opens every counter that the kernel gives.
    pub(crate) fn open() -> CounterSet {
        let mut set = CounterSet { running: Vec::new(), report: Vec::new() };
        for (name, event) in wanted() {
            let reason = match ProcessCounter::open(&event) {
                Ok(counter) => {
                    set.running.push(counter);
                    None
                }
                Err(error) => Some(explain(&error)),
            };
            set.report.push(Report { name, reason });
        }
        set
    }

    /// All that were asked for, in a fixed order; those without a reason are the ones that [`Self::read`]
    /// yields, in the same order.
    pub(crate) fn report(&self) -> &[Report] {
        &self.report
    }

    /// The number of values that [`Self::read`] yields.
    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }

    /// The counts since the counters were opened.
    pub(crate) fn read(&self) -> impl Iterator<Item = u64> {
        self.running.iter().map(ProcessCounter::read)
    }
}

impl ProcessCounter {
    fn open(event: &Event) -> io::Result<ProcessCounter> {
        let mut threads = Vec::new();
        for entry in std::fs::read_dir("/proc/self/task")? {
            let Some(tid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            match open_thread(event, tid) {
                Ok(counter) => threads.push(counter),
                // The thread ended between the listing and the call.
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ProcessCounter { threads })
    }

    fn read(&self) -> u64 {
        // A descriptor that opened does not stop being readable; a thread that ended keeps its count.
        self.threads.iter().map(count).sum()
    }
}

/// What a counter has counted. `Counter::read` would panic where its two clocks disagree by a hair, as they do on
/// virtual machines: it holds that nothing ran longer than it was enabled.
fn count(counter: &Counter) -> u64 {
    // perf_event_open(2), with the read format that the builder asks for: count, time enabled, time running.
    let mut words = [0_u64; 3];
    // SAFETY: the descriptor is the counter's, and `words` has room for what is read.
    let read = unsafe { libc::read(counter.as_raw_fd(), words.as_mut_ptr().cast(), size_of_val(&words)) };
    if read > 0 { words[0] } else { 0 }
}

fn open_thread(event: &Event, tid: libc::pid_t) -> io::Result<Counter> {
    // Context switches and most page faults happen inside the kernel: without it they would count as 0.
    let mut builder = Builder::new().kind(event.clone()).observe_pid(tid);
    builder.inherit(true).include_kernel().enabled(true);
    builder.build()
}

fn explain(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => {
            let paranoid =
                std::fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
            format!(
                "{error}: kernel.perf_event_paranoid is {}; counting kernel work needs 1 or less, or CAP_PERFMON",
                paranoid.trim()
            )
        }
        Some(libc::ENOENT | libc::ENODEV | libc::EOPNOTSUPP) => {
            format!("{error}: this machine (often a virtual one) has no such counter")
        }
        _ => error.to_string(),
    }
}
