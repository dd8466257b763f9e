//! Puts the pinned hosts where the lab finds them: npm packages under `.portlab/hosts`, one alias a host.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bench_schema::Host;

/// Why a host is not there.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// npm itself is missing.
    #[error(
        "npm was not found, and the hosts are npm packages. Install any Node with npm (Debian: apt-get install nodejs npm)"
    )]
    NoNpm,
    /// npm ran and failed.
    #[error(
        "npm could not install {packages}: {message}. Check the network and npm's registry setting, then run `scripts/lab hosts --install` again"
    )]
    Npm {
        /// The packages asked for.
        packages: String,
        /// npm's own last error lines.
        message: String,
    },
    /// The package is there and does not run, or is another version.
    #[error("{host} is damaged: {message}. Remove {folder} and run `scripts/lab hosts --install` again", folder = folder.display())]
    Damaged {
        /// The host's id.
        host: String,
        /// What its binary did.
        message: String,
        /// The installed package.
        folder: PathBuf,
    },
    /// The folder cannot be written.
    #[error("{path} cannot be written: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

/// Installs those of `hosts` that are missing or of another version into `folder` and checks each by running it.
/// npm verifies every package against the registry's SHA-512. Returns the ids that were installed now.
///
/// # Errors
/// See [`InstallError`]; a host that was already right is not touched.
pub fn install_hosts(hosts: &[&Host], folder: &Path) -> Result<Vec<String>, InstallError> {
    let missing: Vec<&Host> = hosts.iter().copied().filter(|host| check(host, folder).is_err()).collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(folder)
        .map_err(|source| InstallError::Folder { path: folder.to_owned(), source })?;
    let packages: Vec<String> =
        missing.iter().map(|host| format!("{}@npm:{}@{}", host.id, host.package, host.version)).collect();
    let output = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-progress", "--loglevel=error"])
        .arg("--prefix")
        .arg(folder)
        .args(&packages)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| InstallError::NoNpm)?;
    if !output.status.success() {
        return Err(InstallError::Npm { packages: packages.join(" "), message: last_lines(&output.stderr) });
    }
    for host in &missing {
        check(host, folder).map_err(|message| InstallError::Damaged {
            host: host.id.clone(),
            message,
            folder: folder.join("node_modules").join(&host.id),
        })?;
    }
    Ok(missing.iter().map(|host| host.id.clone()).collect())
}

/// Whether the host's binary runs and says the pinned version.
fn check(host: &Host, folder: &Path) -> Result<(), String> {
    let binary = folder.join("node_modules").join(&host.id).join(&host.binary);
    let output = Command::new(&binary)
        .arg("--version")
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} does not run: {error}", binary.display()))?;
    if !output.status.success() {
        return Err(format!("{} does not run: it ended with {}", binary.display(), output.status));
    }
    let version = String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned();
    if version == host.version {
        Ok(())
    } else {
        Err(format!("{} says version \"{version}\", and {} is pinned", binary.display(), host.version))
    }
}

fn last_lines(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_start_matches("npm error").trim())
        .filter(|line| !line.is_empty() && !line.starts_with("A complete log"))
        .collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}
