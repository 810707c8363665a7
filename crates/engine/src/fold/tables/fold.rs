//! The fold of each character as a flat table of UTF-16 symbols.

use std::sync::LazyLock;

use super::generated_fold::{
    CASED_EXPANSIONS, CASED_PAIRS, CASED_RUNS, FOLD_EXPANSIONS, FOLD_PAIRS, FOLD_RUNS,
};
use super::marks::{is_hangul_part, marks, signs};
use super::run::Run;

/// The fold of characters that no text should contain (controls, U+FFFD, noncharacters, lone
/// surrogates). No term contains it.
pub const REPLACEMENT: u16 = 0xFFFD;

/// In [`FoldTable::flat`]: dropped, the character folds to nothing.
pub const DROPPED: u16 = 0;

/// In [`FoldTable::flat`]: the fold is not one symbol; see [`FoldTable::expand`].
pub const EXPANDS: u16 = 0xFFFE;

/// The longest fold of one character, in symbols.
pub const SYMBOLS_MAX: usize = 4;

/// The enclosing keycap: the character before it is drawn as a key.
pub const KEYCAP: u32 = 0x20E3;

/// Code points on a page of the table of expansions.
const PAGE: usize = 256;

/// Number of pages.
const PAGES: usize = 0x11_0000 / PAGE;

/// The fold of every character, case folding included.
///
/// Neither U+0000 nor U+FFFF nor [`EXPANDS`] is ever part of a fold.
pub fn table() -> &'static FoldTable {
    static TABLE: LazyLock<FoldTable> = LazyLock::new(FoldTable::folding);
    &TABLE
}

/// The same without case folding. Folding its results with [`table`] equals folding with
/// [`table`] directly.
pub fn cased_table() -> &'static FoldTable {
    static TABLE: LazyLock<FoldTable> = LazyLock::new(FoldTable::keeping_case);
    &TABLE
}

/// The fold of each character. About 180 KB, filled at first use.
#[derive(Debug)]
pub struct FoldTable {
    flat: Box<[u16; 0x1_0000]>,
    /// Page of `slots` for each 256 code points; page 0 is all identity.
    pages: Box<[u16; PAGES]>,
    /// 0: folds to itself. Otherwise (start in `symbols` << 3 | length) + 1.
    slots: Vec<u32>,
    symbols: Vec<u16>,
}

impl FoldTable {
    /// The fold of a character below U+10000: its symbol, [`DROPPED`] or
    /// [`EXPANDS`]. A surrogate folds to [`REPLACEMENT`].
    #[inline]
    pub fn bmp(&self, cp: u16) -> u16 {
        self.flat[usize::from(cp)]
    }

    /// [`FoldTable::bmp`] for all characters, as an array.
    #[inline]
    pub fn flat(&self) -> &[u16; 0x1_0000] {
        &self.flat
    }

    /// The fold of a character above U+FFFF or marked [`EXPANDS`], at most
    /// [`SYMBOLS_MAX`] symbols. `None`: it folds to itself. Empty: dropped.
    #[inline]
    pub fn expand(&self, cp: u32) -> Option<&[u16]> {
        let page = usize::from(*self.pages.get(cp as usize / PAGE)?);
        let code = self.slots[page * PAGE + cp as usize % PAGE].checked_sub(1)?;
        let (start, len) = (code as usize >> 3, code as usize & 7);
        Some(&self.symbols[start..start + len])
    }

    /// The fold of one character, independent of those around it.
    pub fn characters(&self, code: u32) -> impl Iterator<Item = char> {
        let symbol = u16::try_from(code).map_or(EXPANDS, |code| self.bmp(code));
        let mut own = [0; 2];
        let symbols: &[u16] = match (symbol, self.expand(code)) {
            (DROPPED, _) => &[],
            (EXPANDS, Some(symbols)) => symbols,
            (EXPANDS, None) => match char::from_u32(code) {
                Some(character) => character.encode_utf16(&mut own),
                None => &[],
            },
            (symbol, _) => {
                own[0] = symbol;
                &own[..1]
            }
        };
        let mut all = [0; SYMBOLS_MAX];
        all[..symbols.len()].copy_from_slice(symbols);
        let symbols = all.into_iter().take(symbols.len());
        char::decode_utf16(symbols).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Appends the fold of `c` to `out`.
    #[inline]
    pub fn push(&self, c: char, out: &mut Vec<u16>) {
        let symbol = u16::try_from(u32::from(c)).map_or(EXPANDS, |cp| self.bmp(cp));
        match symbol {
            DROPPED => {}
            EXPANDS => match self.expand(u32::from(c)) {
                Some(fold) => out.extend_from_slice(fold),
                None => out.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            },
            _ => out.push(symbol),
        }
    }

    /// The fold of a text.
    pub fn fold(&self, text: &str) -> Vec<u16> {
        let mut out = Vec::with_capacity(text.len());
        for c in text.chars() {
            self.push(c, &mut out);
        }
        out
    }

    fn folding() -> FoldTable {
        let mut table = FoldTable::identity();
        table.apply(FOLD_RUNS, FOLD_PAIRS, FOLD_EXPANSIONS);
        table.mark_unusual();
        table
    }

    fn keeping_case() -> FoldTable {
        let mut table = FoldTable::folding();
        table.apply(CASED_RUNS, CASED_PAIRS, CASED_EXPANSIONS);
        table.mark_unusual();
        table
    }

    /// Marks as [`EXPANDS`] what is not just its symbol: symbols that join to the one before
    /// them, and signs.
    fn mark_unusual(&mut self) {
        for code in 0..EXPANDS {
            let symbol = self.flat[usize::from(code)];
            let is_known = symbol == DROPPED || symbol >= REPLACEMENT;
            if !is_known && (is_contextual(symbol) || signs().has(code)) {
                self.set_all(u32::from(code), char::from_u32(u32::from(symbol)).into_iter());
            }
        }
        self.set_all(KEYCAP, std::iter::empty());
    }

    fn identity() -> FoldTable {
        let mut flat = boxed(0);
        for (cp, symbol) in flat.iter_mut().enumerate() {
            *symbol = if (0xD800..0xE000).contains(&cp) { REPLACEMENT } else { cp as u16 };
        }
        FoldTable { flat, pages: boxed(0), slots: vec![0; PAGE], symbols: Vec::new() }
    }

    fn apply(&mut self, runs: &[Run], pairs: &[&str], expansions: &[(char, &str)]) {
        for (from, to) in runs.iter().flat_map(Run::changes) {
            self.set(from, char::from_u32(to).filter(|c| *c != '\0'));
        }
        for pair in pairs.iter().flat_map(|line| pairs_of(line)) {
            self.set(u32::from(pair.0), Some(pair.1));
        }
        for (from, to) in expansions {
            self.set_all(u32::from(*from), to.chars());
        }
    }

    /// Sets a fold of one character or none.
    fn set(&mut self, from: u32, to: Option<char>) {
        let symbol = to.map_or(Ok(DROPPED), |c| u16::try_from(u32::from(c)));
        match (u16::try_from(from), symbol) {
            (Ok(from), Ok(symbol)) => self.flat[usize::from(from)] = symbol,
            _ => self.set_all(from, to.into_iter()),
        }
    }

    fn set_all(&mut self, from: u32, to: impl Iterator<Item = char>) {
        if let Ok(from) = u16::try_from(from) {
            self.flat[usize::from(from)] = EXPANDS;
        }
        let start = self.symbols.len();
        for c in to {
            self.symbols.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
        let code = start << 3 | (self.symbols.len() - start);
        *self.slot(from) = code as u32 + 1;
    }

    /// The slot of `cp`, on a page of its own.
    fn slot(&mut self, cp: u32) -> &mut u32 {
        let page = &mut self.pages[cp as usize / PAGE];
        if *page == 0 {
            *page = (self.slots.len() / PAGE) as u16;
            self.slots.resize(self.slots.len() + PAGE, 0);
        }
        &mut self.slots[usize::from(*page) * PAGE + cp as usize % PAGE]
    }
}

/// Does what a symbol joins to depend on the one before it?
fn is_contextual(symbol: u16) -> bool {
    is_hangul_part(u32::from(symbol)) || marks().has(symbol)
}

/// A boxed array that is never built on the stack.
pub(super) fn boxed<const N: usize>(zero: u16) -> Box<[u16; N]> {
    match vec![zero; N].into_boxed_slice().try_into() {
        Ok(array) => array,
        Err(_) => unreachable!("the slice has the array's length"),
    }
}

/// The characters of `line`, two by two.
pub(super) fn pairs_of(line: &str) -> impl Iterator<Item = (char, char)> {
    let mut chars = line.chars();
    std::iter::from_fn(move || Some((chars.next()?, chars.next()?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fold(text: &str) -> String {
        String::from_utf16(&table().fold(text)).expect("folds are whole characters")
    }

    fn all() -> impl Iterator<Item = char> {
        (0..0x11_0000).filter_map(char::from_u32)
    }

    #[test]
    fn folding_again_changes_nothing() {
        for fold_table in [table(), cased_table()] {
            let (mut once, mut twice) = (Vec::new(), Vec::new());
            for c in all() {
                once.clear();
                twice.clear();
                fold_table.push(c, &mut once);
                for c in char::decode_utf16(once.iter().copied()) {
                    fold_table.push(c.expect("folds are whole characters"), &mut twice);
                }
                assert_eq!(once, twice, "{c:?} U+{:04X}", u32::from(c));
                assert!(once.len() <= SYMBOLS_MAX, "{c:?}");
                let reserved = [DROPPED, EXPANDS, 0xFFFF];
                assert!(!once.iter().any(|symbol| reserved.contains(symbol)), "{c:?}");
            }
        }
    }

    #[test]
    fn keeping_case_is_a_step_of_folding() {
        let (mut cased, mut at_once, mut via) = (Vec::new(), Vec::new(), Vec::new());
        for c in all() {
            cased.clear();
            at_once.clear();
            via.clear();
            cased_table().push(c, &mut cased);
            table().push(c, &mut at_once);
            for c in char::decode_utf16(cased.iter().copied()).flatten() {
                table().push(c, &mut via);
            }
            assert_eq!(via, at_once, "{c:?} U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn width_case_and_forms_are_made_equal() {
        for (text, folded) in [
            ("ＷｅＣｈａｔ：１２３", "wechat:123"),
            ("ⒻⓁⒷⒶ 🄰🅐🅰⒜𝐀𝓐𝔸", "flba aaaaaaa"),
            ("①⑴⒈❶➀➊⓵𝟏１", "111111111"),
            ("⑩⑽❿⓾🔟 ⓫⒛ ⓪⓿🄀🄋", "1010101010 1120 0000"),
            ("㈠㊀㈩㊉㈲🈶㊙🉐🉀", "一一十十有有秘得本"),
            ("🆎🆑🆒🆓🆔🆕🆖🆗🆘🆙🆚", "abclcoolfreeidnewngoksosup!vs"),
            ("🅱🅾0\u{FE0F}\u{20E3}9\u{FE0F}\u{20E3}", "bo09"),
            ("ﬁﬀĲßẞ", "fiffijssss"),
            ("ΣΌΣς ЙЁ", "σοσσ ие"),
            ("ｶﾀｶﾅ。｡", "カタカナ。。"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn composed_and_decomposed_fold_alike() {
        for (composed, decomposed, folded) in [
            ("é", "e\u{301}", "e"),
            ("Й", "И\u{306}", "и"),
            ("ώ", "ω\u{301}", "ω"),
            ("≠", "=\u{338}", "="),
            ("ᾳ", "α\u{345}", "α"),
        ] {
            assert_eq!(fold(composed), folded);
            assert_eq!(fold(decomposed), folded);
        }
    }

    #[test]
    fn marks_of_a_script_stay() {
        assert_eq!(fold("がパ한कि"), "がパ한कि");
    }

    #[test]
    fn traditional_becomes_simplified_and_numbers_stay_words() {
        assert_eq!(fold("賭博時時彩 娛樂城 臺灣 衛星 看著"), "赌博时时彩 娱乐城 台湾 卫星 看着");
        assert_eq!(fold("什么十分三百"), "什么十分三百");
    }

    #[test]
    fn punctuation_is_one_to_one() {
        assert_eq!(fold("“a”‘b’„c«d»"), "\"a\"'b'\"c\"d\"");
        assert_eq!(fold("a–b—c−d‐e・「」『』…。"), "a-b-c-d-e・「」『』.。");
    }

    #[test]
    fn white_space_and_breaks() {
        assert_eq!(fold("a\u{3000}b\u{A0}c\td\u{2003}e"), "a b c d e");
        assert_eq!(fold("a\rb\u{2028}c\u{85}d\u{b}e"), "a b c d e");
        assert_eq!(fold("\u{FFFE}\u{FFFF}\u{1FFFF}\u{FDD0}"), "\u{FFFD}".repeat(4));
        assert_eq!(fold("a\0\u{1}\u{7F}\u{9B}b"), "ab");
        assert_eq!(table().bmp(0xD800), REPLACEMENT);
    }

    #[test]
    fn invisible_characters_vanish() {
        let hidden = "加\u{200B}\u{200D}\u{2060}\u{FEFF}\u{AD}\u{202E}\u{2066}\u{FE0F}\u{E0101}\u{E0041}\
                      \u{180B}\u{115F}\u{3164}\u{FFA0}\u{17B4}\u{34F}\u{61C}\u{FFF9}\u{1D173}我";
        assert_eq!(fold(hidden), "加我");
    }

    #[test]
    fn long_expansions_and_unlisted_characters_stay_themselves() {
        assert_eq!(fold("\u{FDFA}\u{FDFB}"), "\u{FDFA}\u{FDFB}");
        assert_eq!(fold("😀\u{E000}\u{10FFFD}𠀀"), "😀\u{E000}\u{10FFFD}𠀀");
    }

    #[test]
    fn kept_case() {
        let cased = |text| String::from_utf16(&cased_table().fold(text)).expect("whole");
        assert_eq!(cased("ＶＸ 🆘 Ⓐé 賭"), "VX SOS Ae 赌");
        assert_eq!(cased("vx"), "vx");
    }

    proptest! {
        #[test]
        fn folding_a_folded_text_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
