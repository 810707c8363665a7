//! Folding: text → symbols in which variant spellings of a term are equal.
//!
//! Symbols are UTF-16 code units of the folded characters: a lossless 16-bit alphabet. Terms
//! and posts are folded with the same tables, so a term is found by comparing symbols.
//! Folding records no positions; for the few fields with hits, [`OffsetMap`] walks the text
//! again, as far as needed.
//!
//! * Folding is idempotent, and concatenation folds to concatenation.
//! * A character produces at most four symbols; an invisible one produces none.
//! * [`SEPARATOR`] and 0 are never produced. Characters that no term may span (controls,
//!   replaced bytes) fold to [`REPLACEMENT`], a run of them to one.
//!
//! Reference implementation for tests: [`tables::FoldTable::push`], one character at a time.

mod kernel;
mod offset_map;
mod symbols;
pub mod tables;

pub use kernel::Kernel;
pub use offset_map::{OffsetMap, Origin, Source};

pub use symbols::SEPARATOR;
pub use tables::REPLACEMENT;

use crate::html;
use symbols::push;

/// Appends the folded symbols of `text`; returns `true` if each character produced exactly
/// one symbol ([`Source::one_to_one`]).
#[inline]
pub fn fold_into(text: &str, out: &mut Vec<u16>) -> bool {
    Kernel::best().fold_into(text, out)
}

/// Appends the folded symbols of the visible text of `html`: tags are skipped, entities
/// decoded.
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

/// Folds a text but keeps its case.
pub fn fold_cased(text: &str) -> Vec<u16> {
    tables::cased_table().fold(text)
}

/// Number of visible characters: those with at least one symbol. A run of characters that
/// fold to [`REPLACEMENT`] counts as one.
pub fn visible_characters(text: &str, is_html: bool) -> u64 {
    if is_html {
        count_visible(html::pieces(text).map(|(character, _)| character))
    } else {
        count_visible(text.chars())
    }
}

fn count_visible(characters: impl Iterator<Item = char>) -> u64 {
    let mut counter = VisibleCounter::default();
    characters.for_each(|character| counter.push(character));
    counter.count()
}

/// Counts the visible characters of a text, one character at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct VisibleCounter {
    count: u64,
    /// The last visible character folds to [`REPLACEMENT`].
    after_bad: bool,
}

impl VisibleCounter {
    /// The visible characters so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Counts the next character.
    pub fn push(&mut self, character: char) {
        let table = tables::table();
        let code = u32::from(character);
        let symbol = u16::try_from(code).ok().map(|code| table.bmp(code));
        let expanded = || table.expand(code);
        let is_visible = match symbol {
            Some(symbol) => symbol != tables::DROPPED,
            None => expanded() != Some(&[]),
        };
        let is_bad = match symbol {
            Some(symbol) if symbol < REPLACEMENT => false,
            _ => symbol == Some(REPLACEMENT) || expanded() == Some(&[REPLACEMENT]),
        };
        self.count += u64::from(is_visible && !(is_bad && self.after_bad));
        // An invisible character does not end a run.
        self.after_bad = if is_visible { is_bad } else { self.after_bad };
    }
}

/// Is the symbol noise (white space, punctuation, symbols, emoji), which the squeezed view
/// skips? [`SEPARATOR`] is not noise.
///
/// `before` and `after` are its neighbours: the halves of a surrogate pair are tested together.
#[inline]
pub fn is_noise(before: u16, symbol: u16, after: u16) -> bool {
    let noise = tables::noise();
    match symbol {
        SEPARATOR => false,
        0xD800..=0xDBFF => noise.has_pair(symbol, after),
        0xDC00..=0xDFFF => noise.has_pair(before, symbol),
        _ => noise.has(symbol),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_of_bad_characters_count_once_as_they_fold() {
        // A decoder that writes one U+FFFD per invalid byte must not make a text longer.
        for (text, count) in [
            ("ab", 2),
            ("a\u{fffd}b", 3),
            ("a\u{fffd}\u{fffd}\u{fffd}b", 3),
            ("\u{fffd}\u{200b}\u{fffd}", 1),
            ("\u{1}\u{fffd}\u{2}a\u{3}", 3),
            ("\u{200b}", 0),
            ("𝐀𝐁", 2),
        ] {
            assert_eq!(visible_characters(text, false), count, "{text:?}");
            assert_eq!(visible_characters(&format!("<b>{text}</b>"), true), count, "{text:?}");
            let mut map = OffsetMap::default();
            map.begin();
            let source = Source { text, is_html: false, one_to_one: false };
            let mapped = map.characters(source, 0, fold(text).len()).map_or(0, |it| it.1);
            assert_eq!(u64::from(mapped), count, "{text:?}");
        }
    }

    fn slowly(text: &str) -> Vec<u16> {
        let mut out = Vec::new();
        for character in text.chars() {
            let before = out.len();
            tables::table().push(character, &mut out);
            if out.len() > before
                && out[before] == REPLACEMENT
                && before > 0
                && out[before - 1] == REPLACEMENT
            {
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

    /// Runs of one kind of character, so that every kind begins and ends at every position of
    /// a block.
    fn any_text() -> impl Strategy<Value = String> {
        let piece = "[a-zA-Z0-9 ]{0,70}|[时加我，。]{0,40}|[éßЖ]{0,40}|[⑩ﷲ㏒]{0,4}|[🆘😀𠀀𝐀]{0,4}\
                     |[\u{200B}\u{301}\n\t]{0,9}|[\u{0}\u{1}\u{7F}\u{FFFD}\u{FFFF}]{0,4}";
        let pieces = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
        prop_oneof!["\\PC{0,80}", pieces]
    }

    #[test]
    fn every_character_folds_alike_in_every_kernel() {
        for first in (0..0x11_0000u32).step_by(32) {
            let text: String = (first..first + 32).filter_map(char::from_u32).collect();
            let expected = slowly(&text);
            for kernel in Kernel::available() {
                let mut folded = Vec::new();
                kernel.fold_into(&text, &mut folded);
                assert_eq!(folded, expected, "{kernel:?} U+{first:04X}");
            }
        }
    }

    proptest! {
        #[test]
        fn equals_the_slow_twin(text in any_text()) {
            let expected = slowly(&text);
            for kernel in Kernel::available() {
                let mut folded = vec![SEPARATOR];
                let one_to_one = kernel.fold_into(&text, &mut folded);
                prop_assert_eq!(&folded[1..], &expected, "{:?}", kernel);
                let gives_one = |c: char| {
                    let code = u16::try_from(u32::from(c));
                    code.is_ok_and(|code| !matches!(tables::table().bmp(code), 0 | REPLACEMENT..))
                };
                prop_assert_eq!(one_to_one, text.chars().all(gives_one), "{:?}", kernel);
            }
        }

        #[test]
        fn is_idempotent(original in "\\PC{0,60}") {
            let once = fold(&original);
            prop_assert_eq!(&fold(&text(&once)), &once);
        }
    }
}
