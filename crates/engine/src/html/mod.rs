//! HTML text → the characters that a browser shows, each with its byte range.
//!
//! Input: a fragment as feeds carry it (a Mastodon status), valid UTF-8. Output: its shown
//! characters, each with its range in the *raw* text, so that spans refer to the text that the
//! platform stores.
//!
//! * Between two texts in different blocks (`p`, `div`, `li`, a table cell), or on both sides
//!   of a `br`, there is one `\n`. It has the range of the first tag that breaks the line.
//!   Other tags give nothing: `ca<b>si</b>no` is one word.
//! * A run of spaces, tabs and line breaks is one space, and none at either end of a line. In
//!   `pre`, `listing`, `textarea` and `xmp` white space is kept. U+00A0 is a character.
//! * Not shown: comments; `script`, `style`, `title`, `template`, `noscript`, `iframe`,
//!   `datalist` and `rp` with their content; elements with the attribute `hidden` or the inline
//!   style `display: none`.
//! * References are decoded as the HTML standard says: all its names, and numbers. Where a
//!   name means two characters, the second has the range of the semicolon.
//! * Malformed HTML is read as browsers read it: what is no tag is text, a tag or comment that
//!   never ends hides the rest. Style sheets are not read, and the order of open elements is
//!   followed only where it decides what is hidden.
//! * Linear time, no allocation, no recursion.

mod generated_references;
mod references;
mod tags;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;

use std::ops::Range;

use references::Reference;
use tags::{Kind, Markup, Start};

/// The shown characters of `text`, with their byte ranges in `text`.
///
/// ```
/// let html = "<p>a&lt;<b>b</b> </p> <p>c</p>";
/// let seen: String = tidegate_engine::html::pieces(html).map(|(c, _)| c).collect();
/// assert_eq!(seen, "a<b\nc");
/// ```
pub fn pieces(text: &str) -> Pieces<'_> {
    pieces_from(text, 0, State::default())
}

/// The characters from byte `at` on. Position and state are those of an earlier iterator:
/// [`Pieces::position`] with [`Pieces::state`], or the start of a piece with [`Pieces::start`].
pub(crate) fn pieces_from(text: &str, at: usize, state: State) -> Pieces<'_> {
    Pieces { text, at, state, start: state }
}

/// What the characters after a position depend on, except the text from there on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// A character was shown since the last line break.
    in_line: bool,
    /// Open elements that keep white space.
    kept: u8,
    verbatim: Verbatim,
    /// The position is at the semicolon of a reference whose first character was given.
    is_second: bool,
}

/// The open element whose content is text without tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Verbatim {
    #[default]
    None,
    Textarea,
    Xmp,
    Plaintext,
}

/// Iterator of [`pieces`].
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    text: &'a str,
    at: usize,
    state: State,
    /// The state at the start of the last piece.
    start: State,
}

/// A part of the text.
enum Token {
    /// A shown character.
    Character(char),
    /// White space that collapses.
    Space,
    /// A tag that breaks the line.
    Break,
    /// A part that is not shown.
    Nothing,
}

/// White space or tags between two texts, as far as they were read.
struct Gap {
    character: char,
    bytes: Range<usize>,
    start: State,
}

impl Iterator for Pieces<'_> {
    type Item = (char, Range<usize>);

    #[inline]
    fn next(&mut self) -> Option<(char, Range<usize>)> {
        let mut gap: Option<Gap> = None;
        loop {
            let (at, start) = (self.at, self.state);
            let (token, end) = self.token()?;
            match token {
                Token::Character(character) => {
                    let Some(gap) = gap else {
                        self.start = start;
                        self.state.in_line = !(start.keeps_space() && character == '\n');
                        return Some((character, at..end));
                    };
                    // The character is read again after the gap before it was given.
                    (self.at, self.state, self.start) = (at, start, gap.start);
                    self.state.in_line = gap.character == ' ';
                    return Some((gap.character, gap.bytes));
                }
                Token::Space | Token::Break if !start.in_line => {}
                Token::Space => match &mut gap {
                    None => gap = Some(Gap { character: ' ', bytes: at..end, start }),
                    Some(gap) if gap.character == ' ' && gap.bytes.end == at => gap.bytes.end = end,
                    Some(_) => {}
                },
                Token::Break => {
                    if gap.as_ref().is_none_or(|gap| gap.character == ' ') {
                        gap = Some(Gap { character: '\n', bytes: at..end, start });
                    }
                }
                Token::Nothing => {}
            }
        }
    }
}

impl State {
    fn keeps_space(self) -> bool {
        self.kept > 0 || self.verbatim != Verbatim::None
    }
}

impl Pieces<'_> {
    /// Where the rest of the text begins.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The state at [`Pieces::position`].
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// The state at the start of the last piece.
    pub(crate) fn start(&self) -> State {
        self.start
    }

    /// Reads the next part of the text; returns it with the end of its bytes.
    #[inline]
    fn token(&mut self) -> Option<(Token, usize)> {
        let rest = &self.text[self.at..];
        let (token, length) = match *rest.as_bytes().first()? {
            b'<' => return Some(self.markup()),
            b'&' if !matches!(self.state.verbatim, Verbatim::Xmp | Verbatim::Plaintext) => {
                return Some(self.reference(rest));
            }
            b';' if self.state.is_second => (self.second(), 1),
            b' ' | b'\t' | b'\n' | b'\r' => self.space(rest.as_bytes()),
            0 => (self.null(), 1),
            _ => {
                let c = rest.chars().next()?;
                (Token::Character(c), c.len_utf8())
            }
        };
        self.at += length;
        Some((token, self.at))
    }

    fn space(&self, rest: &[u8]) -> (Token, usize) {
        match rest[0] {
            _ if !self.state.keeps_space() => (Token::Space, 1),
            // Browsers read CRLF and CR as line feeds.
            b'\r' => (Token::Character('\n'), 1 + usize::from(rest.get(1) == Some(&b'\n'))),
            byte => (Token::Character(char::from(byte)), 1),
        }
    }

    /// Browsers drop U+0000 between tags, and replace it where tags are not read.
    fn null(&self) -> Token {
        match self.state.verbatim {
            Verbatim::None => Token::Nothing,
            _ => Token::Character('\u{fffd}'),
        }
    }

    fn reference(&mut self, rest: &str) -> (Token, usize) {
        let plain = Reference { first: '&', second: None, length: 1 };
        let found = references::reference(rest).unwrap_or(plain);
        self.state.is_second = found.second.is_some();
        self.at += found.length - usize::from(self.state.is_second);
        let is_space = matches!(found.first, ' ' | '\t' | '\n' | '\r');
        let collapses = is_space && !self.state.keeps_space();
        (if collapses { Token::Space } else { Token::Character(found.first) }, self.at)
    }

    /// The second character of the reference that ends at the position.
    fn second(&mut self) -> Token {
        self.state.is_second = false;
        let begin = self.text[..self.at].rfind('&').unwrap_or(self.at);
        let found = references::reference(&self.text[begin..]);
        Token::Character(found.and_then(|found| found.second).unwrap_or(';'))
    }

    /// What the `<` at the position begins.
    fn markup(&mut self) -> (Token, usize) {
        let rest = &self.text.as_bytes()[self.at..];
        if self.state.verbatim != Verbatim::None {
            return self.verbatim_end(rest);
        }
        let (token, length) = match tags::markup(rest) {
            Markup::Text => (Token::Character('<'), 1),
            Markup::Comment(length) => (Token::Nothing, length),
            Markup::Start(start) => return self.start_tag(rest, &start),
            Markup::End(name, length) => (self.end_tag(name), length),
        };
        self.at += length;
        (token, self.at)
    }

    fn start_tag(&mut self, rest: &[u8], start: &Start<'_>) -> (Token, usize) {
        let kind = tags::kind(start.name);
        if start.hides || matches!(kind, Kind::Hidden | Kind::HiddenText) {
            self.at += tags::hidden_length(rest, start);
            return (Token::Nothing, self.at);
        }
        self.at += start.length;
        let end = self.at;
        match kind {
            Kind::Kept => self.state.kept = self.state.kept.saturating_add(1),
            Kind::Textarea => self.state.verbatim = Verbatim::Textarea,
            Kind::Verbatim => self.state.verbatim = Verbatim::Xmp,
            Kind::Plaintext => self.state.verbatim = Verbatim::Plaintext,
            Kind::Block | Kind::Inline | Kind::Hidden | Kind::HiddenText => {}
        }
        if matches!(kind, Kind::Kept | Kind::Textarea) {
            // A line break right after the tag is for the writer's eyes.
            let rest = &self.text.as_bytes()[end..];
            self.at += [&b"\r\n"[..], b"\n", b"\r"]
                .iter()
                .find(|it| rest.starts_with(it))
                .map_or(0, |it| it.len());
        }
        (if kind == Kind::Inline { Token::Nothing } else { Token::Break }, end)
    }

    fn end_tag(&mut self, name: &[u8]) -> Token {
        match tags::kind(name) {
            Kind::Block => Token::Break,
            Kind::Kept => {
                self.state.kept = self.state.kept.saturating_sub(1);
                Token::Break
            }
            _ => Token::Nothing,
        }
    }

    /// The end of the element without tags, or a `<` in it.
    fn verbatim_end(&mut self, rest: &[u8]) -> (Token, usize) {
        let length = match self.state.verbatim {
            Verbatim::Textarea => tags::end_tag_length(rest, b"textarea"),
            Verbatim::Xmp => tags::end_tag_length(rest, b"xmp"),
            Verbatim::Plaintext | Verbatim::None => None,
        };
        self.at += length.unwrap_or(1);
        match length {
            None => (Token::Character('<'), self.at),
            Some(_) => {
                self.state.verbatim = Verbatim::None;
                (Token::Break, self.at)
            }
        }
    }
}
