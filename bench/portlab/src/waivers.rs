//! The rows that a gate lets pass for a time.

use std::fs;
use std::io;
use std::path::Path;

use bench_gate::Waivers;
use bench_runner::Lab;

use crate::exit::Failure;

/// The waivers of `path`, or of `portlab.waivers.toml` in the checkout; none where that is not there.
pub(crate) fn read(lab: &Lab, path: Option<&Path>) -> Result<Waivers, Failure> {
    let ordinary = lab.root().join("portlab.waivers.toml");
    let file = path.unwrap_or(&ordinary);
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if path.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Waivers::default());
        }
        Err(error) => return Err(Failure::usage(format!("{}: {error}", file.display()))),
    };
    let hosts: Vec<String> = lab.hosts().iter().map(|host| host.id.clone()).collect();
    Waivers::parse(&text, lab.definitions(), &hosts)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}
