//! The stages from the bytes of an input to its lines.

use super::compressed::{self, Compression};
use super::foreign::{self, Foreign, Kind};
use super::notes::Notes;
use super::peek::before_rest;
use super::random::RandomAccess;
use super::settings::{Form, Format, Making};
use super::tar;
use super::text::of_text;
use std::io::{self, Cursor, Read};

/// The lines of an input.
pub(crate) struct Lines {
    pub reader: Box<dyn Read + Send>,
    /// How many bytes of the file were read, if the bytes of the lines are those of the file.
    pub verbatim: Option<u64>,
    /// What is known of the lines.
    pub notes: Notes,
}

/// The lines or frames of an input, from its bytes on: `start`, which were read to recognise the compression, and
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
    let Format { form, encoding, window_bytes_max, framing } = making.format;
    let bytes: Box<dyn Read + Send> = Box::new(Cursor::new(start).chain(rest));
    let mut reader = compressed::reader(compression, bytes, window_bytes_max)?;
    if framing.is_some() {
        // A record may look like anything, and the first bytes are those of a length.
        return Ok(Lines { reader, verbatim: None, notes: Notes::default() });
    }
    let peeked = foreign::recognise(&mut reader, form, encoding.is_some())?;
    let read = peeked.bytes.len() as u64;
    reader = before_rest(peeked.bytes, peeked.failed, reader);
    let notes = Notes::default();
    let mut verbatim = None;
    let reader = match peeked.kind {
        Kind::Tar => Box::new(tar::Members::new(reader, making.clone(), notes.clone())),
        Kind::Parquet => {
            let file = file.filter(|_| compression == Compression::None);
            file.and_then(|file| parquet(file, making.line_bytes_max))
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

/// The rows of a Parquet file; `None` if the program was built without them.
#[cfg(feature = "parquet")]
fn parquet(file: RandomAccess, line_bytes_max: usize) -> Option<Box<dyn Read + Send>> {
    Some(Box::new(super::parquet::Rows::new(file, line_bytes_max)))
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: RandomAccess, _: usize) -> Option<Box<dyn Read + Send>> {
    None
}
