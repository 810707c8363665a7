//! Reads YAML files into typed values that know their byte ranges.
//!
//! Input: the text of a file. Output: a value of a serde type, and every error of the file,
//! not only the first.
//!
//! Two steps. `serde-saphyr` parses the text, under a budget, into a `tree` of nodes with byte
//! ranges. `reader` is a serde deserializer over that tree: it records an error and continues,
//! supports [`At`] (a value with its byte range), and never guesses types: `no`, `012` and
//! `2026-01-01` are text where text is expected.
//!
//! This module does not know packs and policies.

mod error;
mod reader;
mod tree;
mod values;

pub use values::{At, Entries, List, OneOrMany, Shape, shape, soft};

use crate::diagnostic::{Diagnostic, Place, Source};
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
    let (value, errors) = match tree::parse(&source.text) {
        Ok(root) => reader::read(&source.text, &root),
        Err(error) => (None, vec![error]),
    };
    let diagnostics = errors.into_iter().map(|error| diagnostic(error, source)).collect();
    Read { value, diagnostics }
}

fn diagnostic(error: YamlError, source: &Arc<Source>) -> Diagnostic {
    let place = |range| Place { source: source.clone(), range };
    let ErrorBody { code, message, help, range, first } = error.into_body();
    let diagnostic = Diagnostic::error(code, message, range.map(place)).help(help);
    match first {
        Some(range) => diagnostic.related(place(range), "first here"),
        None => diagnostic,
    }
}
