//! The gap explorer: what core does through V8, as one HTML file that holds its data and opens from disk.
//!
//! What is shown is the survey's; the page sorts, filters and links it.

use std::path::{Path, PathBuf};

use askama::Template;

use crate::ReportError;
use crate::view::hash;

const STYLE: &str =
    concat!(include_str!("../templates/report.css"), include_str!("../templates/explorer.css"));
const SCRIPT: &str = include_str!("../templates/explorer.js");

#[derive(Template)]
#[template(path = "explorer.html")]
struct Page<'a> {
    host: &'a str,
    start: &'a str,
    survey: String,
    style: &'static str,
    style_hash: String,
    script: &'static str,
    script_hash: String,
}

/// The page as one string, of a survey as `portlab coverage --json` prints it. `binding` is what is shown first.
///
/// # Errors
/// When the template cannot be filled.
pub fn to_html(host: &str, survey: &str, binding: Option<&str>) -> Result<String, ReportError> {
    let page = Page {
        host,
        start: binding.unwrap_or_default(),
        // No text of the survey can end the element that holds it.
        survey: survey.replace('<', "\\u003c"),
        style: STYLE,
        style_hash: hash(STYLE),
        script: SCRIPT,
        script_hash: hash(SCRIPT),
    };
    Ok(page.render()?)
}

/// Writes [`FILE_NAME`](crate::FILE_NAME) into a folder, which is created, and returns its path.
///
/// # Errors
/// When the file cannot be written.
pub fn write(host: &str, survey: &str, binding: Option<&str>, folder: &Path) -> Result<PathBuf, ReportError> {
    crate::replace(folder, &to_html(host, survey, binding)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_survey_stay_texts() {
        let hostile = "</script><script>alert(1)</script>";
        let survey = format!("{{\"host\":\"{hostile}\"}}");
        let page = to_html("<b>host</b>", &survey, None).expect("a page");
        assert!(!page.contains(hostile));
        assert!(!page.contains("<b>host</b>"));
        assert!(page.contains("\\u003c/script>"));
    }
}
