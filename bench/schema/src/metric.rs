use serde::{Deserialize, Serialize};

/// A quantity that a row compares.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// CPU time of all threads of the host process (`CLOCK_PROCESS_CPUTIME_ID`).
    CpuProcess,
    /// CPU time of the JavaScript thread (`CLOCK_THREAD_CPUTIME_ID`).
    CpuThread,
    /// Elapsed time (`CLOCK_MONOTONIC`).
    Wall,
    /// Median latency of one operation.
    P50,
    /// 99th percentile of the latency of one operation.
    P99,
    /// 99.9th percentile of the latency of one operation.
    P999,
    /// 99.99th percentile of the latency of one operation.
    P9999,
    /// Peak resident set of a process that runs one arm alone (`ru_maxrss`).
    MaxRss,
}

impl Metric {
    /// All metrics, in the order in which documents list them.
    pub const ALL: [Metric; 8] = [
        Metric::CpuProcess,
        Metric::CpuThread,
        Metric::Wall,
        Metric::P50,
        Metric::P99,
        Metric::P999,
        Metric::P9999,
        Metric::MaxRss,
    ];

    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Metric::CpuProcess => "cpu_process",
            Metric::CpuThread => "cpu_thread",
            Metric::Wall => "wall",
            Metric::P50 => "p50",
            Metric::P99 => "p99",
            Metric::P999 => "p999",
            Metric::P9999 => "p9999",
            Metric::MaxRss => "max_rss",
        }
    }

    /// The quantile of latency that it is, as a fraction; `None` for the other metrics.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Metric::P50 => Some(0.5),
            Metric::P99 => Some(0.99),
            Metric::P999 => Some(0.999),
            Metric::P9999 => Some(0.9999),
            Metric::CpuProcess | Metric::CpuThread | Metric::Wall | Metric::MaxRss => None,
        }
    }

    /// The unit of the underlying samples (the row's ratio has none).
    pub fn unit(self) -> Unit {
        match self {
            Metric::MaxRss => Unit::Bytes,
            _ => Unit::Nanoseconds,
        }
    }
}

/// The unit of a metric's samples.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Unit {
    /// Nanoseconds an operation.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// Bytes.
    #[serde(rename = "bytes")]
    Bytes,
}
