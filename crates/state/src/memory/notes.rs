//! The log: what was decided and why, as a hash chain.

use crate::model::{LogEntry, Seconds};
use serde_json::{Value, json};

/// New entries of the log, and the last one.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    last: Option<LogEntry>,
    new: Vec<LogEntry>,
}

impl Notes {
    /// After the last entry of a state file.
    pub fn of(last: Option<LogEntry>) -> Notes {
        Notes { last, new: Vec::new() }
    }

    /// Adds an entry: `kind`, then the members of `fields`.
    pub fn add(&mut self, at: Seconds, kind: &str, fields: &Value) {
        let mut entry = json!({ "kind": kind, "at": at });
        if let (Some(entry), Some(fields)) = (entry.as_object_mut(), fields.as_object()) {
            let given = fields.iter().filter(|(_, value)| !value.is_null());
            entry.extend(given.map(|(key, value)| (key.clone(), value.clone())));
        }
        let (number, before) = match &self.last {
            Some(last) => (last.number + 1, last.hash),
            None => (1, [0; 32]),
        };
        let entry = LogEntry::new(number, at, entry.to_string(), before);
        self.last = Some(entry.clone());
        self.new.push(entry);
    }

    /// The entries since the last call.
    pub fn take(&mut self) -> Vec<LogEntry> {
        std::mem::take(&mut self.new)
    }
}
