//! Disguises that change characters, or put something after them.

use super::draw::{draw, nth};
use super::tables;
use pinyin::ToPinyin as _;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What happens to a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Width,
    Circled,
    Separators,
    ZeroWidth,
    LookAlikes,
    Homophones,
    Split,
    Traditional,
    ForeignMarks,
    Controls,
}

/// Changes `share` percent of the characters of `text` that can be changed, chosen by `seed`.
pub(super) fn change(text: &str, change: Change, share: u32, seed: &str) -> String {
    let mut disguised = String::with_capacity(text.len() * 2);
    for (place, symbol) in text.chars().enumerate() {
        let draw = draw(seed, place);
        if draw % 100 < u64::from(share) {
            push_changed(&mut disguised, symbol, change, draw / 100);
        } else {
            disguised.push(symbol);
        }
    }
    disguised
}

fn push_changed(out: &mut String, symbol: char, change: Change, draw: u64) {
    match change {
        Change::Width => out.push(full_width(symbol)),
        Change::Circled => out.push(circled(symbol, draw)),
        Change::LookAlikes => out.push(pick(tables::LOOK_ALIKES, symbol, draw)),
        Change::Traditional => out.push(pick(tables::TRADITIONAL, symbol, draw)),
        Change::Homophones => out.push(homophone(symbol, draw)),
        Change::Split => push_parts(out, symbol),
        Change::Separators => push_after(out, symbol, tables::SEPARATORS, draw),
        Change::ZeroWidth => push_after(out, symbol, tables::INVISIBLE, draw),
        Change::ForeignMarks => push_after(out, symbol, tables::FOREIGN_MARKS, draw),
        Change::Controls => push_after(out, symbol, tables::CONTROLS, draw),
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

/// Is it a Han character?
pub(super) fn is_han(symbol: char) -> bool {
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

    fn all(kind: Change) -> String {
        change(TEXT, kind, 100, "row")
    }

    #[test]
    fn another_seed_chooses_other_characters() {
        let half = |seed: &str| change(TEXT, Change::Separators, 50, seed);
        assert_eq!(half("a"), half("a"));
        assert_ne!(half("a"), half("b"));
    }

    #[test]
    fn width_and_circles_can_be_undone() {
        let plain = |symbol: char| match symbol as u32 {
            code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap(),
            _ => symbol,
        };
        assert_eq!(all(Change::Width).chars().map(plain).collect::<String>(), TEXT);
        assert_eq!(circled('b', 1), 'ⓑ');
        assert_eq!(circled('b', 0), '𝐛');
        assert_eq!(circled('7', 1), '⑦');
        assert_eq!(circled('0', 1), '0');
        assert_eq!(circled('加', 1), '加');
    }

    #[test]
    fn what_is_put_between_can_be_taken_out() {
        for (kind, between) in [
            (Change::Separators, tables::SEPARATORS),
            (Change::ZeroWidth, tables::INVISIBLE),
            (Change::ForeignMarks, tables::FOREIGN_MARKS),
            (Change::Controls, tables::CONTROLS),
        ] {
            let kept = |text: &str| -> String {
                text.chars().filter(|symbol| !between.contains(*symbol)).collect()
            };
            assert_eq!(kept(&all(kind)), kept(TEXT));
        }
    }

    #[test]
    fn homophones_sound_the_same() {
        for (from, to) in TEXT.chars().zip(all(Change::Homophones).chars()) {
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
        assert_eq!(change("赌好", Change::Split, 100, "row"), "贝者女子");
    }

    #[test]
    fn about_the_share_is_changed() {
        let long = "好".repeat(10_000);
        let changed = change(&long, Change::Split, 30, "row").chars().count() - 10_000;
        assert!((2_700..3_300).contains(&changed), "{changed}");
    }
}
