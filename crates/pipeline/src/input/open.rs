//! The stages from the bytes of an input to its lines.

use super::compressed::{self, Compression};
use super::foreign::{self, Foreign, Kind};
use super::notes::Notes;
use super::peek::before_rest;
use super::random::RandomAccess;
use super::settings::{Form, Format};
use super::{array, encoding, table, tar};
use std::io::{self, Cursor, Read};

/// The lines of an input.
pub(crate) struct Lines {
    pub reader: Box<dyn Read + Send>,
    /// How many bytes of the file were read, if the bytes of the lines are those of the file.
    pub verbatim: Option<u64>,
    /// What is known of the lines.
    pub notes: Notes,
}

/// How the lines of an input are made.
#[derive(Clone, Debug)]
pub(crate) struct Making {
    /// Formats and encodings.
    pub format: Format,
    /// Longest line, in bytes.
    pub line_bytes_max: usize,
    /// Name of the input.
    pub name: String,
}

/// The lines of an input, from its bytes on: `start`, which were read to recognise the compression, and
/// then those of `rest`. `file` reads a regular file at any place.
///
/// # Errors
///
/// The format is foreign ([`Foreign`]), or reading fails.
pub(crate) fn lines(
    making: &Making,
    compression: Compression,
    start: Vec<u8>,
    rest: impl Read + Send + 'static,
    file: Option<RandomAccess>,
) -> io::Result<Lines> {
    let Format { form, encoding, window_bytes_max } = making.format;
    let bytes: Box<dyn Read + Send> = Box::new(Cursor::new(start).chain(rest));
    let mut reader = compressed::reader(compression, bytes, window_bytes_max)?;
    let peeked = foreign::recognise(&mut reader, form, encoding.is_some())?;
    let read = peeked.bytes.len() as u64;
    reader = before_rest(peeked.bytes, peeked.failed, reader);
    let notes = Notes::default();
    let mut verbatim = None;
    let reader = match peeked.kind {
        Kind::Tar => Box::new(tar::Members::new(reader, making.clone(), notes.clone())),
        Kind::Parquet => {
            let file = file.filter(|_| compression == Compression::None);
            file.and_then(|file| file.parquet(making.line_bytes_max))
                .ok_or_else(|| foreign::refused(Foreign::Parquet))?
        }
        Kind::Text => {
            let is_verbatim = encoding.is_none()
                && matches!(form, Form::JsonLines | Form::PlainLines)
                && compression == Compression::None;
            verbatim = is_verbatim.then_some(read);
            of_text(making, reader, notes.clone())?
        }
    };
    Ok(Lines { reader, verbatim, notes })
}

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
