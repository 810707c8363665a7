//! Columns of Python or Arrow as lines of JSON, one a row.
//!
//! A row is read as the program reads a line, so every limit and every repair is the same.

use crate::capsule;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyFrozenSet, PyInt, PySet, PyString};
use tidegate_engine::output::json::push_string;

/// Lines are judged in groups of this size, in bytes, so that the copies of a large column are small.
const GROUP_BYTES: usize = 32 << 20;

/// A column.
pub enum Column<'py> {
    /// Arrays of Arrow, one after the other.
    Arrow(Vec<ArrayRef>),
    /// Any sequence of Python.
    Objects(Vec<Bound<'py, PyAny>>),
}

/// A value of a column.
enum Cell<'c> {
    Missing,
    Text(&'c str),
    Number(i128),
    /// Text with surrogates that are alone.
    Units(Vec<u16>),
}

/// Lines of JSON of some rows.
#[derive(Debug, Default)]
pub struct Group {
    /// Lines, each with its end.
    pub lines: Vec<u8>,
    /// Number of lines.
    pub rows: usize,
}

impl<'py> Column<'py> {
    /// Reads an argument: an Arrow object of one column, or a sequence.
    ///
    /// # Errors
    ///
    /// `TypeError`: it is neither, or a column of another type.
    pub fn of(value: &Bound<'py, PyAny>, name: &str) -> PyResult<Column<'py>> {
        if let Some(arrays) = capsule::import(value)? {
            for array in &arrays {
                check_type(array.data_type(), name)?;
            }
            return Ok(Column::Arrow(arrays));
        }
        if value.is_instance_of::<PyString>() {
            let message = format!("{name} is one text; use `classify`, or a list of texts");
            return Err(PyTypeError::new_err(message));
        }
        let not_a_column = || {
            let kind = value.get_type().name().map_or_else(|_| String::new(), |it| it.to_string());
            PyTypeError::new_err(format!(
                "{name} is {kind}; expected a list, a column of numpy, pandas or polars, or an \
                 Arrow array"
            ))
        };
        // A table would be read as its column names, a dictionary as its keys, bytes as numbers, a set in
        // no order.
        let is_other = value.is_instance_of::<PyBytes>()
            || value.is_instance_of::<PyByteArray>()
            || value.is_instance_of::<PySet>()
            || value.is_instance_of::<PyFrozenSet>()
            || (value.hasattr("columns")? && !value.hasattr("dtype")?)
            || (value.hasattr("keys")? && !value.hasattr("dtype")?);
        if is_other {
            return Err(not_a_column());
        }
        let items = value.try_iter().map_err(|_| not_a_column())?;
        Ok(Column::Objects(items.collect::<PyResult<Vec<_>>>()?))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Arrow(arrays) => arrays.iter().map(|array| array.len()).sum(),
            Column::Objects(items) => items.len(),
        }
    }

    /// Calls `each` with every value, in order.
    fn each(
        &self,
        name: &str,
        mut each: impl FnMut(usize, Cell<'_>) -> PyResult<()>,
    ) -> PyResult<()> {
        match self {
            Column::Arrow(arrays) => {
                let mut row = 0;
                for array in arrays {
                    each_of_array(array, &mut |cell| {
                        row += 1;
                        each(row - 1, cell)
                    })?;
                }
                Ok(())
            }
            Column::Objects(items) => {
                for (row, item) in items.iter().enumerate() {
                    with_object(item, &|| format!("{name}[{row}]"), |cell| each(row, cell))?;
                }
                Ok(())
            }
        }
    }
}

fn check_type(kind: &DataType, name: &str) -> PyResult<()> {
    let is_known = |kind: &DataType| {
        matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
            || name == "ids" && kind.is_integer()
    };
    let is_right = match kind {
        DataType::Dictionary(_, values) => is_known(values),
        kind => is_known(kind),
    };
    let wanted = if name == "ids" { "strings or integers" } else { "strings" };
    match is_right {
        true => Ok(()),
        false => {
            Err(PyTypeError::new_err(format!("{name} has the type {kind}; expected {wanted}")))
        }
    }
}

type EachCell<'e> = &'e mut dyn FnMut(Cell<'_>) -> PyResult<()>;

fn each_of_array(array: &ArrayRef, each: EachCell<'_>) -> PyResult<()> {
    match array.data_type() {
        DataType::Utf8 => each_text(array.as_string::<i32>().iter(), each),
        DataType::LargeUtf8 => each_text(array.as_string::<i64>().iter(), each),
        DataType::Utf8View => each_text(array.as_string_view().iter(), each),
        DataType::Null => each_text((0..array.len()).map(|_| None), each),
        DataType::Dictionary(key, _) => match key.as_ref() {
            DataType::Int8 => each_of_dictionary::<Int8Type>(array, each),
            DataType::Int16 => each_of_dictionary::<Int16Type>(array, each),
            DataType::Int32 => each_of_dictionary::<Int32Type>(array, each),
            DataType::Int64 => each_of_dictionary::<Int64Type>(array, each),
            DataType::UInt8 => each_of_dictionary::<UInt8Type>(array, each),
            DataType::UInt16 => each_of_dictionary::<UInt16Type>(array, each),
            DataType::UInt32 => each_of_dictionary::<UInt32Type>(array, each),
            _ => each_of_dictionary::<UInt64Type>(array, each),
        },
        DataType::Int8 => each_number(array.as_primitive::<Int8Type>().iter(), each),
        DataType::Int16 => each_number(array.as_primitive::<Int16Type>().iter(), each),
        DataType::Int32 => each_number(array.as_primitive::<Int32Type>().iter(), each),
        DataType::Int64 => each_number(array.as_primitive::<Int64Type>().iter(), each),
        DataType::UInt8 => each_number(array.as_primitive::<UInt8Type>().iter(), each),
        DataType::UInt16 => each_number(array.as_primitive::<UInt16Type>().iter(), each),
        DataType::UInt32 => each_number(array.as_primitive::<UInt32Type>().iter(), each),
        DataType::UInt64 => each_number(array.as_primitive::<UInt64Type>().iter(), each),
        other => Err(PyTypeError::new_err(format!("a column of the type {other}"))),
    }
}

fn each_text<'a>(texts: impl Iterator<Item = Option<&'a str>>, each: EachCell<'_>) -> PyResult<()> {
    for text in texts {
        each(text.map_or(Cell::Missing, Cell::Text))?;
    }
    Ok(())
}

fn each_number<N: Into<i128>>(
    numbers: impl Iterator<Item = Option<N>>,
    each: EachCell<'_>,
) -> PyResult<()> {
    for number in numbers {
        each(number.map_or(Cell::Missing, |number| Cell::Number(number.into())))?;
    }
    Ok(())
}

/// Each value of a dictionary is read once; rows name it.
fn each_of_dictionary<K: ArrowDictionaryKeyType>(
    array: &ArrayRef,
    each: EachCell<'_>,
) -> PyResult<()> {
    let array = array.as_dictionary::<K>();
    let mut values: Vec<Option<String>> = Vec::new();
    each_of_array(array.values(), &mut |cell| {
        values.push(match cell {
            Cell::Text(text) => Some(text.to_owned()),
            Cell::Number(number) => Some(number.to_string()),
            Cell::Missing | Cell::Units(_) => None,
        });
        Ok(())
    })?;
    for key in array.keys_iter() {
        let value = key.and_then(|key| values.get(key)).and_then(Option::as_deref);
        each(value.map_or(Cell::Missing, Cell::Text))?;
    }
    Ok(())
}

/// Reads one value of Python: a text, a whole number, or what libraries put for a missing value.
fn with_object<T>(
    item: &Bound<'_, PyAny>,
    place: &dyn Fn() -> String,
    then: impl FnOnce(Cell<'_>) -> PyResult<T>,
) -> PyResult<T> {
    if let Ok(text) = item.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => then(Cell::Text(text)),
            Err(_) => then(Cell::Units(units(text)?)),
        };
    }
    if item.is_none() {
        return then(Cell::Missing);
    }
    if let Ok(number) = item.cast::<PyFloat>()
        && number.value().is_nan()
    {
        return then(Cell::Missing);
    }
    if item.is_instance_of::<PyInt>() && !item.is_instance_of::<PyBool>() {
        return match item.extract::<i128>() {
            Ok(number) => then(Cell::Number(number)),
            Err(_) => Err(PyValueError::new_err(format!("{}: the number is too large", place()))),
        };
    }
    let kind = item.get_type().name()?.to_string();
    if ["NAType", "NaTType"].contains(&kind.as_str()) {
        return then(Cell::Missing);
    }
    // Texts and numbers of numpy that are no objects of Python.
    if item.hasattr("dtype")? && item.hasattr("item")? {
        let own = item.call_method0("item")?;
        if !own.hasattr("dtype")? {
            return with_object(&own, place, then);
        }
    }
    let help = if kind == "bytes" { "; decode it first" } else { "" };
    Err(PyTypeError::new_err(format!("{} is {kind}; expected a text or None{help}", place())))
}

/// UTF-16 code units of a text that is no UTF-8.
fn units(text: &Bound<'_, PyString>) -> PyResult<Vec<u16>> {
    let bytes = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
    let bytes: Vec<u8> = bytes.extract()?;
    let (pairs, _) = bytes.as_chunks::<2>();
    Ok(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect())
}

/// Appends a value as JSON.
fn push(out: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Missing => out.extend_from_slice(b"null"),
        Cell::Text(text) => push_string(out, text),
        Cell::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Cell::Units(units) => {
            out.push(b'"');
            for unit in units {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
            out.push(b'"');
        }
    }
}

/// The ids of a column as an array of strings, and each as JSON.
pub fn ids(column: &Column<'_>) -> PyResult<(StringArray, Vec<Box<str>>)> {
    let (mut array, mut json) = (Vec::with_capacity(column.len()), Vec::new());
    column.each("ids", |_, cell| {
        array.push(match &cell {
            Cell::Missing => None,
            Cell::Text(text) => Some((*text).to_owned()),
            Cell::Number(number) => Some(number.to_string()),
            Cell::Units(units) => Some(String::from_utf16_lossy(units)),
        });
        let mut own = Vec::new();
        push(&mut own, &cell);
        json.push(String::from_utf8_lossy(&own).into());
        Ok(())
    })?;
    Ok((array.into_iter().collect(), json))
}

/// Calls `judge` with lines for the rows of `texts`, in groups.
///
/// # Errors
///
/// `TypeError` for a value that is no text, with its place; what `judge` returns.
pub fn each_group(
    texts: &Column<'_>,
    ids: Option<&[Box<str>]>,
    mut judge: impl FnMut(&Group) -> PyResult<()>,
) -> PyResult<()> {
    let mut group = Group::default();
    texts.each("texts", |row, cell| {
        let out = &mut group.lines;
        out.extend_from_slice(b"{\"id\":");
        out.extend_from_slice(ids.map_or("null", |ids| &ids[row]).as_bytes());
        match &cell {
            Cell::Missing => {}
            Cell::Number(_) => {
                let message = format!("texts[{row}] is a number; expected a text or None");
                return Err(PyTypeError::new_err(message));
            }
            Cell::Text(_) | Cell::Units(_) => {
                out.extend_from_slice(b",\"text\":");
                push(out, &cell);
            }
        }
        out.extend_from_slice(b"}\n");
        group.rows += 1;
        if group.lines.len() >= GROUP_BYTES {
            judge(&group)?;
            group = Group::default();
        }
        Ok(())
    })?;
    if group.rows > 0 { judge(&group) } else { Ok(()) }
}
