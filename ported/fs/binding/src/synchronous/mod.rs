//! The synchronous functions, by story. Numbers are those of `state::Numbers`. A failed system call is answered in
//! them (`Fs::outcome`); what is wrong with an argument is thrown.

pub(crate) mod content;
pub(crate) mod descriptors;
pub(crate) mod directories;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod open_directories;
pub(crate) mod trees;
pub(crate) mod whole_file;

use node_api::{Call, JsError};
use node_error::SyscallError;

use crate::state::Fs;

/// Nothing to answer, unless the call failed.
#[inline]
fn done<const N: usize>(call: &Call<'_, Fs, N>, result: Result<(), SyscallError>) -> Result<(), JsError> {
    call.state().outcome(result).map(|_| ())
}

/// A number to answer, unless the call failed.
#[inline]
fn answer<const N: usize>(call: &Call<'_, Fs, N>, result: Result<f64, SyscallError>) -> Result<(), JsError> {
    if let Some(number) = call.state().outcome(result)? {
        call.state().numbers()?.answer(number);
    }
    Ok(())
}
