use std::error::Error;
use std::fmt;

/// Why a stream cannot go on, as Node's `error.message`, `error.errno` and `error.code` say it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ZlibError {
    /// zlib's own message, or Node's for what zlib has none for.
    pub message: &'static str,
    /// zlib's number: negative, or 2 for `Z_NEED_DICT`.
    pub errno: i32,
}

impl ZlibError {
    pub(crate) const fn new(message: &'static str, errno: i32) -> Self {
        Self { message, errno }
    }

    /// The name of [`ZlibError::errno`].
    pub const fn code(self) -> &'static str {
        match self.errno {
            0 => "Z_OK",
            1 => "Z_STREAM_END",
            2 => "Z_NEED_DICT",
            -1 => "Z_ERRNO",
            -2 => "Z_STREAM_ERROR",
            -3 => "Z_DATA_ERROR",
            -4 => "Z_MEM_ERROR",
            -5 => "Z_BUF_ERROR",
            -6 => "Z_VERSION_ERROR",
            _ => "Z_UNKNOWN_ERROR",
        }
    }
}

impl fmt::Display for ZlibError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.message)
    }
}

impl Error for ZlibError {}

pub(crate) const NEED_DICT: i32 = 2;
pub(crate) const STREAM_ERROR: i32 = -2;
pub(crate) const DATA_ERROR: i32 = -3;
pub(crate) const MEM_ERROR: i32 = -4;
pub(crate) const BUF_ERROR: i32 = -5;

/// The input ended before the stream did.
pub(crate) const UNEXPECTED_END: &str = "unexpected end of file";
