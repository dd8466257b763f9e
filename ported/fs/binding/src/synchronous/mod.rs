//! The synchronous functions, by story. Numbers are those of `state::Numbers`. A failed system call is answered in
//! them (`Fs::outcome`); what is wrong with an argument is thrown.

pub(crate) mod attributes;
pub(crate) mod content;
pub(crate) mod descriptors;
pub(crate) mod directories;
pub(crate) mod links;
pub(crate) mod loader;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod open_directories;
pub(crate) mod trees;
pub(crate) mod whole_file;

use std::ffi::CStr;

use node_api::{Call, JsError, StringBuffer};
use node_error::SyscallError;

use crate::state::{Fs, Numbers};

/// An operation on a path that returns nothing.
#[inline]
fn on_path(
    call: &Call<'_, Fs, 1>,
    operate: impl FnOnce(&CStr, Numbers<'_>) -> Result<(), SyscallError>,
) -> Result<(), JsError> {
    let mut buffer = StringBuffer::new();
    let path = call.path(0, "path", &mut buffer)?;
    done(call, operate(&path, call.state().numbers()?))
}

/// An operation on two paths, of which messages know the names, that returns nothing.
#[inline]
fn on_paths(
    call: &Call<'_, Fs, 2>,
    [first, second]: [&str; 2],
    operate: impl FnOnce(&CStr, &CStr, Numbers<'_>) -> Result<(), SyscallError>,
) -> Result<(), JsError> {
    let (mut from, mut to) = (StringBuffer::new(), StringBuffer::new());
    let from = call.path(0, first, &mut from)?;
    done(call, operate(&from, &call.path(1, second, &mut to)?, call.state().numbers()?))
}

/// An operation on a descriptor, which is the first number, that returns nothing.
#[inline]
fn on_descriptor(
    call: &Call<'_, Fs, 0>,
    operate: impl FnOnce(i32, Numbers<'_>) -> Result<(), SyscallError>,
) -> Result<(), JsError> {
    let numbers = call.state().numbers()?;
    done(call, operate(numbers.i32(0), numbers))
}

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
