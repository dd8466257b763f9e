use crate::proc_file::{number, with_start_of};
use crate::system::system_info;

/// Large enough for the fields that are read, which are the first and the third of /proc/meminfo.
const MEMINFO: usize = 511;

/// Memory that new programs could have without swapping, in bytes (`uv_get_free_memory`); 0 if nothing says.
pub fn free_memory() -> u64 {
    memory(b"MemAvailable:", |info| info.freeram)
}

/// Physical memory, in bytes (`uv_get_total_memory`); 0 if nothing says.
pub fn total_memory() -> u64 {
    memory(b"MemTotal:", |info| info.totalram)
}

fn memory(field: &[u8], fallback: impl FnOnce(&libc::sysinfo) -> libc::c_ulong) -> u64 {
    match with_start_of::<MEMINFO, _>("/proc/meminfo", |text| parse_meminfo(text, field)) {
        Ok(bytes) if bytes != 0 => bytes,
        // Kernels before 3.14 have no MemAvailable.
        _ => system_info().map_or(0, |info| fallback(&info).saturating_mul(u64::from(info.mem_unit))),
    }
}

/// The value of a field such as `MemTotal:`, in bytes; 0 if it is absent or no number.
fn parse_meminfo(text: &[u8], field: &[u8]) -> u64 {
    let value = text.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(field)).and_then(number);
    value.map_or(0, |(kibibytes, _)| kibibytes.wrapping_mul(1024))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECORDED: &[u8] = b"MemTotal:       24684084 kB
MemFree:        23187696 kB
MemAvailable:   24257940 kB
Buffers:            5468 kB
";

    #[test]
    fn fields_are_bytes() {
        assert_eq!(parse_meminfo(RECORDED, b"MemTotal:"), 24_684_084 * 1024);
        assert_eq!(parse_meminfo(RECORDED, b"MemAvailable:"), 24_257_940 * 1024);
    }

    #[test]
    fn what_is_absent_or_malformed_is_zero() {
        assert_eq!(parse_meminfo(b"", b"MemTotal:"), 0);
        assert_eq!(parse_meminfo(b"MemTotal:", b"MemTotal:"), 0);
        assert_eq!(parse_meminfo(b"MemTotal: many kB", b"MemTotal:"), 0);
        assert_eq!(parse_meminfo(b"MemTotal", b"MemTotal:"), 0);
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(total_memory() > 64 << 20, "{}", total_memory());
        assert!((1..=total_memory()).contains(&free_memory()), "{}", free_memory());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in prop::collection::vec(any::<u8>(), 0..200)) {
            parse_meminfo(&text, b"MemTotal:");
        }

        #[test]
        fn any_value_is_found_after_any_other_field(kibibytes in 0_u64..1 << 50, before in "[A-Z][a-z]{0,9}: +[0-9]{1,9} kB\n") {
            let text = format!("{before}MemAvailable: {kibibytes:>12} kB\n");
            prop_assert_eq!(parse_meminfo(text.as_bytes(), b"MemAvailable:"), kibibytes * 1024);
        }
    }
}
