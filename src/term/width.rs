//! How a character is displayed on a terminal, and its width in columns.
//!
//! Characters that act on a terminal and invisible characters are displayed as escapes: an
//! explanation must show an invisible character.

use tidegate_engine::output::json::acts_on_terminals;
use unicode_width::UnicodeWidthChar;

/// Appends the displayed form of a character.
pub fn push(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if is_variation_selector(character) => {}
        _ if acts_on_terminals(character) || is_invisible(character) => {
            out.extend(character.escape_unicode());
        }
        _ => out.push(character),
    }
}

/// The displayed form of a text.
pub fn displayed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|character| push(&mut out, character));
    out
}

/// Columns of the displayed form of a character.
pub fn display_width(character: char) -> usize {
    let mut form = String::new();
    push(&mut form, character);
    columns(&form)
}

/// Columns of a text that is printed unchanged.
pub fn columns(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// The displayed form of a text in at most so many columns (at least 1), with `…` for what is cut.
#[cfg(feature = "state")]
pub fn cut(text: &str, room: usize) -> String {
    let text = displayed(text);
    if columns(&text) <= room {
        return text;
    }
    let (mut out, mut used) = (String::new(), 1);
    for character in text.chars() {
        used += columns(character.encode_utf8(&mut [0; 4]));
        if used > room {
            break;
        }
        out.push(character);
    }
    out + "…"
}

/// Selects the glyph of the preceding character. It is omitted, because terminals
/// disagree about its width.
fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Characters without width and without a glyph.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_invisible_characters_are_displayed_as_escapes() {
        assert_eq!(displayed("a\n\tb\u{1b}[31m"), "a\\n\\tb\\u{1b}[31m");
        assert_eq!(displayed("加\u{200b}我\u{202e}x"), "加\\u{200b}我\\u{202e}x");
        assert_eq!(displayed("⬆\u{fe0f}é 时"), "⬆é 时");
    }

    #[cfg(feature = "state")]
    #[test]
    fn texts_are_cut_at_columns() {
        assert_eq!(cut("新澳门", 6), "新澳门");
        assert_eq!(cut("新澳门娱乐", 6), "新澳…");
        assert_eq!(cut("新澳门娱乐", 7), "新澳门…");
        assert_eq!(cut("a\nb", 4), "a\\nb");
        assert_eq!((cut("ab", 1), cut("", 1)), ("…".to_owned(), String::new()));
    }

    #[test]
    fn widths_are_those_of_terminals() {
        for (character, columns) in [('a', 1), ('时', 2), ('，', 2), ('🎰', 2), ('\u{301}', 0)]
        {
            assert_eq!(display_width(character), columns, "{character}");
        }
        assert_eq!(
            (display_width('\u{200b}'), display_width('\t'), display_width('\u{fe0f}')),
            (8, 2, 0)
        );
    }
}
