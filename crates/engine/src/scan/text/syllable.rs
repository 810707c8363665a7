//! Symbols of the syllable projections, and the anchors of terms in them.
//!
//! A syllable projection has, for each Han character, the syllable that dictionaries list
//! first, and letters unchanged. A term of the `sound` view is searched there by an *anchor*:
//! two neighbouring characters of the term, in every form they may have in the projection.
//! The forms are the primary syllables of all characters that share a reading with the
//! term's, and the readings spelled in letters. Each occurrence of an anchor is verified by
//! [`pinyin`](crate::scan::verify::pinyin) with all common readings.

use crate::fold::tables::{self, Syllable};
use std::sync::LazyLock;

/// First of the private-use symbols that represent syllables in a projection. Text cannot
/// contain them there.
const SYLLABLES: u16 = 0xE000;

/// Replaces private-use characters of the text in a projection.
const PRIVATE_USE: u16 = crate::fold::REPLACEMENT;

/// Largest number of forms of one anchor. The commonest readings of two characters give about
/// a hundred, so the limit is a guard, not a tuning value; not measured separately.
const FORMS_MAX: usize = 1024;

/// The symbol of a syllable projection for a folded symbol.
#[inline]
pub fn class(symbol: u16) -> u16 {
    match tables::primary(symbol) {
        Some(syllable) => SYLLABLES + syllable.index() as u16,
        None if (0xE000..=0xF8FF).contains(&symbol) => PRIVATE_USE,
        None => symbol,
    }
}

/// The syllable that a symbol of a syllable projection represents, if it represents one.
pub fn syllable(symbol: u16) -> Option<Syllable> {
    let at = symbol.checked_sub(SYLLABLES)?;
    tables::syllables().nth(usize::from(at))
}

/// The primary syllables of all characters that have the reading `syllable`.
pub fn primaries(syllable: Syllable) -> &'static [Syllable] {
    static PRIMARIES: LazyLock<Vec<Vec<Syllable>>> = LazyLock::new(|| {
        let mut primaries = vec![Vec::new(); tables::syllables().len()];
        for symbol in 0x3400..=0x9FFF {
            let Some(primary) = tables::primary(symbol) else { continue };
            for reading in tables::readings(symbol) {
                let known: &mut Vec<Syllable> = &mut primaries[reading.index()];
                if !known.contains(&primary) {
                    known.push(primary);
                }
            }
        }
        primaries
    });
    &PRIMARIES[syllable.index()]
}

/// Two neighbouring symbols of a term, and their forms in a syllable projection.
pub struct Anchor {
    /// Index of the first of the two symbols in the term.
    pub at: usize,
    /// Symbols of the projection, one list per form; sorted, no duplicates.
    pub forms: Vec<Vec<u16>>,
}

/// The anchor of a term. `None` if no two neighbours include a character with a reading.
pub fn anchor(term: &[u16]) -> Option<Anchor> {
    let has_reading = |symbol: &u16| usize::from(!tables::readings(*symbol).is_empty());
    let pairs = term.windows(2).enumerate();
    // Prefer two Han characters to one, then the pair with the fewest forms, then the first.
    let (at, forms) = pairs
        .filter(|(_, pair)| pair.iter().any(|symbol| has_reading(symbol) > 0))
        .map(|(at, pair)| (has_reading(&pair[0]) + has_reading(&pair[1]), at, forms_of_pair(pair)))
        .max_by_key(|(han, at, forms)| {
            (*han, std::cmp::Reverse(forms.len()), std::cmp::Reverse(*at))
        })
        .map(|(_, at, forms)| (at, forms))?;
    Some(Anchor { at, forms })
}

fn forms_of_pair(pair: &[u16]) -> Vec<Vec<u16>> {
    let mut forms = Vec::new();
    for first in spelled(pair[0]) {
        for second in spelled(pair[1]) {
            // Syllables written with tone digits: `wei1xin4`.
            for tone in TONES {
                forms.push([first.as_slice(), &[tone], second.as_slice()].concat());
            }
        }
    }
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

/// The forms of one symbol of a term in a syllable projection.
fn forms_of(symbol: u16) -> Vec<Vec<u16>> {
    let readings = tables::readings(symbol);
    if readings.is_empty() {
        return vec![vec![class(symbol)]];
    }
    let symbols = |syllable: &Syllable| vec![SYLLABLES + syllable.index() as u16];
    let sounds = readings.iter().flat_map(|reading| primaries(*reading).iter().map(symbols));
    let mut forms: Vec<Vec<u16>> = sounds.chain(spelled(symbol)).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The spellings of a symbol's readings.
fn spelled(symbol: u16) -> impl Iterator<Item = Vec<u16>> {
    let spellings = tables::readings(symbol).iter().flat_map(|reading| reading.spellings());
    spellings.map(|spelling| spelling.encode_utf16().collect())
}

/// Digits that stand for a tone.
pub const TONES: std::ops::RangeInclusive<u16> = b'1' as u16..=b'5' as u16;
