//! Errors of patterns.

use crate::domain::limits::{REGEX_BYTES_MAX, REGEX_PROGRAM_BYTES_MAX};
use crate::message::phrase;
use crate::message::{Message, message};
use regex_automata::meta;
use std::fmt;
use std::ops::Range;

/// Why a pattern is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError {
    range: Range<usize>,
    kind: RegexErrorKind,
    message: Message,
    help: Message,
}

/// The kind of error, for callers that handle kinds differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegexErrorKind {
    /// Too long, too large, nested too deeply, or not a regex.
    Bad,
    /// The pattern matches the empty string, so it would be found everywhere.
    EmptyMatch,
    /// The pattern cannot match.
    Never,
}

impl RegexError {
    /// Byte range of the error in the pattern.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The kind of error.
    pub fn kind(&self) -> RegexErrorKind {
        self.kind
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// How to fix it. May be empty.
    pub fn help(&self) -> &Message {
        &self.help
    }

    #[cold]
    pub(super) fn new(range: Range<usize>, message: Message, help: Message) -> RegexError {
        RegexError { range, kind: RegexErrorKind::Bad, message, help }
    }

    #[cold]
    pub(super) fn too_long(pattern: &str) -> RegexError {
        let message =
            message!("the regex is {} bytes long, more than {REGEX_BYTES_MAX}", pattern.len());
        RegexError::new(
            0..pattern.len(),
            message,
            message!("put plain terms in a word list instead"),
        )
    }

    #[cold]
    pub(super) fn empty_match(pattern: &str) -> RegexError {
        let message =
            message!("the regex matches the empty string, so it would be found everywhere");
        let help = message!(
            "require a character, for example with `+` instead of `*`; invisible \
             characters count as nothing"
        );
        RegexError {
            kind: RegexErrorKind::EmptyMatch,
            ..RegexError::new(0..pattern.len(), message, help)
        }
    }

    #[cold]
    pub(super) fn never(pattern: &str) -> RegexError {
        let message = message!("the regex cannot match any text");
        let help = message!("look for an empty class such as `[^\\s\\S]`");
        RegexError {
            kind: RegexErrorKind::Never,
            ..RegexError::new(0..pattern.len(), message, help)
        }
    }

    #[cold]
    pub(super) fn build(pattern: &str, error: &meta::BuildError) -> RegexError {
        if error.size_limit().is_some() {
            let message = message!(
                "the compiled regex takes more than {} KiB",
                REGEX_PROGRAM_BYTES_MAX / 1024
            );
            let help =
                message!("lower the counts of its repetitions, or use smaller classes than `\\w`");
            return RegexError::new(0..pattern.len(), message, help);
        }
        RegexError::new(0..pattern.len(), sentence(&error.to_string()), Message::default())
    }

    #[cold]
    pub(super) fn syntax(pattern: &str, error: &regex_syntax::Error) -> RegexError {
        use regex_syntax::ast::ErrorKind as Ast;
        let (span, message, help) = match error {
            regex_syntax::Error::Parse(error) => {
                let help = match error.kind() {
                    Ast::UnsupportedLookAround => {
                        message!("use `edge`, `except` or a condition (`near`, `not`) instead")
                    }
                    Ast::UnsupportedBackreference => message!("write both parts out"),
                    Ast::NestLimitExceeded(_) => message!("use fewer groups inside groups"),
                    Ast::RepetitionMissing => {
                        message!("write `\\` before the sign to mean the sign itself")
                    }
                    _ => Message::default(),
                };
                (error.span(), error.kind().to_string(), help)
            }
            regex_syntax::Error::Translate(error) => {
                (error.span(), error.kind().to_string(), Message::default())
            }
            // The enum of regex-syntax is non-exhaustive.
            other => {
                return RegexError::new(
                    0..pattern.len(),
                    sentence(&other.to_string()),
                    Message::default(),
                );
            }
        };
        RegexError::new(span.start.offset..span.end.offset, sentence(&message), help)
    }
}

/// The usual messages of the regex parser, as [`sentence`] writes them.
const PARSER_MESSAGES: &[&str] = &[
    phrase!("unclosed group"),
    phrase!("unopened group"),
    phrase!("unclosed character class"),
    phrase!("empty capture group name"),
    phrase!("repetition operator missing expression"),
    phrase!("unclosed counted repetition"),
    phrase!("repetition quantifier expects a valid decimal"),
    phrase!("invalid repetition count range, the start must be <= the end"),
    phrase!("invalid character class range, the start must be <= the end"),
    phrase!("invalid range boundary, must be a literal"),
    phrase!("look-around, including look-ahead and look-behind, is not supported"),
    phrase!("backreferences are not supported"),
    phrase!("unrecognized escape sequence"),
    phrase!("incomplete escape sequence, reached end of pattern prematurely"),
    phrase!("Unicode property not found"),
    phrase!("unrecognized flag"),
];

/// Starts the message in lower case and removes a full stop.
fn sentence(message: &str) -> Message {
    let mut letters = message.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    let text: String = first.chain(letters).collect();
    match PARSER_MESSAGES.iter().find(|known| **known == text) {
        Some(known) => Message::phrase(*known),
        None => Message::verbatim(text),
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.range.start, self.message)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for RegexError {}
