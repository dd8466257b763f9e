//! Writes a report of a made-up run into the folder that is its argument: for looking at, and for the browser
//! test. `--plain` leaves out samples and draws one interrupted row of hostile texts.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::process::ExitCode;

use bench_schema::{Level, Metric, RunStatus};
use dashboards::{NoSamples, Report};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let written = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder] => {
            let (document, runs) = sample::run();
            let analyses = sample::analyses();
            Report::new(&document, &runs).analyses(&analyses).docs("../docs").write(folder)
        }
        ["--plain", folder] => {
            let mut document = sample::empty();
            document.status = RunStatus::Interrupted;
            let hostile = "x/<img src=//example.invalid/a onerror=alert(1)>\"'&";
            let mut row =
                sample::row(hostile, Level::Binding, hostile, Metric::CpuProcess, Some(1.2), 0.1, 50.0);
            row.verdict = Some(sample::verdict(&row));
            row.note = Some("</script><script>alert(2)</script>".into());
            document.rows.push(row);
            Report::new(&document, &NoSamples).write(folder)
        }
        _ => {
            eprintln!("usage: sample_report [--plain] FOLDER");
            return ExitCode::from(2);
        }
    };
    match written {
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
