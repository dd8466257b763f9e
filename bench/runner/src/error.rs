use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bench_schema::ProcessRun;

/// Why the lab cannot measure what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A TOML file of the lab is not what it should be.
    #[error("{path} is not valid: {message}", path = path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the place in the file where the parser names one.
        message: String,
    },
    /// No module of that name.
    #[error("there is no module \"{name}\".{suggestion} Modules: {known}", suggestion = did_you_mean(name, known), known = known.join(", "))]
    UnknownModule {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No host of that name.
    #[error("there is no host \"{name}\".{suggestion} Hosts: {known}, or \"all\"; --node PATH takes any other Node binary", suggestion = did_you_mean(name, known), known = known.join(", "))]
    UnknownHost {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No variant of that name, and no file either.
    #[error("there is no variant \"{name}\" of {modules}.{suggestion} Variants: {known}, or the path of a port's .node file", suggestion = did_you_mean(name, known), known = known.join(", "))]
    UnknownVariant {
        /// What was asked for.
        name: String,
        /// Of which modules.
        modules: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No benchmark lists the variant.
    #[error("no benchmark of {modules} is measured with variant \"{name}\".{suggestion} Variants: {known}", suggestion = did_you_mean(name, known), known = known.join(", "))]
    UnmeasuredVariant {
        /// What was asked for.
        name: String,
        /// Of which modules.
        modules: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A pinned host is not installed.
    #[error("host {host} is not installed: there is no {path}. Run `scripts/lab hosts --install`, or name a binary with --node PATH", path = path.display())]
    HostMissing {
        /// The host's id.
        host: String,
        /// Where its binary should be.
        path: PathBuf,
    },
    /// A host's binary does not run.
    #[error("host {host} does not run: {path} {message}", path = path.display())]
    HostUnusable {
        /// The host's id.
        host: String,
        /// Its binary.
        path: PathBuf,
        /// What happened.
        message: String,
    },
    /// A host's binary is another version than its host file says.
    #[error("host {host} is the wrong Node: {path} says {found}, and bench/hosts/{host}.toml pins {expected}. Run `scripts/lab hosts --install`, or name this binary with --node", path = path.display())]
    HostVersion {
        /// The host's id.
        host: String,
        /// Its binary.
        path: PathBuf,
        /// What it says of itself.
        found: String,
        /// What the host file says.
        expected: String,
    },
    /// A port does not serve the host's major.
    #[error("the port {module} is for Node {majors}, and host {host} is Node {major}. Choose another host, or test the port on this major and add it to node_majors in ported/{module}/port.toml", majors = majors.iter().map(u32::to_string).collect::<Vec<_>>().join(" and "))]
    Major {
        /// The port.
        module: String,
        /// The majors that it serves.
        majors: Vec<u32>,
        /// The host's id.
        host: String,
        /// The host's major.
        major: u32,
    },
    /// A module has definitions, but nothing says what its arms are.
    #[error(
        "module {module} has definitions but neither ported/{module}/port.toml nor bench/definitions/{module}/module.toml"
    )]
    NoSubject {
        /// The module.
        module: String,
    },
    /// A module has no benchmarks.
    #[error("module {module} has no benchmarks: add bench/definitions/{module}/*.toml")]
    NoBenchmarks {
        /// The module.
        module: String,
    },
    /// Cargo failed.
    #[error("{what} could not be built: {message}")]
    Build {
        /// The packages.
        what: String,
        /// Cargo's own words.
        message: String,
    },
    /// A name that git does not know.
    #[error("there is no commit \"{name}\" in this checkout: `git log --all` lists what there is")]
    UnknownRevision {
        /// As it was asked for.
        name: String,
    },
    /// A name that git does not know, in a clone that lacks history.
    #[error(
        "there is no commit \"{name}\" here, and this clone is shallow: `git fetch --unshallow` gets the rest (in GitHub's checkout action: fetch-depth: 0)"
    )]
    ShallowClone {
        /// As it was asked for.
        name: String,
    },
    /// The folder is no git checkout.
    #[error("commit \"{name}\" cannot be looked up: git does not work in {root}: {message}", root = root.display())]
    NoCheckout {
        /// As it was asked for.
        name: String,
        /// The folder.
        root: PathBuf,
        /// Git's own words.
        message: String,
    },
    /// A commit could not be checked out beside the user's files.
    #[error("{folder} cannot be made a worktree: {message}", folder = folder.display())]
    Worktree {
        /// Where it should be.
        folder: PathBuf,
        /// Git's own words.
        message: String,
    },
    /// The ports of a commit cannot be used.
    #[error("the ports of {name} ({commit}) cannot be measured: {source}")]
    Revision {
        /// As it was asked for.
        name: String,
        /// Its hash.
        commit: String,
        /// Why.
        source: Box<LabError>,
    },
    /// A commit has no port of a module.
    #[error("{name} has no port of {module}")]
    RevisionWithout {
        /// As it was asked for.
        name: String,
        /// The module.
        module: String,
    },
    /// A file that a build should have left is not there.
    #[error("{path} is not there: it is made by `scripts/lab build`", path = path.display())]
    NotStaged {
        /// The file.
        path: PathBuf,
    },
}

impl LabError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> LabError {
        let path = path.into();
        move |source| LabError::File { path, source }
    }
}

/// ` Did you mean "x"?` when something known is close to `name`, else nothing.
fn did_you_mean(name: &str, known: &[String]) -> String {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3))
        .min()
        .map_or_else(String::new, |(_, candidate)| format!(" Did you mean \"{candidate}\"?"))
}

/// Why a host process yielded no complete run.
#[derive(Debug)]
pub struct ProcessError {
    /// What happened.
    pub fault: ProcessFault,
    /// The benchmark, level and host, for people.
    pub bench: String,
    /// What was measured before it happened, if anything.
    pub partial: Option<Box<ProcessRun>>,
}

/// What happened to a host process.
#[derive(Debug, thiserror::Error)]
pub enum ProcessFault {
    /// The caller asked to stop.
    #[error("interrupted")]
    Cancelled,
    /// It could not be started.
    #[error("{binary} could not be started: {source}", binary = binary.display())]
    Spawn {
        /// The host's binary.
        binary: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The driver said that it cannot go on.
    #[error("{0}")]
    Failed(String),
    /// The process ended before the driver was done.
    #[error("the host process ended early ({status}){stderr}", stderr = quoted(stderr))]
    Died {
        /// `exit status: 3`, `signal: 9 (SIGKILL)`, ….
        status: String,
        /// The end of what it wrote to stdout and stderr.
        stderr: String,
    },
    /// It took too long and was killed.
    #[error("the host process took more than {limit:?} and was killed{stderr}", stderr = quoted(stderr))]
    Timeout {
        /// The limit.
        limit: Duration,
        /// The end of what it wrote to stdout and stderr.
        stderr: String,
    },
    /// It wrote something that is not a message.
    #[error("the driver wrote something that is no message: {line}")]
    Protocol {
        /// The beginning of the line, and why it is none.
        line: String,
    },
    /// The folder for the process's files is full or cannot be used.
    #[error("the scratch folder {path} {message}. Free some space, or set PORTLAB_SCRATCH to a folder with room", path = path.display())]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Instructions were to be counted, and valgrind is not installed.
    #[error("valgrind is not installed, which counts instructions (Debian: apt-get install valgrind)")]
    NoValgrind,
    /// A counted run was asked for, and there is no counting build.
    #[error("there is no counting build of {module}: its package has no feature `count`")]
    NotCounting {
        /// The module.
        module: String,
    },
}

fn quoted(output: &str) -> String {
    if output.is_empty() { String::new() } else { format!("; it wrote: {output}") }
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.bench, self.fault)?;
        if let Some(partial) = &self.partial {
            write!(f, " ({} samples were measured before and are kept)", partial.samples.len())?;
        }
        Ok(())
    }
}

impl std::error::Error for ProcessError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.fault)
    }
}
