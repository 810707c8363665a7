//! Lengths and distances as a reader counts them.
//!
//! Letters, digits, Han and kana count one each. A run of anything else (white space, punctuation,
//! symbols, emoji, signs) counts one, however long it is, and nothing at the beginning or the end
//! of a text. Marks and invisible characters count nothing. A run of one repeated character counts
//! at most [`REPEATS_MAX`]. So padding lengthens no text and moves no word away from another.
//!
//! Reference implementation for tests: a walk over all symbols.

use super::join::{Join, SEPARATOR, join};
use super::tables;
use std::sync::LazyLock;

/// The most units of a run of one repeated letter.
const REPEATS_MAX: u8 = 3;

/// Symbols between recorded counts. Each hit walks half of them on average.
const MARK_SYMBOLS: usize = 16;

/// The folded symbols of one text.
#[derive(Clone, Copy, Debug)]
pub struct Folded<'t> {
    /// The symbols.
    pub symbols: &'t [u16],
    /// Positions of those that come from signs ([`super::Output::signs`]), ascending.
    pub signs: &'t [u32],
    /// What has to be subtracted from `signs` to get positions in `symbols`.
    pub signs_base: u32,
}

impl Folded<'_> {
    /// Does the symbol at `at` come from a sign?
    #[inline]
    pub fn is_sign(&self, at: usize) -> bool {
        !self.signs.is_empty() && self.signs.binary_search(&(at as u32 + self.signs_base)).is_ok()
    }

    /// The length of the text in units.
    pub fn length(&self) -> u32 {
        let mut count = Count::default();
        for at in 0..self.symbols.len() {
            count.add(self, at);
        }
        count.units - u32::from(count.in_noise && count.units > 0)
    }
}

/// How a symbol counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Letter,
    Noise,
    /// A mark: nothing.
    Nothing,
    /// Half of a surrogate pair.
    Half,
}

static KINDS: LazyLock<Box<[Kind]>> = LazyLock::new(|| {
    let kind = |symbol: u16| match symbol {
        0xD800..=0xDFFF => Kind::Half,
        _ if tables::noise().has(symbol) => Kind::Noise,
        _ if tables::marks().has(symbol) => Kind::Nothing,
        _ => Kind::Letter,
    };
    (0..=u16::MAX).map(kind).collect()
});

/// The folded symbol of each character that folds to that one symbol after any other:
/// most of ASCII, Han and their full-width forms. 0 for all others.
static PLAIN: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let plain = |code: u16| {
        let is_plain = matches!(code, 0x21..=0x7E | 0x4E00..=0x9FFF | 0xFF01..=0xFF5E)
            && !tables::signs().has_code_point(u32::from(code));
        let mut folded = tables::table().characters(u32::from(code));
        let (only, more) = (folded.next(), folded.next());
        let symbol = only.filter(|_| is_plain && more.is_none()).map_or(0, u32::from);
        match u16::try_from(symbol) {
            Ok(symbol) if matches!(KINDS[usize::from(symbol)], Kind::Letter | Kind::Noise) => {
                symbol
            }
            _ => 0,
        }
    };
    (0..=u16::MAX).map(plain).collect()
});

/// A count so far.
#[derive(Clone, Copy, Debug)]
struct Count {
    units: u32,
    in_noise: bool,
    /// The last letter, and how many of it in a row, up to [`REPEATS_MAX`].
    last: u16,
    repeats: u8,
}

impl Default for Count {
    fn default() -> Count {
        Count { units: 0, in_noise: false, last: SEPARATOR, repeats: 0 }
    }
}

impl Count {
    #[inline]
    fn add(&mut self, text: &Folded<'_>, at: usize) {
        let symbol = text.symbols[at];
        match KINDS[usize::from(symbol)] {
            Kind::Nothing => {}
            Kind::Half => self.half(text, at),
            kind => self.plain(symbol, kind == Kind::Letter && !text.is_sign(at)),
        }
    }

    /// Counts a letter, or noise. Without a branch: words end too irregularly for the branch
    /// predictor.
    #[inline]
    fn plain(&mut self, symbol: u16, is_letter: bool) {
        let repeats = if symbol == self.last { self.repeats + 1 } else { 1 };
        let is_new_noise = !self.in_noise & (self.units > 0);
        self.units += u32::from(if is_letter { repeats <= REPEATS_MAX } else { is_new_noise });
        self.repeats = repeats.min(REPEATS_MAX);
        self.in_noise = !is_letter;
        self.last = if is_letter { symbol } else { SEPARATOR };
    }

    fn noise(&mut self) {
        self.plain(SEPARATOR, false);
    }

    fn letter(&mut self, symbol: u16) {
        self.plain(symbol, true);
    }

    /// A surrogate pair counts where its first half is.
    fn half(&mut self, text: &Folded<'_>, at: usize) {
        let (symbol, next) = (text.symbols[at], text.symbols.get(at + 1).copied());
        if symbol >= 0xDC00 {
            return;
        }
        let code = next.map_or(0, |low| tables::pair(symbol, low));
        if text.is_sign(at) || tables::noise().has_code_point(code) {
            self.noise();
        } else if !tables::marks().has_code_point(code) {
            self.letter(next.unwrap_or(symbol));
        }
    }
}

/// Counts the units of a text, one original character at a time: as its folded symbols count.
#[derive(Clone, Copy, Debug)]
pub struct UnitCounter {
    count: Count,
    /// The count before the last letter, if a later character may change it.
    before_letter: Option<Count>,
    /// The last folded character.
    last: u32,
}

impl Default for UnitCounter {
    fn default() -> UnitCounter {
        let last = u32::from(SEPARATOR);
        UnitCounter { count: Count::default(), before_letter: None, last }
    }
}

impl UnitCounter {
    /// The units so far. Noise at the end counts one.
    pub fn count(&self) -> u64 {
        u64::from(self.count.units)
    }

    /// Counts the next character.
    pub fn push(&mut self, character: char) {
        let code = u32::from(character);
        let plain = PLAIN.get(code as usize).copied().unwrap_or(0);
        if plain != 0 {
            return self.push_plain(plain);
        }
        if code == tables::KEYCAP {
            if let Some(before) = self.before_letter {
                self.count = before;
                self.count.noise();
            }
            return;
        }
        let is_sign = || tables::signs().has_code_point(code);
        for folded in tables::table().characters(code) {
            match join(self.last, u32::from(folded)) {
                Join::Drop | Join::Swap => {}
                Join::Append => {
                    self.last = u32::from(folded);
                    self.add(folded, is_sign());
                }
                Join::Compose(composed) => {
                    self.last = u32::from(composed);
                    self.count = self.before_letter.unwrap_or(self.count);
                    self.add(composed, false);
                }
            }
        }
    }

    fn push_plain(&mut self, symbol: u16) {
        self.last = u32::from(symbol);
        let is_letter = KINDS[usize::from(symbol)] == Kind::Letter;
        self.before_letter = is_letter.then_some(self.count);
        match is_letter {
            true => self.count.letter(symbol),
            false => self.count.noise(),
        }
    }

    fn add(&mut self, folded: char, is_sign: bool) {
        let code = u32::from(folded);
        self.before_letter = None;
        if is_sign || tables::noise().has_code_point(code) {
            self.count.noise();
        } else if !tables::marks().has_code_point(code) {
            let mut units = [0; 2];
            self.before_letter = Some(self.count);
            let last = folded.encode_utf16(&mut units).last().copied();
            self.count.letter(last.unwrap_or(SEPARATOR));
        }
    }
}

/// Counts in one text, filled on demand. Every query must be about the text passed since
/// [`UnitMap::begin`].
#[derive(Debug, Default)]
pub struct UnitMap {
    /// The count before every [`MARK_SYMBOLS`]th symbol, as far as the text was counted.
    marks: Vec<Count>,
}

impl UnitMap {
    /// Starts a new text.
    pub fn begin(&mut self) {
        self.marks.clear();
        self.marks.push(Count::default());
    }

    /// Units before the symbols `start` and `end`; `start` is not behind `end`.
    pub fn around(&mut self, text: Folded<'_>, start: usize, end: usize) -> (u32, u32) {
        let mut count = self.count(text, start);
        let first = count.units;
        if end - start > MARK_SYMBOLS {
            return (first, self.count(text, end).units);
        }
        for at in start..end {
            count.add(&text, at);
        }
        (first, count.units)
    }

    /// The count before the symbol `at`.
    fn count(&mut self, text: Folded<'_>, at: usize) -> Count {
        let wanted = at / MARK_SYMBOLS;
        while self.marks.len() <= wanted {
            let first = (self.marks.len() - 1) * MARK_SYMBOLS;
            let mut count = self.marks.last().copied().unwrap_or_default();
            for at in first..first + MARK_SYMBOLS {
                count.add(&text, at);
            }
            self.marks.push(count);
        }
        let mut count = self.marks[wanted];
        for at in wanted * MARK_SYMBOLS..at {
            count.add(&text, at);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Output, fold_into};
    use proptest::prelude::*;

    fn folded(text: &str) -> (Vec<u16>, Vec<u32>) {
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        fold_into(text, &mut Output { symbols: &mut symbols, signs: &mut signs });
        (symbols, signs)
    }

    fn length(text: &str) -> u32 {
        let (symbols, signs) = folded(text);
        Folded { symbols: &symbols, signs: &signs, signs_base: 0 }.length()
    }

    #[test]
    fn a_text_is_as_long_as_a_reader_counts() {
        for (text, expected) in [
            ("", 0),
            ("ab", 2),
            ("a b", 3),
            ("a, b!", 3),
            ("  (a)  ", 1),
            ("...", 0),
            ("加微信", 3),
            ("加 ⚡⚡ 微", 3),
            ("100%", 3),
            ("soooooo good", 9),
            ("哈哈哈哈哈", 3),
            ("e\u{301}a\u{200b}", 2),
            ("加\u{6e3}我", 2),
            ("กั", 1),
            ("a🆓🆓b", 3),
            ("a①②b", 3),
            ("1\u{fe0f}\u{20e3} a", 1),
            ("𠀀𠀁", 2),
            ("a\u{fffd}\u{fffd}b", 3),
        ] {
            assert_eq!(length(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn padding_lengthens_nothing(
            text in "\\PC{0,30}|[a-c 加我!🆓①𠀀]{0,30}",
            pad in "[ \n\u{3000}.!🎰☆]{0,400}",
        ) {
            // A word at each end keeps the noise of the text from meeting the padding.
            let text = format!("a{text}b");
            prop_assert_eq!(length(&format!("{pad}{text}{pad}")), length(&text));
        }

        #[test]
        fn characters_count_as_their_symbols(
            text in "\\PC{0,60}|[a-c 加我!🆓①𠀀か\u{3099}\u{1100}\u{1161}\u{e31}ก1\u{20e3}]{0,60}",
        ) {
            let (symbols, signs) = folded(&text);
            let folded = Folded { symbols: &symbols, signs: &signs, signs_base: 0 };
            let (mut slow, mut fast) = (Count::default(), UnitCounter::default());
            (0..symbols.len()).for_each(|at| slow.add(&folded, at));
            text.chars().for_each(|character| fast.push(character));
            // White space at the end has no symbol.
            let trimmed = !slow.in_noise && fast.count.in_noise;
            prop_assert_eq!(fast.count.units - u32::from(trimmed && slow.units > 0), slow.units);
        }

        #[test]
        fn the_map_equals_a_walk(
            text in "\\PC{0,200}|[a-c 加我!🆓①𠀀]{0,200}",
            queries in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 1..20),
        ) {
            let (symbols, signs) = folded(&text);
            let text = Folded { symbols: &symbols, signs: &signs, signs_base: 0 };
            let mut map = UnitMap::default();
            map.begin();
            let before = |at| {
                let mut count = Count::default();
                (0..at).for_each(|at| count.add(&text, at));
                count.units
            };
            for (one, other) in queries {
                let (one, other) = (one.index(symbols.len() + 1), other.index(symbols.len() + 1));
                let (start, end) = (one.min(other), one.max(other));
                prop_assert_eq!(map.around(text, start, end), (before(start), before(end)));
            }
        }
    }
}
