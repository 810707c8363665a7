//! The stages from the bytes of an input to its lines.

use super::compressed::Compression;
use super::peek::before_rest;
use super::settings::{Form, Format};
use super::{array, compressed, encoding, foreign, table, tar};
use std::io::{self, Cursor, Read};

/// The lines of an input.
pub(crate) struct Lines {
    pub reader: Box<dyn Read + Send>,
    /// How many bytes of the file were read, if the bytes of the lines are those of the file.
    pub verbatim: Option<u64>,
}

/// The lines of an input, from its bytes on: `start`, which were read to recognise the compression, and
/// then those of `rest`.
///
/// # Errors
///
/// The format is foreign ([`foreign::Foreign`]), or reading fails.
pub(crate) fn lines(
    format: &Format,
    compression: Compression,
    start: Vec<u8>,
    rest: impl Read + Send + 'static,
) -> io::Result<Lines> {
    let bytes: Box<dyn Read + Send> = Box::new(Cursor::new(start).chain(rest));
    let mut reader = compressed::reader(compression, bytes, format.window_bytes_max)?;
    let mut verbatim = compression == Compression::None;
    let peeked = foreign::recognise(&mut reader, format.form, format.encoding.is_some())?;
    let read = peeked.bytes.len() as u64;
    reader = before_rest(peeked.bytes, peeked.failed, reader);
    if peeked.is_tar {
        reader = Box::new(tar::Members::new(reader, format.window_bytes_max));
        verbatim = false;
    }
    if let Some(encoding) = format.encoding {
        reader = Box::new(encoding::Decoded::new(encoding, reader));
        verbatim = false;
    }
    match format.form {
        Form::JsonLines | Form::PlainLines => {}
        Form::Array => {
            reader = Box::new(array::Elements::new(reader));
            verbatim = false;
        }
        Form::Table => {
            reader = Box::new(table::Rows::new(reader)?);
            verbatim = false;
        }
    }
    Ok(Lines { reader, verbatim: verbatim.then_some(read) })
}
