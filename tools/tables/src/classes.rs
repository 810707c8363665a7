//! The sets of characters that matching uses.

use icu_properties::props::{GeneralCategory as Category, Script};

use crate::fold::folded;
use crate::unicode::{CODE_POINTS, category, is_emoji, script, scripts};

/// Noise: not a letter, mark or number. Separates the characters of an obfuscated word. White
/// space, punctuation, symbols, emoji, breaks, private and unassigned characters.
pub fn is_noise(c: char) -> bool {
    use Category as C;
    let is_text = matches!(
        category(c),
        C::UppercaseLetter
            | C::LowercaseLetter
            | C::TitlecaseLetter
            | C::ModifierLetter
            | C::OtherLetter
            | C::NonspacingMark
            | C::SpacingMark
            | C::EnclosingMark
            | C::DecimalNumber
            | C::LetterNumber
            | C::OtherNumber
    );
    !is_text
}

/// How a character continues a word: 0 not at all, 1 as a letter or digit of a script that puts
/// spaces between words, from 2 on as a letter of one of [`UNSPACED`].
pub fn word_class(c: char) -> u8 {
    use Category as C;
    let is_word = matches!(
        category(c),
        C::UppercaseLetter
            | C::LowercaseLetter
            | C::TitlecaseLetter
            | C::ModifierLetter
            | C::OtherLetter
            | C::LetterNumber
            | C::NonspacingMark
            | C::SpacingMark
            | C::DecimalNumber
    );
    if !is_word {
        return 0;
    }
    let own = scripts(c);
    let found = UNSPACED.iter().position(|group| group.iter().any(|script| own.contains(script)));
    if is_digit(c) { 1 } else { found.map_or(1, |at| at as u8 + 2) }
}

/// Scripts whose words are not delimited by spaces, and Hangul, whose particles are written
/// without one.
const UNSPACED: [&[Script]; 7] = [
    &[Script::Han],
    &[Script::Hiragana, Script::Katakana],
    &[Script::Thai],
    &[Script::Lao],
    &[Script::Khmer],
    &[Script::Myanmar],
    &[Script::Hangul],
];

/// A sign that is read as letters or digits and is none itself: ™, ², Ⓐ, ①, 🆓; also ℹ, an emoji
/// that Unicode classifies as a letter. Its fold has a letter or digit.
pub fn is_sign(c: char) -> bool {
    let fold = folded().get(&c).map_or("", String::as_str);
    let is_letter = word_class(c) != 0 && !is_emoji(c);
    !is_letter && fold.chars().any(|c| word_class(c) != 0)
}

/// A letter of the Latin script, in any of its extensions.
pub fn is_latin(c: char) -> bool {
    script(c) == Script::Latin
}

/// A decimal digit of any script.
pub fn is_digit(c: char) -> bool {
    category(c) == Category::DecimalNumber
}

/// A Han character, 々 and 〇 among them.
pub fn is_han(c: char) -> bool {
    script(c) == Script::Han
}

/// The code points at which membership changes, from "no" before U+0000.
/// Surrogates are in no set.
pub fn boundaries(is_member: impl Fn(char) -> bool) -> Vec<u32> {
    let mut inside = false;
    let mut out = Vec::new();
    for cp in 0..CODE_POINTS {
        let now = char::from_u32(cp).is_some_and(&is_member);
        if now != inside {
            out.push(cp);
            inside = now;
        }
    }
    if inside {
        out.push(CODE_POINTS);
    }
    out
}
