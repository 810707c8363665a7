//! Appends JSON text to bytes.
//!
//! * For any input, the output is valid JSON on one line.
//! * Characters that could act on a terminal are written as escapes: controls (C0, DEL, C1),
//!   line and paragraph separators, and bidirectional controls. All others are written
//!   unchanged.

/// Appends `text` as a JSON string.
pub fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends one `*` for each character of `text`, as a JSON string.
pub fn push_masked(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend(text.chars().map(|_| b'*'));
    out.push(b'"');
}

/// Appends a number.
pub fn push_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends `text` as the inside of a JSON string.
fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(found) = find_suspect(&text.as_bytes()[at..]) {
        at += found;
        let Some(character) = text[at..].chars().next() else { break };
        let next = at + character.len_utf8();
        if matches!(character, '"' | '\\') || acts_on_terminals(character) {
            out.extend_from_slice(&text.as_bytes()[plain_from..at]);
            push_escape(out, character);
            plain_from = next;
        }
        at = next;
    }
    out.extend_from_slice(&text.as_bytes()[plain_from..]);
}

/// The first byte that may begin a special character.
fn find_suspect(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| IS_SUSPECT[usize::from(*byte)])
}

/// First bytes of special characters. 0xE2 begins much harmless punctuation too.
const IS_SUSPECT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[0x7f] = true;
    table[0xc2] = true;
    table[0xd8] = true;
    table[0xe2] = true;
    table
};

/// Is it a control character, a line or paragraph separator, or a bidirectional control?
pub fn acts_on_terminals(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

fn push_escape(out: &mut Vec<u8>, character: char) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let short = match character {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        _ => b'u',
    };
    out.extend([b'\\', short]);
    if short == b'u' {
        let code = u32::from(character);
        out.extend([12, 8, 4, 0].map(|shift| DIGITS[(code >> shift & 15) as usize]));
    }
}

/// Appends the members of a JSON object that was accepted as a post, without its braces
/// and without a member called `name`; `true` if there are any.
///
/// The line may contain what the post reader accepts but JSON does not: raw control
/// characters in strings become escapes, a run of invalid bytes becomes one U+FFFD.
pub fn push_members(out: &mut Vec<u8>, line: &[u8], name: &str) -> bool {
    let start = out.len();
    let inside = line.trim_ascii();
    let inside = inside.strip_prefix(b"{").unwrap_or(inside);
    let inside = inside.strip_suffix(b"}").unwrap_or(inside);
    for member in Members::of(inside) {
        if is_named(member, name) {
            continue;
        }
        if out.len() > start {
            out.push(b',');
        }
        push_repaired(out, member);
    }
    out.len() > start
}

/// Is the key of `member` written as `name`?
fn is_named(member: &[u8], name: &str) -> bool {
    let key = member.strip_prefix(b"\"").and_then(|rest| rest.strip_prefix(name.as_bytes()));
    let Some(rest) = key.and_then(|rest| rest.strip_prefix(b"\"")) else { return false };
    rest.trim_ascii_start().starts_with(b":")
}

/// The members of an object, white space around them trimmed.
struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Members<'a> {
    fn of(inside: &'a [u8]) -> Members<'a> {
        Members { rest: inside.trim_ascii() }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = member_end(self.rest);
        let member = self.rest[..end].trim_ascii();
        self.rest = self.rest.get(end + 1..).unwrap_or_default().trim_ascii_start();
        Some(member)
    }
}

/// The end of the first member: at a comma outside strings and nested values.
fn member_end(inside: &[u8]) -> usize {
    let mut depth = 0u64;
    let mut at = 0;
    while let Some(byte) = inside.get(at) {
        match byte {
            b'"' => at = string_end(inside, at + 1),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    inside.len()
}

/// Position of the quote that ends the string whose inside starts at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

/// Appends a JSON value unchanged, except that characters that act on a terminal are escaped.
#[inline]
pub fn push_value(out: &mut Vec<u8>, json: &str) {
    // Without early exit, so that it is vectorised to sixteen bytes at a time.
    let is_printable = |all: bool, byte: u8| all & (b' '..0x7f).contains(&byte);
    if json.bytes().fold(true, is_printable) {
        out.extend_from_slice(json.as_bytes());
    } else {
        push_repaired(out, json.as_bytes());
    }
}

/// Appends raw JSON, repaired.
fn push_repaired(out: &mut Vec<u8>, json: &[u8]) {
    let harmless = |byte: &u8| matches!(byte, b'"' | b'\\') || !IS_SUSPECT[usize::from(*byte)];
    if json.iter().all(harmless) && simdutf8::basic::from_utf8(json).is_ok() {
        out.extend_from_slice(json);
        return;
    }
    let mut place = Place::Between;
    let mut in_bad_run = false;
    for piece in json.utf8_chunks() {
        for character in piece.valid().chars() {
            place = push_raw(out, place, character);
            in_bad_run = false;
        }
        if !piece.invalid().is_empty() && !in_bad_run {
            in_bad_run = true;
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// The position of a character in raw JSON.
#[derive(Clone, Copy)]
enum Place {
    Between,
    InString,
    AfterBackslash,
}

/// Appends one character of raw JSON; returns the position after it.
fn push_raw(out: &mut Vec<u8>, place: Place, character: char) -> Place {
    let next = match (place, character) {
        (Place::Between, '"') => Place::InString,
        (Place::Between, _) => Place::Between,
        (Place::InString, '"') => Place::Between,
        (Place::InString, '\\') => Place::AfterBackslash,
        (Place::InString | Place::AfterBackslash, _) => Place::InString,
    };
    if !acts_on_terminals(character) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else if let Place::Between = place {
        // White space: nothing else is possible here.
        out.push(b' ');
    } else {
        push_escape(out, character);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn string(text: &str) -> String {
        let mut out = Vec::new();
        push_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    fn members(line: &[u8]) -> String {
        let mut out = Vec::new();
        assert_eq!(push_members(&mut out, line, "tidegate"), !out.is_empty());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_escaped_where_they_must_be_and_kept_elsewhere() {
        for (text, json) in [
            ("", r#""""#),
            ("首存送 — “ok” 🎰 a\u{200b}b", "\"首存送 — “ok” 🎰 a\u{200b}b\""),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\n\r\t\0\x1b[31m\x7f", r#""\n\r\t\u0000\u001b[31m\u007f""#),
            ("\u{9b}x\u{202e}y\u{2066}\u{61c}\u{200f}", r#""\u009bx\u202ey\u2066\u061c\u200f""#),
            ("\u{2028}\u{2027}\u{202f}", "\"\\u2028\u{2027}\u{202f}\""),
        ] {
            assert_eq!(string(text), json);
        }
    }

    #[test]
    fn masks_count_characters() {
        let mut out = Vec::new();
        push_masked(&mut out, "139中文🎰");
        assert_eq!(out, br#""******""#);
    }

    #[test]
    fn members_are_taken_over() {
        for (line, expected) in [
            (r"{}", ""),
            (r" { } ", ""),
            (r#"{"a":1}"#, r#""a":1"#),
            (
                "\t{ \"a\" : [1, {\"b\": \"},\\\"\"}] ,\t\"c\":\"d\" }\r",
                r#""a" : [1, {"b": "},\""}],"c":"d""#,
            ),
            (r#"{"tidegate":{"id":1,"x":[2,"}"]},"a":1}"#, r#""a":1"#),
            (r#"{"a":1,"tidegate" : 5}"#, r#""a":1"#),
            (r#"{"tidegate":null}"#, ""),
            (r#"{"tidegates":1,"x":"tidegate"}"#, r#""tidegates":1,"x":"tidegate""#),
            ("{\"a\tb\":\t\"c\x1b\u{202e}d\"}", r#""a\tb": "c\u001b\u202ed""#),
        ] {
            assert_eq!(members(line.as_bytes()), expected, "{line}");
        }
        assert_eq!(members(b"{\"a\":\"\xff\xfe x \xe4\xbd\"}"), "\"a\":\"\u{fffd} x \u{fffd}\"");
    }

    proptest! {
        #[test]
        fn strings_come_back(text in any::<String>()) {
            let json = string(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
            prop_assert!(!json.chars().any(acts_on_terminals));
        }

        #[test]
        fn members_come_back(
            object in prop::collection::btree_map("[a-z\"\\\\,:{]{0,4}", any::<(String, i32)>(), 0..5),
            pretty: bool,
        ) {
            let line = match pretty {
                true => serde_json::to_string_pretty(&object),
                false => serde_json::to_string(&object),
            };
            let json = format!("{{{}}}", members(line.unwrap().as_bytes()));
            let value: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(value, serde_json::to_value(&object).unwrap());
        }

        #[test]
        fn any_bytes_give_valid_text(line in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut out = Vec::new();
            push_members(&mut out, &line, "tidegate");
            prop_assert!(String::from_utf8(out).is_ok());
        }
    }
}
