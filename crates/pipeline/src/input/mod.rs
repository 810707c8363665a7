//! Inputs: what they are by their first bytes, and readers that make lines of them.
//!
//! The bytes of an input pass through these stages, each only where it is needed:
//!
//! ```text
//! file ─► compressed ─► tar ─► encoding ─► array or table ─► lines
//! ```
//!
//! * `compressed`: gzip, zstd, bzip2, xz, recognised by their first bytes.
//! * `tar`: the files of an archive one after the other.
//! * `encoding`: other encodings to UTF-8.
//! * `array`, `table`: the elements of JSON arrays and the rows of CSV, one a line.
//! * [`foreign`]: formats that cannot be read, or only with a flag; an input in one of them is
//!   refused with what to do.

mod array;
mod compressed;
mod encoding;
pub mod foreign;
mod names;
mod table;
mod tar;

pub use compressed::{Compression, WINDOW_BYTES_MAX};
pub use names::{FOLDER_NAMES, has_lines_name};

pub(crate) use compressed::read_start;

use encoding_rs::Encoding;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read};
use std::os::fd::AsFd;
use std::path::PathBuf;

/// One source of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, or anything that can be opened and read like one.
    File(PathBuf),
}

impl Input {
    pub(crate) fn open(&self) -> io::Result<File> {
        match self {
            Input::Stdin => Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?)),
            Input::File(path) => File::open(path),
        }
    }

    /// Metadata of the input.
    ///
    /// # Errors
    ///
    /// When it does not exist.
    pub fn metadata(&self) -> io::Result<Metadata> {
        match self {
            Input::Stdin => self.open()?.metadata(),
            Input::File(path) => std::fs::metadata(path),
        }
    }

    /// Whether it is a regular file, which can be read without blocking.
    pub(crate) fn is_regular(&self) -> bool {
        self.metadata().is_ok_and(|metadata| metadata.is_file())
    }
}

/// The name, for messages. It may contain control characters; escape them before printing.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Stdin => f.write_str("standard input"),
            Input::File(path) => path.display().fmt(f),
        }
    }
}

/// What the posts of an input are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// JSON lines. Other formats are refused when they are recognised.
    #[default]
    JsonLines,
    /// Lines of plain text, which may look like anything.
    PlainLines,
    /// JSON arrays, each element a post.
    Array,
    /// CSV with a header: each row becomes an object with a member for each column.
    Table,
}

/// How inputs are read.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What the posts are written in.
    pub form: Form,
    /// Encoding of the text; `None` is UTF-8, of which wrong bytes are kept.
    pub encoding: Option<&'static Encoding>,
    /// The largest window of a zstd frame, in bytes: the memory that its decompression needs.
    pub window_bytes_max: u64,
}

impl Default for Format {
    fn default() -> Format {
        let form = Form::default();
        Format { form, encoding: None, window_bytes_max: WINDOW_BYTES_MAX }
    }
}

/// The lines of an input.
pub(crate) struct Lines {
    pub reader: Box<dyn Read + Send>,
    /// How many bytes of the file were read, if the bytes of the lines are those of the file.
    pub verbatim: Option<u64>,
}

impl Format {
    /// The lines of an input, from its bytes on: `start`, which were read to recognise the
    /// compression, and then those of `rest`.
    ///
    /// # Errors
    ///
    /// The format is foreign ([`foreign::Foreign`]), or reading fails.
    pub(crate) fn lines(
        &self,
        compression: Compression,
        start: Vec<u8>,
        rest: impl Read + Send + 'static,
    ) -> io::Result<Lines> {
        let bytes: Box<dyn Read + Send> = Box::new(Cursor::new(start).chain(rest));
        let mut reader = compressed::reader(compression, bytes, self.window_bytes_max)?;
        let mut verbatim = compression == Compression::None;
        let mut peeked = foreign::peek(&mut reader, self.form, self.encoding.is_some())?;
        let read = peeked.bytes.len() as u64;
        if let Some(error) = peeked.failed.take() {
            reader = Box::new(Failing(Some(error)));
        }
        if !peeked.bytes.is_empty() {
            reader = Box::new(Cursor::new(peeked.bytes).chain(reader));
        }
        if peeked.is_tar {
            reader = Box::new(tar::Members::new(reader, self.window_bytes_max));
            verbatim = false;
        }
        if let Some(encoding) = self.encoding {
            reader = Box::new(encoding::Decoded::new(encoding, reader));
            verbatim = false;
        }
        match self.form {
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
}

/// Returns an error that was met before, once.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// An input in a format that cannot be read.
pub(crate) fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}
