//! Sets of characters, tested by symbol.

use std::sync::LazyLock;

use super::generated_classes::{HAN, LATIN, LATIN_OR_DIGIT, NOISE};

/// Noise: separates the characters of an obfuscated word and is skipped when squeezing. All
/// but letters, marks and numbers. White space, punctuation, symbols, emoji, breaks, private
/// and unassigned characters are noise; 々, 〇 and the marks that folding leaves are not.
pub fn noise() -> &'static CharSet {
    static SET: LazyLock<CharSet> = LazyLock::new(|| CharSet::new(NOISE));
    &SET
}

/// Letters of the Latin script and decimal digits of any script: next to a Latin term they
/// make it part of a longer word.
pub fn latin_or_digit() -> &'static CharSet {
    static SET: LazyLock<CharSet> = LazyLock::new(|| CharSet::new(LATIN_OR_DIGIT));
    &SET
}

/// Letters of the Latin script.
pub fn latin() -> &'static CharSet {
    static SET: LazyLock<CharSet> = LazyLock::new(|| CharSet::new(LATIN));
    &SET
}

/// Han characters, 々 and 〇 among them.
pub fn han() -> &'static CharSet {
    static SET: LazyLock<CharSet> = LazyLock::new(|| CharSet::new(HAN));
    &SET
}

/// A set of characters: a bit for each below U+10000, ranges above.
#[derive(Debug)]
pub struct CharSet {
    bits: Box<[u64; 1024]>,
    /// Ascending code points where membership changes, from "no".
    boundaries: &'static [u32],
}

impl CharSet {
    pub(super) fn new(boundaries: &'static [u32]) -> CharSet {
        let mut bits = Box::new([0; 1024]);
        for range in boundaries.chunks(2) {
            for cp in range[0]..range[1].min(0x1_0000) {
                bits[cp as usize >> 6] |= 1 << (cp & 63);
            }
        }
        CharSet { bits, boundaries }
    }

    /// Is the character of this one symbol a member? A surrogate never is: use
    /// [`CharSet::has_pair`] for pairs.
    #[inline]
    pub fn has(&self, symbol: u16) -> bool {
        self.bits[usize::from(symbol >> 6)] >> (symbol & 63) & 1 != 0
    }

    /// Is the character of a surrogate pair a member?
    #[inline]
    pub fn has_pair(&self, high: u16, low: u16) -> bool {
        self.has_code_point(pair(high, low))
    }

    /// Is the character of this code point a member?
    pub fn has_code_point(&self, cp: u32) -> bool {
        self.boundaries.partition_point(|boundary| *boundary <= cp) % 2 == 1
    }

    /// [`CharSet::has`] as one bit per symbol, lowest first.
    #[inline]
    pub fn bits(&self) -> &[u64; 1024] {
        &self.bits
    }
}

/// The code point of a surrogate pair.
#[inline]
pub fn pair(high: u16, low: u16) -> u32 {
    0x1_0000 + ((u32::from(high) & 0x3FF) << 10 | (u32::from(low) & 0x3FF))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(set: &CharSet, c: char) -> bool {
        match *c.encode_utf16(&mut [0; 2]) {
            [symbol] => set.has(symbol),
            [high, low] => set.has_pair(high, low),
            _ => false,
        }
    }

    fn all_are(set: &CharSet, text: &str, expected: bool) {
        for c in text.chars() {
            assert_eq!(has(set, c), expected, "{c:?}");
        }
    }

    #[test]
    fn bits_and_ranges_agree() {
        for set in [noise(), latin_or_digit(), latin(), han()] {
            for symbol in 0..=u16::MAX {
                assert_eq!(set.has(symbol), set.has_code_point(u32::from(symbol)), "{symbol:04X}");
            }
        }
    }

    #[test]
    fn noise_is_what_is_no_letter_mark_or_number() {
        all_are(noise(), " \n,。、「」《》·・…-_|@#$%+=~^\u{FFFD}\u{E000}😀🔥★♥→🇨", true);
        all_are(noise(), "a九百家乐々〇ー한किが\u{3099}5٣½я𠀀𝐀", false);
    }

    #[test]
    fn edges_know_latin_letters_and_all_digits() {
        all_are(latin_or_digit(), "azéøßſ09٣", true);
        all_are(latin_or_digit(), "中я한 .-_@", false);
        all_are(latin(), "azøŋ", true);
        all_are(latin(), "0яα中", false);
    }

    #[test]
    fn han_has_its_iteration_mark_and_zero() {
        all_are(han(), "中々〇㐀𠀀", true);
        all_are(han(), "あア、한a", false);
    }

    #[test]
    fn pairs_become_code_points() {
        assert_eq!(pair(0xD83D, 0xDE00), 0x1_F600);
        assert_eq!(pair(0xDBFF, 0xDFFF), 0x10_FFFF);
    }
}
