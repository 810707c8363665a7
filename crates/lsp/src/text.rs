//! Text and positions: byte offsets of a file, and lines with columns as the protocol counts them.
//!
//! The protocol counts columns in UTF-16 code units, or in bytes if the client offers that. A
//! position outside of the text is moved to the nearest place in it; no position panics.

use lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};
use std::ops;

/// The unit of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: every client knows them.
    Utf16,
}

impl Encoding {
    /// The encoding for a client that offers `offered`: bytes if it can, since they need no
    /// conversion.
    pub fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        match offered.unwrap_or(&[]).contains(&PositionEncodingKind::UTF8) {
            true => Encoding::Utf8,
            false => Encoding::Utf16,
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn units(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
        }
    }
}

/// The starts of the lines of a text.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Lines end with `\n`, `\r\n` or `\r`.
    pub fn new(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Lines { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The position of a byte of `text`.
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = text.get(self.starts[line]..offset).unwrap_or("");
        let column: usize = before.chars().map(|character| encoding.units(character)).sum();
        Position::new(line as u32, column as u32)
    }

    /// The byte of `text` at a position.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else {
            return text.len();
        };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let content = text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let mut column = 0;
        for (at, character) in content.char_indices() {
            column += encoding.units(character);
            if column > position.character as usize {
                return start + at;
            }
        }
        start + content.len()
    }

    /// The range of the bytes `range` of `text`.
    pub fn range(&self, text: &str, range: &ops::Range<usize>, encoding: Encoding) -> Range {
        let start = self.position(text, range.start, encoding);
        Range::new(start, self.position(text, range.end.max(range.start), encoding))
    }
}

/// The text after the changes, each of which is a range and its new text, or the whole text.
pub fn changed(
    text: &str,
    changes: &[TextDocumentContentChangeEvent],
    encoding: Encoding,
) -> String {
    let mut text = text.to_owned();
    for change in changes {
        let Some(range) = change.range else {
            text.clone_from(&change.text);
            continue;
        };
        let lines = Lines::new(&text);
        let start = lines.offset(&text, range.start, encoding);
        let end = lines.offset(&text, range.end, encoding).max(start);
        text.replace_range(start..end, &change.text);
    }
    text
}

/// The bytes of the word of letters, digits, `_`, `-` and `.` around `offset`.
pub fn word_at(text: &str, offset: usize) -> ops::Range<usize> {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let is_word = |character: char| character.is_alphanumeric() || "_-.".contains(character);
    let start = text[..offset].trim_end_matches(is_word).len();
    let rest = &text[offset..];
    start..offset + rest.len() - rest.trim_start_matches(is_word).len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "a: 赌b\r\n𝒳: c\rlast\n";

    #[test]
    fn columns_count_the_units_of_the_encoding() {
        let lines = Lines::new(TEXT);
        for (word, utf16, utf8) in
            [("b", (0, 4), (0, 6)), (": c", (1, 2), (1, 4)), ("last", (2, 0), (2, 0))]
        {
            let offset = TEXT.find(word).unwrap();
            for (encoding, (line, column)) in [(Encoding::Utf16, utf16), (Encoding::Utf8, utf8)] {
                let position = lines.position(TEXT, offset, encoding);
                assert_eq!(position, Position::new(line, column), "{word} {encoding:?}");
                assert_eq!(lines.offset(TEXT, position, encoding), offset, "{word} {encoding:?}");
            }
        }
    }

    #[test]
    fn positions_outside_are_moved_into_the_text() {
        let lines = Lines::new(TEXT);
        let offset =
            |line, column| lines.offset(TEXT, Position::new(line, column), Encoding::Utf16);
        assert_eq!(offset(0, 99), TEXT.find('\r').unwrap(), "the end of the line");
        assert_eq!(offset(1, 1), TEXT.find('𝒳').unwrap(), "inside of a character");
        assert_eq!((offset(3, 0), offset(9, 9)), (TEXT.len(), TEXT.len()));
        assert_eq!(lines.position(TEXT, 999, Encoding::Utf16), Position::new(3, 0));
    }

    #[test]
    fn changes_apply_in_order() {
        let change = |range: Option<[u32; 4]>, text: &str| TextDocumentContentChangeEvent {
            range: range.map(|[a, b, c, d]| Range::new(Position::new(a, b), Position::new(c, d))),
            range_length: None,
            text: text.to_owned(),
        };
        let changes = [change(Some([0, 3, 0, 4]), "牌"), change(Some([1, 0, 2, 4]), "x")];
        assert_eq!(changed(TEXT, &changes, Encoding::Utf16), "a: 牌b\r\nx\n");
        assert_eq!(changed(TEXT, &[change(None, "new")], Encoding::Utf16), "new");
        assert_eq!(changed("ab", &[change(Some([0, 2, 0, 1]), "x")], Encoding::Utf8), "abx");
    }

    #[test]
    fn utf8_is_taken_if_it_is_offered() {
        let both = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::negotiate(Some(&both)), Encoding::Utf8);
        assert_eq!(Encoding::negotiate(Some(&both[..1])), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(None), Encoding::Utf16);
    }

    #[test]
    fn words_have_dots_and_hyphens() {
        let text = "fired(a.b-c) 赌";
        assert_eq!(&text[word_at(text, 8)], "a.b-c");
        assert_eq!(&text[word_at(text, 999)], "赌");
        assert_eq!(word_at("", 0), 0..0);
    }

    proptest! {
        #[test]
        fn every_character_has_one_position(text in "[ab赌𝒳\r\n]{0,20}") {
            let lines = Lines::new(&text);
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                for (offset, character) in text.char_indices() {
                    let position = lines.position(&text, offset, encoding);
                    let found = lines.offset(&text, position, encoding);
                    // The break `\r\n` is one place.
                    prop_assert!(found == offset || character == '\n', "{text:?} {offset}");
                }
            }
        }
    }
}
