//! Prose that is wrapped at the width of the terminal. In a pipe or a file a line is not wrapped.

use super::escape::one_line;
use super::output::terminal_columns;
use super::width::{columns, display_width};

/// `text` after `label`, with a line end; wrapped lines are indented below the label.
pub fn labelled(label: &str, text: &str) -> String {
    fitted(label, &one_line(text), terminal_columns().unwrap_or(usize::MAX))
}

fn fitted(label: &str, text: &str, room: usize) -> String {
    let hang = columns(label) - columns(label.trim_start()) + 2;
    let mut out = label.to_owned();
    let mut used = columns(label);
    let mut is_first = true;
    for (space, word) in words(text) {
        let width = columns(word);
        if !is_first && used + space.len() + width > room {
            out.push('\n');
            out.push_str(&" ".repeat(hang));
            used = hang;
        } else if !is_first {
            out.push_str(space);
            used += space.len();
        }
        out.push_str(word);
        used += width;
        is_first = false;
    }
    out.push('\n');
    out
}

/// Displayed text in lines of at most `room` columns, if its words are not wider than that.
pub fn lines(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (space, word) in words(text) {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if columns(line) + space.len() + columns(word) <= room {
            line.push_str(space);
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// May a line end between two characters of which neither is a space? Between wide characters,
/// but not before closing or after opening punctuation.
pub fn may_break(before: char, after: char) -> bool {
    let is_glued = "”’）】》，。：；！？、,.:;!?)".contains(after) || "“‘（【《(".contains(before);
    !is_glued && (display_width(before) > 1 || display_width(after) > 1)
}

/// The parts of a text between which a line may end, each with the space before it, if there is
/// one.
fn words(text: &str) -> Vec<(&str, &str)> {
    let mut words = Vec::new();
    for (number, part) in text.split(' ').enumerate() {
        let mut space = if number == 0 { "" } else { " " };
        let mut start = 0;
        let ends = part.char_indices().zip(part.chars().skip(1));
        // Code in backticks is not broken, except at its spaces.
        let mut is_code = false;
        for ((at, before), after) in ends {
            is_code ^= before == '`';
            let end = at + before.len_utf8();
            if !is_code && may_break(before, after) {
                words.push((space, &part[start..end]));
                (space, start) = ("", end);
            }
        }
        words.push((space, &part[start..]));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_hang_below_the_label() {
        let text = "one two three";
        assert_eq!(fitted("  note: ", text, usize::MAX), "  note: one two three\n");
        assert_eq!(fitted("  note: ", text, 15), "  note: one two\n    three\n");
        assert_eq!(fitted("", "x", 1), "x\n");
        assert_eq!(fitted("说明：", "没有规则，请补充。", 14), "说明：没有规\n  则，请补充。\n");
        assert_eq!(lines("写`a（b`（见例）", 8), ["写`a（b`", "（见例）"]);
    }
}
