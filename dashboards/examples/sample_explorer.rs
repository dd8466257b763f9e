//! Writes the explorer of a made-up survey into the folder that is its argument: for looking at, and for the browser
//! test.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: sample_explorer FOLDER");
        return ExitCode::from(2);
    };
    let survey = include_str!("../tests/sample/survey.json");
    match dashboards::explorer::write("node0", survey, None, folder.as_ref()) {
        Ok(page) => {
            println!("{}", page.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
