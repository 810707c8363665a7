//! Why a mapping cannot be used.

use crate::message::{Message, message};
use std::{error, fmt};

/// Why a mapping cannot be used. One line: what is wrong and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    message: Message,
}

impl MappingError {
    #[cold]
    pub(super) fn new(message: Message) -> MappingError {
        MappingError { message }
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The table of names has no room for `what`.
    #[cold]
    pub fn no_room(what: &Message) -> MappingError {
        MappingError::new(message!("no room for {what}: there are too many fields and paths"))
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl error::Error for MappingError {}
