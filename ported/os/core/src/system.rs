use std::mem::MaybeUninit;

use node_error::SyscallError;

use crate::proc_file::{decimal, with_start_of};

/// Large enough for all of /proc/uptime and /proc/loadavg.
const SHORT: usize = 127;
/// The kernel's own limit and a NUL byte (`UV_MAXHOSTNAMESIZE`).
const HOSTNAME: usize = 65;

/// Room for the machine's name.
#[derive(Clone, Debug)]
pub struct HostnameBuffer([u8; HOSTNAME]);

impl Default for HostnameBuffer {
    fn default() -> Self {
        HostnameBuffer([0; HOSTNAME])
    }
}

/// The machine's name (`uv_os_gethostname`), any bytes.
///
/// # Errors
/// With the syscall `uv_os_gethostname`, as Node reports it.
pub fn hostname(buffer: &mut HostnameBuffer) -> Result<&[u8], SyscallError> {
    let name = &mut buffer.0;
    // SAFETY: `name` is writable for the length that is given.
    let status = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) };
    if status != 0 {
        return Err(SyscallError::last("uv_os_gethostname"));
    }
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    Ok(&name[..length])
}

/// Seconds since the machine started (`uv_uptime`): /proc/uptime, which is right in containers too, or else
/// the clock.
///
/// # Errors
/// With the syscall `uv_uptime`, as Node reports it.
pub fn uptime() -> Result<f64, SyscallError> {
    if let Ok(Some(seconds)) = with_start_of::<SHORT, _>("/proc/uptime", parse_uptime) {
        return Ok(seconds);
    }
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid out-pointer.
    if unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) } != 0 {
        return Err(SyscallError::last("uv_uptime"));
    }
    Ok(now.tv_sec as f64)
}

/// Processes that ran or waited, on average over 1, 5 and 15 minutes (`uv_loadavg`); `None` if the kernel
/// does not say, where libuv leaves the caller's numbers as they were.
pub fn load_average() -> Option<[f64; 3]> {
    if let Ok(Some(loads)) = with_start_of::<SHORT, _>("/proc/loadavg", parse_loadavg) {
        return Some(loads);
    }
    // The kernel counts in units of 1/65536.
    system_info().map(|info| info.loads.map(|load| load as f64 / 65536.0))
}

fn parse_uptime(text: &[u8]) -> Option<f64> {
    decimal(text).map(|(seconds, _)| seconds)
}

fn parse_loadavg(text: &[u8]) -> Option<[f64; 3]> {
    let (one, text) = decimal(text)?;
    let (five, text) = decimal(text)?;
    let (fifteen, _) = decimal(text)?;
    Some([one, five, fifteen])
}

pub(crate) fn system_info() -> Option<libc::sysinfo> {
    let mut info = MaybeUninit::uninit();
    // SAFETY: `info` is a valid out-pointer.
    let status = unsafe { libc::sysinfo(info.as_mut_ptr()) };
    // SAFETY: the call has filled it when it answers 0.
    (status == 0).then(|| unsafe { info.assume_init() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn recorded_texts() {
        assert_eq!(parse_uptime(b"1699.08 3076.33\n"), Some(1699.08));
        assert_eq!(parse_loadavg(b"0.22 0.26 0.19 4/103 17783\n"), Some([0.22, 0.26, 0.19]));
    }

    #[test]
    fn malformed_texts_are_refused() {
        for text in [&b""[..], b"\n", b"soon", b". ", b"\xff\xfe"] {
            assert_eq!(parse_uptime(text), None, "{text:?}");
        }
        for text in [&b""[..], b"0.22 0.26", b"0.22 0.26 x", b"0.22,0.26,0.19"] {
            assert_eq!(parse_loadavg(text), None, "{text:?}");
        }
    }

    #[test]
    fn this_machine_answers() {
        let name = std::fs::read("/proc/sys/kernel/hostname").expect("a name");
        assert_eq!(hostname(&mut HostnameBuffer::default()).expect("a name"), name.trim_ascii());
        let (before, after) = (uptime().expect("a time"), uptime().expect("a time"));
        assert!(before > 0.0 && after >= before && after - before < 60.0, "{before} {after}");
        assert!(load_average().expect("numbers").iter().all(|load| (0.0..100_000.0).contains(load)));
        assert!(system_info().expect("filled").totalram > 0);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in prop::collection::vec(any::<u8>(), 0..140)) {
            parse_uptime(&text);
            parse_loadavg(&text);
        }

        #[test]
        fn loads_come_back(loads in prop::array::uniform3(0_u32..10_000_000)) {
            let [one, five, fifteen] = loads.map(|load| f64::from(load) / 100.0);
            let text = format!("{one:.2} {five:.2} {fifteen:.2} 1/2 3\n");
            prop_assert_eq!(parse_loadavg(text.as_bytes()), Some([one, five, fifteen]));
        }
    }
}
