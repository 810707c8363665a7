//! An error in a condition, before its place in the file is known.

use crate::message::Message;
use std::ops::Range;

/// An error in a condition. The fields are those of a [`Diagnostic`](crate::diagnostic::Diagnostic).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// Stable code.
    pub code: &'static str,
    /// The error; lower case, no full stop.
    pub message: Message,
    /// Bytes of the condition.
    pub range: Range<usize>,
    /// How to correct it. May be empty.
    pub help: Message,
}

impl ConditionError {
    #[cold]
    pub(super) fn new(code: &'static str, message: Message, range: Range<usize>) -> ConditionError {
        ConditionError { code, message, range, help: Message::default() }
    }

    #[cold]
    pub(super) fn syntax(message: Message, range: Range<usize>) -> ConditionError {
        ConditionError::new("bad_condition", message, range)
    }

    pub(super) fn help(mut self, help: Message) -> ConditionError {
        self.help = help;
        self
    }
}
