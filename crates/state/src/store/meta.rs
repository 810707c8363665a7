//! Names and values of a state file: counts, clock, hashes.

use super::error::StoreError;
use crate::model::Totals;
use rusqlite::{Connection, OptionalExtension, params};

/// The key of the totals in `meta`.
pub(super) const TOTALS: &str = "totals";

/// Counts and clock.
pub(super) fn totals(connection: &Connection) -> Result<Totals, StoreError> {
    let Some(text) = meta(connection, TOTALS)? else { return Ok(Totals::default()) };
    serde_json::from_str(&text).map_err(|_| StoreError::damaged("meta.totals"))
}

/// A value of `meta`.
pub(super) fn meta(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    Ok(connection.query_row(sql, [key], |row| row.get(0)).optional()?)
}

/// Sets a value of `meta`.
pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";
    connection.execute(sql, params![key, value])?;
    Ok(())
}
