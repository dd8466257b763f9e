//! Where host processes keep their files, and what is left of those whose runner was killed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::LabError;

/// Room that the largest benchmark needs several times over.
const SCRATCH_BYTES: u64 = 256 << 20;
/// Of the folders of processes. What else begins with "portlab" there is somebody else's.
const PREFIX: &str = "portlab.";
/// Random characters after it.
const RANDOM: usize = 6;
/// A folder is made first and locked then: a younger one may belong to a runner between the two.
const SETTLED: Duration = Duration::from_mins(1);

/// `PORTLAB_SCRATCH`, else `/dev/shm` if it has room, else `.portlab/scratch`.
pub(crate) fn folder(root: &Path) -> Result<PathBuf, LabError> {
    let folder = match std::env::var_os("PORTLAB_SCRATCH") {
        Some(folder) => PathBuf::from(folder),
        None if has_room(Path::new("/dev/shm")) => return Ok("/dev/shm".into()),
        None => root.join(".portlab/scratch"),
    };
    fs::create_dir_all(&folder).map_err(LabError::file(&folder))?;
    fs::canonicalize(&folder).map_err(LabError::file(folder))
}

fn has_room(folder: &Path) -> bool {
    let writable = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok();
    writable && rustix::fs::statvfs(folder).is_ok_and(|fs| fs.f_bavail * fs.f_frsize >= SCRATCH_BYTES)
}

/// An empty folder for one host process. It is removed when this is dropped, and locked until then: the kernel lets go
/// of it when the runner dies.
pub(crate) struct ProcessFolder {
    folder: TempDir,
    _lock: File,
}

impl ProcessFolder {
    pub(crate) fn new(scratch: &Path) -> io::Result<ProcessFolder> {
        let folder = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(scratch)?;
        let lock = File::open(folder.path())?;
        lock.lock()?;
        Ok(ProcessFolder { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of processes whose runner was killed. One that cannot be removed stays: the next runner tries
/// again.
pub(crate) fn sweep(scratch: &Path) {
    for entry in fs::read_dir(scratch).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| {
            name.len() == PREFIX.len() + RANDOM && name.starts_with(PREFIX) && is_stale(&entry.path())
        });
        if ours {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a folder is this user's, and no runner holds its lock.
fn is_stale(folder: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(folder) else { return false };
    let old = metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|age| age > SETTLED));
    let own = metadata.is_dir() && metadata.uid() == rustix::process::geteuid().as_raw();
    old && own && File::open(folder).is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_old_folders_that_nobody_holds_are_swept() {
        let scratch = tempfile::tempdir().unwrap();
        let make = |name: &str, age| {
            let folder = scratch.path().join(name);
            fs::create_dir_all(folder.join("shared")).unwrap();
            let long_ago = SystemTime::now() - Duration::from_secs(age);
            File::open(&folder).unwrap().set_modified(long_ago).unwrap();
            folder
        };
        let dead = make("portlab.aaaaaa", 3600);
        let young = make("portlab.bbbbbb", 1);
        let strangers = [make("portlab-tests", 3600), make("portlab.longer-name", 3600)];
        let held = ProcessFolder::new(scratch.path()).unwrap();
        File::open(held.path()).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        sweep(scratch.path());
        assert!(!dead.exists(), "its runner is gone");
        assert!(young.exists(), "it may not be locked yet");
        assert!(strangers.iter().all(|folder| folder.exists()), "not ours");
        assert!(held.path().exists(), "its runner lives");
        let path = held.path().to_owned();
        drop(held);
        assert!(!path.exists());
    }
}
