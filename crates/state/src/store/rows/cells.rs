//! Values of columns.

use crate::store::error::StoreError;
use rusqlite::types::ValueRef;
use rusqlite::{Statement, ToSql};
use serde::Serialize;
use serde::de::Deserialize;

/// An unsigned number as SQLite stores it.
pub(in crate::store) fn bits(number: u64) -> i64 {
    number.cast_signed()
}

/// Binds values to the slots of a statement, one after the other.
pub(in crate::store) struct Binder<'s, 'c> {
    statement: &'s mut Statement<'c>,
    slot: usize,
}

impl<'s, 'c> Binder<'s, 'c> {
    pub(in crate::store) fn new(statement: &'s mut Statement<'c>) -> Binder<'s, 'c> {
        Binder { statement, slot: 0 }
    }

    /// A value that SQLite knows.
    pub(in crate::store) fn put(&mut self, value: impl ToSql) -> Result<(), StoreError> {
        self.slot += 1;
        Ok(self.statement.raw_bind_parameter(self.slot, value)?)
    }

    /// An unsigned number.
    pub(in crate::store) fn number(&mut self, number: u64) -> Result<(), StoreError> {
        self.put(bits(number))
    }

    /// A list as JSON.
    pub(in crate::store) fn json(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        let text = serde_json::to_string(value);
        self.put(text.map_err(|error| StoreError::Sqlite(error.to_string()))?)
    }
}

/// Reads the columns of a row, one after the other.
pub(in crate::store) struct Cells<'r, 's> {
    row: &'r rusqlite::Row<'s>,
    table: &'static str,
    columns: &'static [&'static str],
    next: usize,
}

impl<'r, 's> Cells<'r, 's> {
    pub(in crate::store) fn new(
        row: &'r rusqlite::Row<'s>,
        table: &'static str,
        columns: &'static [&'static str],
    ) -> Cells<'r, 's> {
        Cells { row, table, columns, next: 0 }
    }

    fn value(&mut self) -> Result<ValueRef<'r>, StoreError> {
        self.next += 1;
        Ok(self.row.get_ref(self.next - 1)?)
    }

    /// Damage in the column that was read last.
    pub(in crate::store) fn damaged(&self) -> StoreError {
        let column = self.columns.get(self.next.saturating_sub(1)).copied().unwrap_or_default();
        StoreError::damaged(format!("{}.{column}", self.table))
    }

    /// A number.
    pub(in crate::store) fn int(&mut self) -> Result<i64, StoreError> {
        self.maybe_int()?.ok_or_else(|| self.damaged())
    }

    /// A number or nothing.
    pub(in crate::store) fn maybe_int(&mut self) -> Result<Option<i64>, StoreError> {
        match self.value()? {
            ValueRef::Integer(number) => Ok(Some(number)),
            ValueRef::Null => Ok(None),
            ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Err(self.damaged()),
        }
    }

    /// An unsigned number.
    pub(in crate::store) fn number(&mut self) -> Result<u64, StoreError> {
        Ok(self.int()?.cast_unsigned())
    }

    /// A number of a smaller type.
    pub(in crate::store) fn small<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let number = self.int()?;
        T::try_from(number).map_err(|_| self.damaged())
    }

    /// A number of a smaller type, or nothing.
    pub(in crate::store) fn maybe_small<T: TryFrom<i64>>(
        &mut self,
    ) -> Result<Option<T>, StoreError> {
        let number = self.maybe_int()?;
        number.map(|number| T::try_from(number).map_err(|_| self.damaged())).transpose()
    }

    /// Yes or no.
    pub(in crate::store) fn flag(&mut self) -> Result<bool, StoreError> {
        match self.int()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.damaged()),
        }
    }

    /// A text or nothing.
    pub(in crate::store) fn maybe_text(&mut self) -> Result<Option<&'r str>, StoreError> {
        match self.value()? {
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(self.damaged()),
            },
            ValueRef::Null => Ok(None),
            ValueRef::Real(_) | ValueRef::Integer(_) | ValueRef::Blob(_) => Err(self.damaged()),
        }
    }

    /// A text.
    pub(in crate::store) fn text(&mut self) -> Result<&'r str, StoreError> {
        self.maybe_text()?.ok_or_else(|| self.damaged())
    }

    /// A text of its own.
    pub(in crate::store) fn string(&mut self) -> Result<String, StoreError> {
        self.text().map(str::to_owned)
    }

    /// A text of its own, or nothing.
    pub(in crate::store) fn maybe_string(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.maybe_text()?.map(str::to_owned))
    }

    /// A list in JSON.
    pub(in crate::store) fn json<T: Deserialize<'r>>(&mut self) -> Result<T, StoreError> {
        let text = self.text()?;
        serde_json::from_str(text).map_err(|_| self.damaged())
    }

    /// Bytes, as `unpack` reads them.
    pub(in crate::store) fn bytes<T>(
        &mut self,
        unpack: impl FnOnce(&'r [u8]) -> Option<T>,
    ) -> Result<T, StoreError> {
        let value = match self.value()? {
            ValueRef::Blob(bytes) => unpack(bytes),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Integer(_) | ValueRef::Text(_) => None,
        };
        value.ok_or_else(|| self.damaged())
    }
}
