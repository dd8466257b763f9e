//! What a file that is looked at again and again has become, as libuv's `uv_fs_poll` tells it.

use std::ffi::CString;
use std::time::{Duration, Instant};

use crate::stat::{Stat, stat};

/// A file under observation.
#[derive(Debug)]
pub struct StatPoll {
    path: CString,
    interval: Duration,
    last: Option<Result<Stat, i32>>,
}

impl StatPoll {
    /// `interval` is in milliseconds; 0 is read as 1.
    pub fn new(path: CString, interval: u32) -> Self {
        Self { path, interval: Duration::from_millis(u64::from(interval.max(1))), last: None }
    }

    /// Looks at the file. Tells what it finds when that differs from the last time, and always the first time: a
    /// stat, or the errno.
    pub fn look(&mut self) -> Option<Result<Stat, i32>> {
        let found = stat(&self.path).map_err(|error| error.errno);
        let same = match (&self.last, &found) {
            (Some(Ok(last)), Ok(found)) => last.is_same_file_state(found),
            (Some(Err(last)), Err(found)) => last == found,
            _ => false,
        };
        self.last = Some(found);
        (!same).then_some(found)
    }

    /// When to look again, after a look that began at `began` and has just ended at `now`: on the grid of intervals
    /// from its beginning.
    pub fn next_look(&self, began: Instant, now: Instant) -> Instant {
        let interval = self.interval.as_millis();
        let late = (now - began).as_millis() % interval;
        now + Duration::from_millis((interval - late) as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn the_first_look_tells_and_later_ones_tell_changes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut poll = StatPoll::new(CString::new(path.as_os_str().as_bytes()).unwrap(), 5);
        assert_eq!(poll.look(), Some(Err(libc::ENOENT)));
        assert_eq!(poll.look(), None);
        fs::write(&path, "one").unwrap();
        assert_eq!(poll.look().unwrap().unwrap().size(), 3);
        assert_eq!(poll.look(), None);
        // Reading is no change: libuv does not compare the time of access.
        fs::read(&path).unwrap();
        assert_eq!(poll.look(), None);
        fs::write(&path, "longer").unwrap();
        assert_eq!(poll.look().unwrap().unwrap().size(), 6);
        fs::remove_file(&path).unwrap();
        assert_eq!(poll.look(), Some(Err(libc::ENOENT)));
        let mut below = StatPoll::new(c"/etc/passwd/x".to_owned(), 5);
        assert_eq!(below.look(), Some(Err(libc::ENOTDIR)));
    }

    #[test]
    fn looks_keep_to_the_grid() {
        let poll = StatPoll::new(c"/".to_owned(), 100);
        let began = Instant::now();
        let after = |ms| poll.next_look(began, began + Duration::from_millis(ms)) - began;
        assert_eq!(after(0), Duration::from_millis(100));
        assert_eq!(after(30), Duration::from_millis(100));
        assert_eq!(after(100), Duration::from_millis(200));
        assert_eq!(after(250), Duration::from_millis(300));
        let least = StatPoll::new(c"/".to_owned(), 0);
        assert_eq!(least.next_look(began, began) - began, Duration::from_millis(1));
    }
}
