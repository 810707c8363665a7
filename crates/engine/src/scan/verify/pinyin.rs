//! The `sound` view: Mandarin homophones and pinyin.
//!
//! A term of at least two characters is anchored at two neighbours of it. The
//! sound reading of a text has, for each Han character, the syllable that
//! dictionaries name first, and letters as they are; the anchor is looked for
//! there in every form that text may take: each first syllable of characters
//! that share a sound with the term's, and the syllables in letters. What is
//! found is then compared unit by unit with all common readings, so `薇信`,
//! `wei信` and `weixin` are 微信, and 行 is both *hang* and *xing*.

use crate::domain::limits::SQUEEZED_GAP_CHARS_MAX;
use crate::fold::tables::{self, Syllable};
use crate::scan::text::projection::is_noise_in;
use std::sync::LazyLock;

/// Stands for a syllable in the sound reading: a private-use symbol, which text
/// never shows there.
const SYLLABLES: u16 = 0xE000;

/// Private-use characters of text become this in the sound reading.
const STRANGER: u16 = crate::fold::REPLACEMENT;

/// The most forms of one anchor that are looked for; the commonest readings of
/// two characters have about a hundred.
const FORMS_MAX: usize = 1024;

/// A match in letters alone is none below this length, unless the field has Han
/// characters too: short pinyin is too often English (`women`, `made`).
const LETTERS_MIN: usize = 6;

/// The symbol of the sound reading for a folded one.
#[inline]
pub(in crate::scan) fn class(symbol: u16) -> u16 {
    match tables::primary(symbol) {
        Some(syllable) => SYLLABLES + syllable.index() as u16,
        None if (0xE000..=0xF8FF).contains(&symbol) => STRANGER,
        None => symbol,
    }
}

/// The syllable behind a symbol of the sound reading.
pub(in crate::scan) fn syllable(symbol: u16) -> Option<Syllable> {
    let at = symbol.checked_sub(SYLLABLES)?;
    tables::syllables().nth(usize::from(at))
}

/// For each syllable: the first syllables of the characters that may be read so.
static FIRST: LazyLock<Vec<Vec<Syllable>>> = LazyLock::new(|| {
    let mut first = vec![Vec::new(); tables::syllables().len()];
    for symbol in 0x3400..=0x9FFF {
        let Some(primary) = tables::primary(symbol) else { continue };
        for reading in tables::readings(symbol) {
            let known: &mut Vec<Syllable> = &mut first[reading.index()];
            if !known.contains(&primary) {
                known.push(primary);
            }
        }
    }
    first
});

/// Where a term is anchored, and the forms to look for in the sound reading.
pub(in crate::scan) struct Anchor {
    /// Index of the first of the two symbols of the term.
    pub at: usize,
    /// Symbols of the sound reading.
    pub forms: Vec<Vec<u16>>,
}

/// The anchor of a term; `None` for terms that have no two characters of which
/// one has a sound.
pub(in crate::scan) fn anchor(term: &[u16]) -> Option<Anchor> {
    let sounds = |symbol: &u16| usize::from(!tables::readings(*symbol).is_empty());
    let pairs = term.windows(2).enumerate();
    // Two Han characters before one; the pair with the fewest forms of those.
    let (at, forms) = pairs
        .filter(|(_, pair)| pair.iter().any(|symbol| sounds(symbol) > 0))
        .map(|(at, pair)| (sounds(&pair[0]) + sounds(&pair[1]), at, forms_of_pair(pair)))
        .max_by_key(|(han, at, forms)| {
            (*han, std::cmp::Reverse(forms.len()), std::cmp::Reverse(*at))
        })
        .map(|(_, at, forms)| (at, forms))?;
    Some(Anchor { at, forms })
}

fn forms_of_pair(pair: &[u16]) -> Vec<Vec<u16>> {
    let mut forms = Vec::new();
    for first in forms_of(pair[0]) {
        for second in forms_of(pair[1]) {
            forms.push([first.as_slice(), second.as_slice()].concat());
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms.truncate(FORMS_MAX);
    forms
}

/// What one symbol of a term may be in the sound reading.
fn forms_of(symbol: u16) -> Vec<Vec<u16>> {
    let readings = tables::readings(symbol);
    if readings.is_empty() {
        return vec![vec![class(symbol)]];
    }
    let syllable = |syllable: &Syllable| vec![SYLLABLES + syllable.index() as u16];
    let sounds = readings.iter().flat_map(|reading| FIRST[reading.index()].iter().map(syllable));
    let spelled = readings.iter().map(|reading| reading.text().encode_utf16().collect());
    let mut forms: Vec<Vec<u16>> = sounds.chain(spelled).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// May the term stand around the form of its anchor at `start..end` of a sound reading?
/// Looks at one more symbol on each side; a `false` is certain.
pub(in crate::scan) fn may_stand(
    term: &[u16],
    anchor: usize,
    reading: &[u16],
    start: usize,
    end: usize,
) -> bool {
    let after = term.get(anchor + 2).is_none_or(|wanted| may_sound(*wanted, reading[end]));
    let before = anchor.checked_sub(1);
    after && before.is_none_or(|before| may_sound(term[before], reading[start - 1]))
}

/// May a symbol of the sound reading belong to what sounds like `wanted`? Any letter may:
/// syllables are spelled in letters.
fn may_sound(wanted: u16, symbol: u16) -> bool {
    let readings = tables::readings(wanted);
    let is_letter = (u16::from(b'a')..=u16::from(b'z')).contains(&symbol);
    symbol == class(wanted)
        || !readings.is_empty() && is_letter
        || syllable(symbol).is_some_and(|primary| {
            readings.iter().any(|sound| FIRST[sound.index()].contains(&primary))
        })
}

/// Compares a text with a term around an anchor.
pub(in crate::scan) struct Comparison<'c> {
    /// Folded symbols, with a break on both sides of the field.
    pub text: &'c [u16],
    /// Folded symbols of the term.
    pub term: &'c [u16],
    /// May noise stand between the characters?
    pub skips_noise: bool,
    /// Has the field Han characters?
    pub has_han: bool,
}

impl Comparison<'_> {
    /// The stretch of text that sounds like the term, given that its `anchor`-th
    /// symbol stands at `start`. `None` too if the stretch is spelled as the term.
    pub fn stretch(&self, anchor: usize, start: usize) -> Option<(usize, usize)> {
        let end = self.forth(anchor, start)?;
        let begin = self.back(anchor, start)?;
        let symbols = &self.text[begin..end];
        let letters = tables::latin();
        let is_spelled_in_letters = symbols.iter().all(|symbol| !tables::han().has(*symbol));
        let count = symbols.iter().filter(|symbol| letters.has(**symbol)).count();
        let is_told = count >= LETTERS_MIN || !is_spelled_in_letters || self.has_han;
        (is_told && !self.is_spelled_alike(begin, end)).then_some((begin, end))
    }

    fn is_spelled_alike(&self, begin: usize, end: usize) -> bool {
        let kept = (begin..end).filter(|at| !is_noise_in(self.text, *at));
        kept.map(|at| self.text[at]).eq(self.term.iter().copied())
    }

    /// The end of the units from `unit` on, the first of which begins at `at`. The
    /// depth of the recursion is the length of the term.
    fn forth(&self, unit: usize, at: usize) -> Option<usize> {
        let Some(wanted) = self.term.get(unit) else { return Some(at) };
        let at = if unit == 0 { at } else { self.skip_forth(at) };
        if self.sounds_like(at, *wanted)
            && let Some(end) = self.forth(unit + 1, at + 1)
        {
            return Some(end);
        }
        let readings = tables::readings(*wanted);
        tables::syllables_at(&self.text[at..])
            .filter(|(_, syllable)| readings.contains(syllable))
            .find_map(|(letters, _)| self.forth(unit + 1, at + letters))
    }

    /// The beginning of the units before `unit`, which begins at `at`.
    fn back(&self, unit: usize, at: usize) -> Option<usize> {
        let Some(before) = unit.checked_sub(1) else { return Some(at) };
        let wanted = self.term[before];
        let at = self.skip_back(at);
        if at > 0
            && self.sounds_like(at - 1, wanted)
            && let Some(begin) = self.back(before, at - 1)
        {
            return Some(begin);
        }
        let readings = tables::readings(wanted);
        (1..=tables::SYLLABLE_LEN_MAX.min(at)).find_map(|letters| {
            let begin = at - letters;
            let spells = tables::syllables_at(&self.text[begin..at])
                .any(|(length, syllable)| length == letters && readings.contains(&syllable));
            if spells { self.back(before, begin) } else { None }
        })
    }

    fn sounds_like(&self, at: usize, wanted: u16) -> bool {
        let Some(&symbol) = self.text.get(at) else { return false };
        let readings = tables::readings(wanted);
        symbol == wanted || tables::readings(symbol).iter().any(|sound| readings.contains(sound))
    }

    fn skip_forth(&self, at: usize) -> usize {
        let is_kept = |at: &usize| !self.skips_noise || !is_noise_in(self.text, *at);
        let end = self.text.len().min(at + SQUEEZED_GAP_CHARS_MAX + 1);
        (at..end).find(is_kept).unwrap_or(at)
    }

    fn skip_back(&self, at: usize) -> usize {
        let is_kept = |at: &usize| !self.skips_noise || !is_noise_in(self.text, *at - 1);
        let start = at.saturating_sub(SQUEEZED_GAP_CHARS_MAX + 1);
        (start + 1..=at).rev().find(is_kept).unwrap_or(at)
    }
}
