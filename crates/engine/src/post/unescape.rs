//! JSON string → text.
//!
//! Input: the inside of a string, from a line whose grammar was checked. Escapes become their
//! characters, surrogate pairs one character. Lone surrogates are accepted: a maximal run of
//! them becomes one U+FFFD.

use memchr::memchr;

/// Appends the text of a string's inside, `raw`, to `text`.
///
/// Total: an invalid escape is copied unchanged.
pub(super) fn push_unescaped(raw: &str, text: &mut String) {
    text.reserve(raw.len());
    let mut rest = raw;
    let mut after_lone = false;
    while !rest.is_empty() {
        // Escapes occur in runs: Chinese text escaped to ASCII consists of them.
        if rest.as_bytes()[0] != b'\\' {
            let plain = memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
            let (before, escape) = rest.split_at(plain);
            text.push_str(before);
            rest = escape;
            after_lone = false;
            continue;
        }
        if let Some(c) = unicode(rest.as_bytes()) {
            text.push(c);
            rest = &rest[6..];
            after_lone = false;
            continue;
        }
        let (decoded, length) = decode(rest);
        rest = &rest[length..];
        match decoded {
            Decoded::Char(c) => text.push(c),
            Decoded::Lone if after_lone => {}
            Decoded::Lone => text.push('\u{fffd}'),
        }
        after_lone = matches!(decoded, Decoded::Lone);
    }
}

/// The character of the `\u` at the start of `escape`, if it is one by itself.
#[inline]
fn unicode(escape: &[u8]) -> Option<char> {
    let [b'\\', b'u', digits @ ..] = escape.first_chunk::<6>()? else { return None };
    char::from_u32(hex_unit(digits)?)
}

#[derive(Clone, Copy)]
enum Decoded {
    Char(char),
    /// A lone surrogate.
    Lone,
}

/// Reads the escape at the start of `escape`, which begins with a backslash.
/// Also returns its length.
#[inline]
fn decode(escape: &str) -> (Decoded, usize) {
    let bytes = escape.as_bytes();
    let simple = match bytes.get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'"') => '"',
        Some(b'/') => '/',
        Some(b'\\') => '\\',
        Some(b'u') => return decode_unicode(bytes),
        _ => return (Decoded::Char('\\'), 1),
    };
    (Decoded::Char(simple), 2)
}

#[inline]
fn decode_unicode(bytes: &[u8]) -> (Decoded, usize) {
    let Some(unit) = hex_unit(&bytes[2..]) else { return (Decoded::Char('\\'), 1) };
    if let Some(c) = char::from_u32(unit) {
        return (Decoded::Char(c), 6);
    }
    let low = match bytes.get(6..8) {
        Some(b"\\u") => hex_unit(&bytes[8..]),
        _ => None,
    };
    match low {
        Some(low @ 0xdc00..=0xdfff) if unit < 0xdc00 => {
            let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            (Decoded::Char(char::from_u32(code).unwrap_or('\u{fffd}')), 12)
        }
        _ => (Decoded::Lone, 6),
    }
}

/// The value of four hexadecimal digits.
#[inline]
fn hex_unit(digits: &[u8]) -> Option<u32> {
    let [a, b, c, d] = digits.first_chunk::<4>()?.map(|digit| u32::from(HEX[digit as usize]));
    // A wrong digit has bits above the lowest four.
    if (a | b | c | d) > 0xf { None } else { Some(a << 12 | b << 8 | c << 4 | d) }
}

/// The value of each hexadecimal digit; 255 for other bytes.
const HEX: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u8;
        values[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(raw: &str) -> String {
        let mut text = String::new();
        push_unescaped(raw, &mut text);
        text
    }

    #[test]
    fn escapes_become_characters() {
        assert_eq!(text(r#"a\"\\\/\b\f\n\r\t\u4f60z"#), "a\"\\/\u{8}\u{c}\n\r\t你z");
        assert_eq!(text(r"\ud83d\ude00\u0000"), "😀\0");
    }

    #[test]
    fn a_run_of_lone_surrogates_is_one_replacement() {
        assert_eq!(text(r"\ud800"), "\u{fffd}");
        assert_eq!(text(r"\ud800\udbff\udbff"), "\u{fffd}");
        assert_eq!(text(r"\udc00\ud800"), "\u{fffd}");
        assert_eq!(text(r"\ud800\ud83d\ude00"), "\u{fffd}😀");
        assert_eq!(text(r"\ud800x\ud800"), "\u{fffd}x\u{fffd}");
        assert_eq!(text(r"\ud800\n\ud800"), "\u{fffd}\n\u{fffd}");
        assert_eq!(text(r"\ud800\u0041"), "\u{fffd}A");
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(text(r"\x \u12 \"), r"\x \u12 \");
    }

    proptest! {
        #[test]
        fn equals_serde_json(original: String, ascii: bool) {
            let mut json = serde_json::to_string(&original).unwrap();
            if ascii {
                json = json.encode_utf16().map(|unit| match u8::try_from(unit) {
                    Ok(byte) if byte.is_ascii() => (byte as char).to_string(),
                    _ => format!("\\u{unit:04x}"),
                }).collect();
            }
            prop_assert_eq!(text(&json[1..json.len() - 1]), original);
        }
    }
}
