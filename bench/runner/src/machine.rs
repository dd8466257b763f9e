//! Which machine and which commit a run belongs to.

use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

use bench_schema::Machine;
use sha2::{Digest as _, Sha256};

const GIB: u64 = 1 << 30;

/// The checkout's commit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// Whether the checkout differs from it.
    pub dirty: bool,
}

/// The commit of the checkout at `root`; `None` without git or outside a checkout.
pub fn commit(root: &Path) -> Option<Commit> {
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    Some(Commit { id: git(&["rev-parse", "HEAD"])?, dirty: !git(&["status", "--porcelain"])?.is_empty() })
}

/// The machine that this program runs on, with `scratch` as the folder for the processes' files. What the
/// system does not tell is empty or 0.
pub fn machine(scratch: &Path) -> Machine {
    let mut machine = Machine {
        fingerprint: String::new(),
        cpu: field("/proc/cpuinfo", "model name").unwrap_or_default(),
        cpus: std::thread::available_parallelism().map_or(0, |count| count.get() as u32),
        memory_bytes: memory_bytes(),
        kernel: format!("{} {}", line("/proc/sys/kernel/ostype"), line("/proc/sys/kernel/osrelease")),
        os: os_name(),
        scratch_fs: file_system(scratch),
    };
    machine.fingerprint = machine_fingerprint(&machine);
    machine
}

/// The fingerprint that a machine of these facts has. It is the same after a restart: what a kernel keeps of the memory
/// for itself differs from boot to boot, and its last numbers with each security update.
pub fn machine_fingerprint(machine: &Machine) -> String {
    let Machine { fingerprint: _, cpu, cpus, memory_bytes, kernel, os, scratch_fs } = machine;
    let memory_gib = (memory_bytes + GIB / 2) / GIB;
    let kernel: Vec<&str> = kernel.split('.').take(2).collect();
    let facts = format!("{cpu}\n{cpus}\n{memory_gib}\n{}\n{os}\n{scratch_fs}", kernel.join("."));
    hex(&Sha256::digest(facts.as_bytes())[..8])
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn line(path: &str) -> String {
    read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The value of the first `name : value` line.
fn field(path: &str, name: &str) -> Option<String> {
    let text = read_to_string(path).ok()?;
    let (_, value) =
        text.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

fn memory_bytes() -> u64 {
    let total = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    total.split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() * 1024
}

fn os_name() -> String {
    let release = read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or_default().trim_matches('"').to_owned()
}

/// The type of the file system that holds `folder`.
fn file_system(folder: &Path) -> String {
    let mounts = read_to_string("/proc/self/mounts").unwrap_or_default();
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(mount, _)| folder.starts_with(mount))
        // The innermost mount holds it; of several on one folder the last covers the others.
        .max_by_key(|(mount, _)| mount.len())
        .map_or_else(String::new, |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(memory_bytes: u64, kernel: &str) -> String {
        let machine = Machine {
            fingerprint: String::new(),
            cpu: "A processor".into(),
            cpus: 2,
            memory_bytes,
            kernel: kernel.into(),
            os: "An OS 12".into(),
            scratch_fs: "tmpfs".into(),
        };
        machine_fingerprint(&machine)
    }

    #[test]
    fn a_restart_leaves_the_fingerprint_and_another_machine_has_another() {
        let usual = fingerprint(25_276_502_016, "Linux 6.18.44-a");
        assert_eq!(usual, fingerprint(25_276_100_608, "Linux 6.18.51-b"));
        assert_ne!(usual, fingerprint(33_866_502_016, "Linux 6.18.44-a"));
        assert_ne!(usual, fingerprint(25_276_502_016, "Linux 6.1.44-a"));
    }
}
