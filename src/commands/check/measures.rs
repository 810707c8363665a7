//! Measures files among the paths of `check`. A program without the feature `state` knows none: it
//! takes them for packs.

use crate::term::counts;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::rules::source::{is_rule_file, read_file};
#[cfg(feature = "state")]
use tidegate_state::measures;

/// The paths of a call.
#[derive(Debug, Default)]
pub struct Split {
    /// Measures files: those that are named, and those of folders.
    pub measures: Vec<PathBuf>,
    /// All other files, and folders unless they have measures files alone.
    pub rules: Vec<PathBuf>,
}

/// Separates measures files from rules.
pub fn split(paths: &[PathBuf]) -> Split {
    let mut split = Split::default();
    for path in paths {
        if path.is_dir() {
            let (found, has_rules) = below(path);
            if has_rules || found.is_empty() {
                split.rules.push(path.clone());
            }
            split.measures.extend(found);
        } else if is_measures(path) {
            split.measures.push(path.clone());
        } else {
            split.rules.push(path.clone());
        }
    }
    // A file and its folder may both be named.
    let mut seen = HashSet::new();
    split.measures.retain(|path| seen.insert(path.canonicalize().unwrap_or(path.clone())));
    split
}

/// The measures files of a folder and its subfolders, in path order, and whether it has rules.
fn below(folder: &Path) -> (Vec<PathBuf>, bool) {
    let (mut found, mut has_rules) = (Vec::new(), false);
    let entries = walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name();
    for entry in entries.into_iter().flatten().filter(|entry| !entry.file_type().is_dir()) {
        has_rules |= is_rule_file(entry.path());
        if is_measures(entry.path()) {
            found.push(entry.into_path());
        }
    }
    (found, has_rules)
}

/// Is it a measures file, by its name? The links of Emacs (`.#NAME`) are none.
fn is_measures(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| is_name(name) && !name.starts_with(".#"))
}

/// Errors and warnings of measures files.
pub fn check(files: &[PathBuf]) -> Vec<Diagnostic> {
    let check = |path: &PathBuf| match read_file(path) {
        Err(error) => vec![*error],
        Ok(source) => parse(source),
    };
    files.iter().flat_map(check).collect()
}

/// The number of files in words, if there are any.
pub fn counted(files: usize) -> Option<String> {
    (files > 0).then(|| counts::counted(files, &counts::MEASURES))
}

#[cfg(feature = "state")]
fn is_name(name: &str) -> bool {
    measures::is_measures_file(name)
}

#[cfg(feature = "state")]
fn parse(source: Arc<Source>) -> Vec<Diagnostic> {
    match measures::parse(source) {
        Ok(parsed) => parsed.warnings,
        Err(errors) => errors,
    }
}

#[cfg(not(feature = "state"))]
fn is_name(_: &str) -> bool {
    false
}

#[cfg(not(feature = "state"))]
fn parse(_: Arc<Source>) -> Vec<Diagnostic> {
    Vec::new()
}
