//! Which characters continue a word.

use std::sync::LazyLock;

use super::generated_classes::WORD_CLASSES;

/// How a character continues a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordClass(u8);

impl WordClass {
    const NONE: WordClass = WordClass(0);
    const SPACED: WordClass = WordClass(1);

    /// A letter or digit of a script that puts spaces between words.
    #[inline]
    pub fn is_spaced(self) -> bool {
        self == WordClass::SPACED
    }

    /// Are two neighbours of these classes parts of one word, as far as their scripts say? Letters
    /// of a script without spaces (Han, kana, Thai, Lao, Khmer, Myanmar; Hangul, whose particles
    /// are attached) continue only words of their own script.
    #[inline]
    pub fn continues(self, other: WordClass) -> bool {
        self == other && self != WordClass::NONE
    }
}

/// The class of a character of one symbol. Letters above U+FFFF that fold to themselves have none.
#[inline]
pub fn word_class(symbol: u16) -> WordClass {
    static CLASSES: LazyLock<Box<[u8]>> = LazyLock::new(classes);
    WordClass(CLASSES[usize::from(symbol)])
}

fn classes() -> Box<[u8]> {
    let mut classes = vec![0; 0x1_0000];
    let ends = WORD_CLASSES.iter().skip(1).map(|(start, _)| *start);
    for ((start, class), end) in WORD_CLASSES.iter().zip(ends.chain([u32::MAX])) {
        let end = (end as usize).min(classes.len());
        if let Some(range) = classes.get_mut(*start as usize..end) {
            range.fill(*class);
        }
    }
    classes.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(c: char) -> WordClass {
        word_class(u16::try_from(u32::from(c)).unwrap_or(0))
    }

    #[test]
    fn letters_and_digits_of_spaced_scripts_continue_each_other() {
        for c in "azéяαبא5٣निਗ".chars() {
            assert!(class(c).is_spaced(), "{c:?}");
        }
        for c in " .,_-@#!…、。™²①★\u{FFFD}".chars() {
            assert_eq!(class(c), WordClass::NONE, "{c:?}");
        }
    }

    #[test]
    fn unspaced_scripts_continue_their_own() {
        for word in ["中々〇", "あアー", "กั", "ລາວ", "ខ្មែរ", "မြန်", "한국"]
        {
            let classes: Vec<WordClass> = word.chars().map(class).collect();
            assert!(classes.iter().all(|own| own.continues(classes[0])), "{word}");
            assert!(!classes[0].continues(class('a')) && !classes[0].is_spaced(), "{word}");
        }
        assert!(!class('中').continues(class('あ')));
        assert!(!class('中').continues(class('5')));
    }
}
