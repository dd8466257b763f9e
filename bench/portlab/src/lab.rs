//! The checkout that a command works on.

use std::path::{Path, PathBuf};

use bench_runner::{Lab, ResolvedHost, install_hosts};

use crate::exit::Failure;
use crate::output::say;

/// The checkout's folder: `PORTLAB_ROOT` (set by `scripts/lab`), else the nearest folder upwards that has
/// `bench/definitions`.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    if let Some(root) = std::env::var_os("PORTLAB_ROOT").map(PathBuf::from) {
        if root.join("bench/definitions").is_dir() {
            return Ok(root);
        }
        let message = format!(
            "PORTLAB_ROOT is {}, which is no portlab checkout: it has no bench/definitions. Unset it, or run \
             scripts/lab of a checkout",
            root.display()
        );
        return Err(Failure::usage(message));
    }
    let here = std::env::current_dir().map_err(Failure::environment)?;
    here.ancestors()
        .find(|folder| folder.join("bench/definitions").is_dir())
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            Failure::usage(format!(
                "{} is not inside a portlab checkout. Run scripts/lab of a checkout",
                here.display()
            ))
        })
}

/// Reads the checkout's hosts, ports and definitions.
pub(crate) fn open() -> Result<Lab, Failure> {
    Lab::open(&root()?).map_err(Failure::environment)
}

/// The pinned hosts of these names, installed if they were not.
pub(crate) fn hosts(lab: &Lab, names: &[String]) -> Result<Vec<ResolvedHost>, Failure> {
    let hosts = lab.select_hosts(names).map_err(Failure::usage)?;
    install(lab, &hosts)?;
    hosts.into_iter().map(|host| lab.resolve_host(host).map_err(Failure::environment)).collect()
}

/// Installs those of `hosts` that are missing.
///
/// Where `PORTLAB_HOSTS_DIR` says that somebody else manages them, a missing one is an error.
pub(crate) fn install(lab: &Lab, hosts: &[&bench_schema::Host]) -> Result<(), Failure> {
    let missing: Vec<_> =
        hosts.iter().filter_map(|host| Some((host.id.as_str(), lab.resolve_host(host).err()?))).collect();
    if let Some((_, error)) = missing.first() {
        if let Some(folder) = std::env::var_os("PORTLAB_HOSTS_DIR").map(PathBuf::from) {
            return Err(Failure::environment(format!(
                "{error}. PORTLAB_HOSTS_DIR is set to {}, and portlab installs nothing there: unset it first",
                folder.display()
            )));
        }
        let missing: Vec<&str> = missing.iter().map(|(id, _)| *id).collect();
        say(&format!("installing {} (npm packages of about 200 MB each)", missing.join(" and ")));
        install_hosts(hosts, &lab.root().join(".portlab/hosts")).map_err(Failure::environment)?;
    }
    Ok(())
}
