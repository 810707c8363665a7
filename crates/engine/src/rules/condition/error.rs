//! An error in a condition, before its place in the file is known.

use std::ops::Range;

/// An error in a condition. The fields are those of a [`Diagnostic`](crate::diagnostic::Diagnostic).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// Stable code.
    pub code: &'static str,
    /// The error; lower case, no full stop.
    pub message: String,
    /// Bytes of the condition.
    pub range: Range<usize>,
    /// How to correct it. May be empty.
    pub help: String,
}

impl ConditionError {
    #[cold]
    pub(super) fn new(
        code: &'static str,
        message: impl Into<String>,
        range: Range<usize>,
    ) -> ConditionError {
        ConditionError { code, message: message.into(), range, help: String::new() }
    }

    #[cold]
    pub(super) fn syntax(message: impl Into<String>, range: Range<usize>) -> ConditionError {
        ConditionError::new("bad_condition", message, range)
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> ConditionError {
        self.help = help.into();
        self
    }
}
