//! The fold of each character.
//!
//! The fold of a character consists of characters that fold to themselves. The engine joins the
//! folds of a text's characters: it merges white space, composes, and drops marks of other scripts
//! (`crates/engine/src/fold/join.rs`).
//!
//! In this order, repeated until nothing changes:
//!
//! 1. Replacement: noncharacters and U+FFFD become U+FFFD, which no term contains.
//! 2. White space, line breaks included, becomes U+0020. The blank braille pattern U+2800 is a
//!    space too.
//! 3. Invisible characters vanish: other controls, Default_Ignorable_Code_Point (joiners, bidi
//!    controls, variation selectors, tags, fillers, soft hyphen, BOM …) and the interlinear
//!    annotation marks U+FFF9–FFFB.
//! 4. Marks of the general blocks, of Cyrillic and of ideographic tones vanish, alone or out of
//!    a composed character: é, й and ≠ become e, и and =. Marks that are part of a script stay
//!    (Indic vowel signs, Hebrew points, kana voicing).
//! 5. Quotes, dashes, dots and enclosed characters, see [`special`].
//!    Corner brackets 「」 stay brackets.
//! 6. NFKC.
//! 7. Full case folding, unless case is kept.
//! 8. Traditional and regional Chinese characters become simplified ones.
//!
//! A character whose fold would be longer than [`SYMBOLS_MAX`] UTF-16 symbols
//! (U+FDFA and the like) folds to itself. That bounds growth by a constant.
//! NFKC is applied to one character at a time; the engine composes what follows each other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use icu_casemap::CaseMapper;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization;

use crate::unicode::{category, chars, is_default_ignorable, is_noncharacter};
use crate::variants;

/// The longest fold of one character, in UTF-16 symbols.
pub const SYMBOLS_MAX: usize = 4;

/// The fold of characters that no text should contain.
pub const REPLACEMENT: char = '\u{FFFD}';

/// Every character that does not fold to itself, with its fold.
pub fn folded() -> &'static BTreeMap<char, String> {
    static TABLE: LazyLock<BTreeMap<char, String>> = LazyLock::new(|| Folder::new().table());
    &TABLE
}

/// The folds of all characters.
#[derive(Debug)]
pub struct Folder {
    keep_case: bool,
    simplified: BTreeMap<char, char>,
    special: BTreeMap<char, String>,
}

impl Folder {
    /// A folder that also folds case.
    pub fn new() -> Folder {
        Folder { keep_case: false, simplified: variants::simplified(), special: special() }
    }

    /// A folder that keeps case.
    pub fn keeping_case() -> Folder {
        Folder { keep_case: true, ..Folder::new() }
    }

    /// Every character that does not fold to itself, with its fold.
    pub fn table(&self) -> BTreeMap<char, String> {
        chars()
            .filter(|c| self.may_change(*c))
            .map(|c| (c, self.fold(c)))
            .filter(|(c, fold)| !fold.chars().eq([*c]))
            .collect()
    }

    /// The fold of `c`.
    pub fn fold(&self, c: char) -> String {
        let once = self.step(c);
        if once.chars().eq([c]) {
            return once;
        }
        let fold: String = once.chars().map(|inner| self.fold(inner)).collect();
        if fold.encode_utf16().count() > SYMBOLS_MAX { c.to_string() } else { fold }
    }

    /// Unassigned and private characters fold to themselves unless they are
    /// noncharacters or invisible.
    fn may_change(&self, c: char) -> bool {
        let blank =
            matches!(category(c), GeneralCategory::Unassigned | GeneralCategory::PrivateUse);
        !blank || is_noncharacter(c) || is_default_ignorable(c) || is_dropped_mark(c)
    }

    fn step(&self, c: char) -> String {
        if is_white_space(c) {
            return " ".to_owned();
        }
        if c == REPLACEMENT || is_noncharacter(c) {
            return REPLACEMENT.to_string();
        }
        if c.is_control() || is_invisible(c) || is_dropped_mark(c) {
            return String::new();
        }
        if let Some(to) = self.special.get(&c) {
            return to.clone();
        }
        let plain = compatible(c);
        let cased = if self.keep_case { plain } else { case_folded(&plain) };
        cased.chars().map(|c| *self.simplified.get(&c).unwrap_or(&c)).collect()
    }
}

impl Default for Folder {
    fn default() -> Folder {
        Folder::new()
    }
}

fn case_folded(text: &str) -> String {
    CaseMapper::new().fold_string(text).into_owned()
}

fn is_white_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}' || category(c) == GeneralCategory::SpaceSeparator
}

fn is_invisible(c: char) -> bool {
    is_default_ignorable(c) || matches!(c, '\u{FFF9}'..='\u{FFFB}')
}

/// Marks that may sit on any letter. Whole blocks, so that a mark assigned
/// later is dropped already.
fn is_dropped_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}'
        | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}'
        // Tones of ideographs and Hangul
        | '\u{302A}'..='\u{302F}'
        // Cyrillic
        | '\u{483}'..='\u{489}'
        | '\u{2DE0}'..='\u{2DFF}'
        | '\u{A66F}'..='\u{A672}'
        | '\u{A674}'..='\u{A67D}'
        | '\u{A69E}'..='\u{A69F}')
}

/// NFKC of `c`, without its general marks and the brackets of enclosed forms.
fn compatible(c: char) -> String {
    let decomposed: String = c.nfkd().collect();
    let plain: String = if decomposed.chars().any(is_dropped_mark) {
        decomposed.chars().filter(|c| !is_dropped_mark(*c)).nfkc().collect()
    } else {
        c.nfkc().collect()
    };
    if is_enclosed(c) { unwrapped(&plain).to_owned() } else { plain }
}

/// Blocks of characters drawn inside something.
fn is_enclosed(c: char) -> bool {
    matches!(c, '\u{2460}'..='\u{24FF}' | '\u{3200}'..='\u{32FF}' | '\u{1F100}'..='\u{1F2FF}')
}

/// `(1)`, `1.`, `1,` and `〔本〕` without what encloses them.
fn unwrapped(text: &str) -> &str {
    text.trim_start_matches(['(', '〔']).trim_end_matches([')', '〕', '.', ','])
}

/// Characters whose fold differs from NFKC.
pub fn special() -> BTreeMap<char, String> {
    let mut map = BTreeMap::new();
    for (to, from) in PUNCTUATION {
        map.extend(from.chars().map(|c| (c, to.to_string())));
    }
    map.extend(dashes().map(|c| (c, "-".to_owned())));
    for (first, count, start) in ENCLOSED_NUMBERS {
        map.extend(
            (0..count).filter_map(|i| Some((char::from_u32(first + i)?, (start + i).to_string()))),
        );
    }
    for first in ENCLOSED_ALPHABETS {
        map.extend((0..26).filter_map(|i| {
            Some((char::from_u32(first + i)?, char::from_u32('A' as u32 + i)?.to_string()))
        }));
    }
    map.extend(ENCLOSED_WORDS.map(|(c, word)| (c, word.to_owned())));
    map
}

const PUNCTUATION: [(char, &str); 8] = [
    ('"', "“”„‟«»❝❞〝〞〟\u{2BA}"),
    ('\'', "‘’‚‛‹›❛❜´\u{2B9}\u{2BB}\u{2BC}\u{2BD}\u{2C8}′‵"),
    ('"', "″‶"),
    ('.', "…‥⋯︙︰․"),
    ('~', "〜〰∼⁓˜"),
    ('/', "⁄∕"),
    ('-', "−⁃➖"),
    ('+', "➕"),
];

/// Every Unicode dash, except waves (they become `~`) and the Japanese double hyphen.
fn dashes() -> impl Iterator<Item = char> {
    chars()
        .filter(|c| category(*c) == GeneralCategory::DashPunctuation)
        .filter(|c| !matches!(c, '-' | '〜' | '〰' | '゠'))
}

/// First code point, how many follow each other, the first one's number.
const ENCLOSED_NUMBERS: [(u32, u32, u32); 8] = [
    (0x24EB, 10, 11),
    (0x24F5, 10, 1),
    (0x24FF, 1, 0),
    (0x2776, 10, 1),
    (0x2780, 10, 1),
    (0x278A, 10, 1),
    (0x1F10B, 1, 0),
    (0x1F10C, 1, 0),
];

/// Code point of the A of negative circled and negative squared letters.
const ENCLOSED_ALPHABETS: [u32; 2] = [0x1F150, 0x1F170];

const ENCLOSED_WORDS: [(char, &str); 27] = [
    ('\u{1F18A}', "P"),
    ('\u{1F18B}', "IC"),
    ('\u{1F18C}', "PA"),
    ('\u{1F18D}', "SA"),
    ('\u{1F18E}', "AB"),
    ('\u{1F18F}', "WC"),
    ('\u{1F191}', "CL"),
    ('\u{1F192}', "COOL"),
    ('\u{1F193}', "FREE"),
    ('\u{1F194}', "ID"),
    ('\u{1F195}', "NEW"),
    ('\u{1F196}', "NG"),
    ('\u{1F197}', "OK"),
    ('\u{1F198}', "SOS"),
    ('\u{1F199}', "UP!"),
    ('\u{1F19A}', "VS"),
    ('\u{1F19B}', "3D"),
    ('\u{1F19D}', "2K"),
    ('\u{1F19E}', "4K"),
    ('\u{1F19F}', "8K"),
    ('\u{1F51F}', "10"),
    ('\u{1F260}', "福"),
    ('\u{1F261}', "禄"),
    ('\u{1F262}', "寿"),
    ('\u{1F263}', "喜"),
    ('\u{1F264}', "囍"),
    ('\u{1F265}', "财"),
];
