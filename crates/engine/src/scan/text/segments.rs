//! The segments of a text: its lines and sentences.
//!
//! A segment ends
//!
//! * at a line break: `\n`, `\r`, U+0085, U+2028, U+2029; in HTML where a block or `<br>` breaks
//!   the line when displayed, and only there. The strings of an array are joined by `\n`;
//! * after `。` `！` `？` `!` `?` `…`, and after a full stop that white space follows.
//!
//! Input is the original text, not its folded symbols: a line break ends a segment even if it
//! folds to a space. A span that contains such an end joins the segments on both sides: an end is
//! never inside a hit. What precedes the first letter or digit of a segment, and what follows its last
//! one, adds nothing to its length.
//!
//! Reference implementation for tests: the ends before and after each place, searched one by one.

use crate::domain::span::Span;
use crate::fold::UnitCounter;
use crate::html;

/// The segments of one text, in order.
#[derive(Debug, Default)]
pub struct Segments {
    segments: Vec<Ended>,
}

/// A segment; it begins where the one before ends.
#[derive(Clone, Copy, Debug)]
struct Ended {
    /// Its end in the text, in bytes.
    end: u32,
    /// Units before its first letter or digit.
    first: u32,
    /// Units up to its last letter or digit.
    last: u32,
}

/// The segment of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its bytes in the text: start, end.
    pub bytes: (u32, u32),
    /// Units of the text before its first letter or digit, and up to its last.
    pub characters: (u32, u32),
}

impl Segment {
    /// Its length in units.
    pub fn length(&self) -> u32 {
        self.characters.1.saturating_sub(self.characters.0)
    }
}

impl Segments {
    /// Reads a text; forgets the last one. Linear in the text; allocates only to grow.
    pub fn read(&mut self, text: &str, is_html: bool) {
        self.segments.clear();
        let mut reader = Reader::new(&mut self.segments);
        if is_html {
            for (character, range) in html::pieces(text) {
                // White space of the source breaks no line; a tag is one `\n`.
                let is_tag = character == '\n' && text.as_bytes()[range.start] == b'<';
                reader.push(character, range.end as u32, is_tag);
            }
        } else {
            for (at, character) in text.char_indices() {
                let end = (at + character.len_utf8()) as u32;
                reader.push(character, end, is_line_break(character));
            }
        }
        reader.finish(text.len() as u32);
    }

    /// The segment of a span of the text.
    pub fn of(&self, span: Span) -> Segment {
        let begins = self.segments.partition_point(|segment| segment.end <= span.start());
        let ends = self.segments.partition_point(|segment| segment.end < span.end());
        let start = begins.checked_sub(1).map_or(0, |before| self.segments[before].end);
        match (self.segments.get(begins), self.segments.get(ends).or(self.segments.last())) {
            (Some(first), Some(last)) => Segment {
                bytes: (start, last.end),
                characters: (first.first, last.last.max(first.last)),
            },
            _ => Segment { bytes: (start, span.end()), characters: (0, 0) },
        }
    }
}

/// Does the character end a line of plain text?
fn is_line_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Does the character end a sentence, with anything after it?
fn ends_sentence(character: char) -> bool {
    matches!(character, '。' | '！' | '？' | '!' | '?' | '…')
}

/// Is the character a letter or a digit? Answers for Han without a table.
fn is_letter_or_digit(character: char) -> bool {
    matches!(character, '\u{4E00}'..='\u{9FFF}') || character.is_alphanumeric()
}

/// Cuts a text into segments, one character at a time.
struct Reader<'s> {
    segments: &'s mut Vec<Ended>,
    counter: UnitCounter,
    /// The end of the last character.
    at: u32,
    /// The last character is a full stop.
    after_stop: bool,
    /// Units before the first letter or digit of the segment, and up to the last.
    letters: Option<(u32, u32)>,
}

impl<'s> Reader<'s> {
    fn new(segments: &'s mut Vec<Ended>) -> Reader<'s> {
        let counter = UnitCounter::default();
        Reader { segments, counter, at: 0, after_stop: false, letters: None }
    }

    fn push(&mut self, character: char, end: u32, breaks_line: bool) {
        if self.after_stop && character.is_whitespace() {
            self.end_segment();
        }
        let before = self.counter.count() as u32;
        self.counter.push(character);
        self.at = end;
        self.after_stop = character == '.';
        if breaks_line || ends_sentence(character) {
            self.end_segment();
        } else if is_letter_or_digit(character) {
            let after = self.counter.count() as u32;
            self.letters = Some((self.letters.map_or(before, |letters| letters.0), after));
        }
    }

    /// Ends the segment after the last character.
    fn end_segment(&mut self) {
        let here = self.counter.count() as u32;
        let (first, last) = self.letters.take().unwrap_or((here, here));
        self.segments.push(Ended { end: self.at, first, last });
    }

    fn finish(mut self, end: u32) {
        self.at = end;
        self.end_segment();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, is_html: bool) -> Segments {
        let mut segments = Segments::default();
        segments.read(text, is_html);
        segments
    }

    /// The texts of all segments.
    fn cut(text: &str, is_html: bool) -> Vec<&str> {
        let mut start = 0;
        let each = read(text, is_html).segments;
        let texts = each.iter().map(|segment| {
            let own = &text[start..segment.end as usize];
            start = segment.end as usize;
            own
        });
        texts.filter(|own| !own.is_empty()).collect()
    }

    #[test]
    fn lines_and_sentences_end_segments() {
        for (text, expected) in [
            ("a b", &["a b"][..]),
            ("a\nb\r\nc", &["a\n", "b\r", "\n", "c"]),
            ("a\u{2028}b\u{2029}c\u{85}d", &["a\u{2028}", "b\u{2029}", "c\u{85}", "d"]),
            ("好。来！吗？go! no? hm…x", &["好。", "来！", "吗？", "go!", " no?", " hm…", "x"]),
            ("One. Two.", &["One.", " Two."]),
            ("v1.2 a.b.example", &["v1.2 a.b.example"]),
            ("wait... what", &["wait...", " what"]),
            ("a.\u{3000}b", &["a.", "\u{3000}b"]),
            ("", &[]),
        ] {
            assert_eq!(cut(text, false), expected, "{text:?}");
        }
    }

    #[test]
    fn html_breaks_where_it_is_displayed_on_a_new_line() {
        for (text, expected) in [
            ("<p>a\nb</p><p>c</p>", &["<p>a\nb</p>", "<p>c</p>"][..]),
            ("a<br>b<b>c</b>&#10;d", &["a<br>", "b<b>c</b>&#10;d"]),
            ("a.<br/>b! c", &["a.", "<br/>", "b!", " c"]),
        ] {
            assert_eq!(cut(text, true), expected, "{text:?}");
        }
    }

    #[test]
    fn a_length_counts_from_the_first_letter_to_the_last() {
        for (text, at, length) in
            [("  ab c!  ", 2, 4), ("x. - 加我 vx - !!", 5, 5), ("a\n\nb", 3, 1), ("……", 0, 0)]
        {
            let segment = read(text, false).of(Span::new(at, at + 1));
            assert_eq!(segment.length(), length, "{text:?}");
        }
    }

    #[test]
    fn an_end_inside_a_span_joins_the_segments() {
        let segments = read("one two! three. four", false);
        let bytes = |start, end| segments.of(Span::new(start, end)).bytes;
        assert_eq!((bytes(0, 3), bytes(4, 8), bytes(4, 9)), ((0, 8), (0, 8), (0, 15)));
        assert_eq!((bytes(8, 10), bytes(16, 20), bytes(0, 20)), ((8, 15), (15, 20), (0, 20)));
        assert_eq!(segments.of(Span::new(4, 10)).length(), 13);
    }

    /// The slow twin: the last end at or before the span, and the first at or after it.
    fn slowly(text: &str, span: Span) -> (u32, u32) {
        let is_end = |at: usize| {
            let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
            before.is_some_and(|c| is_line_break(c) || ends_sentence(c))
                || (before == Some('.') && after.is_some_and(char::is_whitespace))
        };
        let ends: Vec<usize> =
            (1..text.len()).filter(|at| text.is_char_boundary(*at) && is_end(*at)).collect();
        let before = ends.iter().rfind(|end| **end <= span.start() as usize);
        let after = ends.iter().find(|end| **end >= span.end() as usize);
        (*before.unwrap_or(&0) as u32, *after.unwrap_or(&text.len()) as u32)
    }

    proptest! {
        #[test]
        fn segments_equal_their_slow_twin(text in "[a.!。 \n加]{1,24}", one: prop::sample::Index, other: prop::sample::Index) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let (one, other) = (one.index(places.len() - 1), other.index(places.len() - 1));
            let span = Span::new(places[one.min(other)] as u32, places[one.max(other) + 1] as u32);
            let segment = read(&text, false).of(span);
            prop_assert_eq!(segment.bytes, slowly(&text, span), "{:?} {:?}", text, span);
            prop_assert!(segment.length() <= text.chars().count() as u32);
        }
    }
}
