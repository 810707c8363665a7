//! Adds an entry to the log outside of a run.

use super::error::StoreError;
use super::file::{StateFile, last_log};
use super::meta::totals;
use super::rows::Put;
use crate::model::LogEntry;
use rusqlite::TransactionBehavior;
use serde_json::{Map, Value};

impl StateFile {
    /// Adds an entry with this `kind` and these members to the log, at the time of the clock, and
    /// waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// The file cannot be written; it is as it was before.
    pub fn append_log(
        &mut self,
        kind: &str,
        fields: Map<String, Value>,
    ) -> Result<LogEntry, StoreError> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let at = totals(&transaction)?.clock.unwrap_or(0);
        let mut content = Map::from_iter([("kind".to_owned(), Value::from(kind))]);
        content.extend(fields);
        let json = Value::Object(content).to_string();
        let entry = LogEntry::after(last_log(&transaction)?.as_ref(), at, json);
        Put::insert::<LogEntry>(&transaction)?.put(&entry)?;
        transaction.commit()?;
        Ok(entry)
    }
}
