//! Folding: text → symbols in which variant spellings of a term are equal.
//!
//! Symbols are UTF-16 code units of the folded characters: a lossless 16-bit alphabet. Terms
//! and posts are folded with the same tables, so a term is found by comparing symbols.
//! Folding records no positions; for the few fields with hits, [`OffsetMap`] walks the text
//! again, as far as needed.
//!
//! * Folding is idempotent.
//! * A character produces at most four symbols; an invisible one produces none.
//! * White space of any kind and length is one space; at the ends of a text it is nothing.
//! * Canonically equivalent texts fold alike. A mark that no script writes on the character
//!   before it produces nothing (`join`).
//! * [`SEPARATOR`] and 0 are never produced. Bytes that were replaced because they could not be
//!   decoded fold to [`REPLACEMENT`], a run of them to one; no term may span it.
//!
//! Reference implementation for tests: one character at a time (`symbols::push`).

mod join;
mod kernel;
mod offset_map;
mod symbols;
pub mod tables;
mod units;

pub use kernel::Kernel;
pub use offset_map::{OffsetMap, Source};
pub use units::{Folded, UnitCounter, UnitMap};

pub use join::SEPARATOR;
pub use symbols::Output;
pub use tables::REPLACEMENT;

use crate::html;
use join::SPACE;
use symbols::push;

/// Appends the folded symbols of `text`; returns `true` if each character produced exactly
/// one symbol, not counting white space at the end ([`Source::one_to_one`]).
#[inline]
pub fn fold_into(text: &str, out: &mut Output<'_>) -> bool {
    let start = out.symbols.len();
    let one_to_one = Kernel::best().fold_into(text, out);
    trim_end(start, out);
    one_to_one
}

/// Appends the folded symbols of the visible text of `html`: tags are skipped, entities
/// decoded.
pub fn fold_html_into(html: &str, out: &mut Output<'_>) {
    let table = tables::table();
    let start = out.symbols.len();
    for (character, _) in html::pieces(html) {
        push(table, character as u32, out);
    }
    trim_end(start, out);
}

/// Removes the space at the end of a text that starts at `start`. There is at most one.
#[inline]
fn trim_end(start: usize, out: &mut Output<'_>) {
    if out.symbols.len() > start && out.symbols.last() == Some(&SPACE) {
        out.symbols.pop();
    }
}

/// Folds a term or a pattern's literal.
pub fn fold(text: &str) -> Vec<u16> {
    let (mut symbols, mut signs) = (Vec::new(), Vec::new());
    fold_into(text, &mut Output { symbols: &mut symbols, signs: &mut signs });
    symbols
}

/// Does the first folded symbol of `text` come from a sign ([`Output::signs`])?
pub fn begins_with_sign(text: &str) -> bool {
    let (mut symbols, mut signs) = (Vec::new(), Vec::new());
    fold_into(text, &mut Output { symbols: &mut symbols, signs: &mut signs });
    signs.first() == Some(&0)
}

/// Folds each character for itself: for parts of texts, of which it is not known what is before
/// and after them. Nothing is trimmed, merged or composed.
pub fn fold_each(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|character| tables::table().characters(u32::from(character)))
}

/// Folds a text but keeps its case.
pub fn fold_cased(text: &str) -> Vec<u16> {
    let (mut symbols, mut signs) = (Vec::new(), Vec::new());
    let mut out = Output { symbols: &mut symbols, signs: &mut signs };
    for character in text.chars() {
        push(tables::cased_table(), u32::from(character), &mut out);
    }
    trim_end(0, &mut out);
    symbols
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

    /// One character at a time, without the space at the end.
    fn slowly(text: &str) -> (Vec<u16>, Vec<u32>) {
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        let mut out = Output { symbols: &mut symbols, signs: &mut signs };
        text.chars().for_each(|c| push(tables::table(), u32::from(c), &mut out));
        (symbols, signs)
    }

    fn by(kernel: Kernel, text: &str) -> (Vec<u16>, Vec<u32>, bool) {
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        let mut out = Output { symbols: &mut symbols, signs: &mut signs };
        let one_to_one = kernel.fold_into(text, &mut out);
        (symbols, signs, one_to_one)
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
            ("a\u{0}\u{1}b", "ab"),
            ("a\u{FFFD}\u{FFFD}b", "a\u{FFFD}b"),
            (" \n bank \t\u{A0}\u{3000}transfer\r\n", "bank transfer"),
            ("bank\u{200B} \u{200B} transfer", "bank transfer"),
            ("か\u{3099}ﾊﾟ", "がパ"),
            ("\u{1112}\u{1161}\u{11AB}", "한"),
            ("ا\u{653}", "آ"),
            ("加\u{6E3}微\u{E31}信\u{336}", "加微信"),
            ("v\u{6E3}x", "vx"),
            ("กัน कि بَ", "กัน कि بَ"),
            ("ב\u{5BC}\u{5B7} ב\u{5B7}\u{5BC}", "ב\u{5B7}\u{5BC} ב\u{5B7}\u{5BC}"),
        ] {
            assert_eq!(text(&fold(spelling)), folded, "{spelling}");
        }
    }

    /// Runs of one kind of character, so that every kind begins and ends at every position of
    /// a block.
    fn any_text() -> impl Strategy<Value = String> {
        let piece = "[a-zA-Z0-9 ]{0,70}|[时加我，。]{0,40}|[éßЖ]{0,40}|[⑩ﷲ㏒]{0,4}|[🆘😀𠀀𝐀]{0,4}\
                     |[\u{200B}\u{301}\n\t]{0,9}|[\u{0}\u{1}\u{7F}\u{FFFD}\u{FFFF}]{0,4}\
                     |[ a\u{3000}]{0,70}|[かはｶﾞ\u{3099}\u{1100}\u{1161}\u{11a8}กัि]{0,9}";
        let pieces = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
        prop_oneof!["\\PC{0,80}", pieces]
    }

    #[test]
    fn signs_are_reported_and_letters_are_not() {
        for (text, expected) in [
            ("vx™ a²", &[2u32, 3, 6][..]),
            ("a🆓b", &[1, 2, 3, 4]),
            ("①1\u{FE0F}\u{20E3}1", &[0, 1]),
            ("Ａé时𝐀Ⅷ가", &[]),
        ] {
            assert_eq!(slowly(text).1, expected, "{text:?}");
        }
    }

    #[test]
    fn every_character_folds_alike_in_every_kernel() {
        for first in (0..0x11_0000u32).step_by(32) {
            let text: String = (first..first + 32).filter_map(char::from_u32).collect();
            let expected = slowly(&text);
            for kernel in Kernel::available() {
                let (symbols, signs, _) = by(kernel, &text);
                assert_eq!((symbols, signs), expected, "{kernel:?} U+{first:04X}");
            }
        }
    }

    proptest! {
        #[test]
        fn equals_the_slow_twin(text in any_text()) {
            let expected = slowly(&text);
            for kernel in Kernel::available() {
                let (symbols, signs, one_to_one) = by(kernel, &text);
                prop_assert_eq!(&(symbols, signs), &expected, "{:?}", kernel);
                let gives_one = |c: char| {
                    let code = u16::try_from(u32::from(c));
                    code.is_ok_and(|code| !matches!(tables::table().bmp(code), 0 | REPLACEMENT..))
                };
                let count = text.chars().count();
                let is_one = text.chars().all(gives_one) && expected.0.len() == count;
                prop_assert_eq!(one_to_one, is_one, "{:?}", kernel);
            }
        }

        #[test]
        fn is_idempotent(original in "\\PC{0,60}") {
            let once = fold(&original);
            prop_assert_eq!(&fold(&text(&once)), &once);
        }
    }
}
