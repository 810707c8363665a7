//! The error of an input that cannot be read as it is.

use std::io;

/// An input in a format that cannot be read.
pub(crate) fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}
