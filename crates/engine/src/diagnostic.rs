//! Errors and warnings of rule files, with their places: plain data.
//!
//! `rules` and `policy` make them; the program prints them. Codes are stable: they appear in the
//! documentation and in `# tidegate: allow(code)`.

use crate::message::Message;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The rule set works, but the author should review it.
    Warning,
    /// The rule set is refused.
    Error,
}

/// A file that was read: its name as the user wrote it, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Path or `<embedded>/NAME`, for messages.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A byte range in a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Bytes of its text.
    pub range: Range<usize>,
}

impl Place {
    /// Line and column of the start, both from 1; the column counts characters.
    pub fn line_column(&self) -> (usize, usize) {
        let text = &self.source.text;
        let start = self.range.start.min(text.len());
        let before = text.get(..start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Severity of a diagnostic.
    pub severity: Severity,
    /// Stable code, such as `unknown_name`.
    pub code: &'static str,
    /// The message; lower case, no full stop.
    pub message: Message,
    /// Where, if it has a place.
    pub place: Option<Place>,
    /// Description of the marked place, printed after the caret. May be empty.
    pub label: Message,
    /// Related places, each with a description.
    pub related: Vec<(Place, Message)>,
    /// How to correct it. May be empty.
    pub help: Message,
}

impl Diagnostic {
    /// An error at `place`.
    #[cold]
    pub fn error(code: &'static str, message: Message, place: Option<Place>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message,
            place,
            label: Message::default(),
            related: Vec::new(),
            help: Message::default(),
        }
    }

    /// A warning at `place`.
    #[cold]
    pub fn warning(code: &'static str, message: Message, place: Option<Place>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message, place) }
    }

    /// Sets the description after the caret.
    #[must_use]
    pub fn label(mut self, label: Message) -> Diagnostic {
        self.label = label;
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: Message) -> Diagnostic {
        self.help = help;
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn related(mut self, place: Place, word: Message) -> Diagnostic {
        self.related.push((place, word));
        self
    }
}

/// One line: `FILE:LINE:COLUMN: error[code]: message`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            let (line, column) = place.line_column();
            write!(f, "{}:{line}:{column}: ", place.source.name)?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]: {}", self.code, self.message)
    }
}
