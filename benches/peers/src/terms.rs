//! Sets of terms, and the pack that makes tidegate search for one.

use crate::error::Error;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A set of terms in its file.
#[derive(Clone, Debug)]
pub struct TermSet {
    /// Path of the file.
    pub path: PathBuf,
    /// Number of distinct terms, in lower case.
    pub count: usize,
}

/// Reads terms as peers use them: in lower case, each once.
pub fn read(path: &Path) -> Result<Vec<String>, Error> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let terms = text.lines().map(str::to_lowercase).filter(|term| !term.trim().is_empty());
    Ok(terms.collect::<BTreeSet<String>>().into_iter().collect())
}

/// The sets in `place`, the smallest first.
pub fn find(place: &Path) -> Result<Vec<TermSet>, Error> {
    let mut paths = Vec::new();
    if place.is_dir() {
        for entry in fs::read_dir(place)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "txt") {
                paths.push(path);
            }
        }
    } else {
        paths.push(place.to_owned());
    }
    let mut sets = Vec::new();
    for path in paths {
        sets.push(TermSet { count: read(&path)?.len(), path });
    }
    sets.sort_by(|one, other| (one.count, &one.path).cmp(&(other.count, &other.path)));
    if sets.is_empty() {
        return Err(format!("{}: no .txt files", place.display()).into());
    }
    Ok(sets)
}

/// Writes a pack with one rule that any of the terms hits, and returns its path.
pub fn write_pack(set: &TermSet, folder: &Path) -> Result<PathBuf, Error> {
    let stem = set.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let list = folder.join(format!("{stem}.txt"));
    let terms = read(&set.path)?;
    let lines = terms.iter().map(|term| {
        let escape = if term.trim_start().starts_with(['#', '!', '\\']) { "\\" } else { "" };
        format!("{escape}{}\n", term.trim())
    });
    fs::write(&list, lines.collect::<String>())?;
    let pack = folder.join(format!("{stem}.rules.yaml"));
    let text = format!(
        "tidegate: 1\npack: peers\nversion: 2026.1.0\ntitle: Terms\nlicense: CC0-1.0\n\
         defaults: {{ category: spam, level: low, fields: [title, text] }}\n\
         rules:\n  - id: peers.hit\n    title: Any term\n    \
         match: {{ term: {{ file: {stem}.txt, edge: none, view: [folded] }} }}\n    \
         condition: term\n    weight: 3\n"
    );
    fs::write(&pack, text)?;
    Ok(pack)
}
