//! Character references: `&amp;`, `&#38;` and `&#x26;`.
//!
//! As in the HTML standard: the longest known name; 106 old names also without their
//! semicolon; numbers with or without it.

use super::generated_references::{NAMES, WITHOUT_SEMICOLON};

/// A decoded reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub first: char,
    /// Some names stand for two characters.
    pub second: Option<char>,
    /// Bytes of the reference.
    pub length: usize,
}

/// The longest name in the table.
pub(super) const NAME_MAX: usize = 31;
/// The shortest and longest name that needs no semicolon.
const BARE_MIN: usize = 2;
const BARE_MAX: usize = 6;

/// The reference at the start of `rest`, which begins with `&`.
pub(super) fn reference(rest: &str) -> Option<Reference> {
    let body = &rest.as_bytes()[1..];
    if body.first() == Some(&b'#') {
        let (first, length) = numeric(&body[1..])?;
        return Some(Reference { first, second: None, length: 2 + length });
    }
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric();
    let length = body.iter().take(NAME_MAX + 1).take_while(is_name).count();
    let name = &rest[1..=length];
    if body.get(length) == Some(&b';')
        && let Some(reference) = named(name, length + 2)
    {
        return Some(reference);
    }
    let bare = (BARE_MIN..=length.min(BARE_MAX)).rev().map(|length| &name[..length]);
    let known = |name: &&str| WITHOUT_SEMICOLON.binary_search(name).is_ok();
    bare.into_iter().find(known).and_then(|name| named(name, name.len() + 1))
}

fn named(name: &str, length: usize) -> Option<Reference> {
    let at = NAMES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    let mut characters = NAMES[at].1.chars();
    Some(Reference { first: characters.next()?, second: characters.next(), length })
}

/// The characters of `text` with its references decoded.
pub(super) fn decoded(text: &str) -> impl Iterator<Item = char> {
    let (mut rest, mut second) = (text, None);
    std::iter::from_fn(move || {
        if let Some(second) = second.take() {
            return Some(second);
        }
        let c = rest.chars().next()?;
        let found = if c == '&' { reference(rest) } else { None };
        let plain = Reference { first: c, second: None, length: c.len_utf8() };
        let Reference { first, second: other, length } = found.unwrap_or(plain);
        (rest, second) = (&rest[length..], other);
        Some(first)
    })
}

/// `38;` or `x26;` after `&#`.
fn numeric(body: &[u8]) -> Option<(char, usize)> {
    let (radix, prefix) = if matches!(body.first(), Some(b'x' | b'X')) { (16, 1) } else { (10, 0) };
    let mut code = 0u32;
    let mut length = prefix;
    while let Some(digit) = body.get(length).and_then(|byte| (*byte as char).to_digit(radix)) {
        code = code.saturating_mul(radix).saturating_add(digit);
        length += 1;
    }
    if length == prefix {
        return None;
    }
    let length = length + usize::from(body.get(length) == Some(&b';'));
    Some((numbered(code), length))
}

/// The HTML standard reads 128 to 159 as Windows-1252, and numbers that are not characters as
/// U+FFFD.
fn numbered(code: u32) -> char {
    match code {
        0 => '\u{fffd}',
        0x80..=0x9f => WINDOWS_1252[code as usize - 0x80],
        code => char::from_u32(code).unwrap_or('\u{fffd}'),
    }
}

const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The table is written from the crate; the crate was written from the standard.
    #[test]
    fn every_name_of_the_standard_is_known() {
        assert_eq!(entities::ENTITIES.len(), 2_231);
        for entity in &entities::ENTITIES {
            let found = reference(entity.entity).expect(entity.entity);
            let characters: String = [Some(found.first), found.second].iter().flatten().collect();
            assert_eq!(characters, entity.characters, "{}", entity.entity);
            assert_eq!(found.length, entity.entity.len(), "{}", entity.entity);
            assert!(found.second.is_none() || entity.entity.ends_with(';'), "{}", entity.entity);
        }
        let bare = entities::ENTITIES.iter().filter(|entity| !entity.entity.ends_with(';'));
        assert_eq!(bare.count(), WITHOUT_SEMICOLON.len());
        assert_eq!(NAMES.len() + WITHOUT_SEMICOLON.len(), 2_231);
    }

    #[test]
    fn tables_are_in_order_and_names_as_long_as_assumed() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(WITHOUT_SEMICOLON.is_sorted_by(|a, b| a < b));
        assert_eq!(NAMES.iter().map(|(name, _)| name.len()).max(), Some(NAME_MAX));
        let lengths = || WITHOUT_SEMICOLON.iter().map(|name| name.len());
        assert_eq!((lengths().min(), lengths().max()), (Some(BARE_MIN), Some(BARE_MAX)));
    }

    #[test]
    fn the_longest_name_is_taken() {
        let decoded = |text: &str| decoded(text).collect::<String>();
        for (text, expected) in [
            ("&notit;&notin;&not;", "¬it;∉¬"),
            ("&amp&ampx&ampere;", "&&x&ere;"),
            ("&nothing;&NoBreak;&;&#;&#x;", "¬hing;\u{2060}&;&#;&#x;"),
            ("&NotEqualTilde;&fjlig;&fjlig", "≂\u{338}fj&fjlig"),
            ("&#128;&#x9F;&#129;&#65x&#X5F69", "€Ÿ\u{81}Ax彩"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
        assert_eq!(decoded("&#0;&#xd800;&#x110000;&#99999999999999;"), "\u{fffd}".repeat(4));
    }
}
