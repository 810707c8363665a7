//! `state verify`: everything that is wrong with a state file.

use crate::exit::Exit;
use crate::state_file::{LookError, OpenState, refuse};
use crate::term;
use crate::term::say;
use serde_json::json;
use std::path::Path;
use tidegate_state::look::LogView;
use tidegate_state::store::{Finding, StoreError};

/// Checks the file at `path`.
pub fn run(path: &Path, is_human: bool) -> Exit {
    let found = match check(path) {
        Ok(found) => found,
        Err(error) => return refuse(path, error),
    };
    let (text, exit) = match &found {
        Found::Intact(head) => (intact(path, head.as_ref(), is_human), Exit::Complete),
        Found::Findings(all) => {
            let lines = all.iter().flat_map(|finding| line(finding, is_human));
            (lines.collect(), Exit::Found)
        }
    };
    match term::print(&text) {
        Exit::Complete => exit,
        other => other,
    }
}

enum Found {
    Intact(Option<LogView>),
    Findings(Vec<Finding>),
}

fn check(path: &Path) -> Result<Found, LookError> {
    let state = OpenState::open(path)?;
    let findings = match state.reader.verify() {
        // Damage that SQLite notices before any check can run.
        Err(error @ StoreError::Damaged { .. }) => {
            let message = error.message();
            vec![Finding { table: "database", row: String::new(), message }]
        }
        findings => findings?,
    };
    match findings.is_empty() {
        true => Ok(Found::Intact(state.look()?.log_head()?)),
        false => Ok(Found::Findings(findings)),
    }
}

/// The hash of the last entry covers all before it: a copy of it elsewhere shows a new chain.
fn intact(path: &Path, head: Option<&LogView>, is_human: bool) -> Vec<u8> {
    let entries = head.map_or(0, |head| head.number);
    let hash = head.map_or("", |head| head.hash.as_str());
    if !is_human {
        let head = head.map(|head| &head.hash);
        return term::json_line(&json!({ "intact": true, "entries": entries, "head": head }));
    }
    let path = term::printable(&path.display().to_string()).into_owned();
    let mut text = say!("{path}: intact; {entries} entries in the log\n");
    if head.is_some() {
        text += &say!("hash of the last one: {hash}\n");
    }
    text.into_bytes()
}

fn line(finding: &Finding, is_human: bool) -> Vec<u8> {
    let Finding { table, row, message } = finding;
    if !is_human {
        return term::json_line(&json!({ "table": table, "row": row, "message": message }));
    }
    let row = if row.is_empty() { String::new() } else { format!(" {row}") };
    let text = format!("{table}{row}: {}", term::say(message));
    (term::one_line(&text) + "\n").into_bytes()
}
