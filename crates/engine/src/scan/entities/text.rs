//! Folded symbols, and whether they were neighbours in the original.

use super::entity::{Entity, Found};

/// Folded text. `joined(i)` returns whether symbols `i - 1` and `i` are neighbours in the original
/// text; it is called for `0 < i < symbols.len()` only.
pub(super) struct Text<'a, J> {
    symbols: &'a [u16],
    joined: &'a J,
}

impl<'a, J: Fn(usize) -> bool> Text<'a, J> {
    pub(super) fn new(symbols: &'a [u16], joined: &'a J) -> Text<'a, J> {
        Text { symbols, joined }
    }

    pub(super) fn len(&self) -> usize {
        self.symbols.len()
    }

    /// The symbol at `at`; 0, which folded text does not contain, past either end.
    #[inline]
    pub(super) fn at(&self, at: usize) -> u16 {
        self.symbols.get(at).copied().unwrap_or(0)
    }

    /// The symbol before `at`; 0 at the start.
    #[inline]
    pub(super) fn before(&self, at: usize) -> u16 {
        at.checked_sub(1).map_or(0, |at| self.at(at))
    }

    /// Are the symbols before and at `at` neighbours in the original? `false` at the ends.
    #[inline]
    pub(super) fn joined(&self, at: usize) -> bool {
        0 < at && at < self.symbols.len() && (self.joined)(at)
    }

    /// Can a hit begin or end at `at`, given the symbol before it? A Latin letter or digit must
    /// not touch.
    #[inline]
    pub(super) fn left_edge(&self, at: usize) -> bool {
        !(self.joined(at) && is_latin(self.before(at)))
    }

    /// As [`Text::left_edge`], for the symbol at `at`, the first after the hit.
    #[inline]
    pub(super) fn right_edge(&self, at: usize) -> bool {
        !(self.joined(at) && is_latin(self.at(at)))
    }

    /// The end of `word` (folded) if it occurs at `at`.
    pub(super) fn word_at(&self, at: usize, word: &str) -> Option<usize> {
        let mut end = at;
        for symbol in word.encode_utf16() {
            if self.symbols.get(end) != Some(&symbol) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// Does one of `words` end at most `within` symbols before `at`?
    pub(super) fn word_before(&self, at: usize, words: &[&str], within: usize) -> bool {
        let from = at.saturating_sub(within);
        words.iter().any(|word| {
            let length = word.encode_utf16().count();
            let first = from.saturating_sub(length);
            let last = at.saturating_sub(length);
            (first..=last).any(|start| self.word_at(start, word).is_some_and(|end| end <= at))
        })
    }

    /// The end of the run of symbols that `belongs` accepts, from `start`, at most
    /// `limit` symbols long. A run ends at skipped noise.
    pub(super) fn run(&self, start: usize, limit: usize, belongs: impl Fn(u16) -> bool) -> usize {
        let stop = self.len().min(start.saturating_add(limit));
        let mut end = start;
        while end < stop && belongs(self.at(end)) && (end == start || self.joined(end)) {
            end += 1;
        }
        end
    }
}

/// Is the number at `start` the fraction of a decimal whose whole part is a lone zero (`0.5`, `0,5`)?
/// After another digit the point may be that of a list.
pub(super) fn follows_zero_point<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    start >= 2
        && text.joined(start)
        && matches!(text.before(start), 0x2C | 0x2E)
        && text.before(start - 1) == u16::from(b'0')
        && !is_digit(text.before(start - 2))
}

/// Does a fraction follow the number that ends at `end`?
pub(super) fn has_fraction<J: Fn(usize) -> bool>(text: &Text<'_, J>, end: usize) -> bool {
    text.joined(end)
        && text.at(end) == u16::from(b'.')
        && text.joined(end + 1)
        && is_digit(text.at(end + 1))
}

/// A hit. Texts are shorter than 4 GiB (`LINE_BYTES_MAX_LIMIT`).
pub(super) fn hit(entity: Entity, start: usize, end: usize) -> Found {
    Found { start: start as u32, end: end as u32, entity }
}

/// Zero to nine.
#[inline]
pub(super) fn is_digit(symbol: u16) -> bool {
    symbol.wrapping_sub(b'0'.into()) < 10
}

/// a to z: folded text has no capitals.
#[inline]
pub(super) fn is_letter(symbol: u16) -> bool {
    symbol.wrapping_sub(b'a'.into()) < 26
}

/// a to z, zero to nine.
#[inline]
pub(super) fn is_alnum(symbol: u16) -> bool {
    is_letter(symbol) || is_digit(symbol)
}

/// a to f, zero to nine.
#[inline]
pub(super) fn is_hex(symbol: u16) -> bool {
    is_digit(symbol) || symbol.wrapping_sub(b'a'.into()) < 6
}

/// A Latin letter, also one that folding leaves outside ASCII, or a digit.
#[inline]
pub(super) fn is_latin(symbol: u16) -> bool {
    is_alnum(symbol)
        || matches!(symbol, 0xC0..=0x24F | 0x1E00..=0x1EFF if symbol != 0xD7 && symbol != 0xF7)
}

/// A Han character of the basic plane.
#[inline]
pub(super) fn is_han(symbol: u16) -> bool {
    matches!(symbol, 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0x3007)
}

/// The value of a digit, ASCII or written as a Han numeral the way numbers are read
/// out or hidden: 零〇, 一 to 九, 幺 for one, and the forms of cheques (壹 …).
/// Not 十 and above, which are not digits.
#[inline]
pub(super) fn numeral(symbol: u16) -> Option<u8> {
    if is_digit(symbol) {
        return Some((symbol - u16::from(b'0')) as u8);
    }
    if symbol < 0x3007 {
        return None;
    }
    Some(match char::from_u32(symbol.into())? {
        '零' | '〇' => 0,
        '一' | '壹' | '幺' => 1,
        '二' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// Has the symbol a value by [`numeral`]? Without branches, for whole batches.
#[inline]
pub(super) fn is_numeral(symbol: u16) -> bool {
    const HAN: [u16; 21] = [
        0x96F6, 0x3007, 0x4E00, 0x58F9, 0x5E7A, 0x4E8C, 0x8D30, 0x4E09, 0x53C1, 0x56DB, 0x8086,
        0x4E94, 0x4F0D, 0x516D, 0x9646, 0x4E03, 0x67D2, 0x516B, 0x634C, 0x4E5D, 0x7396,
    ];
    HAN.iter().fold(is_digit(symbol), |any, han| any | (symbol == *han))
}

/// The value of an ASCII digit.
#[inline]
pub(super) fn ascii_digit(symbol: u16) -> Option<u8> {
    is_digit(symbol).then(|| (symbol - u16::from(b'0')) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_and_runs_respect_skipped_noise() {
        let symbols: Vec<u16> = "a12".encode_utf16().collect();
        let all = |_: usize| true;
        let text = Text::new(&symbols, &all);
        assert!(text.left_edge(0) && !text.left_edge(1) && text.right_edge(3));
        assert_eq!(text.run(1, 9, is_digit), 3);
        assert_eq!(text.run(1, 1, is_digit), 2);
        let broken = |at: usize| at != 2;
        let text = Text::new(&symbols, &broken);
        assert_eq!(text.run(1, 9, is_digit), 2);
        assert!(text.left_edge(2) && text.right_edge(2));
    }

    #[test]
    fn words_before_end_within_the_distance() {
        let symbols: Vec<u16> = "身份证号:12".encode_utf16().collect();
        let all = |_: usize| true;
        let text = Text::new(&symbols, &all);
        assert!(text.word_before(5, &["身份证"], 2));
        assert!(!text.word_before(5, &["身份证"], 1));
        assert!(text.word_before(3, &["身份证"], 0));
        assert!(!text.word_before(2, &["身份证"], 9));
    }

    #[test]
    fn both_numeral_tests_agree() {
        for symbol in 0..=u16::MAX {
            assert_eq!(is_numeral(symbol), numeral(symbol).is_some(), "{symbol:#06x}");
        }
        let numerals = "零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖";
        assert_eq!(crate::fold::fold(numerals), numerals.encode_utf16().collect::<Vec<_>>());
    }

    #[test]
    fn numerals_have_values() {
        let values: Vec<_> = "零〇一幺壹2三叁九十x".encode_utf16().map(numeral).collect();
        let digits = [0, 0, 1, 1, 1, 2, 3, 3, 9].map(Some);
        assert_eq!(values[..9], digits);
        assert_eq!(values[9..], [None, None]);
    }
}
