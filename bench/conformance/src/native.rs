//! What passes natively, kept by host and content of the tree: half of a run's time would go into it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::process::Status;
use crate::{ConformanceError, Request, files};

/// Statuses by `<directory>/<name>`.
pub(crate) type Known = BTreeMap<String, Status>;

/// The file of native results.
pub(crate) struct Cache {
    file: PathBuf,
}

impl Cache {
    /// Of this binary, this tree as it is now, and these options.
    pub(crate) fn new(request: &Request) -> Result<Cache, ConformanceError> {
        let binary = fs::metadata(&request.binary).map_err(ConformanceError::file(&request.binary))?;
        let key = json!([
            request.binary,
            binary.size(),
            binary.mtime(),
            request.host.test_flags,
            files::digest(&request.tree)?
        ]);
        let word = files::first_word(&Sha256::digest(key.to_string()));
        Ok(Cache { file: request.cache.join(format!("{}-{word:016x}.json", request.host.id)) })
    }

    /// What is known; nothing where the file is absent or cannot be read.
    pub(crate) fn load(&self) -> Known {
        fs::read(&self.file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    pub(crate) fn store(&self, known: &Known) -> Result<(), ConformanceError> {
        let folder = self.file.parent().expect("it is a file in a folder");
        fs::create_dir_all(folder).map_err(ConformanceError::file(folder))?;
        let text = serde_json::to_string_pretty(known).expect("statuses are plain data");
        // In one step: another run may read it meanwhile.
        let partial = tempfile::NamedTempFile::new_in(folder).map_err(ConformanceError::file(folder))?;
        fs::write(partial.path(), text).map_err(ConformanceError::file(&self.file))?;
        partial.persist(&self.file).map_err(|error| ConformanceError::file(&self.file)(error.error))?;
        Ok(())
    }
}
