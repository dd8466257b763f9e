//! Other processes that keep the processors busy, to see what a gate makes of it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::LabError;

/// Ends by itself when the program that started it does.
const SPIN: &str =
    "const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e7; i++);";

/// One busy process a processor, until this is dropped.
#[derive(Debug)]
pub struct Busy {
    children: Vec<Child>,
}

impl Busy {
    /// Starts them on a host's binary.
    ///
    /// # Errors
    /// A process that cannot be started.
    pub fn start(host: &Path) -> Result<Busy, LabError> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut busy = Busy { children: Vec::new() };
        for _ in 0..processors {
            let mut command = Command::new(host);
            command.args(["-e", SPIN]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            busy.children.push(command.spawn().map_err(LabError::file(host))?);
        }
        Ok(busy)
    }

    /// How many still run; fewer than were started when somebody ended them.
    pub fn running(&mut self) -> usize {
        self.children.iter_mut().filter_map(|child| child.try_wait().ok()).filter(Option::is_none).count()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.children {
            // Killing fails only for one that has ended; either way it is ours to reap.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_run_until_they_are_dropped() {
        // Any program that does not end by itself will do; it ignores what follows.
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("host");
        std::fs::write(&program, "#!/bin/sh\nexec sleep 60\n").unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let mut busy = Busy::start(&program).unwrap();
        assert_eq!(busy.running(), std::thread::available_parallelism().unwrap().get());
        let pid = busy.children[0].id();
        drop(busy);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
        assert!(Busy::start(&folder.path().join("absent")).is_err());
    }
}
