//! Entries of the log.

use super::{Binder, Cells, Row};
use crate::model::LogEntry;
use crate::store::error::StoreError;

impl Row for LogEntry {
    const TABLE: &'static str = "log";
    const COLUMNS: &'static [&'static str] = &["number", "at", "json", "before", "hash"];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.number(self.number)?;
        to.put(self.at)?;
        to.put(&self.json)?;
        to.put(&self.before[..])?;
        to.put(&self.hash[..])
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<LogEntry, StoreError> {
        Ok(LogEntry {
            number: from.number()?,
            at: from.int()?,
            json: from.string()?,
            before: from.bytes(|bytes| bytes.try_into().ok())?,
            hash: from.bytes(|bytes| bytes.try_into().ok())?,
        })
    }
}
