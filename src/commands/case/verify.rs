//! Compares a hand-over with its manifest, and with the log of a state.

use crate::exit::Exit;
use crate::term;
use crate::term::say;
use std::path::Path;
use tidegate_state::case::{Manifest, Verified, verify};
use tidegate_state::store::{StateReader, StoreError};

/// Runs the check; prints every finding.
pub fn run(folder: &Path, state: Option<&Path>) -> Exit {
    let shown = folder.display();
    let Verified { manifest, manifest_hash, findings } = match verify(folder) {
        Ok(verified) => verified,
        Err(error) => {
            term::error(&format!("{shown}: {}", say!("cannot be read: {error}")));
            return Exit::Io;
        }
    };
    let mut wrong: Vec<String> = Vec::new();
    for finding in &findings {
        wrong.push(say!("{}: {}", finding.file, finding.message));
    }
    if let (Some(path), Some(manifest)) = (state, &manifest) {
        match log_finding(path, manifest) {
            Ok(found) => wrong.extend(found),
            Err(error) => {
                term::error(&term::say(&error.at(path)));
                return Exit::Io;
            }
        }
    }
    if !wrong.is_empty() {
        let lines: String = wrong.iter().map(|line| format!("{shown}: {line}\n")).collect();
        let printed = term::print(term::printable(&lines).as_bytes());
        return if printed == Exit::Complete { Exit::Found } else { printed };
    }
    let (Some(manifest), Some(hash)) = (manifest, manifest_hash) else {
        return Exit::Found;
    };
    let Manifest { case, files, .. } = &manifest;
    let count = files.len();
    let text = say!("{shown}: case {case}, {count} files as in the manifest (SHA-256 {hash})");
    term::print(term::printable(&(text + "\n")).as_bytes())
}

/// What is wrong with the entry of the log that the manifest names.
fn log_finding(path: &Path, manifest: &Manifest) -> Result<Option<String>, StoreError> {
    let reader = StateReader::open(path)?;
    let Some(head) = &manifest.log else { return Ok(None) };
    let entry = reader.log(head.number, Some(1))?.into_iter().next();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let is_same =
        entry.is_some_and(|entry| entry.number == head.number && hex(&entry.hash) == head.hash);
    let (number, path) = (head.number, path.display());
    Ok((!is_same).then(|| say!("MANIFEST: entry {number} of the log is another in {path}")))
}
