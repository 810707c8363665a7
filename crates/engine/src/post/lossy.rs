//! Repairs bytes that JSON does not allow, before parsing.
//!
//! Real feeds contain them, so they are data, not a reason to reject a post. Both repairs are
//! functions of the line alone: a line reads the same wherever the stream is split.

/// Appends `bytes` with every maximal run of invalid UTF-8 as one U+FFFD. The
/// result is at most twice as long.
pub(super) fn push_valid(bytes: &[u8], text: &mut String) {
    let mut in_bad_run = false;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            text.push_str(chunk.valid());
            in_bad_run = false;
        }
        if !chunk.invalid().is_empty() && !in_bad_run {
            text.push('\u{fffd}');
            in_bad_run = true;
        }
    }
}

/// The byte of `bytes` that became byte `repaired` of the output of [`push_valid`]. For
/// messages.
#[cold]
pub(super) fn original_position(bytes: &[u8], repaired: usize) -> usize {
    let (mut from, mut to, mut in_bad_run) = (0, 0, false);
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            if repaired < to + chunk.valid().len() {
                return from + repaired.saturating_sub(to);
            }
            from += chunk.valid().len();
            to += chunk.valid().len();
            in_bad_run = false;
        }
        if !chunk.invalid().is_empty() {
            if !in_bad_run {
                to += '\u{fffd}'.len_utf8();
            }
            in_bad_run = true;
            if repaired < to {
                return from;
            }
            from += chunk.invalid().len();
        }
    }
    bytes.len()
}

/// Does `line` contain a control character that a parser might reject?
#[inline]
pub(super) fn has_controls(line: &[u8]) -> bool {
    line.iter().any(|byte| *byte < 0x20)
}

/// Makes `sanitized` a copy of `line` with every control character inside a string replaced
/// by a space: of equal length, and with the same structure. One after a backslash stays one: it
/// is not an escape, and the line is not JSON.
///
/// A record in a frame may have line ends. They are replaced everywhere, so that the parser counts
/// one line.
pub(super) fn sanitize_controls(line: &str, sanitized: &mut String) {
    sanitized.clear();
    let bytes = line.as_bytes();
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while at < bytes.len() {
        let replacement = match bytes[at] {
            b'"' => {
                in_string = !in_string;
                None
            }
            b'\\' if in_string => {
                at += 1;
                (bytes.get(at) == Some(&b'\n')).then_some('\r')
            }
            b'\n' => Some(' '),
            0..0x20 if in_string => Some(' '),
            _ => None,
        };
        if let Some(replacement) = replacement {
            sanitized.push_str(&line[copied..at]);
            sanitized.push(replacement);
            copied = at + 1;
        }
        at += 1;
    }
    sanitized.push_str(&line[copied..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn valid(bytes: &[u8]) -> String {
        let mut text = String::new();
        push_valid(bytes, &mut text);
        text
    }

    #[test]
    fn a_run_of_bad_bytes_is_one_replacement() {
        assert_eq!(valid(b"a\xff\xfe\x80b\xe4\xbdc"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(valid(b"\xed\xa0\x80\xed\xb0\x80"), "\u{fffd}");
        assert_eq!(valid("好\u{fffd}".as_bytes()), "好\u{fffd}");
    }

    #[test]
    fn controls_are_replaced_in_strings_only() {
        let mut sanitized = String::new();
        sanitize_controls("\u{1}{\"a\tb\":\t\"\\\"\u{0}\\\u{2}\"}", &mut sanitized);
        assert_eq!(sanitized, "\u{1}{\"a b\":\t\"\\\" \\\u{2}\"}");
        sanitize_controls("{\n\"a\nb\\\nc\"\n}", &mut sanitized);
        assert_eq!(sanitized, "{ \"a b\\\rc\" }");
    }

    proptest! {
        #[test]
        fn repair_is_short_and_keeps_valid_text(bytes: Vec<u8>) {
            let text = valid(&bytes);
            prop_assert!(text.len() <= 2 * bytes.len() + 1);
            prop_assert_eq!(valid(text.as_bytes()), text.clone());
            let ascii = |bytes: &[u8]| bytes.iter().copied().filter(u8::is_ascii).collect::<Vec<_>>();
            prop_assert_eq!(ascii(text.as_bytes()), ascii(&bytes));
        }

        #[test]
        fn positions_lead_back(bytes: Vec<u8>) {
            let text = valid(&bytes);
            let mut last = 0;
            for (at, byte) in text.bytes().enumerate() {
                let from = original_position(&bytes, at);
                prop_assert!(from >= last && from < bytes.len());
                prop_assert!(!byte.is_ascii() || bytes[from] == byte);
                last = from;
            }
            prop_assert_eq!(original_position(&bytes, text.len()), bytes.len());
        }

        #[test]
        fn sanitized_lines_keep_their_length(line: String) {
            let mut sanitized = String::new();
            sanitize_controls(&line, &mut sanitized);
            prop_assert_eq!(sanitized.len(), line.len());
        }
    }
}
