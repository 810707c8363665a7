//! Inputs: what they are by their first bytes, and readers that make lines of them.
//!
//! The bytes of an input pass through these stages, each only where it is needed:
//!
//! ```text
//! file ─► compressed ─► tar ─► encoding ─► array or table ─► lines
//!      │              └─────────────────────────────────────► frames
//!      ─► parquet ──────────────────────────────────────────► lines
//! ```
//!
//! * `compressed`: gzip, zstd, bzip2, xz, recognised by their first bytes.
//! * `tar`: the files of an archive one after the other.
//! * `encoding`: other encodings to UTF-8.
//! * `parquet`: the rows of a file of columns, which is read at any place and passes no other stage.
//! * `array`, `table`: the elements of JSON arrays and the rows of CSV, one a line.
//! * [`foreign`]: formats that cannot be read, or only with a flag; an input in one of them is
//!   refused with what to do.

mod array;
mod compressed;
mod encoding;
pub mod foreign;
mod invalid;
mod json;
mod names;
mod notes;
mod open;
#[cfg(feature = "parquet")]
mod parquet;
mod peek;
mod random;
mod settings;
mod table;
mod tar;
mod text;

pub use compressed::{Compression, WINDOW_BYTES_MAX};
pub(crate) use invalid::{invalid, is_refusal};
pub use names::{FOLDER_NAMES, is_of_posts};
pub(crate) use notes::Notes;
pub(crate) use open::lines;
#[cfg(feature = "parquet")]
pub use parquet::is_decoding;
#[cfg(test)]
pub(crate) use peek::PEEK_BYTES;
pub(crate) use random::RandomAccess;
pub(crate) use settings::Making;
pub use settings::{Form, Format};

pub(crate) use compressed::read_start;

/// Is this thread decoding a file that may be damaged? A panic is then an error of that file.
#[cfg(not(feature = "parquet"))]
pub fn is_decoding() -> bool {
    false
}

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
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
