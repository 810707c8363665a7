//! Text that is safe to print on a terminal.

use std::borrow::Cow;
use tidegate_engine::output::json::acts_on_terminals;

/// `text` with characters that act on a terminal escaped; line breaks are kept.
pub fn printable(text: &str) -> Cow<'_, str> {
    let acts = |character| character != '\n' && acts_on_terminals(character);
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if acts(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// As [`printable`], with line breaks escaped too.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_other_text_is_unchanged() {
        assert_eq!(printable("a\n帖子.jsonl"), "a\n帖子.jsonl");
        let hostile = "\x1b[31m\r\u{9b}2J\u{202e}x";
        assert_eq!(printable(hostile), r"\u{1b}[31m\u{d}\u{9b}2J\u{202e}x");
        assert_eq!(one_line("a\nb"), r"a\nb");
    }
}
