//! The rows of a Parquet file, one JSON object a line.
//!
//! The package `parquet` decodes columns; the modules here make rows of them. Its own rows are not
//! used: they end at a text that is not UTF-8, have no nanoseconds, and panic on some schemas.
//!
//! The package panics on some damaged files, so every call of it is within [`guarded`].

mod column;
mod error;
mod row;
mod schema;
mod source;
mod value;

use super::peek::Pending;
use super::random::RandomAccess;
use crate::step::panic_text;
use error::{damaged, inconsistent};
use parquet::file::reader::{FileReader, SerializedFileReader};
use row::Table;
use std::cell::Cell;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes a JSON object of each row, with a member for each column.
///
/// In memory are a page of each column, and the rows of a batch.
pub(super) struct Rows {
    file: Result<SerializedFileReader<RandomAccess>, Option<io::Error>>,
    access: RandomAccess,
    line_bytes_max: usize,
    /// Number of the next row group.
    next_group: usize,
    table: Option<Table>,
    line: Pending,
}

impl Rows {
    /// The rows of the file. What is wrong with it is found when they are read.
    pub fn new(access: RandomAccess, line_bytes_max: usize) -> Rows {
        let file = guarded(|| {
            access.check_schema()?;
            SerializedFileReader::new(access.clone()).map_err(damaged)
        });
        let (line, file) = (Pending::default(), file.map_err(Some));
        Rows { file, access, line_bytes_max, next_group: 0, table: None, line }
    }

    /// Writes the next row to `line`; `false` at the end.
    fn next_row(&mut self) -> io::Result<bool> {
        self.access.check_stop()?;
        let file = match &mut self.file {
            Ok(file) => file,
            Err(error) => return error.take().map_or(Ok(false), Err),
        };
        self.line.clear();
        loop {
            if let Some(table) = &mut self.table
                && table.write(&mut self.line.bytes, self.line_bytes_max)?
            {
                self.line.bytes.push(b'\n');
                return Ok(true);
            }
            if self.next_group >= file.num_row_groups() {
                return Ok(false);
            }
            let group = file.get_row_group(self.next_group).map_err(damaged)?;
            self.next_group += 1;
            self.table = Some(Table::new(&*group)?);
        }
    }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() && !buffer.is_empty() {
            match guarded(|| self.next_row()) {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(error) => {
                    self.file = Err(None);
                    return Err(error);
                }
            }
        }
        Ok(self.line.read(buffer))
    }
}

thread_local! {
    static IS_DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Is this thread decoding a file that may be damaged? A panic is then an error of that file.
pub fn is_decoding() -> bool {
    IS_DECODING.get()
}

/// Makes an error of a panic. What panicked must not be used again.
fn guarded<T>(decode: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    IS_DECODING.set(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    IS_DECODING.set(false);
    result.unwrap_or_else(|panic| Err(inconsistent(&panic_text(&*panic))))
}

#[cfg(test)]
mod tests;
