//! Errors of damaged files.

use parquet::errors::ParquetError;
use std::io;

/// The error of a file whose content contradicts itself.
pub(super) fn damaged(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) if error.is::<io::Error>() => match error.downcast() {
            Ok(error) => *error,
            Err(error) => inconsistent(&error),
        },
        error => inconsistent(&error),
    }
}

/// The error of a file that is wrong in this way.
pub(super) fn inconsistent(why: &dyn std::fmt::Display) -> io::Error {
    let message = format!("damaged or truncated (Parquet): {why}");
    io::Error::new(io::ErrorKind::InvalidData, message)
}
