//! Reads YAML files into typed values that know their byte ranges.
//!
//! Input: the text of a file. Output: a value of a serde type, and every error of the file,
//! not only the first.
//!
//! Where a file is not valid, `slips` looks for the cause in the lines around the error; `signs`
//! finds signs of YAML that were meant as text and changed it without an error.
//!
//! Two steps. `serde-saphyr` parses the text, under a budget, into a `tree` of nodes with byte
//! ranges. `reader` is a serde deserializer over that tree: it records an error and continues,
//! supports [`At`] (a value with its byte range), and never guesses types: `no`, `012` and
//! `2026-01-01` are text where text is expected.
//!
//! This module does not know packs and policies.

mod error;
mod lines;
mod reader;
mod signs;
mod slips;
mod tree;
mod type_names;
mod values;

pub use values::{At, Entries, List, OneOrMany, Shape, shape, soft};

use crate::diagnostic::{Diagnostic, Place, Severity, Source};
use crate::message::message;
use error::{ErrorBody, YamlError};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The content of a file.
#[derive(Debug)]
pub struct Read<T> {
    /// The value, without the parts that have errors; `None` if nothing was usable.
    pub value: Option<T>,
    /// Every error of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// Signs of YAML that were probably meant as text (`yaml_sign`), and keys without a value
    /// (`idle_key`).
    pub warnings: Vec<Diagnostic>,
}

impl<T> Read<T> {
    /// Where the errors of the file are.
    pub fn error_starts(&self) -> ErrorStarts {
        let start = |error: &Diagnostic| error.place.as_ref().map(|place| place.range.start);
        let starts = || self.diagnostics.iter().filter_map(start).collect();
        ErrorStarts { starts: self.value.is_some().then(starts) }
    }
}

/// Where the errors of a file are. A key that seems to be missing near one of them may be
/// misspelt, and that was reported already: it needs no second error.
#[derive(Clone, Debug)]
pub struct ErrorStarts {
    /// First byte of each error; `None` if the whole file is unreadable.
    starts: Option<Vec<usize>>,
}

impl ErrorStarts {
    /// Is there an error in the part that begins at byte `from` and ends at the next of
    /// `part_starts`?
    pub fn is_in_part(&self, from: usize, part_starts: &[usize]) -> bool {
        let Some(starts) = &self.starts else {
            return true;
        };
        if starts.is_empty() {
            return false;
        }
        let ends = part_starts.iter().copied().filter(|start| *start > from);
        let end = ends.min().unwrap_or(usize::MAX);
        starts.iter().any(|start| (from..end).contains(start))
    }
}

/// Reads one YAML document.
pub fn read<T: DeserializeOwned>(source: &Arc<Source>) -> Read<T> {
    let ((value, errors), warnings) = match tree::parse(&source.text) {
        Ok(document) => (reader::read(&source.text, &document.root), document.warnings),
        Err(error) => ((None, vec![error]), Vec::new()),
    };
    let diagnostics: Vec<Diagnostic> =
        errors.into_iter().map(|error| diagnostic(error, source)).collect();
    let warning = |error| Diagnostic { severity: Severity::Warning, ..diagnostic(error, source) };
    let mut warnings: Vec<Diagnostic> = warnings.into_iter().map(warning).collect();
    // A missing value may be an error already.
    warnings.retain(|warning| warning.code != "idle_key" || diagnostics.is_empty());
    Read { value, diagnostics, warnings }
}

fn diagnostic(error: YamlError, source: &Arc<Source>) -> Diagnostic {
    let place = |range| Place { source: source.clone(), range };
    let ErrorBody { code, message, mut help, range, first } = error.into_body();
    if let ("bad_value" | "unknown_key", Some(range)) = (code, &range)
        && let Some(slip) = slips::of_value(&source.text, range)
    {
        help = message!("{}: {}", slip.what, slip.help);
    }
    if let (true, Some(range)) = (help.is_empty(), &range)
        && let Some(ascii) = slips::ascii_number(source.text.get(range.clone()).unwrap_or(""))
    {
        help = message!("write `{ascii}`");
    }
    let diagnostic = Diagnostic::error(code, message, range.map(place)).help(help);
    match first {
        Some(range) => diagnostic.related(place(range), message!("first here")),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests;
