//! Fencing of what callgrind counts: valgrind's client requests (valgrind.h and callgrind.h of valgrind 3.19,
//! "Client Requests" in its manual). Outside of valgrind a request is six instructions that do nothing.

/// `RUNNING_ON_VALGRIND`: how many valgrinds there are around this process.
const RUNNING_ON_VALGRIND: u64 = 0x1001;
/// Callgrind's own requests begin at `VG_USERREQ_TOOL_BASE('C', 'T')`.
const CALLGRIND: u64 = (b'C' as u64) << 24 | (b'T' as u64) << 16;
const ZERO_STATS: u64 = CALLGRIND + 1;
const START_INSTRUMENTATION: u64 = CALLGRIND + 4;
const STOP_INSTRUMENTATION: u64 = CALLGRIND + 5;

/// Begins or ends counting. False outside of valgrind, where nothing counts.
pub(crate) fn count(on: bool) -> bool {
    if request(RUNNING_ON_VALGRIND) == 0 {
        return false;
    }
    if on {
        request(ZERO_STATS);
        request(START_INSTRUMENTATION);
    } else {
        request(STOP_INSTRUMENTATION);
    }
    true
}

/// What valgrind answers; 0 without it.
#[cfg(target_arch = "x86_64")]
fn request(number: u64) -> u64 {
    // The request and its five arguments, none of which these requests have.
    let block = [number, 0, 0, 0, 0, 0];
    let mut answer = 0_u64;
    // SAFETY: the rotations add up to 128 bits, so rdi ends as it began, and exchanging rbx with itself changes
    // nothing. Under valgrind this sequence reads `block`, which is live, and writes rdx alone.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") block.as_ptr(),
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}

#[cfg(not(target_arch = "x86_64"))]
fn request(_number: u64) -> u64 {
    0
}
