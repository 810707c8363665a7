//! Readings: streams of symbols derived from folded text.
//!
//! The folded text itself is one; the wider views read it with noise skipped,
//! by classes of look-alikes, or both, or by syllables. Terms are derived by the same function,
//! so that equal symbols mean equal readings; what a match is worth is decided
//! afterwards on the folded symbols.

use crate::codec::{Codec, DecodeError, Reader, ensure};
use crate::domain::view::{View, ViewSet};
use crate::fold::{self, tables};
use crate::scan::verify::pinyin;
use std::ops::Range;
use std::sync::OnceLock;

/// A step of deriving a reading.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan) enum Derived {
    /// A symbol of the reading, and the place of the folded symbol it comes from.
    Symbol(u16, usize),
    /// The place of a folded symbol that the last symbol stands for too.
    Repeat(usize),
}

impl Derived {
    /// The symbol, if the step gives one.
    #[inline]
    pub fn symbol(self) -> Option<u16> {
        match self {
            Derived::Symbol(symbol, _) => Some(symbol),
            Derived::Repeat(_) => None,
        }
    }
}

/// Which changes a reading makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::scan) struct Reading(u8);

impl Codec for Reading {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Reading, DecodeError> {
        let reading = Reading(u8::decode(from)?);
        ensure(reading.index() < Reading::COUNT, "a reading")?;
        Ok(reading)
    }
}

impl Reading {
    /// Folded text as it is.
    pub const FOLDED: Reading = Reading(0);
    /// Noise skipped.
    pub const SQUEEZED: Reading = Reading(Reading::SQUEEZE);
    /// By classes of look-alikes.
    pub const LOOKS: Reading = Reading(Reading::LOOK);
    /// Both.
    pub const SQUEEZED_LOOKS: Reading = Reading(Reading::SQUEEZE | Reading::LOOK);
    /// By syllables.
    pub const SOUNDS: Reading = Reading(Reading::SOUND);
    /// By syllables, noise skipped.
    pub const SQUEEZED_SOUNDS: Reading = Reading(Reading::SQUEEZE | Reading::SOUND);
    /// How many readings there are.
    pub const COUNT: usize = 6;

    const SQUEEZE: u8 = 1;
    const LOOK: u8 = 2;
    const SOUND: u8 = 4;

    /// The reading that finds all that these views find (`sound` apart, which has
    /// a way of its own).
    pub fn of(views: ViewSet) -> Reading {
        let squeeze = if views.has(View::Squeezed) { Reading::SQUEEZE } else { 0 };
        let look = if views.has(View::Look) { Reading::LOOK } else { 0 };
        Reading(squeeze | look)
    }

    /// The reading where sounds are looked for.
    pub fn of_sound(squeezes: bool) -> Reading {
        Reading(Reading::SOUND | if squeezes { Reading::SQUEEZE } else { 0 })
    }

    /// All of them, narrowest first.
    pub fn all() -> impl Iterator<Item = Reading> {
        (0..Reading::COUNT as u8).map(Reading)
    }

    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    pub fn squeezes(self) -> bool {
        self.0 & Reading::SQUEEZE != 0
    }

    pub fn looks(self) -> bool {
        self.0 & Reading::LOOK != 0
    }

    /// Derives the reading of `text[range]`; `text` has a symbol on both sides of
    /// `range`. The definition, step by step; see [`Reading::derive_symbols`].
    pub fn derive(self, text: &[u16], range: Range<usize>, mut visit: impl FnMut(Derived)) {
        let mut last = fold::SEPARATOR;
        let mut at = range.start;
        while at < range.end {
            at = self.step(text, at, &mut last, &mut visit);
        }
    }

    /// Appends the symbols of [`Reading::derive`] alone. Nearly every symbol is
    /// settled by one look at a table; the others take a step.
    pub fn derive_symbols(self, text: &[u16], range: Range<usize>, out: &mut Vec<u16>) {
        let table = self.table();
        let mut last = fold::SEPARATOR;
        let mut written = out.len();
        // A step gives one symbol at most, so the range is room enough.
        out.resize(written + range.len(), 0);
        let mut at = range.start;
        while at < range.end {
            let class = table[usize::from(text[at])];
            if class == UNUSUAL {
                at = self.step(text, at, &mut last, &mut |step| {
                    if let Derived::Symbol(symbol, _) = step {
                        out[written] = symbol;
                        written += 1;
                    }
                });
                continue;
            }
            let repeats = self.looks() && class == last && is_letter(class);
            let is_kept = class != SKIPPED;
            out[written] = class;
            written += usize::from(is_kept && !repeats);
            last = if is_kept { class } else { last };
            at += 1;
        }
        out.truncate(written);
    }

    /// Appends, for each symbol of [`Reading::derive`], the places of the folded symbols
    /// that it stands for, counted from the start of `range`.
    pub fn derive_places(self, text: &[u16], range: Range<usize>, out: &mut Vec<(u32, u32)>) {
        let table = self.table();
        let from = range.start;
        let mut last = fold::SEPARATOR;
        let mut at = range.start;
        let repeat = |out: &mut Vec<(u32, u32)>, at: usize| {
            if let Some(last) = out.last_mut() {
                last.1 = (at - from) as u32 + 1;
            }
        };
        let symbol = |out: &mut Vec<(u32, u32)>, at: usize| {
            out.push(((at - from) as u32, (at - from) as u32 + 1));
        };
        while at < range.end {
            let class = table[usize::from(text[at])];
            if class == UNUSUAL {
                at = self.step(text, at, &mut last, &mut |step| match step {
                    Derived::Symbol(_, at) => symbol(out, at),
                    Derived::Repeat(at) => repeat(out, at),
                });
                continue;
            }
            if class != SKIPPED {
                match self.looks() && class == last && is_letter(class) {
                    true => repeat(out, at),
                    false => symbol(out, at),
                }
                last = class;
            }
            at += 1;
        }
    }

    /// One step at `at`. Returns where the next one begins.
    fn step(
        self,
        text: &[u16],
        at: usize,
        last: &mut u16,
        visit: &mut dyn FnMut(Derived),
    ) -> usize {
        let symbol = text[at];
        let is_noise = self.squeezes() && fold::is_noise(text[at - 1], symbol, text[at + 1]);
        if is_noise && !(self.looks() && is_letter_in_disguise(text, at)) {
            return at + 1;
        }
        if self.sounds() || !self.looks() {
            let symbol = if self.sounds() { pinyin::class(symbol) } else { symbol };
            visit(Derived::Symbol(symbol, at));
            *last = symbol;
            return at + 1;
        }
        let look = tables::lookalikes();
        let is_high = (0xD800..=0xDBFF).contains(&symbol);
        let class = match is_high {
            true => look.class_of_pair(symbol, text[at + 1]),
            false => Some(look.class(symbol)),
        };
        if class == Some(*last) && is_letter(*last) {
            visit(Derived::Repeat(at));
        } else {
            visit(Derived::Symbol(class.unwrap_or(symbol), at));
        }
        *last = class.unwrap_or(symbol);
        // The second half of a pair that became one symbol is part of it.
        if class.is_some() && is_high {
            visit(Derived::Repeat(at + 1));
            return at + 2;
        }
        at + 1
    }

    fn sounds(self) -> bool {
        self.0 & Reading::SOUND != 0
    }

    /// What each symbol becomes, whatever stands beside it: a symbol, [`SKIPPED`],
    /// or [`UNUSUAL`] where that depends.
    fn table(self) -> &'static [u16; 0x1_0000] {
        static TABLES: [OnceLock<Box<[u16; 0x1_0000]>>; Reading::COUNT] =
            [const { OnceLock::new() }; Reading::COUNT];
        TABLES[self.index()].get_or_init(|| {
            let of_symbol = |symbol: u16| self.unconditional(symbol);
            let table: Vec<u16> = (0..=u16::MAX).map(of_symbol).collect();
            table.into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("one a symbol"))
        })
    }

    fn unconditional(self, symbol: u16) -> u16 {
        let depends = self.looks() && matches!(symbol, LEET_AT | LEET_DOLLAR);
        // No text has 0, which is what stands for skipping.
        if (0xD800..=0xDFFF).contains(&symbol) || depends || symbol == SKIPPED {
            return UNUSUAL;
        }
        let mut only = SKIPPED;
        self.step(
            &[fold::SEPARATOR, symbol, fold::SEPARATOR],
            1,
            &mut fold::SEPARATOR.clone(),
            &mut |step| {
                only = step.symbol().unwrap_or(SKIPPED);
            },
        );
        only
    }

    /// The reading of a term.
    pub fn of_term(self, symbols: &[u16]) -> Vec<u16> {
        let mut text = vec![fold::SEPARATOR];
        text.extend_from_slice(symbols);
        text.push(fold::SEPARATOR);
        let mut derived = Vec::with_capacity(symbols.len());
        self.derive(&text, 1..text.len() - 1, |step| derived.extend(step.symbol()));
        derived
    }
}

/// In a table: the symbol is skipped.
const SKIPPED: u16 = 0;

/// In a table: what the symbol becomes depends on its neighbours. Folding never
/// gives it.
const UNUSUAL: u16 = tables::EXPANDS;

const LEET_AT: u16 = b'@' as u16;
const LEET_DOLLAR: u16 = b'$' as u16;

/// A Latin letter: what people repeat (`freeee`).
fn is_letter(class: u16) -> bool {
    (u16::from(b'a')..=u16::from(b'z')).contains(&class)
}

/// Is the symbol noise where it stands?
pub(in crate::scan) fn is_noise_in(text: &[u16], at: usize) -> bool {
    let beside =
        |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(fold::SEPARATOR);
    fold::is_noise(beside(at.checked_sub(1)), text[at], beside(at.checked_add(1)))
}

/// Is the symbol a sign that passes for a letter? Emoji letters (🇻) always do;
/// `@` and `$` do beside a Latin letter, and where a Latin letter or digit
/// stands on both sides, noise skipped. Elsewhere they are noise.
pub(in crate::scan) fn is_letter_in_disguise(text: &[u16], at: usize) -> bool {
    /// A disguise puts a sign or two between letters; no need to look far.
    const FAR: usize = 4;
    let symbol =
        |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(fold::SEPARATOR);
    let is_drawn = |high, low| tables::lookalikes().class_of_pair(high, low).is_some();
    match text[at] {
        0xD800..=0xDBFF => return is_drawn(text[at], symbol(Some(at + 1))),
        0xDC00..=0xDFFF => return is_drawn(symbol(at.checked_sub(1)), text[at]),
        LEET_AT | LEET_DOLLAR => {}
        _ => return false,
    }
    if is_letter(symbol(at.checked_sub(1))) || is_letter(symbol(Some(at + 1))) {
        return true;
    }
    let is_kept = |at: &usize| text[*at] == fold::SEPARATOR || !is_noise_in(text, *at);
    let before = (at.saturating_sub(FAR)..at).rev().find(is_kept);
    let after = (at + 1..text.len().min(at + 1 + FAR)).find(is_kept);
    let letters = tables::latin_or_digit();
    let is_latin = |at: usize| letters.has(text[at]);
    before.is_some_and(is_latin) && after.is_some_and(is_latin)
}

#[cfg(test)]
mod tests {
    use super::{Derived, Reading};
    use crate::domain::view::{View, ViewSet};
    use crate::fold::{SEPARATOR, fold};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tables_equal_the_definition(text in "\\PC{0,60}|[a-e@$.! 信赌贝1!🇨🎰𠀀]{0,60}") {
            let mut symbols = vec![SEPARATOR];
            symbols.extend(fold(&text));
            symbols.push(SEPARATOR);
            for reading in Reading::all() {
                let (mut slow, mut fast) = (Vec::new(), vec![7]);
                let (mut slow_places, mut fast_places) = (Vec::new(), Vec::new());
                let range = 1..symbols.len() - 1;
                reading.derive(&symbols, range.clone(), |step| {
                    slow.extend(step.symbol());
                    match step {
                        Derived::Symbol(_, at) => slow_places.push((at as u32 - 1, at as u32)),
                        Derived::Repeat(at) => {
                            slow_places.last_mut().expect("something is repeated").1 = at as u32;
                        }
                    }
                });
                reading.derive_symbols(&symbols, range.clone(), &mut fast);
                reading.derive_places(&symbols, range, &mut fast_places);
                prop_assert_eq!(&fast[1..], &slow[..], "{:?}", reading);
                prop_assert_eq!(&fast_places, &slow_places, "{:?}", reading);
            }
        }
    }

    fn derived(views: &[View], text: &str) -> String {
        let symbols = Reading::of(ViewSet::of(views)).of_term(&fold(text));
        String::from_utf16(&symbols).expect("readings are UTF-16")
    }

    #[test]
    fn readings_make_disguises_equal() {
        assert_eq!(derived(&[View::Squeezed], "加 v☆信"), "加v信");
        let both = [View::Squeezed, View::Look];
        for disguise in ["casino", "c.4.s.1.n.0", "c@$ino", "саѕіno", "CASSSINO", "🇨asino"] {
            assert_eq!(derived(&both, disguise), derived(&both, "casino"), "{disguise}");
        }
        assert_eq!(derived(&both, "加@我"), "加我", "between Han it is noise");
        assert_eq!(derived(&[View::Look], "fr33"), derived(&[View::Look], "free"));
        assert_eq!(derived(&[View::Look], "哈哈"), "哈哈", "Han repeats mean something");
    }
}
