//! An error in a YAML file, before it becomes a diagnostic.

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
    pub message: String,
    pub help: String,
    pub range: Option<Range<usize>>,
    /// The first occurrence of a repeated key.
    pub first: Option<Range<usize>>,
}

impl YamlError {
    #[cold]
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> YamlError {
        let message = message.into();
        let body = ErrorBody { code, message, help: String::new(), range: None, first: None };
        YamlError { body: Box::new(body), reported: false }
    }

    pub(super) fn into_body(self) -> ErrorBody {
        *self.body
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> YamlError {
        self.body.help = help.into();
        self
    }

    pub(super) fn at(mut self, range: Range<usize>) -> YamlError {
        self.body.range = Some(range);
        self
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.body.message)
    }
}

impl std::error::Error for YamlError {}

impl de::Error for YamlError {
    fn custom<T: fmt::Display>(message: T) -> YamlError {
        YamlError::new("bad_value", message.to_string())
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> YamlError {
        let found = match found {
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Map => "a mapping".to_owned(),
            de::Unexpected::Unit => "nothing".to_owned(),
            de::Unexpected::Str(text) => format!("`{}`", excerpt(text)),
            other => other.to_string(),
        };
        YamlError::new("bad_value", format!("expected {expected}, found {found}"))
    }

    fn missing_field(field: &'static str) -> YamlError {
        YamlError::new("missing_key", format!("the key `{field}` is missing"))
    }
}

/// The part of a text that a message quotes: at most 40 characters.
pub(super) fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}
