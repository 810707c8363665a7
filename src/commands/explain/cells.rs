//! Characters on a terminal: what is shown for each, and how many columns it takes.
//!
//! What could act on a terminal, and what would be there without being seen, is
//! shown as an escape: in an explanation an invisible character is the point.

use tidegate_engine::output::json::acts_on_terminals;
use unicode_width::UnicodeWidthChar;

/// Appends what is shown for a character.
pub fn push(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if is_selector(character) => {}
        _ if acts_on_terminals(character) || is_unseen(character) => {
            out.extend(character.escape_unicode());
        }
        _ => out.push(character),
    }
}

/// A text as it is shown.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|character| push(&mut out, character));
    out
}

/// Columns of what is shown for a character.
pub fn width(character: char) -> usize {
    let mut shown = String::new();
    push(&mut shown, character);
    columns(&shown)
}

/// Columns of a text that is shown as it is.
pub fn columns(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// Chooses the look of the character before it. Terminals differ about its width,
/// so it is left out.
fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Takes no column and leaves no mark.
fn is_unseen(character: char) -> bool {
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
    fn what_acts_or_hides_is_shown() {
        assert_eq!(shown("a\n\tb\u{1b}[31m"), "a\\n\\tb\\u{1b}[31m");
        assert_eq!(shown("加\u{200b}我\u{202e}x"), "加\\u{200b}我\\u{202e}x");
        assert_eq!(shown("⬆\u{fe0f}é 时"), "⬆é 时");
    }

    #[test]
    fn columns_are_counted_as_terminals_do() {
        for (character, columns) in [('a', 1), ('时', 2), ('，', 2), ('🎰', 2), ('\u{301}', 0)]
        {
            assert_eq!(width(character), columns, "{character}");
        }
        assert_eq!((width('\u{200b}'), width('\t'), width('\u{fe0f}')), (8, 2, 0));
    }
}
