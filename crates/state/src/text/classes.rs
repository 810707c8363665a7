//! What each folded symbol is compared as.
//!
//! A unit of a text is a look-alike class, a syllable of Mandarin, or a mask. One table maps
//! folded symbols to units, so that reading a text costs one lookup a symbol.

use std::sync::LazyLock;
use tidegate_engine::fold::tables;

/// In [`Classes`]: white space, punctuation, emoji; skipped.
pub(super) const NOISE: u16 = 0;
/// In [`Classes`]: a decimal digit of any script; part of a mask.
pub(super) const DIGIT: u16 = 6;
/// In [`Classes`]: half of a surrogate pair; the pair decides.
pub(super) const HALF: u16 = 7;

/// First of the private-use symbols that represent syllables. Folded text keeps private-use
/// characters, but they are noise, so no text has these.
const SYLLABLES: u16 = 0xE000;

/// From here on a unit weighs [`HEAVY`]: Han, kana, Hangul, syllables.
const HEAVY_FROM: u16 = 0x2E80;
/// Weight of a unit that is about a third of a word.
const HEAVY: u32 = 3;

/// The unit of each folded symbol, or one of [`NOISE`], [`DIGIT`], [`HALF`].
pub(super) struct Classes(Box<[u16]>);

/// The table.
pub(super) fn classes() -> &'static Classes {
    static CLASSES: LazyLock<Classes> =
        LazyLock::new(|| Classes((0..=u16::MAX).map(class_of).collect()));
    &CLASSES
}

impl Classes {
    /// The entry of a symbol.
    #[inline(always)]
    pub(super) fn of(&self, symbol: u16) -> u16 {
        self.0[usize::from(symbol)]
    }

    /// Is the symbol a letter that looks like one of a to z?
    #[inline]
    pub(super) fn is_letter(&self, symbol: u16) -> bool {
        is_letter(self.of(symbol))
    }

    /// Is the symbol a digit?
    #[inline]
    pub(super) fn is_digit(&self, symbol: u16) -> bool {
        self.of(symbol) == DIGIT
    }

    /// Is the symbol a letter that looks like one of a to z, or a digit?
    #[inline]
    pub(super) fn is_alnum(&self, symbol: u16) -> bool {
        let class = self.of(symbol);
        class == DIGIT || is_letter(class)
    }
}

/// Is the entry a letter a to z?
#[inline]
pub(super) fn is_letter(class: u16) -> bool {
    class.wrapping_sub(u16::from(b'a')) < 26
}

fn class_of(symbol: u16) -> u16 {
    if (0xD800..=0xDFFF).contains(&symbol) {
        return HALF;
    }
    if tables::noise().has(symbol) {
        return NOISE;
    }
    if tables::latin_or_digit().has(symbol) && !tables::latin().has(symbol) {
        return DIGIT;
    }
    let class = match tables::lookalikes().class(symbol) {
        // Letters that look like digits (б 6) are themselves. Folded text has no capitals.
        class if class < 0x80 && !is_letter(class) => match u8::try_from(symbol) {
            Ok(byte) => u16::from(byte.to_ascii_lowercase()),
            Err(_) => symbol,
        },
        class => class,
    };
    tables::primary(class).map_or(class, |syllable| SYLLABLES + syllable.index() as u16)
}

/// The unit of a surrogate pair: [`NOISE`], the class of a look-alike, or `None` if the pair
/// represents itself.
#[cold]
pub(super) fn class_of_pair(high: u16, low: u16) -> Option<u16> {
    match tables::noise().has_pair(high, low) {
        true => Some(NOISE),
        false => tables::lookalikes().class_of_pair(high, low).map(class_of),
    }
}

/// Weight of a unit: 1 for a letter or a mask, 3 for a character of Han, kana or Hangul. Of a
/// surrogate pair the first half weighs.
#[inline(always)]
pub(super) fn weight(unit: u16) -> u32 {
    match unit {
        ..HEAVY_FROM => 1,
        0xDC00..=0xDFFF => 0,
        HEAVY_FROM.. => HEAVY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(c: char) -> u16 {
        classes().of(c as u16)
    }

    #[test]
    fn homophones_and_look_alikes_are_one_unit() {
        for (a, b) in [('微', '薇'), ('事', '是'), ('а', 'a'), ('徽', '威'), ('1', '9'), ('٣', '7')]
        {
            assert_eq!(of(a), of(b), "{a} {b}");
        }
        for (a, b) in [('人', '入'), ('a', 'b'), ('中', 'a'), ('か', 'カ')] {
            assert_ne!(of(a), of(b), "{a} {b}");
        }
    }

    #[test]
    fn kinds_of_symbols() {
        for c in " ,。！@#_-|\u{E000}\u{FFFD}".chars() {
            assert_eq!(of(c), NOISE, "{c:?}");
        }
        assert!("0５٣".chars().all(|c| classes().is_digit(c as u16)));
        assert!("azоі".chars().all(|c| classes().is_letter(c as u16)));
        assert!("中かюб".chars().all(|c| !classes().is_alnum(c as u16)));
        assert_eq!(class_of_pair(0xD83D, 0xDE00), Some(NOISE));
        assert_eq!(class_of_pair(0xD840, 0xDC00), None);
    }

    #[test]
    fn only_letters_have_entries_below_0x80() {
        for symbol in 0..=u16::MAX {
            let class = classes().of(symbol);
            let known = matches!(class, NOISE | DIGIT | HALF) || is_letter(class) || class >= 0x80;
            assert!(known, "U+{symbol:04X} {class:04X}");
        }
    }

    #[test]
    fn weights() {
        for (c, expected) in [('a', 1), ('ю', 1), ('中', 3), ('か', 3), ('한', 3)] {
            assert_eq!(weight(of(c)), expected, "{c}");
        }
        assert_eq!((weight(0x04), weight(0xD840), weight(0xDC00)), (1, 3, 0));
    }
}
