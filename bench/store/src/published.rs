//! Published calibrations: a folder with `calibration.json`, what was concluded and of which code and machine, and
//! `samples.ndjson.gz`, the raw slices from which anybody can conclude it again.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use bench_schema::{CalibrationSample, PublishedCalibration, SCHEMA_VERSION};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

const CONCLUDED: &str = "calibration.json";
const SAMPLES: &str = "samples.ndjson.gz";

/// Why a published calibration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// A file is missing or cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what portlab writes.
    #[error(
        "{path} is no published calibration ({detail}): restore it, or publish again with \
             `scripts/lab calibrate --publish`"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A newer portlab wrote it.
    #[error(
        "{path} has schema version {found}, and this portlab knows versions up to {SCHEMA_VERSION}: use the newer \
             portlab"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// The samples are not those from which was concluded.
    #[error(
        "{path} has the SHA-256 {found}, and {CONCLUDED} beside it says {expected}: one of the two was changed. \
             Restore both, or publish again with `scripts/lab calibrate --publish`"
    )]
    OtherSamples {
        /// The file of samples.
        path: PathBuf,
        /// Its hash.
        found: String,
        /// The hash that was published.
        expected: String,
    },
}

/// Writes both files to `folder`, with the hash of the samples in the calibration, and returns how many bytes they have.
/// A publication that is interrupted leaves the earlier one, or one whose hash does not match.
///
/// # Errors
///
/// When the files cannot be written.
pub fn publish(
    folder: &Path,
    calibration: PublishedCalibration,
    samples: &[CalibrationSample],
) -> Result<u64, PublishedError> {
    fs::create_dir_all(folder).map_err(file(folder))?;
    // No time and no file name in its header: the same samples are the same bytes.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for sample in samples {
        let line = serde_json::to_string(sample).map_err(unreadable(folder))?;
        writeln!(encoder, "{line}").map_err(file(folder))?;
    }
    let bytes = encoder.finish().map_err(file(folder))?;
    let calibration = PublishedCalibration { samples: sha256(&bytes), ..calibration };
    let text = serde_json::to_string_pretty(&calibration).map_err(unreadable(folder))?;
    let text = format!("{text}\n");
    for (name, bytes) in [(SAMPLES, bytes.as_slice()), (CONCLUDED, text.as_bytes())] {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(file(&path))?;
    }
    Ok((bytes.len() + text.len()) as u64)
}

/// What was concluded, as the file says it: its samples are not read.
///
/// # Errors
///
/// When the file is missing, no calibration or a newer portlab's.
pub fn read_concluded(folder: &Path) -> Result<PublishedCalibration, PublishedError> {
    let path = folder.join(CONCLUDED);
    let text = fs::read_to_string(&path).map_err(file(&path))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(unreadable(&path))?;
    match value.get("schema_version").and_then(serde_json::Value::as_u64) {
        Some(found) if found > u64::from(SCHEMA_VERSION) => Err(PublishedError::Newer { path, found }),
        _ => serde_json::from_value(value).map_err(unreadable(&path)),
    }
}

/// What was concluded and from what, seen to belong together.
///
/// # Errors
///
/// As [`read_concluded`], and when the samples are missing, damaged or others.
pub fn read_published(
    folder: &Path,
) -> Result<(PublishedCalibration, Vec<CalibrationSample>), PublishedError> {
    let concluded = read_concluded(folder)?;
    let path = folder.join(SAMPLES);
    let bytes = fs::read(&path).map_err(file(&path))?;
    let found = sha256(&bytes);
    if found != concluded.samples {
        return Err(PublishedError::OtherSamples { path, found, expected: concluded.samples });
    }
    let lines = BufReader::new(GzDecoder::new(bytes.as_slice())).lines();
    let samples = lines.map(|line| {
        let line = line.map_err(file(&path))?;
        serde_json::from_str(&line).map_err(unreadable(&path))
    });
    Ok((concluded, samples.collect::<Result<_, _>>()?))
}

/// The folders of published calibrations below `root`, sorted; none where there is no such folder.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn published_folders(root: &Path) -> Result<Vec<PathBuf>, PublishedError> {
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(file(root))?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(file(root))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn file(path: &Path) -> impl Fn(io::Error) -> PublishedError + '_ {
    |source| PublishedError::File { path: path.to_owned(), source }
}

fn unreadable(path: &Path) -> impl Fn(serde_json::Error) -> PublishedError + '_ {
    |error| PublishedError::Unreadable { path: path.to_owned(), detail: error.to_string() }
}
