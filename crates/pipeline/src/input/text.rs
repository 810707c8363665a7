//! The lines of text in a format and an encoding.

use super::notes::Notes;
use super::settings::{Form, Making};
use super::{array, encoding, table};
use std::io::{self, Read};

/// The lines of text in the format and encoding that is wanted.
///
/// # Errors
///
/// The text has no such lines, or reading fails.
pub(super) fn of_text(
    making: &Making,
    bytes: Box<dyn Read + Send>,
    notes: Notes,
) -> io::Result<Box<dyn Read + Send>> {
    let reader = match making.format.encoding {
        None => bytes,
        Some(encoding) => Box::new(encoding::Decoded::new(encoding, bytes)),
    };
    Ok(match making.format.form {
        Form::JsonLines | Form::PlainLines => reader,
        Form::Array => Box::new(array::Elements::new(reader)),
        Form::Table => Box::new(table::Rows::new(reader, making.line_bytes_max, notes)?),
    })
}
