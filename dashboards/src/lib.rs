//! Reports drawn from verdicts: a [`Document`](bench_schema::Document) and the raw samples behind it become
//! one HTML file that opens from disk, without a request to any network.
//!
//! Nothing is judged or estimated here. Ratios, intervals, medians and verdicts are the document's; the
//! pictures of raw samples bin them and read their quantiles, which is drawing.
//!
//! ```no_run
//! # fn draw(document: &bench_schema::Document) -> Result<(), dashboards::ReportError> {
//! use dashboards::{NoSamples, Report};
//! let page = Report::new(document, &NoSamples).docs("../../docs").write(".portlab/report")?;
//! println!("report: {}", page.display());
//! # Ok(()) }
//! ```

mod display;
pub mod explorer;
mod figure;
mod flame;
mod samples;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use askama::Template as _;
use bench_schema::{Document, SCHEMA_VERSION};

pub use flame::{FlameError, flame_graph};
pub use samples::{NoSamples, Samples, SamplesError};

/// The file that [`Report::write`] creates in its folder.
pub const FILE_NAME: &str = "index.html";

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The document is of a later portlab.
    #[error(
        "this document has schema version {found}, and this portlab reads up to {SCHEMA_VERSION}: draw it with the portlab that wrote it, or a later one"
    )]
    NewerSchema {
        /// The document's version.
        found: u32,
    },
    /// The template could not be filled.
    #[error("the report could not be rendered: {0}")]
    Template(#[from] askama::Error),
    /// The folder or the file could not be written.
    #[error("cannot write the report to {path}: {source}; choose another folder with --out or free the disk")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// A report about to be drawn.
pub struct Report<'a> {
    document: &'a Document,
    samples: &'a dyn Samples,
    analyses: Option<&'a BTreeMap<String, String>>,
    docs: Option<String>,
}

impl<'a> Report<'a> {
    /// A report on `document`, with pictures of `samples` where there are any ([`NoSamples`] has none).
    pub fn new(document: &'a Document, samples: &'a dyn Samples) -> Self {
        Report { document, samples, analyses: None, docs: None }
    }

    /// Adds the definitions' own analyses, by benchmark id.
    #[must_use]
    pub fn analyses(mut self, analyses: &'a BTreeMap<String, String>) -> Self {
        self.analyses = Some(analyses);
        self
    }

    /// Where METHODOLOGY.md and BIAS.md are, as a link prefix relative to the report or as a URL. Without it
    /// the documents are named and not linked.
    #[must_use]
    pub fn docs(mut self, prefix: impl Into<String>) -> Self {
        self.docs = Some(prefix.into());
        self
    }

    /// The page as one string.
    ///
    /// Samples that cannot be read leave a sentence where their picture would be: they never hide a verdict.
    ///
    /// # Errors
    /// When the document is newer than this crate.
    pub fn to_html(&self) -> Result<String, ReportError> {
        if self.document.schema_version > SCHEMA_VERSION {
            return Err(ReportError::NewerSchema { found: self.document.schema_version });
        }
        let page = view::Page::new(self.document, self.samples, self.analyses, self.docs.as_deref());
        Ok(page.render()?)
    }

    /// Writes [`FILE_NAME`] into `out_dir`, which is created, and returns its path. An earlier report there
    /// is replaced in one step: a reader never sees half a page.
    ///
    /// # Errors
    /// When the document is newer than this crate, or the file cannot be written.
    pub fn write(&self, out_dir: impl AsRef<Path>) -> Result<PathBuf, ReportError> {
        replace(out_dir.as_ref(), &self.to_html()?)
    }
}

/// Writes [`FILE_NAME`] into a folder, in one step: a reader never sees half a page.
fn replace(out_dir: &Path, html: &str) -> Result<PathBuf, ReportError> {
    let page = out_dir.join(FILE_NAME);
    let partial = out_dir.join(format!(".{FILE_NAME}.{}", std::process::id()));
    let written = std::fs::create_dir_all(out_dir)
        .and_then(|()| std::fs::write(&partial, html))
        .and_then(|()| std::fs::rename(&partial, &page));
    written.map_err(|source| {
        // The write's own failure is the one to report; a leftover is only untidy.
        let _ = std::fs::remove_file(&partial);
        ReportError::Write { path: page.clone(), source }
    })?;
    Ok(page)
}

/// [`Report`] with nothing but a document and its samples.
///
/// # Errors
/// See [`Report::write`].
pub fn render(
    document: &Document,
    samples: &dyn Samples,
    out_dir: impl AsRef<Path>,
) -> Result<PathBuf, ReportError> {
    Report::new(document, samples).write(out_dir)
}
