//! What is wrong in a short text of a measures file, before its place in the file is known.

use std::ops::Range;
use tidegate_engine::message::Message;

/// An error in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Code of the diagnostic.
    pub code: &'static str,
    /// Bytes of the text. Empty: at this byte, such as the end.
    pub range: Range<usize>,
    /// The message; lower case, no full stop.
    pub message: Message,
    /// How to correct it.
    pub help: Message,
}

impl Fault {
    /// A value that is not what is expected.
    pub fn value(range: Range<usize>, message: Message, help: Message) -> Fault {
        Fault { code: "bad_value", range, message, help }
    }
}

/// The range of the character at byte `at` of `text`; empty at its end.
pub fn character(text: &str, at: usize) -> Range<usize> {
    let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    at..at + length
}
