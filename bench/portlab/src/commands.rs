//! One file a subcommand.

pub(crate) mod bisect;
pub(crate) mod build;
pub(crate) mod calibrate;
pub(crate) mod compare;
pub(crate) mod conformance;
pub(crate) mod coverage;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod hosts;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod report;
pub(crate) mod runs;
pub(crate) mod scan;
pub(crate) mod trace;
