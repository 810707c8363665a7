//! Why a mapping cannot be used.

use std::{error, fmt};

/// Why a mapping cannot be used. One line: what is wrong and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    message: String,
}

impl MappingError {
    #[cold]
    pub(super) fn new(message: impl Into<String>) -> MappingError {
        MappingError { message: message.into() }
    }

    /// The table of names has no room for `what`.
    #[cold]
    pub fn no_room(what: &str) -> MappingError {
        MappingError::new(format!("no room for {what}: there are too many fields and paths"))
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for MappingError {}
