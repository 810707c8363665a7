//! The log.

use super::listing::Listing;
use super::scope::Look;
use super::value::{PostId, Time};
use crate::model::LogEntry;
use crate::store::StoreError;
use serde::Serialize;
use serde_json::{Map, Value};

/// Keys of the word that says what happened: entries of a run, and of what was forgotten.
pub const KIND_KEYS: [&str; 2] = ["kind", "event"];

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// From this number on; without one the newest.
    pub from: Option<u64>,
    /// Only of this kind: `step`, `case`, `decision` and so on.
    pub kind: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogView {
    /// Its number, from 1.
    pub number: u64,
    /// Event time.
    pub at: Time,
    /// What happened: an object.
    pub entry: PostId,
    /// SHA-256 over the hash before and the entry, in hex.
    pub hash: String,
}

impl LogView {
    fn of(entry: &LogEntry) -> LogView {
        LogView {
            number: entry.number,
            at: Time(entry.at),
            entry: PostId(entry.json.clone()),
            hash: entry.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// The members of the entry, in order; none if it is damaged.
    pub fn members(&self) -> Map<String, Value> {
        serde_json::from_str(&self.entry.0).unwrap_or_default()
    }

    /// What happened, in a word, such as `step`.
    pub fn kind(&self) -> Option<String> {
        let members = self.members();
        let kind = KIND_KEYS.iter().find_map(|key| members.get(*key));
        kind.and_then(Value::as_str).map(str::to_owned)
    }
}

impl Look<'_> {
    /// Entries of the log by number: the first ones from `from` on, or else the newest ones.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn log(&self, filter: &LogFilter) -> Result<Listing<LogView>, StoreError> {
        let Some(kind) = &filter.kind else { return self.log_part(filter.from, filter.limit) };
        let mut rows = self.log_part(Some(filter.from.unwrap_or(1)), None)?.rows;
        rows.retain(|row| row.kind().as_ref() == Some(kind));
        let all = rows.len();
        if let (None, Some(limit)) = (filter.from, filter.limit) {
            rows.drain(..all.saturating_sub(limit));
        }
        let listing = Listing::first(rows, filter.limit);
        Ok(Listing { all: all as u64, ..listing })
    }

    /// Without reading the others.
    fn log_part(
        &self,
        from: Option<u64>,
        limit: Option<usize>,
    ) -> Result<Listing<LogView>, StoreError> {
        let head = self.state.log_head()?.map_or(0, |entry| entry.number);
        let newest = limit.map_or(1, |limit| head.saturating_sub(limit as u64) + 1);
        let all = head.saturating_sub(from.unwrap_or(1).max(1) - 1);
        let rows = self.state.log(from.unwrap_or(newest), limit)?;
        Ok(Listing { rows: rows.iter().map(LogView::of).collect(), all })
    }

    /// The newest entry of the log: its hash covers all before it.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn log_head(&self) -> Result<Option<LogView>, StoreError> {
        Ok(self.state.log_head()?.as_ref().map(LogView::of))
    }
}
