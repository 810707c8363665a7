//! Splits texts into the units that terms are made of: single Han characters, and words of other
//! scripts.
//!
//! No dictionary and no segmentation: terms are found by how often units occur together. Texts are
//! folded first, so that spelling variants are one unit.

use rustc_hash::FxHashMap;
use tidegate_engine::fold;
use tidegate_engine::post::TextRef;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Its number in [`Lexicon`].
    pub id: u32,
    /// Start, in characters of the folded text.
    pub start: u32,
    /// End, exclusive, in characters.
    pub end: u32,
    /// How it is joined to the previous unit.
    pub joint: Joint,
}

/// What is between two units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// Other characters: no term spans them.
    Separate,
    /// A space between two words.
    Space,
    /// Nothing.
    Touching,
}

/// Number of a unit that is not in the lexicon.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// All units by number.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl Lexicon {
    /// The text of a unit.
    pub fn text(&self, unit: u32) -> &str {
        &self.texts[unit as usize]
    }

    /// Whether the unit is a Han character.
    pub fn is_han(&self, unit: u32) -> bool {
        self.text(unit).chars().all(is_han)
    }

    fn enter(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The first `most` units of a text; new ones are added to the lexicon.
    pub fn learn(&mut self, text: &str, most: usize) -> Vec<Unit> {
        cut(text, most, |unit| self.enter(unit))
    }

    /// The first `most` units of a text; new ones are [`UNKNOWN`].
    pub fn read(&self, text: &str, most: usize) -> Vec<Unit> {
        cut(text, most, |unit| self.numbers.get(unit).copied().unwrap_or(UNKNOWN))
    }
}

/// The folded text of all fields of a post, with separators.
pub(super) fn folded<'t>(texts: impl Iterator<Item = TextRef<'t>>) -> String {
    let mut symbols = Vec::new();
    for text in texts {
        if !symbols.is_empty() {
            symbols.push(fold::REPLACEMENT);
        }
        let mut out = fold::Output { symbols: &mut symbols, signs: &mut Vec::new() };
        if text.html {
            fold::fold_html_into(text.text, &mut out);
        } else {
            fold::fold_into(text.text, &mut out);
        }
    }
    String::from_utf16_lossy(&symbols)
}

pub(super) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() && !is_han(character)
}

fn cut(text: &str, most: usize, mut number: impl FnMut(&str) -> u32) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut joint = Joint::Separate;
    let mut characters = text.char_indices().enumerate().peekable();
    while let Some((start, (from, first))) = characters.next() {
        if units.len() == most {
            break;
        }
        if !is_han(first) && !is_word(first) {
            let stays = first == ' ' && joint == Joint::Touching;
            joint = if stays { Joint::Space } else { Joint::Separate };
            continue;
        }
        let (mut end, mut to) = (start + 1, from + first.len_utf8());
        while is_word(first)
            && let Some((at, (_, next))) = characters.next_if(|(_, (_, next))| is_word(*next))
        {
            (end, to) = (at + 1, to + next.len_utf8());
        }
        let is_word_pair = is_word(first)
            && units.last().is_some_and(|last| last.end < start as u32)
            && text[..from].trim_end().chars().next_back().is_some_and(is_word);
        let joint_here = match joint {
            Joint::Space if !is_word_pair => Joint::Separate,
            other => other,
        };
        let id = number(&text[from..to]);
        units.push(Unit { id, start: start as u32, end: end as u32, joint: joint_here });
        joint = Joint::Touching;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_up(text: &str) -> Vec<(String, Joint)> {
        let mut lexicon = Lexicon::default();
        let units = lexicon.learn(text, 100);
        units.iter().map(|unit| (lexicon.text(unit.id).to_owned(), unit.joint)).collect()
    }

    #[test]
    fn han_characters_are_units_and_words_are_joined() {
        use Joint::{Separate, Space, Touching};
        let expected = [
            ("加", Separate),
            ("我", Touching),
            ("vx", Touching),
            ("abc", Space),
            ("free", Separate),
            ("money", Separate),
            ("now", Separate),
            ("百", Separate),
            ("家", Separate),
        ];
        let expected: Vec<(String, Joint)> =
            expected.iter().map(|(text, joint)| ((*text).to_owned(), *joint)).collect();
        assert_eq!(cut_up("加我vx abc!free  money, now百 家")[..6], expected[..6]);
        assert_eq!(cut_up("now 百 家"), [&expected[6..7], &expected[7..]].concat());
    }

    #[test]
    fn positions_count_characters_and_texts_are_cut() {
        let mut lexicon = Lexicon::default();
        let units = lexicon.learn("加 ab，我", 100);
        let places: Vec<(u32, u32)> = units.iter().map(|unit| (unit.start, unit.end)).collect();
        assert_eq!(places, [(0, 1), (2, 4), (5, 6)]);
        for (most, expected) in [(2, 2), (3, 3), (4, 3)] {
            assert_eq!(lexicon.read("加 ab，我", most).len(), expected);
        }
        assert_eq!(lexicon.read("他", 9)[0].id, UNKNOWN);
        assert!(lexicon.is_han(units[0].id) && !lexicon.is_han(units[1].id));
    }
}
