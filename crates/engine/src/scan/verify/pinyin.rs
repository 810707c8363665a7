//! Verification of the `sound` view: Mandarin homophones and pinyin.
//!
//! The syllable projection has one syllable per Han character, the one that dictionaries list
//! first; an anchor of the term was found there. Here the folded text is compared with the
//! term unit by unit, with all common readings of a character and with spelled syllables. So
//! `薇信`, `wei信` and `weixin` match 微信, and 行 is both *hang* and *xing*.

use crate::domain::limits::SQUEEZED_GAP_CHARS_MAX;
use crate::fold::tables;
use crate::scan::text::noise::{is_letter, is_noise_in};
use crate::scan::text::syllable::{TONES, class, primaries, syllable};

/// Fewest letters of a match in letters alone, unless the field has Han characters. Shorter
/// pinyin is too often English (`women`, `made`).
const LETTERS_MIN: usize = 6;

/// Can the term occur around the form of its anchor at `start..end` of a syllable projection?
/// Checks one more symbol on each side. A `false` is certain.
pub fn may_occur(term: &[u16], anchor: usize, text: &[u16], start: usize, end: usize) -> bool {
    let after = term.get(anchor + 2).is_none_or(|wanted| may_sound_like(*wanted, text[end]));
    let before = anchor.checked_sub(1);
    after && before.is_none_or(|before| may_sound_like(term[before], text[start - 1]))
}

/// Can a symbol of a syllable projection belong to a unit that sounds like `wanted`? Any letter
/// can, because syllables are spelled in letters.
fn may_sound_like(wanted: u16, symbol: u16) -> bool {
    let readings = tables::readings(wanted);
    symbol == class(wanted)
        || !readings.is_empty() && (is_letter(symbol) || TONES.contains(&symbol))
        || syllable(symbol).is_some_and(|primary| {
            readings.iter().any(|reading| primaries(*reading).contains(&primary))
        })
}

/// The comparison of a text with a term around an anchor.
pub struct Comparison<'c> {
    /// Folded symbols of the field.
    pub text: &'c [u16],
    /// Folded symbols of the term.
    pub term: &'c [u16],
    /// Is noise allowed between the characters?
    pub skips_noise: bool,
    /// Does the field contain Han characters?
    pub has_han: bool,
}

impl Comparison<'_> {
    /// The range of the text that sounds like the term, if the `anchor`-th symbol of the term
    /// is at `start`. `None` also if the range is spelled like the term.
    pub fn span(&self, anchor: usize, start: usize) -> Option<(usize, usize)> {
        let end = self.match_forward(anchor, start)?;
        let begin = self.match_backward(anchor, start)?;
        let symbols = &self.text[begin..end];
        let letters = tables::latin();
        let is_spelled_in_letters = symbols.iter().all(|symbol| !tables::han().has(*symbol));
        let count = symbols.iter().filter(|symbol| letters.has(**symbol)).count();
        let is_enough = count >= LETTERS_MIN || !is_spelled_in_letters || self.has_han;
        (is_enough && !self.is_spelled_alike(begin, end)).then_some((begin, end))
    }

    fn is_spelled_alike(&self, begin: usize, end: usize) -> bool {
        let kept = (begin..end).filter(|at| !is_noise_in(self.text, *at));
        kept.map(|at| self.text[at]).eq(self.term.iter().copied())
    }

    /// The end of the units from `unit` on, the first of which begins at `at`. The recursion is
    /// as deep as the term is long.
    fn match_forward(&self, unit: usize, at: usize) -> Option<usize> {
        let Some(wanted) = self.term.get(unit) else { return Some(at) };
        let at = if unit == 0 { at } else { self.skip_forward(at) };
        if self.sounds_like(at, *wanted)
            && let Some(end) = self.match_forward(unit + 1, at + 1)
        {
            return Some(end);
        }
        let readings = tables::readings(*wanted);
        tables::syllables_at(&self.text[at..])
            .filter(|(_, syllable)| syllable.spells(readings))
            .find_map(|(letters, _)| {
                let end = at + letters;
                let has_tone = self.text.get(end).is_some_and(|symbol| TONES.contains(symbol));
                let toned = has_tone.then(|| self.match_forward(unit + 1, end + 1)).flatten();
                toned.or_else(|| self.match_forward(unit + 1, end))
            })
    }

    /// The start of the units before `unit`, which begins at `at`.
    fn match_backward(&self, unit: usize, at: usize) -> Option<usize> {
        let Some(before) = unit.checked_sub(1) else { return Some(at) };
        let wanted = self.term[before];
        let at = self.skip_backward(at);
        if at > 0
            && self.sounds_like(at - 1, wanted)
            && let Some(begin) = self.match_backward(before, at - 1)
        {
            return Some(begin);
        }
        let readings = tables::readings(wanted);
        let end = at.checked_sub(1).filter(|last| TONES.contains(&self.text[*last])).unwrap_or(at);
        (1..=tables::SYLLABLE_LEN_MAX.min(end)).find_map(|letters| {
            let begin = end - letters;
            let spells = tables::syllables_at(&self.text[begin..end])
                .any(|(length, syllable)| length == letters && syllable.spells(readings));
            if spells { self.match_backward(before, begin) } else { None }
        })
    }

    fn sounds_like(&self, at: usize, wanted: u16) -> bool {
        let Some(&symbol) = self.text.get(at) else { return false };
        let readings = tables::readings(wanted);
        symbol == wanted || tables::readings(symbol).iter().any(|sound| readings.contains(sound))
    }

    fn skip_forward(&self, at: usize) -> usize {
        let is_kept = |at: &usize| !self.skips_noise || !is_noise_in(self.text, *at);
        let end = self.text.len().min(at + SQUEEZED_GAP_CHARS_MAX + 1);
        (at..end).find(is_kept).unwrap_or(at)
    }

    fn skip_backward(&self, at: usize) -> usize {
        let is_kept = |at: &usize| !self.skips_noise || !is_noise_in(self.text, *at - 1);
        let start = at.saturating_sub(SQUEEZED_GAP_CHARS_MAX + 1);
        (start + 1..=at).rev().find(is_kept).unwrap_or(at)
    }
}
