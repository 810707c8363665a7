//! Offset map: symbols of a folded text → the bytes they come from.
//!
//! Computed lazily: a query walks the text from the nearest known position. Queries in
//! ascending order walk it once; in any order, a query costs at most [`MARK_BYTES`] of text
//! and the character it ends at. In a block whose characters produce one symbol each, only
//! its start is recorded, and lead bytes are counted.
//!
//! Reference implementation for tests: a list of every symbol's position.

use super::join::{Join, SEPARATOR, join};
use super::kernel::Kernel;
use super::symbols::{Output, decode, last_character};
use super::tables::{self, FoldTable, REPLACEMENT};
use crate::html;

/// Bytes between recorded positions.
const MARK_BYTES: u32 = 64;

/// Bytes passed at once where each character produces one symbol.
const EVEN_BLOCK: usize = 64;

/// A field's text and how it was folded.
#[derive(Clone, Copy, Debug)]
pub struct Source<'t> {
    /// The decoded text of the field.
    pub text: &'t str,
    /// The text is HTML.
    pub is_html: bool,
    /// Each character is known to produce exactly one symbol, not counting white space at the end, so
    /// that symbols need only be counted.
    pub one_to_one: bool,
}

/// Known positions in one text. Every query must be about the text passed since
/// [`OffsetMap::begin`].
#[derive(Debug, Default)]
pub struct OffsetMap {
    /// Recorded positions, ascending, as far as the text was walked.
    marks: Vec<Mark>,
    /// Before the character of the last query.
    cursor: Place,
    /// Symbols of a block, to test whether it is one-to-one, and its signs, which are not used.
    folded: Vec<u16>,
    signs: Vec<u32>,
}

/// A position between two characters.
#[derive(Clone, Copy, Debug)]
struct Place {
    byte: u32,
    /// Symbols before it.
    symbols: u32,
    /// The last folded character, [`SEPARATOR`] at the start: the next one joins to it.
    last: u32,
    /// HTML only: what the text before it decides about the text after it.
    html: html::State,
}

impl Default for Place {
    fn default() -> Place {
        Place { byte: 0, symbols: 0, last: u32::from(SEPARATOR), html: html::State::default() }
    }
}

/// A recorded position, and what is known of the text after it.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    place: Place,
    /// Number of characters after it that produce one symbol each.
    even: u32,
    /// Up to this byte the text is known not to be one-to-one.
    uneven_until: u32,
}

/// A character.
#[derive(Clone, Copy, Debug)]
struct Character {
    bytes: (u32, u32),
    /// Its symbols.
    symbols: (u32, u32),
    /// It is part of the character before it: a mark without a symbol, or composed with it.
    is_attached: bool,
    /// The position after it.
    after: Place,
    /// The state of HTML at its first byte.
    html: html::State,
}

impl Place {
    /// The position right before `character`, after any tags in between.
    fn at_start_of(self, character: &Character) -> Place {
        Place { byte: character.bytes.0, html: character.html, ..self }
    }
}

impl OffsetMap {
    /// Starts a new text.
    pub fn begin(&mut self) {
        self.marks.clear();
        self.marks.push(Mark::default());
        self.cursor = Place::default();
    }

    /// Bytes that symbols `start..end` come from, with the marks of the last character; `None`
    /// when the range is empty, longer than the text, or splits the symbols of one character: no
    /// term is half of a ⑩.
    pub fn span(&mut self, source: Source<'_>, start: usize, end: usize) -> Option<(u32, u32)> {
        if start >= end {
            return None;
        }
        if source.one_to_one {
            let text = source.text.as_bytes();
            let first = self.even(text, start)?;
            let last = match end - 1 - start {
                more @ ..EVEN_BLOCK => {
                    first + nth_lead(text.get(first as usize..)?, more as u32)? as u32
                }
                _ => self.even(text, end - 1)?,
            };
            return Some((first, last + length_of(text[last as usize])));
        }
        let first = self.character(source, start)?;
        let last = self.character(source, end - 1)?;
        let is_whole = first.symbols.0 == start as u32 && last.symbols.1 == end as u32;
        is_whole.then(|| (first.bytes.0, end_with_marks(source, &last)))
    }

    /// Bytes of the character that produced symbol `at`, without the marks after it.
    pub fn bytes(&mut self, source: Source<'_>, at: usize) -> Option<(u32, u32)> {
        if source.one_to_one {
            let text = source.text.as_bytes();
            let start = self.even(text, at)?;
            return Some((start, start + length_of(text[start as usize])));
        }
        self.character(source, at).map(|character| character.bytes)
    }

    /// The symbols of the characters within bytes `from..to`, `None` when there are none.
    pub fn symbols_of(&mut self, source: Source<'_>, from: u32, to: u32) -> Option<(usize, usize)> {
        let known = self.marks.partition_point(|mark| mark.place.byte <= from);
        let mut place = self.marks.get(known.checked_sub(1)?)?.place;
        // A mark in a one-to-one text may be inside a character, which counts as passed.
        let rest = &source.text.as_bytes()[place.byte as usize..];
        place.byte += rest.iter().take_while(|byte| !is_lead(**byte)).count() as u32;
        let start = self.pass(source, &mut place, |character| character.bytes.0 < from);
        let end = self.pass(source, &mut place, |character| character.bytes.1 <= to);
        (start < end).then_some((start as usize, end as usize))
    }

    /// Passes characters while the predicate is true. Returns the number of symbols before
    /// the next one.
    fn pass(
        &mut self,
        source: Source<'_>,
        place: &mut Place,
        accepts: impl Fn(&Character) -> bool,
    ) -> u32 {
        loop {
            let before = *place;
            match step(source, place) {
                Some(character) if accepts(&character) => {
                    self.mark(source, &before.at_start_of(&character));
                }
                _ => {
                    *place = before;
                    return before.symbols;
                }
            }
        }
    }

    /// The character that produced symbol `at`.
    fn character(&mut self, source: Source<'_>, at: usize) -> Option<Character> {
        let at = u32::try_from(at).ok()?;
        let mark = *self.nearest(at)?;
        if at - mark.place.symbols < mark.even {
            return character_of_even(source.text, &mark.place, at);
        }
        let mut place = self.nearer(mark.place, at);
        let mut uneven_until = if source.is_html { u32::MAX } else { mark.uneven_until };
        loop {
            if place.byte >= uneven_until {
                uneven_until = self.pass_even(source.text, &mut place, at);
            }
            let before = place;
            let character = step(source, &mut place)?;
            let start = before.at_start_of(&character);
            self.mark(source, &start);
            if character.symbols.1 > at {
                self.cursor = start;
                return Some(character);
            }
        }
    }

    /// Start of the character that produced symbol `at` in a one-to-one text: symbols are
    /// counted by lead bytes.
    fn even(&mut self, text: &[u8], at: usize) -> Option<u32> {
        let at = u32::try_from(at).ok()?;
        let mut place = self.nearer(self.nearest(at)?.place, at);
        while let Some(block) = text.get(place.byte as usize..)?.first_chunk::<EVEN_BLOCK>() {
            let begun = u32::from(block.iter().map(|byte| u8::from(is_lead(*byte))).sum::<u8>());
            if place.symbols + begun > at {
                break;
            }
            place.byte += EVEN_BLOCK as u32;
            place.symbols += begun;
            self.remember(&place, EVEN_BLOCK as u32);
        }
        self.cursor = place;
        let start = place.byte as usize;
        let lead = nth_lead(text.get(start..)?, at - place.symbols)?;
        Some((start + lead) as u32)
    }

    /// The nearest recorded position with at most `at` symbols before it.
    fn nearest(&self, at: u32) -> Option<&Mark> {
        let known = self.marks.partition_point(|mark| mark.place.symbols <= at);
        self.marks.get(known.checked_sub(1)?)
    }

    /// The nearer of `place` and the end of the last query.
    fn nearer(&self, place: Place, at: u32) -> Place {
        match (place.symbols..=at).contains(&self.cursor.symbols) {
            true => self.cursor,
            false => place,
        }
    }

    /// Passes blocks whose characters produce one symbol each, up to the character of symbol
    /// `at`. Returns the end of the next block, which has to be walked.
    fn pass_even(&mut self, text: &str, place: &mut Place, at: u32) -> u32 {
        loop {
            let start = place.byte as usize;
            let end = text.floor_char_boundary(text.len().min(start + EVEN_BLOCK));
            let block = &text[start..end];
            // What the block joins to.
            let mut before = [0; 2];
            self.folded.clear();
            match char::from_u32(place.last) {
                Some(last) => self.folded.extend_from_slice(last.encode_utf16(&mut before)),
                None => self.folded.push(SEPARATOR),
            }
            let base = self.folded.len();
            self.signs.clear();
            let mut out = Output { symbols: &mut self.folded, signs: &mut self.signs };
            if block.is_empty() || !Kernel::best().fold_into(block, &mut out) {
                self.block(Mark { place: *place, even: 0, uneven_until: end as u32 });
                return end as u32;
            }
            let (even, wanted) = ((self.folded.len() - base) as u32, at - place.symbols);
            self.block(Mark { place: *place, even, uneven_until: start as u32 });
            let passed = match nth_lead(block.as_bytes(), wanted) {
                Some(lead) if wanted < even => (lead, wanted),
                _ => (block.len(), even),
            };
            place.byte += passed.0 as u32;
            place.symbols += passed.1;
            if passed.1 > 0 {
                let passed = base + passed.1 as usize;
                place.last = last_character(&self.folded[..passed]);
            }
            if wanted < even {
                return end as u32;
            }
        }
    }

    /// Records a position right before a character, if it is far enough from the last one
    /// recorded. In HTML every position: the tags before it may be long.
    #[inline]
    fn mark(&mut self, source: Source<'_>, place: &Place) {
        self.remember(place, if source.is_html { 1 } else { MARK_BYTES });
    }

    #[inline]
    fn remember(&mut self, place: &Place, distance: u32) {
        if self.marks.last().is_none_or(|last| last.place.byte + distance <= place.byte) {
            let uneven_until = place.byte;
            self.marks.push(Mark { place: *place, even: 0, uneven_until });
        }
    }

    /// Records the start of a block and how much of it is one-to-one, unless the text was
    /// already walked further.
    fn block(&mut self, mark: Mark) {
        match self.marks.last_mut() {
            Some(last) if last.place.byte > mark.place.byte => {}
            Some(last) if last.place.byte == mark.place.byte => *last = mark,
            _ => self.marks.push(mark),
        }
    }
}

/// The character that produced symbol `at`, where each from `place` on produces one.
fn character_of_even(text: &str, place: &Place, at: u32) -> Option<Character> {
    let more = at - place.symbols;
    let rest = text.as_bytes().get(place.byte as usize..)?;
    let lead = nth_lead(rest, more)?;
    let start = place.byte + lead as u32;
    let bytes = (start, start + length_of(rest[lead]));
    let (code, _) = decode(&rest[lead..]);
    let last = u16::try_from(code).map_or(code, |code| u32::from(tables::table().bmp(code)));
    let after = Place { byte: bytes.1, symbols: at + 1, last, html: html::State::default() };
    Some(Character { bytes, symbols: (at, at + 1), is_attached: false, after, html: place.html })
}

/// The end of a character with what is attached to it.
fn end_with_marks(source: Source<'_>, character: &Character) -> u32 {
    let (mut end, mut place) = (character.bytes.1, character.after);
    while let Some(next) = step(source, &mut place)
        && next.symbols.0 == next.symbols.1
    {
        end = if next.is_attached { next.bytes.1 } else { end };
    }
    end
}

/// Is the byte the first of a character?
#[inline]
fn is_lead(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// The position of the byte that begins the `n`-th character begun in `text`, from 0.
#[inline]
fn nth_lead(text: &[u8], n: u32) -> Option<usize> {
    let mut left = n;
    let mut at = 0;
    while let Some(word) = text[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        // The lowest bit of each byte that is not 10xxxxxx.
        let mut leads = (!(word >> 7) | word >> 6) & 0x0101_0101_0101_0101;
        let count = leads.count_ones();
        if left < count {
            for _ in 0..left {
                leads &= leads - 1;
            }
            return Some(at + leads.trailing_zeros() as usize / 8);
        }
        left -= count;
        at += 8;
    }
    let leads = text[at..].iter().enumerate().filter(|(_, byte)| is_lead(**byte));
    leads.map(|(past, _)| at + past).nth(left as usize)
}

/// Bytes of the character that begins with `lead`.
#[inline]
fn length_of(lead: u8) -> u32 {
    match lead {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    }
}

/// Advances past the next character and returns it.
#[inline]
fn step(source: Source<'_>, place: &mut Place) -> Option<Character> {
    let at = place.byte as usize;
    let mut html = place.html;
    let (code, bytes) = if source.is_html {
        let mut pieces = html::pieces_from(source.text, at, html);
        let (character, bytes) = pieces.next()?;
        // A space or line break ends before tags that were read with it.
        place.byte = pieces.position() as u32;
        (html, place.html) = (pieces.start(), pieces.state());
        (u32::from(character), (bytes.start as u32, bytes.end as u32))
    } else {
        let rest = source.text.as_bytes().get(at..).filter(|rest| !rest.is_empty())?;
        let (code, length) = decode(rest);
        let bytes = (place.byte, place.byte + length as u32);
        place.byte = bytes.1;
        (code, bytes)
    };
    let before = place.symbols;
    let is_attached = add_symbols(tables::table(), code, place);
    Some(Character { bytes, symbols: (before, place.symbols), is_attached, after: *place, html })
}

/// Adds the symbols of a character to the place. Returns whether it is attached to the character
/// before it.
#[inline]
fn add_symbols(table: &FoldTable, code: u32, place: &mut Place) -> bool {
    match u16::try_from(code).map(|code| table.bmp(code)) {
        Ok(tables::DROPPED) => tables::marks().has_code_point(code),
        Ok(symbol) if symbol < REPLACEMENT => {
            if join(place.last, u32::from(symbol)) != Join::Drop {
                place.symbols += 1;
                place.last = u32::from(symbol);
            }
            false
        }
        _ => add_unusual(table, code, place),
    }
}

#[cold]
fn add_unusual(table: &FoldTable, code: u32, place: &mut Place) -> bool {
    let before = place.symbols;
    let mut is_attached = tables::marks().has_code_point(code);
    for character in table.characters(code) {
        match join(place.last, u32::from(character)) {
            Join::Append => {
                place.symbols += character.len_utf16() as u32;
                place.last = u32::from(character);
            }
            Join::Drop => is_attached |= tables::marks().has_code_point(u32::from(character)),
            Join::Swap => place.symbols += character.len_utf16() as u32,
            Join::Compose(composed) => {
                place.last = u32::from(composed);
                is_attached = true;
            }
        }
    }
    place.symbols == before && is_attached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::join::SPACE;
    use crate::fold::symbols::push;
    use crate::fold::{fold, fold_html_into};
    use proptest::prelude::*;

    /// For each symbol: the bytes of its character, and the end with the marks that follow it.
    fn slowly(source: Source<'_>) -> Vec<((u32, u32), u32)> {
        let pieces: Vec<_> = if source.is_html {
            html::pieces(source.text).collect()
        } else {
            let piece = |(at, c): (usize, char)| (c, at..at + c.len_utf8());
            source.text.char_indices().map(piece).collect()
        };
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        let mut places: Vec<((u32, u32), u32)> = Vec::new();
        let mut can_attach = false;
        for (character, bytes) in pieces {
            let before = symbols.clone();
            let mut out = Output { symbols: &mut symbols, signs: &mut signs };
            push(tables::table(), u32::from(character), &mut out);
            let (start, end) = (bytes.start as u32, bytes.end as u32);
            let added = symbols.len() - before.len();
            places.extend(std::iter::repeat_n(((start, end), end), added));
            let code = u32::from(character);
            let mut own = tables::table().characters(code).map(u32::from).chain([code]);
            let is_mark = own.any(|code| tables::marks().has_code_point(code));
            let is_attached = added == 0 && (is_mark || symbols != before);
            can_attach |= added > 0;
            if is_attached && can_attach {
                let last = places.last().map(|place| place.0);
                let same = places.iter_mut().rev().take_while(|place| Some(place.0) == last);
                same.for_each(|place| place.1 = end);
            }
        }
        places
    }

    fn expected(places: &[((u32, u32), u32)], start: usize, end: usize) -> Option<(u32, u32)> {
        let (first, last) = (places.get(start)?, places.get(end.checked_sub(1)?)?);
        let cuts = start > 0 && places[start - 1].0 == first.0
            || places.get(end).is_some_and(|next| next.0 == last.0);
        (start < end && !cuts).then_some((first.0.0, last.1))
    }

    fn even(text: &str) -> Source<'_> {
        Source { text, is_html: false, one_to_one: true }
    }

    fn folded_untrimmed(text: &str) -> Vec<u16> {
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        let mut out = Output { symbols: &mut symbols, signs: &mut signs };
        text.chars().for_each(|c| push(tables::table(), u32::from(c), &mut out));
        symbols
    }

    fn begun() -> OffsetMap {
        let mut map = OffsetMap::default();
        map.begin();
        map
    }

    fn any_text() -> impl Strategy<Value = String> {
        let long = "([a-z ]{0,70}|[加我时]{0,40}|[\u{200B}\u{301}]{0,90}|[⑩🆘é\u{0}\u{1}\u{FFFD}]{0,9}|[ \n\u{3000}a]{0,9}|[かは가\u{1100}\u{1161}\u{11a8}\u{3099}ﾞกัि]{0,9}){0,6}";
        prop_oneof!["\\PC{0,60}", "[a⑩🆘é时\u{200B}\u{301} ]{0,200}", long]
    }

    fn any_html() -> impl Strategy<Value = String> {
        let piece = "a|⑩|时|<p>|</p>|<b class=\"x>y\">|&amp;|&#0;|&|<|<!-- x -->|<script>|\u{1}| |\n\
                     |<br>|<pre>|</pre>|<textarea>|</textarea>|<p hidden>|&fjlig;|&#32;|</script>";
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    fn check(source: Source<'_>, questions: &[(usize, usize)]) {
        let places = slowly(source);
        let mut map = begun();
        for (start, length) in questions {
            let (start, end) = (*start, start + length);
            assert_eq!(map.span(source, start, end), expected(&places, start, end));
            let known = |at: usize| places.get(at).map(|place| place.0);
            assert_eq!(map.bytes(source, start), known(start));
            let (from, to) = (start as u32, end as u32);
            let symbols = (
                places.partition_point(|place| place.0.0 < from),
                places.partition_point(|place| place.0.1 <= to),
            );
            let symbols = (symbols.0 < symbols.1).then_some(symbols);
            assert_eq!(map.symbols_of(source, from, to), symbols);
        }
    }

    proptest! {
        #[test]
        fn equals_the_slow_twin(
            text in any_text(),
            mut questions in prop::collection::vec(
                (0usize..260, prop_oneof![0usize..40, 40usize..260]), 1..40,
            ),
            rising: bool,
        ) {
            if rising {
                questions.sort_unstable();
            }
            check(Source { text: &text, is_html: false, one_to_one: false }, &questions);
            let gives_one = |c: &char| {
                let code = u16::try_from(u32::from(*c));
                code.is_ok_and(|code| !matches!(tables::table().bmp(code), 0 | REPLACEMENT..))
            };
            let is_space = |c: &char| fold(&format!("a{c}a")) == fold("a a");
            let text: String = text.chars().filter(|c| gives_one(c) && !is_space(c)).collect();
            check(even(&text), &questions);
        }

        #[test]
        fn equals_the_slow_twin_in_html(
            text in any_html(),
            questions in prop::collection::vec((0usize..60, 0usize..10), 1..40),
        ) {
            check(Source { text: &text, is_html: true, one_to_one: false }, &questions);
        }

        #[test]
        fn the_map_leads_back(text in any_text()) {
            let (folded, mut map) = (fold(&text), begun());
            let source = Source { text: &text, is_html: false, one_to_one: false };
            for start in 0..folded.len() {
                for end in start + 1..=folded.len().min(start + 6) {
                    let part = &folded[start..end];
                    let is_trimmed = part[0] != SPACE && part[part.len() - 1] != SPACE;
                    // A mark alone stays on nothing.
                    let first = char::decode_utf16(part.iter().copied()).next();
                    let first = first.and_then(Result::ok).map_or(0, u32::from);
                    let has_base = !tables::marks().has_code_point(first);
                    if let Some((from, to)) = map.span(source, start, end)
                        && is_trimmed
                        && has_base
                    {
                        let slice = &text[from as usize..to as usize];
                        prop_assert_eq!(&fold(slice)[..], part);
                    }
                }
            }
        }
    }

    #[test]
    fn separate_replacement_characters_count_each() {
        for letters in [1, 31, 32, 33, 63, 64, 65, 128, 200] {
            let text = format!("\u{FFFD}{}\u{FFFD}\u{FFFD}b", "a".repeat(letters));
            let source = Source { text: &text, is_html: false, one_to_one: false };
            let questions: Vec<_> = (0..letters + 3).rev().map(|start| (start, 1)).collect();
            check(source, &questions);
            check(source, &questions[..1]);
        }
    }

    #[test]
    fn every_character_gives_as_many_symbols_as_it_folds_to() {
        for character in (0..0x11_0000).filter_map(char::from_u32) {
            let mut text = [0; 4];
            let text = character.encode_utf8(&mut text);
            let mut place = Place::default();
            add_symbols(tables::table(), u32::from(character), &mut place);
            let folded = folded_untrimmed(text);
            assert_eq!(place.symbols as usize, folded.len(), "{character:?}");
            assert_eq!(place.last, last_character(&folded), "{character:?}");
        }
    }

    #[test]
    fn html_is_walked_once_for_any_number_of_queries() {
        let text = format!("a<b title=\"{}\">b</b>c", "x".repeat(1000));
        let source = Source { text: &text, is_html: true, one_to_one: false };
        let mut folded = Vec::new();
        let mut signs = Vec::new();
        fold_html_into(&text, &mut Output { symbols: &mut folded, signs: &mut signs });
        let mut map = begun();
        for at in [0, 2, 1, 2, 0, 1] {
            assert!(map.bytes(source, at).is_some());
        }
        let marks: Vec<u32> = map.marks.iter().map(|mark| mark.place.byte).collect();
        assert_eq!(marks, [0, 1013, 1018]);
        assert_eq!(folded.len(), marks.len());
    }
}
