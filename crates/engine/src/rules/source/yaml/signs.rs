//! Signs of YAML in what was probably meant as text, in files that parse.
//!
//! YAML drops them from the text without an error: a comment in the middle of a title, `!` and `&`
//! at the start of a word, `\b` in double quotes.

use super::error::excerpt;
use super::lines::{Line, first_character};
use super::slips::Slip;
use crate::message::message;
use std::ops::Range;

/// The comment that cuts the plain text at `range`: `Paid #1 outside`. A space after the `#` shows
/// that a comment is meant.
pub(super) fn cut_text(text: &str, range: &Range<usize>) -> Option<Slip> {
    let (written, rest) = (text.get(range.clone())?, text.get(range.end..)?);
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let comment = rest[blank..].strip_prefix('#').filter(|_| blank > 0)?;
    let is_text =
        !matches!(written, "true" | "false" | "null") && written.chars().any(char::is_alphabetic);
    if !is_text || !comment.starts_with(char::is_alphanumeric) {
        return None;
    }
    let hash = range.end + blank;
    let end = text[hash..].find('\n').map_or(text.len(), |length| hash + length);
    let what = message!(
        "`{}` is a comment, and the text ends before it",
        excerpt(text[hash..end].trim_end())
    );
    let help =
        message!("put the whole text in quotes, or write a space after the `#` of a comment");
    Some(Slip { what, help, range: hash..hash + 1 })
}

/// An escape for a control character in the double-quoted text at `range`: `"\bword\b"`.
pub(super) fn control(text: &str, range: &Range<usize>, value: &str) -> Option<Slip> {
    if !value.contains(is_hidden) {
        return None;
    }
    let written = text.get(range.clone())?;
    let (escape, control) = escapes(written).find(|(_, meant)| is_hidden(*meant))?;
    let what = message!(
        "in double quotes `{}` is the control character U+{:04X}",
        &written[escape.clone()],
        control as u32
    );
    let help = message!("use single quotes, in which a backslash is itself");
    Some(Slip { what, help, range: range.start + escape.start..range.start + escape.end })
}

fn is_hidden(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

/// The escapes of a double-quoted text that name one character: their bytes, and the character.
fn escapes(written: &str) -> impl Iterator<Item = (Range<usize>, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + written[at..].find('\\')?;
            let sign = written[start + 1..].chars().next()?;
            let digits = match sign {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            let end = start + 1 + sign.len_utf8();
            at = end;
            let meant = match sign {
                '0' => Some('\0'),
                'a' => Some('\u{7}'),
                'b' => Some('\u{8}'),
                'v' => Some('\u{b}'),
                'f' => Some('\u{c}'),
                'e' => Some('\u{1b}'),
                'N' => Some('\u{85}'),
                'x' | 'u' | 'U' => written
                    .get(end..end + digits)
                    .and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?)),
                _ => None,
            };
            if let Some(meant) = meant {
                at = end + digits;
                return Some((start..at, meant));
            }
        }
    })
}

/// `!word` before the node at `start`.
pub(super) fn tag(text: &str, start: usize) -> Slip {
    let range = sign_before(text, start, '!');
    let what = message!("`{}` is a tag of YAML, and not part of a text", word(text, range.start));
    let help = message!("put a text that begins with `!` in quotes");
    Slip { what, help, range }
}

/// `&word` before the node at `start`.
pub(super) fn anchor(text: &str, start: usize) -> Slip {
    let range = sign_before(text, start, '&');
    let what = message!("no alias names the anchor `{}`", word(text, range.start));
    let help = message!("put a text that begins with `&` in quotes, or remove the anchor");
    Slip { what, help, range }
}

fn sign_before(text: &str, start: usize, sign: char) -> Range<usize> {
    let start = text.floor_char_boundary(start.min(text.len()));
    let at = text[..start].rfind(sign).unwrap_or(start);
    first_character(at, text)
}

fn word(text: &str, start: usize) -> &str {
    let line = Line::at(text, start);
    let rest = &line.text[start - line.start..];
    &rest[..rest.find([' ', ',', ']', '}', '\t']).unwrap_or(rest.len())]
}
