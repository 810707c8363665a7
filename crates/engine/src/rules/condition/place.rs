//! Maps byte ranges of the value of a YAML scalar to byte ranges of the file.

use std::ops::Range;

/// The byte range in `file` of the bytes `part` of `value`.
///
/// `token` is the range of the scalar in `file`, with quotes, escapes, folded lines and
/// indents. If value and token cannot be aligned (unusual escapes), the result is the whole
/// token, never a wrong range.
pub fn place_in(
    file: &str,
    token: &Range<usize>,
    value: &str,
    part: &Range<usize>,
) -> Range<usize> {
    lay(file, token, value, part).unwrap_or_else(|| token.clone())
}

fn lay(file: &str, token: &Range<usize>, value: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let written = file.get(token.clone())?;
    let quote = written.chars().next().filter(|first| matches!(first, '"' | '\''));
    let mut walk = Walk { written, quote, at: quote.map_or(0, char::len_utf8), after_break: false };
    let (mut start, mut end) = (None, None);
    for (at, c) in value.char_indices() {
        let found = walk.step(c)?;
        if at == part.start {
            start = Some(found.start);
        }
        if at < part.end {
            end = Some(found.end);
        }
    }
    // After the last character: the end of the text of the token.
    let start = start.unwrap_or(walk.at);
    let end = end.unwrap_or(start).max(start);
    Some(token.start + start..token.start + end)
}

/// Aligns a token as written with its value, one character of the value at a time.
struct Walk<'w> {
    written: &'w str,
    quote: Option<char>,
    at: usize,
    /// The last step was a line break with its indent, which may contain spaces of the value.
    after_break: bool,
}

impl Walk<'_> {
    /// The byte range in the token of `c`, the next character of the value.
    fn step(&mut self, c: char) -> Option<Range<usize>> {
        let rest = &self.written[self.at..];
        let next = rest.chars().next()?;
        if self.after_break && matches!(c, ' ' | '\n') && !next.is_whitespace() {
            return Some(self.at..self.at);
        }
        self.after_break = matches!(next, ' ' | '\t' | '\r' | '\n') && breaks(rest);
        let length = match (next, self.quote) {
            ('\'', Some('\'')) if c == '\'' && rest.starts_with("''") => 2,
            ('\\', Some('"')) => {
                let escaped = rest[1..].chars().next()?;
                if escaped != c || !matches!(c, '"' | '\\' | '/') {
                    return None;
                }
                1 + escaped.len_utf8()
            }
            (' ' | '\t' | '\r' | '\n', _) if c == ' ' || c == '\n' => space(rest, c)?,
            _ if next == c => next.len_utf8(),
            // Indents of block scalars are not part of the value.
            (' ' | '\t' | '\r' | '\n', None) => {
                self.at += next.len_utf8();
                return self.step_past_space(c);
            }
            _ => return None,
        };
        let start = self.at;
        self.at += length;
        Some(start..self.at)
    }

    fn step_past_space(&mut self, c: char) -> Option<Range<usize>> {
        let rest = &self.written[self.at..];
        let text = rest.trim_start();
        self.at += rest.len() - text.len();
        let next = text.chars().next().filter(|next| *next == c)?;
        let start = self.at;
        self.at += next.len_utf8();
        Some(start..self.at)
    }
}

/// A line break and the indent after it are one space (or break) of the value.
fn space(rest: &str, c: char) -> Option<usize> {
    if breaks(rest) { Some(space_run(rest)) } else { rest.starts_with(c).then_some(1) }
}

fn breaks(rest: &str) -> bool {
    rest[..space_run(rest)].contains('\n')
}

fn space_run(rest: &str) -> usize {
    rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds `word` of the value in the token by its place.
    fn found<'f>(file: &'f str, token: &str, value: &str, word: &str) -> &'f str {
        let start = file.find(token).unwrap();
        let at = value.find(word).unwrap();
        &file[place_in(file, &(start..start + token.len()), value, &(at..at + word.len()))]
    }

    #[test]
    fn every_style_of_scalar() {
        assert_eq!(found("c: a and b\n", "a and b", "a and b", "b"), "b");
        assert_eq!(
            found("c: 'a == ''x'' and b'", "'a == ''x'' and b'", "a == 'x' and b", "b"),
            "b"
        );
        assert_eq!(found("c: 'a == ''x'''", "'a == ''x'''", "a == 'x'", "'x'"), "''x''");
        assert_eq!(
            found(r#"c: "a == \"x\" or b""#, r#""a == \"x\" or b""#, "a == \"x\" or b", "b"),
            "b"
        );
        assert_eq!(found("c: a and\n   bé", "a and\n   bé", "a and bé", "bé"), "bé");
        assert_eq!(found("c: >\n  a and\n  b\n", "a and\n  b\n", "a and b\n", "b"), "b");
        assert_eq!(found("c: |\n  a and\n    b\n", "a and\n    b\n", "a and\n  b\n", "b"), "b");
        assert_eq!(found("c: \"a\n  and b\"", "\"a\n  and b\"", "a and b", "and"), "and");
    }

    #[test]
    fn a_token_that_cannot_be_aligned_is_marked_as_a_whole() {
        assert_eq!(
            found(r#"c: "\x61 and b""#, r#""\x61 and b""#, "a and b", "b"),
            r#""\x61 and b""#
        );
    }

    #[test]
    fn a_place_after_the_end_is_the_end() {
        let file = "c: 'a and'\nd: 1";
        assert_eq!(place_in(file, &(3..10), "a and", &(5..5)), 9..9);
    }
}
