//! An error in a YAML file, before it becomes a diagnostic.

use crate::message::{Message, message};
use serde::de;
use std::fmt;
use std::ops::Range;

/// One error of a file. Codes and texts are those of a diagnostic.
#[derive(Debug)]
pub struct YamlError {
    pub(super) body: Box<ErrorBody>,
    /// It is in the log already, and is returned only to stop the caller.
    pub(super) reported: bool,
}

/// The content of an error, boxed so that results stay small.
#[derive(Debug)]
pub(super) struct ErrorBody {
    pub code: &'static str,
    pub message: Message,
    pub help: Message,
    pub range: Option<Range<usize>>,
    /// The first occurrence of a repeated key.
    pub first: Option<Range<usize>>,
}

impl YamlError {
    #[cold]
    pub(super) fn new(code: &'static str, message: Message) -> YamlError {
        let body = ErrorBody { code, message, help: Message::default(), range: None, first: None };
        YamlError { body: Box::new(body), reported: false }
    }

    pub(super) fn into_body(self) -> ErrorBody {
        *self.body
    }

    pub(super) fn help(mut self, help: Message) -> YamlError {
        self.body.help = help;
        self
    }

    pub(super) fn at(mut self, range: Range<usize>) -> YamlError {
        self.body.range = Some(range);
        self
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.body.message, f)
    }
}

impl std::error::Error for YamlError {}

impl de::Error for YamlError {
    fn custom<T: fmt::Display>(message: T) -> YamlError {
        YamlError::new("bad_value", Message::phrase(message.to_string()))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> YamlError {
        let found = match found {
            de::Unexpected::Seq => message!("a list"),
            de::Unexpected::Map => message!("a mapping"),
            de::Unexpected::Unit => message!("nothing"),
            de::Unexpected::Str(text) => Message::verbatim(format!("`{}`", excerpt(text))),
            other => Message::verbatim(other.to_string()),
        };
        let expected = Message::phrase(expected.to_string());
        YamlError::new("bad_value", message!("expected {expected}, found {found}"))
    }

    fn missing_field(field: &'static str) -> YamlError {
        YamlError::new("missing_key", message!("the key `{field}` is missing"))
    }
}

/// The part of a text that a message quotes: at most 40 characters.
pub(super) fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}
