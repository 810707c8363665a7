//! What is wrong with a rule file, and where: plain data.
//!
//! Made by `ruleset` and `policy`, drawn by the program. Codes are stable: they
//! appear in documentation and in `# tidegate: allow(code)`.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The rule set works; an author should look.
    Warning,
    /// The rule set is refused.
    Error,
}

/// A file that was read: its name as the user gave it, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Path or `<embedded>/NAME`, for people.
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

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code, such as `unknown_name`.
    pub code: &'static str,
    /// What is wrong; lower case, no full stop.
    pub message: String,
    /// Where, if it has a place.
    pub place: Option<Place>,
    /// What the marked place is, beside the caret. May be empty.
    pub label: String,
    /// Other places that matter, each with a word about it.
    pub related: Vec<(Place, String)>,
    /// The way out. May be empty.
    pub help: String,
}

impl Diagnostic {
    /// An error at `place`.
    #[cold]
    pub fn error(
        code: &'static str,
        message: impl Into<String>,
        place: Option<Place>,
    ) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            place,
            label: String::new(),
            related: Vec::new(),
            help: String::new(),
        }
    }

    /// A warning at `place`.
    #[cold]
    pub fn warning(
        code: &'static str,
        message: impl Into<String>,
        place: Option<Place>,
    ) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message, place) }
    }

    /// With a word beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// With the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = help.into();
        self
    }

    /// With another place that matters.
    #[must_use]
    pub fn related(mut self, place: Place, word: impl Into<String>) -> Diagnostic {
        self.related.push((place, word.into()));
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
