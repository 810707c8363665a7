//! Single lines of a YAML file, without quoted texts and comments.

use std::ops::Range;

/// A line, and its first byte in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'t> {
    /// The whole file.
    pub whole: &'t str,
    /// Without its line end.
    pub text: &'t str,
    pub start: usize,
}

/// The line that contains `at`, with the nearest lines above and below that are not empty.
pub(super) fn around(text: &str, at: usize) -> (Option<Line<'_>>, Line<'_>, Option<Line<'_>>) {
    let here = Line::at(text, at);
    let is_written = |line: &Line<'_>| !line.text.trim().is_empty();
    let above = text[..here.start].rmatch_indices('\n').map(|(at, _)| Line::at(text, at));
    let below =
        text[here.start..].match_indices('\n').map(|(at, _)| Line::at(text, here.start + at + 1));
    (above.into_iter().find(is_written), here, below.into_iter().find(is_written))
}

/// The bytes of the character at `start`.
pub(super) fn first_character(start: usize, text: &str) -> Range<usize> {
    let start = text.floor_char_boundary(start.min(text.len()));
    start..start + text[start..].chars().next().map_or(0, char::len_utf8)
}

impl<'t> Line<'t> {
    /// The line that contains the byte `at`; a line end belongs to the line that it ends.
    pub fn at(whole: &'t str, at: usize) -> Line<'t> {
        let at = whole.floor_char_boundary(at.min(whole.len()));
        let start = whole[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = whole[at..].find('\n').map_or(whole.len(), |length| at + length);
        Line { whole, text: whole[start..end].trim_end_matches('\r'), start }
    }

    /// Bytes of white space at its start.
    pub fn indent(self) -> usize {
        self.text.len() - self.text.trim_start_matches([' ', '\t']).len()
    }

    /// The length of the character at byte `at` of the file.
    pub fn char_at(self, at: usize) -> usize {
        first_character(at, self.whole).len()
    }

    /// The characters outside of quotes and comments, each with its byte in the line.
    pub fn outside(self) -> impl Iterator<Item = (usize, char)> + 't {
        self.parts().filter(|(_, _, part)| *part == Part::Sign).map(|(at, c, _)| (at, c))
    }

    /// Where its comment begins.
    pub fn comment(self) -> Option<usize> {
        self.parts().find(|(_, _, part)| *part == Part::Comment).map(|(at, ..)| at)
    }

    fn parts(self) -> impl Iterator<Item = (usize, char, Part)> + 't {
        let (mut part, mut quote, mut last, mut before) = (Part::Sign, None, ' ', ' ');
        self.text.char_indices().map(move |(at, c)| {
            let own = match (part, quote) {
                (Part::Comment, _) => Part::Comment,
                (_, Some(open)) => {
                    if c == open && !(open == '"' && before == '\\') {
                        quote = None;
                    }
                    Part::Quoted
                }
                _ if c == '#' && before.is_whitespace() => {
                    part = Part::Comment;
                    Part::Comment
                }
                _ if matches!(c, '\'' | '"') && " :,[{-".contains(last) => {
                    quote = Some(c);
                    Part::Quoted
                }
                _ => Part::Sign,
            };
            before = c;
            if !c.is_whitespace() {
                last = c;
            }
            (at, c, own)
        })
    }
}

/// What a character belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Text without quotes, and signs of YAML.
    Sign,
    Quoted,
    Comment,
}
