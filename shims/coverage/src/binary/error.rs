use std::path::PathBuf;

/// Why a program could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BinaryError {
    /// The file cannot be opened.
    #[error("{path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Another format.
    #[error("{path} is no ELF file ({found}): coverage reads the Linux binaries of Node")]
    NotElf {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        found: &'static str,
    },
    /// Another processor.
    #[error(
        "{path} is for the processor {found}: coverage reads x86-64 and aarch64, little-endian, 64 bits; take the linux-x64 or linux-arm64 binary of the same version"
    )]
    Architecture {
        /// The file.
        path: PathBuf,
        /// The processor, or its ELF number.
        found: String,
    },
    /// The headers contradict themselves or the file is cut off.
    #[error("{path} is damaged: {what}; fetch the file again and compare its checksum")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// There is no symbol table.
    #[error(
        "{path} is stripped: it has no .symtab, by which functions are told apart; official Node binaries keep theirs, and a distribution keeps it in a separate debug package"
    )]
    Stripped {
        /// The file.
        path: PathBuf,
    },
    /// There is a symbol table and no Node in it.
    #[error(
        "{path} has {functions} functions and none of them is in the namespace node: is it a Node binary?"
    )]
    NoNode {
        /// The file.
        path: PathBuf,
        /// The functions that it has.
        functions: usize,
    },
}
