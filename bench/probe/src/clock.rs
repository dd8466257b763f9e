//! The three clocks of a slice and the peak memory of the process, as the kernel gives them.

/// The clocks of a slice, in the order in which `read` writes them.
const CLOCKS: [libc::clockid_t; 3] =
    [libc::CLOCK_MONOTONIC, libc::CLOCK_PROCESS_CPUTIME_ID, libc::CLOCK_THREAD_CPUTIME_ID];

/// Elapsed time, CPU time of the process and CPU time of the calling thread, in nanoseconds.
pub(crate) fn clocks_ns() -> [u64; 3] {
    CLOCKS.map(read_ns)
}

/// `CLOCK_MONOTONIC` in nanoseconds.
pub(crate) fn monotonic_ns() -> u64 {
    read_ns(libc::CLOCK_MONOTONIC)
}

fn read_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a live timespec; all clocks of this module exist on every Linux since 2.6.12.
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    assert_eq!(status, 0, "clock_gettime({clock}) failed: {}", std::io::Error::last_os_error());
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// `ru_maxrss` of the process, in bytes.
pub(crate) fn max_rss_bytes() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is a live rusage for the call, which fills it; zeroes are a valid rusage in any case.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    // Linux counts in KiB.
    usage.ru_maxrss as u64 * 1024
}
