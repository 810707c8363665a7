//! YAML files into typed values that know where they stand.
//!
//! Input: the text of a file. Output: a value of a serde type, and every fault of
//! the file, not the first alone.
//!
//! Two steps. `serde-saphyr` reads the text, under a budget, into a `tree` of
//! nodes with byte ranges. `reader` is a serde deserializer over that tree: it
//! notes a fault and goes on, knows [`At`] (a value with its place), and never
//! guesses types: `no`, `012` and `2026-01-01` are text where text is wanted.
//!
//! Knows nothing of packs and policies.

mod error;
mod reader;
mod tree;
mod values;

pub use values::{At, Entries, List, OneOrMany, Shape, shape, soft};

use error::{ErrorBody, YamlError};

use crate::diagnostic::{Diagnostic, Place, Source};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What a file held.
#[derive(Debug)]
pub struct Read<T> {
    /// The value, without the parts at fault; `None` when nothing was usable.
    pub value: Option<T>,
    /// Everything that is wrong.
    pub faults: Vec<Diagnostic>,
}

impl<T> Read<T> {
    /// Where the file was at fault.
    pub fn damage(&self) -> Damage {
        let start = |fault: &Diagnostic| fault.place.as_ref().map(|place| place.range.start);
        Damage { at: self.value.is_some().then(|| self.faults.iter().filter_map(start).collect()) }
    }
}

/// Where a file was at fault: what seems to be missing there may have been
/// misspelt, and was told already.
#[derive(Clone, Debug)]
pub struct Damage {
    /// Bytes of faults; `None` when the whole file is unreadable.
    at: Option<Vec<usize>>,
}

impl Damage {
    /// Is there a fault in the part that begins at `from` and ends at the next of
    /// `starts`?
    pub fn is_in_part(&self, from: usize, starts: &[usize]) -> bool {
        let Some(at) = &self.at else {
            return true;
        };
        if at.is_empty() {
            return false;
        }
        let end = starts.iter().copied().filter(|start| *start > from).min().unwrap_or(usize::MAX);
        at.iter().any(|fault| (from..end).contains(fault))
    }
}

/// Reads one YAML document.
pub fn read<T: DeserializeOwned>(source: &Arc<Source>) -> Read<T> {
    let (value, faults) = match tree::parse(&source.text) {
        Ok(root) => reader::read(&source.text, &root),
        Err(fault) => (None, vec![fault]),
    };
    let faults = faults.into_iter().map(|fault| diagnostic(fault, source)).collect();
    Read { value, faults }
}

fn diagnostic(fault: YamlError, source: &Arc<Source>) -> Diagnostic {
    let place = |range| Place { source: source.clone(), range };
    let ErrorBody { code, message, help, range, first } = fault.into_body();
    let made = Diagnostic::error(code, message, range.map(place)).help(help);
    match first {
        Some(range) => made.related(place(range), "first here"),
        None => made,
    }
}
