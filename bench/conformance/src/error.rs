use std::io;
use std::path::{Path, PathBuf};

/// Why conformance was not found out.
#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    /// The tree is not there.
    #[error(
        "{folder} holds neither a folder test nor {major}/test: --tests wants a checkout of Node, or a folder with one \
         tree a major, named 24, 26, …",
        folder = folder.display()
    )]
    NoTree {
        /// What was named.
        folder: PathBuf,
        /// The host's major.
        major: u32,
    },
    /// No file belongs to the port.
    #[error("no test file in {folder} belongs to {module}: {why}", folder = folder.display())]
    NoFiles {
        /// The folder `test`.
        folder: PathBuf,
        /// The port.
        module: String,
        /// What was looked for.
        why: String,
    },
    /// Every file fails natively, so that nothing can be told of the port.
    #[error(
        "none of {files} files of {tree} passes on {host} natively, the first for this reason: {output}\nIs it the \
         tree of this Node's major?",
        tree = tree.display()
    )]
    NoneNative {
        /// How many there are.
        files: usize,
        /// The tree.
        tree: PathBuf,
        /// The host's id.
        host: String,
        /// The end of the first one's output.
        output: String,
    },
    /// The port breaks Node by being there.
    #[error("a test that does nothing fails on {host} with {module} installed:\n{output}")]
    Unusable {
        /// The port.
        module: String,
        /// The host's id.
        host: String,
        /// What the test wrote.
        output: String,
    },
    /// A pattern of conformance.toml is no regular expression.
    #[error("conformance.toml of {module}: {source}")]
    Pattern {
        /// The port.
        module: String,
        /// What is wrong with it.
        source: regex::Error,
    },
    /// A file or process could not be used.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("interrupted; what was found natively is kept")]
    Interrupted,
}

impl ConformanceError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> ConformanceError {
        let path = path.to_owned();
        move |source| ConformanceError::File { path, source }
    }
}
