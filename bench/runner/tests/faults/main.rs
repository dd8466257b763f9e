//! What can go wrong before and while a host runs, on a lab whose host is the shell.

mod fake;
mod processes;
mod requests;
