//! Model types as rows: which table and columns, and what is in them.
//!
//! Unsigned numbers are stored as the signed ones of the same bits. Lists that a person may want to
//! query are JSON, the others are bytes with a checksum ([`super::packed`]).

mod author;
mod campaign;
mod case;
mod cells;
mod channel;
mod group;
mod log;
mod post;
mod report;
mod run;

pub(super) use campaign::{SampleRow, bind_sample};
pub(super) use case::{kind_name, state_name};
pub(super) use cells::{Binder, Cells, bits};

use super::error::StoreError;
use rusqlite::{Connection, Statement, ToSql};

/// A type that is a row of a table.
pub(super) trait Row: Sized {
    /// The table.
    const TABLE: &'static str;
    /// Its columns, in the order of `bind` and `read`.
    const COLUMNS: &'static [&'static str];

    /// Binds the values of all columns.
    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError>;

    /// Reads all columns.
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError>;
}

/// Writes rows of a type.
pub(super) struct Put<'c>(Statement<'c>);

impl<'c> Put<'c> {
    /// A row with the same key is replaced.
    pub(super) fn replace<R: Row>(connection: &'c Connection) -> Result<Put<'c>, StoreError> {
        Put::new::<R>(connection, "INSERT OR REPLACE")
    }

    /// A row with the same key is an error.
    pub(super) fn insert<R: Row>(connection: &'c Connection) -> Result<Put<'c>, StoreError> {
        Put::new::<R>(connection, "INSERT")
    }

    fn new<R: Row>(connection: &'c Connection, verb: &str) -> Result<Put<'c>, StoreError> {
        let slots: Vec<String> = (1..=R::COLUMNS.len()).map(|slot| format!("?{slot}")).collect();
        let (table, columns, slots) = (R::TABLE, R::COLUMNS.join(", "), slots.join(", "));
        let sql = format!("{verb} INTO {table} ({columns}) VALUES ({slots})");
        Ok(Put(connection.prepare(&sql)?))
    }

    pub(super) fn put<R: Row>(&mut self, row: &R) -> Result<(), StoreError> {
        row.bind(&mut Binder::new(&mut self.0))?;
        self.0.raw_execute()?;
        Ok(())
    }
}

/// Calls `each` for every row of a query: `rest` is what follows `FROM table` in SQL.
pub(super) fn each<R: Row>(
    connection: &Connection,
    rest: &str,
    parameters: &[&dyn ToSql],
    mut each: impl FnMut(R),
) -> Result<(), StoreError> {
    let (columns, table) = (R::COLUMNS.join(", "), R::TABLE);
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table} {rest}"))?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        each(R::read(&mut Cells::new(row, R::TABLE, R::COLUMNS))?);
    }
    Ok(())
}

/// The rows of a query: `rest` is what follows `FROM table` in SQL.
pub(super) fn list<R: Row>(
    connection: &Connection,
    rest: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<R>, StoreError> {
    let mut found = Vec::new();
    each(connection, rest, parameters, |row| found.push(row))?;
    Ok(found)
}

/// The first row of a query.
pub(super) fn first<R: Row>(
    connection: &Connection,
    rest: &str,
    parameters: &[&dyn ToSql],
) -> Result<Option<R>, StoreError> {
    Ok(list(connection, &format!("{rest} LIMIT 1"), parameters)?.into_iter().next())
}
