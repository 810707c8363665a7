//! The sets of characters that matching uses.

use icu_properties::props::{GeneralCategory as Category, Script};

use crate::unicode::{CODE_POINTS, category, script};

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
