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
        error => {
            let text = error.to_string();
            // What the package says of compressions that it was built without.
            let is_unsupported = matches!(error, ParquetError::NYI(_)) || text.contains(DISABLED);
            if is_unsupported { unsupported(&text) } else { inconsistent(&text) }
        }
    }
}

/// Begins the error of a compression that the package was built without.
const DISABLED: &str = "Disabled feature";

fn unsupported(why: &str) -> io::Error {
    let message = format!("not supported (Parquet): {why}; write it with zstd or snappy");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// The error of a file that is wrong in this way.
pub(super) fn inconsistent(why: &dyn std::fmt::Display) -> io::Error {
    let message = format!("damaged or truncated (Parquet): {why}");
    io::Error::new(io::ErrorKind::InvalidData, message)
}
