//! Marks that scripts spell with, and composition.

use std::sync::LazyLock;

use super::charset::CharSet;
use super::generated_classes::SIGNS;
use super::generated_marks::{COMBINING, COMPOSITIONS, MARKS, SHARED_SCRIPTS};

/// Nonspacing, spacing and enclosing marks.
pub fn marks() -> &'static CharSet {
    static SET: LazyLock<CharSet> = LazyLock::new(|| CharSet::new(MARKS));
    &SET
}

/// Signs that fold to letters or digits and are none themselves: ™, ², Ⓐ, ①, 🆓.
pub fn signs() -> &'static CharSet {
    static SET: LazyLock<CharSet> = LazyLock::new(|| CharSet::new(SIGNS));
    &SET
}

/// Does a script exist in which the mark is written on the character?
pub fn share_a_script(character: u32, mark: u32) -> bool {
    value_at(SHARED_SCRIPTS, character) & value_at(SHARED_SCRIPTS, mark) != 0
}

/// The canonical combining class: marks of other classes than 0 that are not alike may follow in
/// any order.
pub fn combining_class(mark: u32) -> u8 {
    value_at(COMBINING, mark)
}

/// The character that two folded characters compose to. Hangul is composed by rule
/// ([`compose_hangul`]).
pub fn compose(first: u32, second: u32) -> Option<char> {
    let key = |entry: &(char, char, char)| (u32::from(entry.0), u32::from(entry.1));
    let entry = COMPOSITIONS.iter().find(|entry| key(entry) == (first, second))?;
    Some(entry.2)
}

/// First leading consonant of Hangul.
const LEAD: u32 = 0x1100;
/// First vowel.
const VOWEL: u32 = 0x1161;
/// The place before the first trailing consonant.
const TRAIL: u32 = 0x11A7;
/// First syllable.
const SYLLABLE: u32 = 0xAC00;
const LEADS: u32 = 19;
const VOWELS: u32 = 21;
/// Trailing consonants, and none.
const TRAILS: u32 = 28;

/// Can the character be the second one of a Hangul composition?
pub fn is_hangul_part(character: u32) -> bool {
    (VOWEL..VOWEL + VOWELS).contains(&character) || (TRAIL + 1..TRAIL + TRAILS).contains(&character)
}

/// The syllable of a leading consonant and a vowel, or of a syllable without a trailing consonant
/// and one (Unicode Standard, section 3.12).
pub fn compose_hangul(first: u32, second: u32) -> Option<char> {
    let lead = first.checked_sub(LEAD).filter(|lead| *lead < LEADS);
    let vowel = second.checked_sub(VOWEL).filter(|vowel| *vowel < VOWELS);
    if let (Some(lead), Some(vowel)) = (lead, vowel) {
        return char::from_u32(SYLLABLE + (lead * VOWELS + vowel) * TRAILS);
    }
    let open =
        first.checked_sub(SYLLABLE).filter(|at| *at < LEADS * VOWELS * TRAILS)? % TRAILS == 0;
    let trail = second.checked_sub(TRAIL).filter(|trail| (1..TRAILS).contains(trail))?;
    if open { char::from_u32(first + trail) } else { None }
}

/// The value that holds at a code point, of a table of the code points where it changes.
fn value_at<T: Copy + Default>(table: &[(u32, T)], code: u32) -> T {
    let next = table.partition_point(|(start, _)| *start <= code);
    next.checked_sub(1).map_or(T::default(), |at| table[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(text: &str) -> (u32, u32) {
        let mut codes = text.chars().map(u32::from);
        (codes.next().unwrap_or(0), codes.next().unwrap_or(0))
    }

    #[test]
    fn hangul_and_kana_compose() {
        for (parts, whole) in
            [("\u{1112}\u{1161}", '하'), ("하\u{11ab}", '한'), ("가\u{11c2}", '갛')]
        {
            let (first, second) = pair(parts);
            assert_eq!(compose_hangul(first, second), Some(whole));
            assert!(is_hangul_part(second));
        }
        for parts in ["한\u{11ab}", "\u{1112}\u{11ab}", "\u{1161}\u{1161}", "a\u{1161}"] {
            let (first, second) = pair(parts);
            assert_eq!(compose_hangul(first, second), None, "{parts:?}");
        }
        let (first, second) = pair("か\u{3099}");
        assert_eq!(compose(first, second), Some('が'));
    }

    #[test]
    fn a_mark_belongs_on_characters_of_its_scripts() {
        for (text, belongs) in [
            ("ก\u{e31}", true),
            ("क\u{93f}", true),
            ("ب\u{64e}", true),
            ("か\u{3099}", true),
            ("加\u{6e3}", false),
            ("加\u{e31}", false),
            ("a\u{e31}", false),
            ("加\u{3099}", false),
            (" \u{64e}", false),
        ] {
            let (character, mark) = pair(text);
            assert_eq!(share_a_script(character, mark), belongs, "{text:?}");
        }
    }
}
