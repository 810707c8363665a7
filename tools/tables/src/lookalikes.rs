//! Lookalikes: which characters look like which others.
//!
//! Every character that folds to itself may have another character as its *class*.
//! In this order, repeated until nothing changes:
//!
//! 1. Decimal digits of any script become ASCII digits.
//! 2. The entries of [`ALIKE`]: letters missing from the standard, letters drawn as emoji,
//!    radicals that are written for a character, and Chinese characters that writers actually
//!    swap.
//! 3. Unicode confusables (UTS #39) whose prototype folds to one ASCII letter or digit, from
//!    scripts that people take letters from and from symbols; the letters of Arabic or
//!    Devanagari stay, so that ordinary text in them does not turn into Latin. Folding has
//!    made capitals small, so if the small letter has no lookalike, that of its capital is
//!    used: в is read as b.
//! 4. Confusables among Han characters, their radicals and katakana.
//! 5. Japanese forms of Chinese characters, unless they are also characters of
//!    GB 2312.
//! 6. Leetspeak: `0` o, `1 l | !` i, `3` e, `4 @` a, `5 $` s, `7` t, `8` b, `9` g.
//!
//! Han never becomes ASCII, except the zero 〇. A character whose class would be outside the
//! basic plane is its own class.

use std::collections::BTreeMap;

use hanconv::RawDictionary;
use icu_casemap::CaseMapper;
use icu_properties::props::{GeneralCategory, Script};
use unicode_security::skeleton;

use crate::classes::is_digit;
use crate::fold::{Folder, folded};
use crate::unicode::{category, chars, script};

/// `A` looks like each of the characters after it.
const ALIKE: &[&str] = &[
    // small capitals and reversed letters
    "aᴀⱥ",
    "bʙъь",
    "cᴄ",
    "dᴅ∂",
    "eᴇє",
    "fꜰ",
    "gɢ",
    "hʜђ",
    "iɪı",
    "jᴊ",
    "kᴋ",
    "lʟⱡ",
    "mᴍ",
    "nɴи",
    "oᴏ○◯⭕",
    "pᴘ",
    "qꞯ",
    "rʀяᴙ",
    "sꜱ",
    "tᴛ",
    "uᴜ",
    "vᴠ",
    "wᴡшщωѡ",
    "yʏ",
    "zᴢ",
    // currency and marks
    "a₳",
    "b฿₿",
    "c¢₵",
    "e€",
    "f₣",
    "g₲",
    "m₥",
    "n₦",
    "p₱",
    "s₴",
    "i¡",
    "xӿ×✕✖❌❎",
    // radicals that are also written as the character they come from
    "言讠訁",
    "金钅釒",
    "丝纟糹",
    "食饣飠",
    "犬犭",
    "示礻",
    "草艹",
    "病疒",
    // characters that are swapped for their looks
    "微徽嶶溦",
    "赌睹",
    "博愽慱",
    "裸祼",
    "免兔",
    "未末",
    "己已巳",
    "日曰",
    "天夭",
    "无旡",
    "茶荼",
    "赢嬴羸",
    "国囯囻圀",
    "冰氷",
    "账帐",
    "淫婬",
    "麻蔴",
    "奸姧",
    "上丄",
    "下丅",
];

/// Leetspeak: the letter, and what is written for it.
const LEET: [(char, &str); 8] = [
    ('o', "0"),
    ('i', "1l|!"),
    ('e', "3"),
    ('a', "4@"),
    ('s', "5$"),
    ('t', "7"),
    ('b', "8"),
    ('g', "9"),
];

/// The first of the 26 regional indicators, from which flags are made.
const REGIONAL_A: u32 = 0x1F1E6;

/// The classes of all characters.
pub fn table() -> BTreeMap<char, char> {
    let folder = Folder::new();
    let listed = alike();
    let mut direct = BTreeMap::new();
    for c in chars().filter(|c| !folded().contains_key(c)) {
        let Some(to) = class(&folder, &listed, c) else { continue };
        let (from, to) = if prefers(&listed, c, to) { (to, c) } else { (c, to) };
        if from != to {
            direct.entry(from).or_insert(to);
        }
    }
    let chains = direct.keys().map(|c| (*c, end_of_chain(&direct, *c)));
    chains.filter(|(_, to)| *to <= '\u{FFFF}').collect()
}

/// Is `c`, rather than its prototype `to`, the one in general use?
fn prefers(listed: &BTreeMap<char, char>, c: char, to: char) -> bool {
    !listed.contains_key(&c) && is_gb2312(c) && !is_gb2312(to)
}

/// Listed look-alikes; where two rules list one character, the first counts.
fn alike() -> BTreeMap<char, char> {
    let mut map = BTreeMap::new();
    for (to, from) in LEET {
        map.extend(from.chars().map(|c| (c, to)));
    }
    for group in ALIKE {
        let mut members = group.chars();
        if let Some(to) = members.next() {
            map.extend(members.map(|c| (c, to)));
        }
    }
    map.extend(
        (0..26).filter_map(|i| {
            Some((char::from_u32(REGIONAL_A + i)?, char::from_u32('a' as u32 + i)?))
        }),
    );
    for (modern, japanese) in RawDictionary::JPVariants.iter() {
        add_japanese(&mut map, modern, japanese);
    }
    map
}

fn add_japanese(map: &mut BTreeMap<char, char>, modern: &str, japanese: &str) {
    let (Some(to), Some(from)) = (modern.chars().next(), japanese.chars().next()) else { return };
    if !is_gb2312(from) {
        map.entry(from).or_insert(to);
    }
}

/// Is `c` one of the 6,763 characters of the mainland's first standard?
pub fn is_gb2312(c: char) -> bool {
    let mut utf8 = [0; 4];
    let (bytes, _, failed) = encoding_rs::GBK.encode(c.encode_utf8(&mut utf8));
    !failed && matches!(bytes[..], [0xB0..=0xF7, 0xA1..=0xFE])
}

fn class(folder: &Folder, alike: &BTreeMap<char, char>, c: char) -> Option<char> {
    if let Some(to) = alike.get(&c) {
        return only(&folder.fold(*to));
    }
    if c.is_ascii() {
        return None;
    }
    if is_digit(c) {
        return char::from_digit(digit_value(c), 10);
    }
    let capital = CaseMapper::new().simple_uppercase(c);
    [c, capital].into_iter().find_map(|shape| confusable(folder, c, shape))
}

/// The prototype of `shape`, if it may be the class of `c`.
fn confusable(folder: &Folder, c: char, shape: char) -> Option<char> {
    let prototype: String =
        skeleton(shape.encode_utf8(&mut [0; 4])).map(|part| folder.fold(part)).collect();
    let to = only(&prototype).filter(|to| *to != c)?;
    let good = if to.is_ascii() {
        to.is_ascii_alphanumeric() && (c == '〇' || is_borrowed(c))
    } else {
        is_cjk(c) && script(to) == Script::Han
    };
    good.then_some(to)
}

/// Is `c` a symbol, or of a script whose letters are borrowed for Latin ones?
fn is_borrowed(c: char) -> bool {
    use Script as S;
    match script(c) {
        S::Latin | S::Greek | S::Cyrillic | S::Armenian | S::Georgian | S::Coptic => true,
        S::Cherokee | S::Lisu | S::CanadianAboriginal | S::Tifinagh | S::Vai | S::Bamum => true,
        S::Runic | S::Gothic | S::OldItalic | S::Lycian | S::Lydian | S::Carian => true,
        S::Deseret | S::Osage | S::Elbasan | S::WarangCiti | S::Miao => true,
        S::Common => category(c) != GeneralCategory::OtherPunctuation,
        _ => false,
    }
}

fn is_cjk(c: char) -> bool {
    matches!(script(c), Script::Han | Script::Katakana)
}

fn only(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// Decimal digits come in blocks from zero to nine, one after the other.
fn digit_value(c: char) -> u32 {
    let before = (0..c as u32).rev().map_while(char::from_u32).take_while(|c| is_digit(*c)).count();
    before as u32 % 10
}

/// # Panics
///
/// If lookalikes form a cycle: an error in the lists above.
fn end_of_chain(map: &BTreeMap<char, char>, c: char) -> char {
    let mut at = c;
    for _ in 0..8 {
        match map.get(&at) {
            Some(next) => at = *next,
            None => return at,
        }
    }
    panic!("circle of look-alikes at {c}");
}
