use std::fs::File;
use std::io::{self, Read};

use node_error::SyscallError;

use crate::proc_file::{number, with_start_of};

/// CPUs beyond the kernel's own maximum are left out, as in libuv.
const MOST_CPUS: u32 = 8192;
/// libuv keeps a model in 64 bytes, the last of them a NUL.
const MODEL: usize = 63;
/// /proc counts in hundredths of a second, whatever the kernel's own tick is.
const MS_PER_TICK: u64 = 10;

/// A logical CPU.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cpu {
    /// `model name` of /proc/cpuinfo in Latin-1, `unknown` where it has none.
    pub model: Vec<u8>,
    /// What the frequency driver says now; 0 without one.
    pub speed_mhz: u64,
    /// Time in user mode.
    pub user_ms: u64,
    /// Time in user mode at low priority.
    pub nice_ms: u64,
    /// Time in the kernel.
    pub sys_ms: u64,
    /// Time with nothing to do.
    pub idle_ms: u64,
    /// Time in interrupts.
    pub irq_ms: u64,
}

/// The CPUs that are online, by number (`uv_cpu_info`).
///
/// # Errors
/// If /proc/stat cannot be read, with the syscall `uv_cpu_info`.
pub fn cpus() -> Result<Vec<Cpu>, SyscallError> {
    let stat = read_stat().map_err(|error| SyscallError::from_io(&error, "uv_cpu_info"))?;
    let mut times = parse_stat(&stat);
    // As in libuv, a CPU that is listed twice has its last times.
    times.sort_by_key(|times| times.cpu);
    times.dedup_by(|later, kept| {
        let same = later.cpu == kept.cpu;
        if same {
            *kept = *later;
        }
        same
    });
    let models = std::fs::read("/proc/cpuinfo").map(|text| parse_cpuinfo(&text)).unwrap_or_default();
    Ok(times.into_iter().map(|times| times.cpu_of(&models, speed_mhz(times.cpu))).collect())
}

/// What the frequency driver says of a CPU.
fn speed_mhz(cpu: u32) -> u64 {
    let path = format!("/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq");
    let khz = with_start_of::<32, _>(&path, |text| number(text).map_or(0, |(khz, _)| khz));
    khz.unwrap_or(0) / 1000
}

/// /proc/stat up to the end of its lines about CPUs: the line of interrupts after them is far longer.
fn read_stat() -> io::Result<Vec<u8>> {
    let mut file = File::open("/proc/stat")?;
    let mut text = vec![0; 4096];
    let mut length = 0;
    loop {
        match file.read(&mut text[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if text[..length].windows(5).any(|window| window == b"\nintr") {
            break;
        }
        if length == text.len() {
            text.resize(2 * length, 0);
        }
    }
    text.truncate(length);
    Ok(text)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Times {
    cpu: u32,
    user: u64,
    nice: u64,
    sys: u64,
    idle: u64,
    irq: u64,
}

impl Times {
    fn cpu_of(self, models: &Models, speed_mhz: u64) -> Cpu {
        let ms = |ticks: u64| ticks.wrapping_mul(MS_PER_TICK);
        Cpu {
            model: models.model_of(self.cpu).to_vec(),
            speed_mhz,
            user_ms: ms(self.user),
            nice_ms: ms(self.nice),
            sys_ms: ms(self.sys),
            idle_ms: ms(self.idle),
            irq_ms: ms(self.irq),
        }
    }
}

/// The lines `cpuN …` after the first line, which is the sum of all; the first other line ends them.
fn parse_stat(text: &[u8]) -> Vec<Times> {
    let lines = text.split(|&byte| byte == b'\n').skip(1);
    lines.map_while(parse_stat_line).filter(|times| times.cpu < MOST_CPUS).collect()
}

/// `cpu0 user nice system idle iowait irq …`
fn parse_stat_line(line: &[u8]) -> Option<Times> {
    let digits = line.strip_prefix(b"cpu")?;
    let (cpu, mut rest) = number(digits)?;
    let mut ticks = [0; 6];
    for tick in &mut ticks {
        (*tick, rest) = number(rest)?;
    }
    let [user, nice, sys, idle, _iowait, irq] = ticks;
    Some(Times { cpu: u32::try_from(cpu).unwrap_or(u32::MAX), user, nice, sys, idle, irq })
}

/// The one model that libuv reports, and the CPUs that it reports it for.
///
/// libuv looks for a model among those that it has seen, but its first empty slot matches every name: all CPUs
/// of a machine with several models are given the first one. So here too, for the port must answer as native.
#[derive(Debug, Default, Eq, PartialEq)]
struct Models {
    model: Vec<u8>,
    cpus: Vec<u32>,
}

impl Models {
    fn model_of(&self, cpu: u32) -> &[u8] {
        if self.cpus.contains(&cpu) { &self.model } else { b"unknown" }
    }
}

/// Blocks of lines that begin with `processor : N` and end with an empty line. The model is looked for to the
/// end of the text, as libuv does.
fn parse_cpuinfo(text: &[u8]) -> Models {
    let mut models = Models::default();
    let mut lines = text.split(|&byte| byte == b'\n');
    let mut line = lines.next();
    loop {
        // White space, empty lines too, is skipped before the next block.
        while line.is_some_and(|line| line.trim_ascii().is_empty()) {
            line = lines.next();
        }
        let Some(cpu) = line.and_then(parse_processor) else { return models };
        if let Some(model) = lines.by_ref().find_map(|line| line.strip_prefix(b"model name\t: ")) {
            if models.cpus.is_empty() {
                models.model = model[..model.len().min(MODEL)].to_vec();
            }
            models.cpus.push(cpu);
        }
        line = lines.by_ref().find(|line| line.is_empty());
    }
}

/// `processor : N`
fn parse_processor(line: &[u8]) -> Option<u32> {
    let rest = line.strip_prefix(b"processor")?.trim_ascii_start().strip_prefix(b":")?;
    u32::try_from(number(rest)?.0).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STAT: &[u8] = b"cpu  23086 0 6682 307633 1240 0 111 14 0 0
cpu0 10853 1 3117 155133 201 5 15 7 0 0
cpu1 12232 2 3564 152500 1039 6 95 7 0 0
intr 540175 0 0
cpu7 1 1 1 1 1 1 1
";

    const CPUINFO: &[u8] = b"processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) Processor
cpu MHz\t\t: 2599.998

processor\t: 1
model name\t: Another

";

    #[test]
    fn times_are_those_of_each_cpu() {
        let times = parse_stat(STAT);
        assert_eq!(times.len(), 2);
        assert_eq!(times[0], Times { cpu: 0, user: 10853, nice: 1, sys: 3117, idle: 155_133, irq: 5 });
        let cpu = times[1].cpu_of(&parse_cpuinfo(CPUINFO), 2600);
        assert_eq!((cpu.user_ms, cpu.nice_ms, cpu.sys_ms), (122_320, 20, 35640));
        assert_eq!((cpu.idle_ms, cpu.irq_ms, cpu.speed_mhz), (1_525_000, 60, 2600));
    }

    #[test]
    fn every_cpu_has_the_first_model_as_in_libuv() {
        let models = parse_cpuinfo(CPUINFO);
        assert_eq!(models, Models { model: b"Intel(R) Xeon(R) Processor".to_vec(), cpus: vec![0, 1] });
        assert_eq!(models.model_of(1), b"Intel(R) Xeon(R) Processor");
        assert_eq!(models.model_of(2), b"unknown");
    }

    #[test]
    fn a_long_model_is_cut() {
        let text = format!("processor\t: 3\nmodel name\t: {}\n\n", "m".repeat(100));
        assert_eq!(parse_cpuinfo(text.as_bytes()).model_of(3), "m".repeat(63).as_bytes());
    }

    #[test]
    fn a_block_without_a_model_takes_the_next_ones() {
        let text =
            b"processor: 0\nBogoMIPS: 1\n\nprocessor: 1\nmodel name\t: M\n\nprocessor: 2\nmodel name\t: M\n";
        assert_eq!(parse_cpuinfo(text), Models { model: b"M".to_vec(), cpus: vec![0, 2] });
    }

    #[test]
    fn malformed_texts_are_empty() {
        for text in [&b""[..], b"\n", b"cpu0 1 2 3 4 5 6", b"cpu\ncpu0 1 2 3 4 5", b"cpu\ncpux 1 2 3 4 5 6"] {
            assert_eq!(parse_stat(text), [], "{text:?}");
        }
        assert_eq!(parse_stat(b"cpu\ncpu9000 1 2 3 4 5 6\ncpu1 1 2 3 4 5 6").len(), 1);
        assert_eq!(parse_stat(b"cpu\ncpu99999999999999999999 1 2 3 4 5 6").len(), 0);
        for text in
            [&b""[..], b"\n\n", b"processor", b"processor\t: x", b"processor\t: 0", b"model name\t: M"]
        {
            assert_eq!(parse_cpuinfo(text), Models::default(), "{text:?}");
        }
    }

    #[test]
    fn this_machine_has_cpus() {
        let cpus = cpus().expect("readable");
        let online = std::fs::read_to_string("/proc/stat").expect("readable");
        assert_eq!(cpus.len(), online.lines().skip(1).filter(|line| line.starts_with("cpu")).count());
        assert!(cpus.iter().any(|cpu| cpu.idle_ms > 0), "{cpus:?}");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in prop::collection::vec(any::<u8>(), 0..400)) {
            parse_stat(&text);
            parse_cpuinfo(&text);
        }

        #[test]
        fn a_damaged_text_is_read(at in 0..STAT.len(), byte in any::<u8>(), cut in 0..CPUINFO.len()) {
            let mut text = STAT.to_vec();
            text[at] = byte;
            prop_assert!(parse_stat(&text).len() <= 3);
            prop_assert!(parse_cpuinfo(&CPUINFO[..cut]).cpus.len() <= 2);
        }

        #[test]
        fn times_come_back(rows in prop::collection::vec((0_u32..8192, prop::array::uniform6(any::<u64>())), 0..20)) {
            let lines = rows.iter().map(|(cpu, ticks)| {
                let ticks = ticks.map(|tick| tick.to_string()).join(" ");
                format!("cpu{cpu} {ticks} 0 0\n")
            });
            let text = format!("cpu  1 2 3 4 5 6 7\n{}intr 1\n", lines.collect::<String>());
            let times = parse_stat(text.as_bytes());
            let expected: Vec<Times> = rows
                .into_iter()
                .map(|(cpu, [user, nice, sys, idle, _, irq])| Times { cpu, user, nice, sys, idle, irq })
                .collect();
            prop_assert_eq!(times, expected);
        }
    }
}
