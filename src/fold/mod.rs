//! Folding: a field's text → symbols in which spellings of one thing are equal.
//!
//! Symbols are UTF-16 code units of the folded characters: a lossless alphabet
//! of sixteen bits. Terms and posts go through the same tables, so a term is
//! found by comparing symbols. No positions are kept while folding; for the few
//! fields that hit, [`SourceMap`] is built afterwards by walking the text again.
//!
//! * Folding is idempotent, and concatenation folds to concatenation.
//! * A character gives at most four symbols; invisible ones give none.
//! * [`BREAK`] and 0 are never produced. What no term may span (controls, bad
//!   bytes) folds to U+FFFD, a run of them to one.
//!
//! Slow twin: [`FoldTable::push`], one character at a time.

pub mod tables;

use crate::html;
use tables::FoldTable;

/// Stands between fields and posts. No text folds to it and no term contains it.
pub const BREAK: u16 = 0xFFFF;

/// What controls, noncharacters and bad bytes fold to.
pub const BAD: u16 = tables::BREAK;

/// Appends the folded symbols of `text`.
pub fn fold_into(text: &str, out: &mut Vec<u16>) {
    let table = tables::table();
    let bytes = text.as_bytes();
    out.reserve(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            at += fold_ascii(table, &bytes[at..], out);
            continue;
        }
        let (code, length) = decode(&bytes[at..]);
        at += length;
        push(table, code, out);
    }
}

/// Appends the folded symbols of the text that `html` shows: tags skipped,
/// entities read.
pub fn fold_html_into(html: &str, out: &mut Vec<u16>) {
    let table = tables::table();
    for (character, _) in html::pieces(html) {
        push(table, character as u32, out);
    }
}

/// Folds a term or a pattern's literal.
pub fn fold(text: &str) -> Vec<u16> {
    let mut out = Vec::new();
    fold_into(text, &mut out);
    out
}

/// Folds a text in everything but case.
pub fn fold_cased(text: &str) -> Vec<u16> {
    tables::cased_table().fold(text)
}

/// How many characters of a text are visible: those that fold to something.
pub fn visible_characters(text: &str, is_html: bool) -> u64 {
    let table = tables::table();
    let is_visible = |character: &char| match u16::try_from(u32::from(*character)) {
        Ok(code) => table.bmp(code) != tables::DROPPED,
        Err(_) => table.expand(u32::from(*character)) != Some(&[]),
    };
    let count = if is_html {
        html::pieces(text).filter(|(character, _)| is_visible(character)).count()
    } else {
        text.chars().filter(is_visible).count()
    };
    count as u64
}

/// Folds the ASCII characters at the start of `bytes`: sixteen where it can,
/// else one. Returns how many.
#[inline]
fn fold_ascii(table: &FoldTable, bytes: &[u8], out: &mut Vec<u16>) -> usize {
    if let Some((block, _)) = bytes.split_first_chunk::<16>() {
        // Printable ASCII folds by case alone; controls go through the table.
        let plain = block.iter().fold(true, |plain, byte| plain & (byte.wrapping_sub(b' ') < 0x5F));
        if plain {
            out.extend_from_slice(&block.map(|byte| u16::from(byte.to_ascii_lowercase())));
            return block.len();
        }
    }
    push(table, u32::from(bytes[0]), out);
    1
}

/// Decodes the character at the start of valid UTF-8: code point and length.
#[inline(always)]
fn decode(bytes: &[u8]) -> (u32, usize) {
    let tail = |at: usize| u32::from(bytes[at] & 0x3F);
    match bytes[0] {
        lead @ 0xE0..=0xEF => (u32::from(lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3),
        lead @ 0xC0..=0xDF => (u32::from(lead & 0x1F) << 6 | tail(1), 2),
        lead @ 0xF0..=0xFF => {
            (u32::from(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
        }
        lead => (u32::from(lead), 1),
    }
}

#[inline(always)]
fn push(table: &FoldTable, code: u32, out: &mut Vec<u16>) {
    // `BAD` and `EXPANDS` are the two highest values of the table: one
    // comparison sends both to the slow path.
    match u16::try_from(code).map(|code| table.bmp(code)) {
        Ok(symbol) if symbol < BAD => {
            if symbol != 0 {
                out.push(symbol);
            }
        }
        _ => push_unusual(table, code, out),
    }
}

#[cold]
fn push_unusual(table: &FoldTable, code: u32, out: &mut Vec<u16>) {
    let bad = u16::try_from(code).is_ok_and(|code| table.bmp(code) == BAD);
    match table.expand(code) {
        _ if bad => push_bad(out),
        Some([BAD]) => push_bad(out),
        Some(symbols) => out.extend_from_slice(symbols),
        None => push_identity(code, out),
    }
}

/// A run of bad characters is one break, whatever decoder made it.
fn push_bad(out: &mut Vec<u16>) {
    if out.last() != Some(&BAD) {
        out.push(BAD);
    }
}

fn push_identity(code: u32, out: &mut Vec<u16>) {
    if let Some(character) = char::from_u32(code) {
        out.extend_from_slice(character.encode_utf16(&mut [0; 2]));
    }
}

/// Is the symbol noise, which the squeezed view skips: white space,
/// punctuation, symbols, emoji? [`BREAK`] is not.
///
/// `before` and `after` are the neighbours: halves of an astral pair are judged together.
#[inline]
pub fn is_noise(before: u16, symbol: u16, after: u16) -> bool {
    let noise = tables::noise();
    match symbol {
        BREAK => false,
        0xD800..=0xDBFF => noise.has_pair(symbol, after),
        0xDC00..=0xDFFF => noise.has_pair(before, symbol),
        _ => noise.has(symbol),
    }
}

/// Where the symbols of one field come from.
///
/// Built by [`SourceMap::build`] for a text whose symbols are already known;
/// entry `n` speaks of the field's `n`-th symbol.
#[derive(Debug, Default)]
pub struct SourceMap {
    /// Bytes of the character that gave the symbol.
    spans: Vec<(u32, u32)>,
    /// How many visible characters stand before that character.
    characters: Vec<u32>,
    /// Visible characters in all.
    total: u32,
}

impl SourceMap {
    /// Walks `text` again. Reuses its memory.
    pub fn build(&mut self, text: &str, is_html: bool, symbols: &mut Vec<u16>) {
        self.spans.clear();
        self.characters.clear();
        self.total = 0;
        symbols.clear();
        if is_html {
            for (character, range) in html::pieces(text) {
                self.enter(character, range.start as u32, range.end as u32, symbols);
            }
        } else {
            for (at, character) in text.char_indices() {
                let end = at + character.len_utf8();
                self.enter(character, at as u32, end as u32, symbols);
            }
        }
    }

    fn enter(&mut self, character: char, start: u32, end: u32, symbols: &mut Vec<u16>) {
        let before = symbols.len();
        push(tables::table(), character as u32, symbols);
        let given = symbols.len() - before;
        self.spans.extend(std::iter::repeat_n((start, end), given));
        self.characters.extend(std::iter::repeat_n(self.total, given));
        self.total += u32::from(given > 0);
    }

    /// How many symbols are mapped.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// No symbols at all?
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Visible characters of the text.
    pub fn characters(&self) -> u32 {
        self.total
    }

    /// Bytes of the text behind symbols `start..end`, `None` when the range is
    /// empty or cuts the symbols of one character apart: no term is half of a ⑩.
    pub fn bytes(&self, start: usize, end: usize) -> Option<(u32, u32)> {
        let (first, last) = (self.spans.get(start)?, self.spans.get(end.checked_sub(1)?)?);
        let cuts_first = start > 0 && self.spans[start - 1] == *first;
        let cuts_last = self.spans.get(end) == Some(last);
        (start < end && !cuts_first && !cuts_last).then_some((first.0, last.1))
    }

    /// Bytes of the character that gave symbol `at`.
    ///
    /// # Panics
    ///
    /// If there is no such symbol.
    pub fn character(&self, at: usize) -> (u32, u32) {
        self.spans[at]
    }

    /// The symbols behind bytes `from..to` of the text, `None` when none are.
    pub fn symbols_of(&self, from: u32, to: u32) -> Option<(usize, usize)> {
        let start = self.spans.partition_point(|span| span.0 < from);
        let end = self.spans.partition_point(|span| span.1 <= to);
        (start < end).then_some((start, end))
    }

    /// Visible characters before symbol `start`, and before the end of symbol `end - 1`.
    pub fn character_range(&self, start: usize, end: usize) -> (u32, u32) {
        (self.characters[start], self.characters[end - 1] + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slowly(text: &str) -> Vec<u16> {
        let mut out = Vec::new();
        for character in text.chars() {
            let before = out.len();
            tables::table().push(character, &mut out);
            if out.len() > before && out[before] == BAD && before > 0 && out[before - 1] == BAD {
                out.pop();
            }
        }
        out
    }

    fn text(symbols: &[u16]) -> String {
        String::from_utf16(symbols).expect("folded text is UTF-16")
    }

    #[test]
    fn spellings_of_one_thing_are_equal() {
        for (spelling, folded) in [
            ("ＶＸ", "vx"),
            ("Ⓥⓧ", "vx"),
            ("時時彩", "时时彩"),
            ("𝐀𝐁", "ab"),
            ("加\u{200B}我", "加我"),
            ("“好”", "\"好\""),
            ("É", "e"),
            ("e\u{301}", "e"),
            ("🆘", "sos"),
            ("什", "什"),
            ("a\u{0}\u{1}b", "a\u{FFFD}b"),
        ] {
            assert_eq!(text(&fold(spelling)), folded, "{spelling}");
        }
    }

    proptest! {
        #[test]
        fn equals_the_slow_twin(text in "\\PC{0,80}|[a-zA-Z0-9 ，。时時Ａ\u{0}\u{1}\u{FFFD}\u{200B}⑩🆘é]{0,80}") {
            prop_assert_eq!(fold(&text), slowly(&text));
        }

        #[test]
        fn is_idempotent(original in "\\PC{0,60}") {
            let once = fold(&original);
            prop_assert_eq!(&fold(&text(&once)), &once);
        }

        #[test]
        fn the_map_leads_back(original in "\\PC{0,60}|[a⑩🆘é时\u{200B}\u{301} ]{0,40}") {
            let folded = fold(&original);
            let (mut map, mut again) = (SourceMap::default(), Vec::new());
            map.build(&original, false, &mut again);
            prop_assert_eq!(&again, &folded);
            for start in 0..folded.len() {
                for end in start + 1..=folded.len().min(start + 6) {
                    if let Some((from, to)) = map.bytes(start, end) {
                        let slice = &original[from as usize..to as usize];
                        prop_assert_eq!(&fold(slice)[..], &folded[start..end]);
                    }
                }
            }
        }
    }
}
