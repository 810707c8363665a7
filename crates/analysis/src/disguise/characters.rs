//! Rewrites text as evaders do: full width, circled letters, separators, invisible
//! characters, look-alikes, homophones, split and traditional characters.
//!
//! [`disguise`] changes a share of the characters that a [`Technique`] can change. Which ones
//! depends on the seed alone, so the same rows give the same rows. The tables are written by
//! hand from comments and messages, independently of the tables of tidegate: a measurement
//! must not share the tables of the program it measures.

mod tables;

use pinyin::ToPinyin as _;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A technique of evasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Technique {
    /// ASCII in full width.
    Width,
    /// Letters and digits in circles, or as mathematical bold.
    Circled,
    /// A space, point, star or emoji after a character.
    Separators,
    /// An invisible character after a character.
    ZeroWidth,
    /// Characters that look alike, Latin and Han, and digits for letters.
    LookAlikes,
    /// Han characters with the same Mandarin pronunciation.
    Homophones,
    /// Han characters written as their two parts.
    Split,
    /// Traditional characters.
    Traditional,
}

/// Every technique, with its name and the percentage of characters that writers usually
/// change: all letters can be changed, while a text of homophones alone is unreadable.
pub const TECHNIQUES: [(&str, Technique, u32); 8] = [
    ("width", Technique::Width, 100),
    ("circled", Technique::Circled, 100),
    ("separators", Technique::Separators, 60),
    ("zero-width", Technique::ZeroWidth, 60),
    ("look-alikes", Technique::LookAlikes, 60),
    ("homophones", Technique::Homophones, 20),
    ("split", Technique::Split, 60),
    ("traditional", Technique::Traditional, 80),
];

/// The technique called `name`, and its usual share.
pub fn technique(name: &str) -> Option<(Technique, u32)> {
    TECHNIQUES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, technique, share)| (*technique, *share))
}

/// Rewrites `share` percent of the characters of `text` that `technique` can change, chosen
/// by `seed`.
pub fn disguise(text: &str, technique: Technique, share: u32, seed: &str) -> String {
    let mut disguised = String::with_capacity(text.len() * 2);
    for (place, symbol) in text.chars().enumerate() {
        let draw = draw(seed, place);
        if draw % 100 < u64::from(share) {
            push_changed(&mut disguised, symbol, technique, draw / 100);
        } else {
            disguised.push(symbol);
        }
    }
    disguised
}

/// A pseudo-random number for the character at `place`: FNV-1a with a final mix.
fn draw(seed: &str, place: usize) -> u64 {
    let bytes = seed.bytes().chain(place.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
}

fn push_changed(out: &mut String, symbol: char, technique: Technique, draw: u64) {
    match technique {
        Technique::Width => out.push(full_width(symbol)),
        Technique::Circled => out.push(circled(symbol, draw)),
        Technique::LookAlikes => out.push(pick(tables::LOOK_ALIKES, symbol, draw)),
        Technique::Traditional => out.push(pick(tables::TRADITIONAL, symbol, draw)),
        Technique::Homophones => out.push(homophone(symbol, draw)),
        Technique::Split => push_parts(out, symbol),
        Technique::Separators => push_after(out, symbol, tables::SEPARATORS, draw),
        Technique::ZeroWidth => push_after(out, symbol, tables::INVISIBLE, draw),
    }
}

fn full_width(symbol: char) -> char {
    match symbol {
        '!'..='~' => char::from_u32(symbol as u32 + 0xfee0).unwrap_or(symbol),
        _ => symbol,
    }
}

fn circled(symbol: char, draw: u64) -> char {
    let bold = draw.is_multiple_of(2);
    let (first, of) = match symbol {
        'a'..='z' if bold => (0x1d41a, 'a'),
        'A'..='Z' if bold => (0x1d400, 'A'),
        'a'..='z' => (0x24d0, 'a'),
        'A'..='Z' => (0x24b6, 'A'),
        '0'..='9' if bold => (0x1d7ce, '0'),
        '1'..='9' => (0x2460, '1'),
        _ => return symbol,
    };
    char::from_u32(first + symbol as u32 - of as u32).unwrap_or(symbol)
}

/// One of the replacements of `symbol` in `table`; `symbol` if there is none.
fn pick(table: &[(char, &str)], symbol: char, draw: u64) -> char {
    let known = table.iter().find(|(from, _)| *from == symbol.to_ascii_lowercase());
    known.map_or(symbol, |(_, others)| nth(others.chars(), draw).unwrap_or(symbol))
}

fn nth(symbols: impl Iterator<Item = char> + Clone, draw: u64) -> Option<char> {
    let count = symbols.clone().count() as u64;
    let chosen = draw.checked_rem(count)?;
    symbols.into_iter().nth(usize::try_from(chosen).ok()?)
}

fn is_han(symbol: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&symbol)
}

fn push_after(out: &mut String, symbol: char, between: &str, draw: u64) {
    out.push(symbol);
    if is_han(symbol) || symbol.is_ascii_alphabetic() {
        out.extend(nth(between.chars(), draw));
    }
}

fn push_parts(out: &mut String, symbol: char) {
    match tables::PARTS.iter().find(|(whole, _)| *whole == symbol) {
        Some((_, parts)) => out.push_str(parts),
        None => out.push(symbol),
    }
}

/// Common characters by their toneless sound.
static BY_SOUND: LazyLock<BTreeMap<&'static str, Vec<char>>> = LazyLock::new(|| {
    let mut by_sound: BTreeMap<&'static str, Vec<char>> = BTreeMap::new();
    for symbol in tables::COMMON.chars() {
        if let Some(sound) = symbol.to_pinyin() {
            by_sound.entry(sound.plain()).or_default().push(symbol);
        }
    }
    by_sound
});

fn homophone(symbol: char, draw: u64) -> char {
    let sound = symbol.to_pinyin().map(pinyin::Pinyin::plain);
    let same = sound.and_then(|sound| BY_SOUND.get(sound)).map_or(&[][..], Vec::as_slice);
    let others = same.iter().copied().filter(|other| *other != symbol);
    nth(others, draw).unwrap_or(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "加微信 abc123。赌钱好玩。电话 13800138000";

    fn all(technique: Technique) -> String {
        disguise(TEXT, technique, 100, "row")
    }

    #[test]
    fn every_way_has_one_name_and_changes_the_text() {
        for (name, kind, share) in TECHNIQUES {
            assert_eq!(technique(name), Some((kind, share)));
            assert!((1..=100).contains(&share), "{name}");
            assert_ne!(all(kind), TEXT, "{name}");
            assert_eq!(disguise(TEXT, kind, 0, "row"), TEXT, "{name}");
        }
        assert_eq!(technique("shouting"), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_text_and_another_seed_another() {
        for (name, kind, _) in TECHNIQUES {
            assert_eq!(disguise(TEXT, kind, 50, "a"), disguise(TEXT, kind, 50, "a"), "{name}");
        }
        assert_ne!(
            disguise(TEXT, Technique::Separators, 50, "a"),
            disguise(TEXT, Technique::Separators, 50, "b")
        );
    }

    #[test]
    fn width_and_circles_can_be_undone() {
        let plain = |symbol: char| match symbol as u32 {
            code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap(),
            _ => symbol,
        };
        assert_eq!(all(Technique::Width).chars().map(plain).collect::<String>(), TEXT);
        assert_eq!(circled('b', 1), 'ⓑ');
        assert_eq!(circled('b', 0), '𝐛');
        assert_eq!(circled('7', 1), '⑦');
        assert_eq!(circled('0', 1), '0');
        assert_eq!(circled('加', 1), '加');
    }

    #[test]
    fn what_is_put_between_can_be_taken_out() {
        for (technique, between) in
            [(Technique::Separators, tables::SEPARATORS), (Technique::ZeroWidth, tables::INVISIBLE)]
        {
            let kept = |text: &str| -> String {
                text.chars().filter(|symbol| !between.contains(*symbol)).collect()
            };
            assert_eq!(kept(&all(technique)), kept(TEXT));
        }
    }

    #[test]
    fn homophones_sound_the_same() {
        for (from, to) in TEXT.chars().zip(all(Technique::Homophones).chars()) {
            let sound = |symbol: char| symbol.to_pinyin().map(pinyin::Pinyin::plain);
            assert_eq!(sound(from), sound(to), "{from} {to}");
        }
    }

    #[test]
    fn tables_never_map_a_character_to_itself() {
        for (from, others) in tables::LOOK_ALIKES.iter().chain(tables::TRADITIONAL) {
            assert!(!others.is_empty() && !others.contains(*from), "{from}");
        }
        for (whole, parts) in tables::PARTS {
            assert_eq!(parts.chars().count(), 2, "{whole}");
        }
    }

    #[test]
    fn split_characters_are_their_parts() {
        assert_eq!(disguise("赌好", Technique::Split, 100, "row"), "贝者女子");
    }

    #[test]
    fn about_the_share_is_changed() {
        let long = "好".repeat(10_000);
        let changed = disguise(&long, Technique::Split, 30, "row").chars().count() - 10_000;
        assert!((2_700..3_300).contains(&changed), "{changed}");
    }
}
