//! The values of one column, a batch of rows at a time.

use super::error::{damaged, inconsistent};
use super::value::{Meaning, write_bytes, write_integer, write_number};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::schema::types::ColumnDescPtr;
use std::io;

/// A column of a row group.
///
/// A value of a nested or nullable column comes with two levels: how many of its groups are there
/// (definition), and which list it continues (repetition). A level without a value is a `null`
/// or an empty list.
pub(super) struct Column {
    values: Values,
    meaning: Meaning,
    name: String,
    definition_max: i16,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// Levels in this batch.
    levels: usize,
    /// Number of the next level, and of the next value.
    at: (usize, usize),
}

/// The reader of a column, and the values of the batch.
enum Values {
    Bool(ColumnReaderImpl<BoolType>, Vec<bool>),
    Int32(ColumnReaderImpl<Int32Type>, Vec<i32>),
    Int64(ColumnReaderImpl<Int64Type>, Vec<i64>),
    Int96(ColumnReaderImpl<Int96Type>, Vec<Int96>),
    Float(ColumnReaderImpl<FloatType>, Vec<f32>),
    Double(ColumnReaderImpl<DoubleType>, Vec<f64>),
    Bytes(ColumnReaderImpl<ByteArrayType>, Vec<ByteArray>),
    Fixed(ColumnReaderImpl<FixedLenByteArrayType>, Vec<FixedLenByteArray>),
}

/// Evaluates `$body` with the reader and the values of a column.
macro_rules! with_values {
    ($column:expr, $reader:pat, $values:pat => $body:expr) => {
        match $column {
            Values::Bool($reader, $values) => $body,
            Values::Int32($reader, $values) => $body,
            Values::Int64($reader, $values) => $body,
            Values::Int96($reader, $values) => $body,
            Values::Float($reader, $values) => $body,
            Values::Double($reader, $values) => $body,
            Values::Bytes($reader, $values) => $body,
            Values::Fixed($reader, $values) => $body,
        }
    };
}

impl Column {
    pub fn new(descriptor: &ColumnDescPtr, reader: ColumnReader) -> Column {
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => Values::Bool(reader, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Values::Int32(reader, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Values::Int64(reader, Vec::new()),
            ColumnReader::Int96ColumnReader(reader) => Values::Int96(reader, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Values::Float(reader, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Values::Double(reader, Vec::new()),
            ColumnReader::ByteArrayColumnReader(reader) => Values::Bytes(reader, Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                Values::Fixed(reader, Vec::new())
            }
        };
        Column {
            values,
            meaning: Meaning::of(descriptor),
            name: descriptor.path().string(),
            definition_max: descriptor.max_def_level(),
            definitions: Vec::new(),
            repetitions: Vec::new(),
            levels: 0,
            at: (0, 0),
        }
    }

    /// Reads the next `rows` rows.
    ///
    /// # Errors
    ///
    /// The column has fewer, or is damaged.
    pub fn fill(&mut self, rows: usize) -> io::Result<()> {
        self.definitions.clear();
        self.repetitions.clear();
        self.at = (0, 0);
        let levels = (Some(&mut self.definitions), Some(&mut self.repetitions));
        let (read, values, count) = with_values!(&mut self.values, reader, values => {
            values.clear();
            reader.read_records(rows, levels.0, levels.1, values)
        })
        .map_err(damaged)?;
        self.levels = if self.definition_max > 0 { count } else { values };
        if read == rows { Ok(()) } else { Err(self.wrong("has too few rows")) }
    }

    /// The levels of the next value: definition and repetition. `None` at the end of the batch.
    #[inline]
    pub fn next_levels(&self) -> Option<(i16, i16)> {
        let at = self.at.0;
        let level = |levels: &Vec<i16>| levels.get(at).copied().unwrap_or(0);
        (at < self.levels).then(|| (level(&self.definitions), level(&self.repetitions)))
    }

    /// Passes over the next level, and over its value if it has one.
    pub fn pass(&mut self) -> io::Result<()> {
        let (definition, _) = self.next_levels().ok_or_else(|| self.wrong("ends in a row"))?;
        self.at.0 += 1;
        self.at.1 += usize::from(definition == self.definition_max);
        Ok(())
    }

    /// Appends the next value as JSON, and passes over it.
    pub fn write(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        let at = self.at.1;
        self.pass()?;
        let meaning = &self.meaning;
        let written = match &self.values {
            Values::Bool(_, values) => values.get(at).map(|value| {
                line.extend_from_slice(if *value { b"true" } else { b"false" });
            }),
            Values::Int32(_, values) => {
                values.get(at).map(|value| write_integer(line, meaning, (*value).into(), true))
            }
            Values::Int64(_, values) => {
                values.get(at).map(|value| write_integer(line, meaning, *value, false))
            }
            Values::Int96(_, values) => {
                values.get(at).map(|value| meaning.write_int96(line, value))
            }
            Values::Float(_, values) => values.get(at).map(|value| write_number(line, value)),
            Values::Double(_, values) => values.get(at).map(|value| write_number(line, value)),
            Values::Bytes(_, values) => {
                values.get(at).map(|value| write_bytes(line, meaning, value.data()))
            }
            Values::Fixed(_, values) => {
                values.get(at).map(|value| write_bytes(line, meaning, value.data()))
            }
        };
        written.ok_or_else(|| self.wrong("has fewer values than rows"))
    }

    fn wrong(&self, how: &str) -> io::Error {
        inconsistent(&format!("the column `{}` {how}", self.name))
    }
}
