//! The command line as a user meets it: what is asked, what is printed where, and the exit code; on real hosts.
//!
//! `scripts/lab build` has to be run before: the tests take the staged ports and the installed hosts.

mod arbiter;
mod base;
mod bisect;
mod calibrate;
mod conformance;
mod coverage;
mod faulty_benchmarks;
mod full;
mod gate;
mod hosts;
mod interrupted;
mod measuring;
mod names;
mod plain;
mod sandbox;
mod scan;
mod stores;
mod variants;
